"""People by name, where an id says nothing."""

from typing import Any

import pytest

from bot.people import names_of, people_in
from bot.slack import Lasting, Passing, SlackFault
from policy.customer_summaries import for_customer
from policy.directory import Contact
from tests.commands.test_summary_lines import summed
from tests.policy import golden_week as golden
from tests.policy.golden_week import ACME, ERIN, OMAR
from tests.policy.samples import OPENER, account


class Names:
    def __init__(self, **known: str | SlackFault) -> None:
        self.known = known
        self.asked: list[str] = []

    async def name_of(self, user: str) -> str:
        self.asked.append(user)
        found = self.known[user.replace("-", "_")]
        if isinstance(found, SlackFault):
            raise found
        return found


def test_the_customer_s_report_names_owners_alone() -> None:
    summary = summed(ACME, [*golden.acme()])
    assert people_in(for_customer(summary), None) == {ERIN}
    assert people_in(for_customer(summary), summary) == {ERIN, OMAR, OPENER.user}


async def test_contacts_go_by_the_account_s_names_and_others_by_slack_s() -> None:
    slack: Any = Names(U_ERIN="Erin Park", U_GONE=Lasting("user_not_found"))
    known = account(contacts=(Contact("Ann Lee", user="U-ANN"),))
    found = await names_of({"U-ANN", "U-ERIN", "U-GONE"}, known, slack)
    assert found == {"U-ANN": "Ann Lee", "U-ERIN": "Erin Park"}
    assert await names_of({"U-ERIN"}, known, None) == {}


@pytest.mark.parametrize("fault", [Passing("no answer in time", carried_out=False)])
async def test_a_slack_that_is_away_is_asked_once(fault: SlackFault) -> None:
    slack: Any = Names(U_A=fault, U_B="B")
    assert await names_of({"U-A", "U-B"}, account(), slack) == {}
    assert slack.asked == ["U-A"]
