"""How many messages a ticket makes, and that `docs/messages.md` tells it as it is."""

import typing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from policy import effects
from tests.policy.samples import account, default_policy
from tests.policy.simulation import (
    EDITED,
    POSTED,
    SIX_HOURS_FROM,
    UNSEEN,
    Staff,
    life,
    severity_1_for_six_hours,
    severity_3_over_a_weekend,
    tables,
)

PAGE = Path(__file__).parents[2] / "docs" / "messages.md"


@pytest.mark.parametrize("name", tables())
def test_the_page_tells_the_figures_as_they_are(name: str) -> None:
    assert f"\n\n{tables()[name]}\n\n" in PAGE.read_text(encoding="utf-8"), (
        f"docs/messages.md, {name}: `python -m tests.policy.simulation` prints it as it is now"
    )


def test_a_severity_1_that_nobody_takes_calls_ten_times_and_escalates_once() -> None:
    tally = severity_1_for_six_hours()["never acknowledged"]
    minutes = [(at - SIX_HOURS_FROM) / timedelta(minutes=1) for at in tally.calls]
    # The call; again after 10 and 30; half, four fifths and all of 2 h, with the escalation; every hour.
    assert minutes == [0, 10, 30, 60, 96, 120, 120, 180, 240, 300, 360]
    assert tally.mentions == {"opener": 1, "on call": 10, "escalation": 1}


def test_a_severity_1_that_is_answered_calls_the_owner_once_for_each_update() -> None:
    tally = severity_1_for_six_hours()["taken at once, an update after each heads-up"]
    # Taken at 2; a heads-up 45 minutes after that and after each update, an update 2 minutes after each heads-up.
    minutes = [(at - SIX_HOURS_FROM) / timedelta(minutes=1) for at in tally.calls]
    assert minutes == [0, *(2 + 45 + 47 * turn for turn in range(7))]
    assert tally.customer["TellUpdate"] == tally.reminders == 7


def test_on_a_weekend_nobody_is_called_whose_support_is_closed() -> None:
    for (plan, name), tally in severity_3_over_a_weekend().items():
        weekend = [at for at in tally.calls if at.strftime("%a") in {"Sat", "Sun"}]
        assert bool(weekend) is (plan == "emergency"), (plan, name)


@pytest.mark.parametrize(
    ("plan", "calls"),
    [
        # On Monday at a half, four fifths and all of 9 business hours (one was left on Friday), with the escalation.
        ("standard", ["Fri 16:00", "Mon 11:30", "Mon 14:12", "Mon 16:00", "Mon 16:00"]),
        ("premium", ["Fri 16:00", "Mon 11:30", "Mon 14:12", "Mon 16:00", "Mon 16:00"]),
        # 24 hours on end, then every six.
        (
            "emergency",
            [
                *("Fri 16:00", "Sat 04:00", "Sat 11:12", "Sat 16:00", "Sat 16:00", "Sat 22:00"),
                *("Sun 04:00", "Sun 10:00", "Sun 16:00", "Sun 22:00", "Mon 04:00", "Mon 10:00", "Mon 16:00"),
            ],
        ),
    ],
)
def test_when_a_severity_3_of_friday_evening_calls(plan: str, calls: list[str]) -> None:
    tally = severity_3_over_a_weekend()[plan, "never acknowledged"]
    assert [f"{at:%a %H:%M}" for at in tally.calls] == calls


def test_who_is_left_in_peace_is_called_when_support_opens() -> None:
    saturday = datetime(2026, 10, 10, 12, 0, tzinfo=UTC)
    monday = datetime(2026, 10, 12, 8, 0, tzinfo=UTC)  # 09:00 in London
    born = life(default_policy(), account(plan="standard"), "1", saturday, monday, Staff())
    tally = born.play()
    assert tally.staff["CallOnCall"] == 1, "it stands in triage, and mentions nobody"
    assert tally.calls == [monday]


def test_it_is_known_of_every_effect_whether_it_shows() -> None:
    for effect in (*typing.get_args(effects.CustomerEffect), *typing.get_args(effects.StaffEffect)):
        shows = [effect.__name__.startswith(names) for names in (POSTED, EDITED, UNSEEN)]
        assert sum(shows) == 1, effect.__name__
