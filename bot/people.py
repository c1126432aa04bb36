"""People by name, for what is read outside of Slack, where an id says nothing."""

import logging
from collections.abc import Iterable

from bot.slack import Lasting, Slack, SlackFault
from policy.customer_summaries import CustomerSummary
from policy.directory import Account
from policy.summaries import Summary

log = logging.getLogger(__name__)


def people_in(customer: CustomerSummary, staff: Summary | None) -> set[str]:
    """The ids of all users whom a report names."""
    found = {one.owner for one in customer.late} | {one.owner for one in customer.open_now}
    if staff is not None:
        figures = staff.figures
        found |= {one.by for one in figures.breaches}
        for acts in (figures.severity_changes, figures.reopened, figures.waits):
            found |= {one.by for one in acts}
    return {user for user in found if user}


async def names_of(users: Iterable[str], account: Account, slack: Slack | None) -> dict[str, str]:
    """Contacts by the names that the account gives them, others as Slack shows them. Whom nobody knows is left out,
    and so is everybody else once Slack is out of reach (`slack` None: nobody asks it)."""
    known = {contact.user: contact.name for contact in account.contacts if contact.user}
    found: dict[str, str] = {}
    for user in sorted(users):
        if user in known:
            found[user] = known[user]
        elif slack is not None:
            try:
                found[user] = await slack.name_of(user)
            except Lasting as fault:
                log.warning("the name of %s is not known: %s", user, fault)
            except SlackFault as fault:
                log.warning("Slack tells no names: %s", fault)
                slack = None
    return found
