"""The note at the change of a shift: when it goes out, and where each ticket stands in it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from policy.handovers import Section, handover
from policy.tickets import State
from policy.times_of_day import BadTimeOfDay, read_time_of_day
from tests.policy.samples import HOUR, MINUTE, MONDAY, acknowledged, default_policy, opened

POLICY = default_policy()


def test_a_time_of_day_with_its_zone() -> None:
    tokyo = read_time_of_day(" 09:00  Asia/Tokyo ")
    assert str(tokyo) == "09:00 Asia/Tokyo"
    assert tokyo.on(date(2026, 11, 18)) == datetime(2026, 11, 18, tzinfo=UTC)
    assert tokyo.newest_day(datetime(2026, 11, 18, tzinfo=UTC)) == date(2026, 11, 18)
    assert tokyo.newest_day(datetime(2026, 11, 17, 23, 59, tzinfo=UTC)) == date(2026, 11, 17)
    # Skipped on 8 March 2026 in New York.
    assert read_time_of_day("02:30 America/New_York").on(date(2026, 3, 8)) == datetime(
        2026, 3, 8, 7, 30, tzinfo=UTC
    )


@pytest.mark.parametrize(
    "text", ["", "9:00 Asia/Tokyo", "09:00", "24:00 UTC", "09:00 JST2", "09:00 localtime"]
)
def test_what_is_no_time_of_day_with_a_zone(text: str) -> None:
    with pytest.raises(BadTimeOfDay, match="such as '09:00 Asia/Tokyo'"):
        read_time_of_day(text)


def test_each_ticket_stands_once_where_it_is_most_urgent() -> None:
    now = MONDAY + 3 * HOUR
    late = opened("1", number=1).ticket  # due after 2 hours, and nobody has it
    soon = opened("2", number=2, now=now).ticket  # due within 4 hours
    soon_too = opened("1", number=3, now=now).ticket
    far = acknowledged(opened("4", number=4, now=now).ticket, now + MINUTE).ticket  # no clock runs
    nobody = opened("3", number=5, now=now - MINUTE).ticket  # due in 24 hours
    done = replace(opened("2", number=6, now=now).ticket, state=State.RESOLVED)
    note = handover([far, nobody, soon, soon_too, late, done], lambda _: POLICY, timedelta(hours=8), now)
    assert [(section, [one.id for one in some]) for section, some in note.sections] == [
        (Section.LATE, ["ACME-1"]),
        (Section.SOON, ["ACME-3", "ACME-2"]),
        (Section.UNOWNED, ["ACME-5"]),
        (Section.REST, ["ACME-4"]),
    ]
    assert (note.count, note.unowned, note.until) == (5, 4, now + 8 * HOUR)
    assert handover([done], lambda _: POLICY, timedelta(hours=8), now).sections == ()


def test_what_falls_due_at_the_end_of_the_next_shift_is_soon_and_at_this_instant_not_late() -> None:
    ticket = opened("1").ticket
    assert ticket.clock is not None
    for now, section in (
        (ticket.clock.due - 8 * HOUR, Section.SOON),
        (ticket.clock.due - 8 * HOUR - MINUTE, Section.UNOWNED),
        (ticket.clock.due, Section.SOON),
        (ticket.clock.due + timedelta(microseconds=1), Section.LATE),
    ):
        note = handover([ticket], lambda _: POLICY, timedelta(hours=8), now)
        assert [found for found, _ in note.sections] == [section]
