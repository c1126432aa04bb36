"""`supportbot policy deadline` over a year of random openings, for each plan, region and severity, agrees with an
oracle that counts open minutes one by one."""

import json
import random
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path

import holidays
import pytest
from typer.testing import CliRunner

from bot.cli import app
from tests.policy.oracle import MINUTE, Desk, Minutes

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 10, tzinfo=UTC)
OPENINGS_EACH = 4

REGIONS = {
    "us-west": ("America/Los_Angeles", "US", "CA"),
    "us-east": ("America/New_York", "US", None),
    "emea": ("Europe/London", "GB", "ENG"),
    "japan": ("Asia/Tokyo", "JP", None),
}
HOURS = {"9x5": (9 * 60, 18 * 60), "extended": (6 * 60, 22 * 60)}

# plan, severity, production -> (minutes of the target, hours it is counted in); policy.md sections 1 and 2.
DAY = 9 * 60
PROMISED = {
    "standard": {"1": (120, "9x5"), "2": (240, "9x5"), "3": (DAY, "9x5"), "4": (DAY, "9x5")},
    "premium": {"1": (120, "24x7"), "2": (240, "extended"), "3": (DAY, "9x5"), "4": (DAY, "9x5")},
    "emergency": {"1": (120, "24x7"), "2": (240, "24x7"), "3": (1440, "24x7"), "4": (DAY, "9x5")},
}


class Walked:
    """The open minutes of one desk over the year, added up."""

    def __init__(self, region: str, hours: str) -> None:
        zone, country, subdivision = REGIONS[region]
        closed: frozenset[date] = frozenset()
        if hours == "9x5":
            closed = frozenset(
                holidays.country_holidays(country, subdiv=subdivision, years=(2025, 2026, 2027))
            )
        day = (HOURS[hours],)
        self.minutes = Minutes([Desk(zone, (day,) * 5 + ((), ()), closed)], START, END)
        self.sums = [0, *accumulate(self.minutes.open)]

    def due(self, opened: datetime, target: int) -> datetime:
        """The end of the last open minute of the target, for an opening on a whole minute."""
        first = (opened - START) // MINUTE
        wanted = self.sums[first] + target
        low, high = first, self.minutes.count
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self.sums[middle] < wanted else (low, middle)
        return self.minutes.at(low)


@cache
def walked(region: str, hours: str) -> Walked:
    return Walked(region, hours)


@pytest.mark.parametrize("region", REGIONS)
def test_deadlines_agree_with_the_oracle(
    region: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    dice = random.Random(f"deadlines of {region}")
    runner = CliRunner()
    for plan, severities in PROMISED.items():
        for severity, (target, hours) in severities.items():
            for _ in range(OPENINGS_EACH):
                opened = START + MINUTE * dice.randrange(365 * 24 * 60)
                words = ["policy", "deadline", "--plan", plan, "--severity", severity, "--region", region]
                done = runner.invoke(app, [*words, "--opened", opened.isoformat(), "--json"])
                assert done.exit_code == 0, done.output
                said = json.loads(done.stdout)
                if hours == "24x7":
                    expected = opened + timedelta(minutes=target)
                    calendar = "24x7"
                else:
                    expected = walked(region, hours).due(opened, target)
                    calendar = f"{hours}@{region}"
                assert datetime.fromisoformat(said["response_due"]) == expected, (plan, severity, opened)
                assert said["calendar"] == calendar


@pytest.mark.parametrize(
    ("plan", "hours"), [("standard", "9x5"), ("premium", "extended"), ("emergency", "9x5")]
)
def test_a_premium_severity_1_outside_production_is_counted_in_extended_hours(
    plan: str, hours: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["policy", "deadline", "--plan", plan, "--severity", "1", "--region", "emea", "--no-production"]
    opened = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)  # a Saturday
    done = CliRunner().invoke(app, [*words, "--opened", opened.isoformat(), "--json"])
    said = json.loads(done.stdout)
    if plan == "emergency":
        assert said["calendar"] == "24x7"
        return
    assert said["calendar"] == f"{hours}@emea"
    assert datetime.fromisoformat(said["response_due"]) == walked("emea", hours).due(opened, 120)
