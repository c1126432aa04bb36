"""What is known of a member of staff: from Slack's profile, asked seldom, and kept while Slack does not answer."""

import pytest

from bot.profiles import FRESH_S, Profiles
from bot.slack import Passing, Profile, Slack


class People(Slack):
    """Answers with what a profile says now, and counts how often it is asked."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.asked = 0
        self.away = False

    async def profile_of(self, user: str) -> Profile:
        self.asked += 1
        if self.away:
            raise Passing("service_unavailable", carried_out=False)
        return self.profile


class Hand:
    """A monotonic clock that the test moves."""

    at = 0.0

    def __call__(self) -> float:
        return self.at


TOKYO, LONDON = Profile("ja-JP", "Asia/Tokyo", "omar"), Profile("en-GB", "Europe/London", "omar")


async def test_a_profile_is_asked_for_once_an_hour() -> None:
    people, hand = People(TOKYO), Hand()
    profiles = Profiles(people, {}, monotonic=hand)
    for _ in range(3):
        assert str(await profiles.ask_zone("U0OMAR")) == "Asia/Tokyo"
    assert people.asked == 1
    assert (profiles.language("U0OMAR"), profiles.name("U0OMAR")) == ("ja", "omar")

    people.profile = LONDON  # he has moved
    hand.at = FRESH_S - 1
    assert str(await profiles.ask_zone("U0OMAR")) == "Asia/Tokyo"
    hand.at = FRESH_S
    assert str(await profiles.ask_zone("U0OMAR")) == "Europe/London"
    assert (str(profiles.zone("U0OMAR")), people.asked) == ("Europe/London", 2)


async def test_while_slack_does_not_answer_what_was_known_serves() -> None:
    people, hand = People(TOKYO), Hand()
    profiles = Profiles(people, {}, monotonic=hand)
    people.away = True
    with pytest.raises(Passing):
        await profiles.ask_zone("U0OMAR")
    people.away = False
    await profiles.ask_zone("U0OMAR")
    people.away, hand.at = True, FRESH_S
    assert str(await profiles.ask_zone("U0OMAR")) == "Asia/Tokyo"


async def test_the_operators_zone_goes_before_the_profiles() -> None:
    people = People(TOKYO)
    profiles = Profiles(people, {"U0OMAR": "America/New_York"})
    assert str(await profiles.ask_zone("U0OMAR")) == "America/New_York"
    assert (str(profiles.zone("U0OMAR")), people.asked) == ("America/New_York", 0)


async def test_a_zone_that_nobody_knows_here_is_none() -> None:
    profiles = Profiles(People(Profile(zone="Mars/Olympus")), {})
    assert await profiles.ask_zone("U0OMAR") is None
    assert profiles.zone("U0OMAR") is None
