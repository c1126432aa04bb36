"""What a technical account manager does again and again: data of the policy. Source: policy.md section 7."""

from datetime import date, time, timedelta

import msgspec

from policy.months import months_later
from policy.words import Words


class Duty(msgspec.Struct, frozen=True):
    """A duty with its rhythm: every so many weeks, or calendar months; the other is 0."""

    key: str
    name: Words
    weeks: int
    months: int

    def after(self, day: date, turns: int = 1) -> date:
        """When the turn falls due that comes so many turns after a day. Turns are counted from that day, not from one
        another: a month that is too short has it on its last day, and the month after on the day itself again."""
        return months_later(day, self.months * turns) + timedelta(weeks=self.weeks * turns)


class DutyReminders(msgspec.Struct, frozen=True):
    """A TAM is reminded of a duty so many days before it falls due, at that time of day on the TAM's own clock."""

    days_before: tuple[int, ...] = (7, 1)
    at: time = time(9)
