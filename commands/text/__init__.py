"""Every word that a person sees, by key, from `en.po` and `ja.po`; times and amounts as the language has them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from importlib import resources
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_interval, format_skeleton
from babel.lists import format_list
from babel.messages.pofile import read_po
from babel.units import format_unit

from commands.names import DEFAULT_NAMES, CommandNames
from policy.durations import BusinessDays, Duration
from policy.schema import LANGUAGES, Language

_SECONDS_TOLD_BELOW: Final = 120


class Text:
    """The words of one language. Placeholders are filled with what is given, as it stands: who puts in what
    people typed escapes it first (`commands.views.escape`)."""

    def __init__(self, language: Language, words: Mapping[str, str]) -> None:
        self.language = language
        self._words = words

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of a key. Raises KeyError for a key or placeholder that is not there."""
        words = self._words[key]
        return words.format(**values) if values else words

    def clock_time(self, at: datetime, zone: ZoneInfo, now: datetime) -> str:
        """`15:00 JST`, with the day in front unless it is today in that zone."""
        local, today = at.astimezone(zone), now.astimezone(zone)
        if local.date() == today.date():
            return f"{local:%H:%M} {local.tzname()}"
        return self.lasting_time(at, zone)

    def lasting_time(self, at: datetime, zone: ZoneInfo) -> str:
        """`Wed, Nov 18 15:00 JST`: for what may be read on another day than it was written."""
        local = at.astimezone(zone)
        return f"{_day(local.date(), self.language)} {local:%H:%M} {local.tzname()}"

    def exact_time(self, at: datetime, zone: ZoneInfo) -> str:
        """`Sat, Oct 3, 2026 10:00 JST`: never shortened, with the seconds if there are any."""
        local = at.astimezone(zone)
        clock = local.strftime("%H:%M:%S" if local.second else "%H:%M")
        day = format_skeleton("yMMMEd", local, tzinfo=zone, locale=self.language)
        return f"{day} {clock} {local.tzname()}"

    def elapsed(self, amount: timedelta) -> str:
        """The two largest units that count: `1 hr 30 min`, `24 min`, `8 sec`. A negative amount is 0."""
        seconds = max(0, round(amount.total_seconds()))
        if seconds >= _SECONDS_TOLD_BELOW:
            seconds = round(seconds / 60) * 60
        parts = _parts(seconds)
        first = next((i for i, (count, _) in enumerate(parts) if count), 3)
        return self._told(parts[first : first + 2])

    def exact_length(self, amount: timedelta) -> str:
        """Every unit that counts: `1 day 2 hr 31 min`. Whole seconds; at least one."""
        return self._told(_parts(round(amount.total_seconds())))

    def day(self, day: date) -> str:
        """`Nov 22, 2026`, `2026/11/22`."""
        return format_date(day, format="medium", locale=self.language)

    def short_day(self, day: date) -> str:
        """`Aug 17`, `8月17日`: for where the year is plain."""
        return format_skeleton(
            "MMMd", datetime(day.year, day.month, day.day, tzinfo=UTC), locale=self.language
        )

    def full_day(self, day: date) -> str:
        """`Sun, Nov 22, 2026`, `2026年11月22日(日)`."""
        return format_skeleton(
            "yMMMEd", datetime(day.year, day.month, day.day, tzinfo=UTC), locale=self.language
        )

    def days(self, first: date, last: date) -> str:
        """`Oct 5 – 11, 2026`, `2026年10月5日～11日`; one day alone when both are the same."""
        return format_interval(first, last, "yMMMd", locale=self.language)

    def listed(self, names: Sequence[str]) -> str:
        """`UI, API, Backups`."""
        return format_list(names, style="unit", locale=self.language)

    def duration(self, duration: Duration) -> str:
        """A target as people say it: `2 hr`, `1 business day`."""
        if isinstance(duration, BusinessDays):
            key = "duration.business_day" if duration.count == 1 else "duration.business_days"
            return self(key, count=duration.count)
        return self.elapsed(duration)

    def _told(self, parts: list[tuple[int, str]]) -> str:
        told = [part for part in parts if part[0]] or parts[-1:]
        return " ".join(_unit(count, unit, self.language) for count, unit in told)


@lru_cache(maxsize=1_000)
def _day(day: date, language: Language) -> str:
    """`Wed, Nov 18`. Kept for the same reason as `_unit`."""
    return format_skeleton("MMMEd", datetime(day.year, day.month, day.day, tzinfo=UTC), locale=language)


@lru_cache(maxsize=1_000)
def _unit(count: int, unit: str, language: Language) -> str:
    """`24 min`. Kept, since the same few amounts come again and again and Babel takes 50 microseconds for each."""
    return format_unit(count, unit, "short", locale=language)


def _parts(seconds: int) -> list[tuple[int, str]]:
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, seconds = divmod(rest, 60)
    return [(days, "day"), (hours, "hour"), (minutes, "minute"), (seconds, "second")]


def _read(language: Language) -> dict[str, str]:
    with (resources.files("commands.text") / f"{language}.po").open("rb") as file:
        catalog = read_po(file, locale=language)
    return {str(message.id): str(message.string) for message in catalog if message.id}


def warm() -> None:
    """Have Babel read what it knows of each language, some 60 ms each: for a thread, before anybody waits."""
    day = date(2026, 1, 1)
    for language in LANGUAGES:
        _day(day, language)
        _unit(1, "hour", language)


@cache
def text(language: Language) -> Text:
    """The words of a language, read once; the commands go by their own names."""
    return Text(language, _read(language))


class Texts:
    """The words of each language, with the commands by the names that the operator gave them."""

    def __init__(self, names: CommandNames = DEFAULT_NAMES) -> None:
        self._by_language = {language: text(language) for language in LANGUAGES}
        if names != DEFAULT_NAMES:
            self._by_language = {language: _renamed(language, names) for language in LANGUAGES}

    def __call__(self, language: Language) -> Text:
        return self._by_language[language]


def _renamed(language: Language, names: CommandNames) -> Text:
    return Text(language, {key: names.told(words) for key, words in _read(language).items()})
