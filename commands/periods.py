"""A period as people say it, in both languages: `last week`, `since Tuesday`, `past 7 days`, `Q3`, `1 May to 7 May`,
`2026-05-01..2026-05-07`, `先週`, `5月1日から5月7日`.

Nothing is guessed: what can be read in two ways is refused, and says so. Weeks are ISO weeks, quarters are those of the
calendar year; what names no year is the latest that has begun.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from commands.bad_periods import BadPeriod, Fault
from commands.spans import BadSpan, read_span
from commands.spans import Fault as SpanFault
from commands.stretch import Meaning, Stretch, month_number
from commands.stretches import read_stretch
from commands.wall import tidied
from policy.months import months_later
from policy.periods import Period, Unit, days, midnight
from policy.schema import Language

__all__ = ["BadPeriod", "Fault", "read_period"]

_LONGEST_TEXT: Final = 80
_LONGEST: Final = timedelta(days=3 * 366)

_FILLERS: Final = re.compile(
    r"^(?:(?:for|over|during|in) the(?= (?:last|past|previous|first|second|third|fourth|week|month|year)\b)"
    r"|the(?= past\b| last \d| previous \d)|(?:for|during|over)|in(?= [a-z])|on(?= ))\s+"
    r"|\s+(?:so far|to date)$|\s*(?:分|の間|中)$"
)
_SINCE: Final = re.compile(
    r"since (.+)"
    r"|from (.+?) (?:on|onwards?)"
    r"|(?:from )?(.+?) (?:to|until|till|through) (?:now|date|the present)"
    r"|(.+?)\s*(?:以降|以来)"
    r"|(.+?)\s*から\s*(?:今|いま|現在|今まで|現在まで)?"
)
_TO: Final = (
    re.compile(r"(?:from )?(.+?) (?:to|until|till|through|thru) (.+)"),
    re.compile(r"between (.+?) and (.+)"),
    re.compile(r"(.+?)\s*(?:から|より)\s*(.+)"),
    re.compile(r"(?:from )?(.+?)\s*(?:\.{2,3}|…)\s*(.+)"),
    re.compile(r"(?:from )?(.+?)\s+-\s+(.+)"),
    re.compile(r"(\d{4}-\d\d-\d\d)\s*/\s*(\d{4}-\d\d-\d\d)", re.ASCII),
)
_ROLLING: Final = (
    re.compile(
        r"(?P<how>past|last|previous)\s+(?P<n>\d{1,4})\s*-?(?P<unit>hours?|hrs?|h|days?|d|weeks?|w|months?|years?)",
        re.ASCII,
    ),
    re.compile(r"(?P<how>past)\s+(?P<unit>hour|day|week|month|year)", re.ASCII),
    re.compile(r"(?P<how>)(?P<n>\d{1,4})\s*(?P<unit>hours?|hrs?|h|days?|d)", re.ASCII),
    re.compile(
        r"(?P<how>過去|直近|最近|ここ|この)\s*(?:の\s*)?(?P<n>\d{1,4})\s*"
        r"(?P<unit>時間|日間|日|週間|か月間|か月|ヶ月間|ヶ月|カ月|ヵ月|ケ月|年間|年)",
        re.ASCII,
    ),
    re.compile(r"(?P<how>)(?P<n>\d{1,4})\s*(?P<unit>時間|日間)", re.ASCII),
)
_UNITS: Final = {
    **dict.fromkeys("h時", "hour"),
    **dict.fromkeys("d日", "day"),
    **dict.fromkeys("w週", "week"),
    **dict.fromkeys("y年", "year"),
    **dict.fromkeys("mかヶカヵケ", "month"),
}


def read_period(words: str, *, zone: ZoneInfo, now: datetime, language: Language) -> Period:
    """The period that words name on the clock of a zone; it may still run, and then its end lies ahead. `language` is
    what the person reads, and decides about `5/7` alone. Raises BadPeriod."""
    text = tidied(words).lower().strip(" .。、,")
    if not text or len(text) > _LONGEST_TEXT:
        raise BadPeriod(Fault.UNREADABLE, text[:_LONGEST_TEXT])
    try:
        period = _Reader(zone, now, language).read(text)
    except OverflowError:
        raise BadPeriod(Fault.NO_SUCH_TIME, text) from None
    except BadPeriod as bad:
        raise BadPeriod(bad.fault, bad.what or text) from None
    if period.start >= period.end:
        raise BadPeriod(Fault.FUTURE if period.start >= now else Fault.REVERSED, text)
    if period.start > now:
        raise BadPeriod(Fault.FUTURE, text)
    if period.end - period.start > _LONGEST:
        raise BadPeriod(Fault.TOO_LONG, text)
    return period


class _Reader:
    def __init__(self, zone: ZoneInfo, now: datetime, language: Language) -> None:
        self._zone = zone
        self._now = now
        self._local = now.astimezone(zone).replace(tzinfo=None)
        self._today = self._local.date()
        self._language: Language = language

    def read(self, text: str) -> Period:
        if re.search(r"\d:\d", text):
            return self._with_times(text)
        bare = _without_fillers(text)
        if rolling := self._rolling(bare):
            return rolling
        found = self._stretch(text) or self._stretch(bare)
        if found is not None:
            stretch = found.latest(self._today, text)
            return days(stretch.first, stretch.end, self._zone.key, stretch.unit, stretch.count)
        for started in (
            group for found in [_SINCE.fullmatch(text)] if found for group in found.groups() if group
        ):
            if (meaning := self._stretch(_without_fillers(started))) is not None:
                first = meaning.latest(self._today, text).first
                return Period(midnight(first, self._zone.key), self._now, self._zone.key)
        return self._range(text)

    def _stretch(self, text: str) -> Meaning | None:
        return read_stretch(text, self._today, self._language)

    # -- so long until now

    def _rolling(self, text: str) -> Period | None:
        found = next((one for pattern in _ROLLING if (one := pattern.fullmatch(text))), None)
        if found is None:
            return None
        parts = found.groupdict()
        count = int(parts["n"]) if parts.get("n") else 1
        name = parts["unit"]
        unit = _UNITS[name[0]]
        # Of the last 2 weeks nobody knows whether two of the calendar are meant.
        if parts["how"] in {"last", "previous"} and unit not in {"hour", "day"}:
            raise BadPeriod(Fault.AMBIGUOUS, text)
        if not count:
            raise BadPeriod(Fault.NO_SUCH_TIME, text)
        return Period(self._ago(count, unit), self._now, self._zone.key)

    def _ago(self, count: int, unit: str) -> datetime:
        if unit == "hour":
            return self._now - timedelta(hours=count)
        if unit in {"day", "week"}:
            shown = self._local - timedelta(days=count * (7 if unit == "week" else 1))
        else:
            day = months_later(self._today, -count * (12 if unit == "year" else 1))
            shown = datetime.combine(day, self._local.time())
        return shown.replace(tzinfo=self._zone).astimezone(UTC)

    # -- from one stretch to another

    def _range(self, text: str) -> Period:
        wrong: list[BadPeriod] = []
        for left, right in _splits(text):
            try:
                period = self._between(left, right, text)
            except BadPeriod as bad:
                wrong.append(bad)
                continue
            if period is not None:
                return period
        if not wrong:
            raise BadPeriod(Fault.UNREADABLE, text)
        # What was understood on both sides says more than what a dash in a date was taken for.
        raise max(wrong, key=lambda bad: bad.fault is Fault.REVERSED)

    def _between(self, left: str, right: str, text: str) -> Period | None:
        left, right = _same_month(_without_fillers(left), _without_fillers(right))
        first, last = self._stretch(left), self._stretch(right)
        if first is None or last is None:
            return None
        if last.fixed and not first.fixed:
            end = last.latest(self._today, right)
            begun = first.latest(end.first, left) if not first.own_day else _no_later(first, end, left)
        else:
            begun = first.latest(self._today, left)
            end = last.first_from(begun.first, right)
        if end.end <= begun.first or end.first < begun.first:
            raise BadPeriod(Fault.REVERSED, text)
        return self._joined(begun, end)

    def _joined(self, begun: Stretch, end: Stretch) -> Period:
        unit, count = Unit.DAY, (end.end - begun.first).days
        if begun.unit is end.unit is Unit.MONTH:
            unit = Unit.MONTH
            count = (end.end.year - begun.first.year) * 12 + end.end.month - begun.first.month
        elif begun.unit is end.unit is Unit.WEEK:
            unit, count = Unit.WEEK, count // 7
        return days(begun.first, end.end, self._zone.key, unit, count)

    # -- with times of day

    def _with_times(self, text: str) -> Period:
        since = re.fullmatch(r"since (.+)|(.+?)\s*(?:から|以降)", text)
        written = f"{since[1] or since[2]} -" if since else text.replace("..", " - ").replace("から", " - ")
        written = re.sub(r"\s+(?:to|until)\s+", " - ", written.removesuffix("まで"))
        try:
            span = read_span(written, self._zone, self._now)
        except BadSpan as bad:
            raise BadPeriod(_OF_A_SPAN[bad.fault], text) from None
        if span.start is None:
            raise BadPeriod(Fault.UNREADABLE, text)
        if span.start >= self._now:
            raise BadPeriod(Fault.FUTURE, text)
        return Period(span.start, span.end or self._now, self._zone.key)


_OF_A_SPAN: Final = {
    SpanFault.UNREADABLE: Fault.UNREADABLE,
    SpanFault.ZONES: Fault.AMBIGUOUS,
    SpanFault.NO_SUCH_TIME: Fault.NO_SUCH_TIME,
    SpanFault.TWICE: Fault.AMBIGUOUS,
    SpanFault.REVERSED: Fault.REVERSED,
}


def _no_later(first: Meaning, end: Stretch, text: str) -> Stretch:
    begun = [one for one in first.near(end.first) if one.first <= end.first]
    if not begun:
        raise BadPeriod(Fault.NO_SUCH_TIME, text)
    return begun[-1]


def _splits(text: str) -> Iterator[tuple[str, str]]:
    """The ways to take a text as a range: by a word first, by a dash last."""
    text = text.removesuffix("まで").strip()
    for pattern in _TO:
        if found := pattern.fullmatch(text):
            yield found[1], found[2]
    for place in (found.start() for found in re.finditer("-", text)):
        yield text[:place].strip(), text[place + 1 :].strip()


_NUMBER: Final = r"\d{1,2}(?:st|nd|rd|th)?"
_MONTH_FIRST: Final = re.compile(rf"([a-z]{{3,9}}\.?) ({_NUMBER})", re.ASCII)
_MONTH_LAST: Final = re.compile(rf"(?:the )?{_NUMBER}(?: of)? ([a-z]{{3,9}}\.?)(,? \d{{4}})?", re.ASCII)
_ONLY: Final = re.compile(rf"(?:the )?({_NUMBER})(,? \d{{4}})?", re.ASCII)
_DAY_JA: Final = re.compile(r"((?:\d{4}\s*年\s*)?\d{1,2}\s*月)\s*\d{1,2}\s*日", re.ASCII)
_MONTH_JA: Final = re.compile(r"\d{1,2}\s*月", re.ASCII)
_ONLY_DAY_JA: Final = re.compile(r"\d{1,2}\s*日", re.ASCII)


def _same_month(left: str, right: str) -> tuple[str, str]:
    """Both ends in full where one of them leaves out the month: `1-7 may`, `may 1-7, 2026`, `5月1日-7日`."""
    if (first := _MONTH_FIRST.fullmatch(left)) and (only := _ONLY.fullmatch(right)):
        year = only[2] or ""
        return f"{left}{year}", f"{first[1]} {only[1]}{year}"
    if (last := _MONTH_LAST.fullmatch(right)) and _ONLY.fullmatch(left) and month_number(last[1].strip(".")):
        return f"{left} {last[1]}{last[2] or ''}", right
    if (last := _MONTH_LAST.fullmatch(left)) and not last[2] and (only := _ONLY.fullmatch(right)):
        year = only[2] or ""
        return f"{left}{year}", f"{only[1]} {last[1]}{year}"
    if _MONTH_JA.fullmatch(right) and left.isdecimal():
        return f"{left}月", right
    if (first := _DAY_JA.fullmatch(left)) and _ONLY_DAY_JA.fullmatch(right):
        return left, f"{first[1]}{right}"
    return left, right


def _without_fillers(text: str) -> str:
    bare = text.strip()
    while (shorter := _FILLERS.sub("", bare).strip()) != bare:
        bare = shorter
    return bare
