"""Calendar months, counted on dates: rhythms of duties and the time for which a version is supported."""

from calendar import monthrange
from datetime import date


def months_later(day: date, months: int) -> date:
    """The same day of the month, so many months later (earlier, when negative); where that month is too short,
    its last day: a year after 29 February is 28 February, a month after 31 January the last of February.

    Raises ValueError beyond the years 1 to 9999.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        raise ValueError(f"{months} months from {day} is beyond the calendar")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
