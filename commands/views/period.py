"""Periods as people read them, and why words are none."""

from datetime import datetime, timedelta
from typing import Final

from commands.bad_periods import BadPeriod, Fault
from commands.text import Text
from commands.views.escape import fitted
from commands.views.message import Message, section
from policy.periods import Period

_WHY: Final = {
    Fault.UNREADABLE: "error.period.unreadable",
    Fault.AMBIGUOUS: "error.when.ambiguous",
    Fault.NO_SUCH_TIME: "error.period.no_such_time",
    Fault.REVERSED: "error.period.reversed",
    Fault.FUTURE: "error.period.future",
    Fault.TOO_LONG: "error.period.too_long",
}


def period_words(text: Text, period: Period, now: datetime) -> str:
    """How a period was understood: `Oct 5 – 11, 2026 (JST)`, with times where it is not of whole days, and a word
    where it still runs."""
    if period.unit is None:
        first, last = (_time(text, period, at) for at in (period.start, period.until(now)))
        shown = f"{first} – {last}"
    else:
        shown = text.days(period.first_day, period.last_day)
    key = "period.running" if period.unit is not None and now < period.end else "period.whole"
    return text(key, days=shown, zone=zone_words(period))


def zone_words(period: Period) -> str:
    """`JST`; both where the clocks change within the period, the zone's name where it has no letters."""
    ends = (period.start, period.end - timedelta(microseconds=1))
    names = dict.fromkeys(at.astimezone(period.tz).tzname() or "" for at in ends)
    return "/".join(names) if all(name.isalpha() for name in names) else period.zone


def why_no_period(text: Text, bad: BadPeriod) -> str:
    """With examples."""
    return text(_WHY[bad.fault], what=fitted(bad.what, 100), examples=text("error.period.examples"))


def no_period(text: Text, bad: BadPeriod) -> Message:
    """The answer to words that are none."""
    words = f":warning: {why_no_period(text, bad)}"
    return Message(text=words, blocks=[section(words)])


def _time(text: Text, period: Period, at: datetime) -> str:
    local = at.astimezone(period.tz)
    return f"{text.day(local.date())} {local:%H:%M}"
