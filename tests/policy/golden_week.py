"""The week of docs/summaries.md, 5 to 11 October 2026 in London, told as what people did: Acme's, and the same week of
two quieter accounts."""

from collections.abc import Callable
from datetime import date, datetime

from policy.changes import Change
from policy.closing import confirm, rate
from policy.directory import Account, Contact
from policy.endings import cancel, reopen
from policy.histories import History
from policy.outages import RecordedOutage
from policy.periods import Period, Unit, days
from policy.severity_changes import change_severity
from policy.tickets import Ticket
from policy.timeline import Entry, Source
from policy.transitions import (
    acknowledge,
    customer_replied,
    open_ticket,
    post_update,
    resolve,
    write_note,
)
from policy.uptime import Outage
from policy.versions import Release
from policy.waiting import wait_for_customer
from tests.policy.samples import OPENER, account, at, default_policy, done, request

WEEK: Period = days(date(2026, 10, 5), date(2026, 10, 12), "Europe/London", Unit.WEEK, 1)
MONDAY_MORNING = at("2026-10-12 09:00")
ERIN, OMAR = "U-ERIN", "U-OMAR"
SECRETS = ("SECRET-NOTE", "SECRET-WAIT", "SECRET-SEVERITY", "SECRET-CANCEL", OMAR)
"""What is the staff's in these lives: texts of theirs, and one who owns nothing."""
RELEASES = (Release("7.2", date(2025, 3, 1)), Release("8.0", date(2026, 9, 1)))

ACME: Account = account(
    contacts=(Contact("Ann", user="U-CUSTOMER", trained=True), Contact("Aki", email="aki@acme.example")),
    contact_limit=8,
)
BETA = account("BETA", plan="premium")
CIRRUS = account("CIRRUS", plan="standard")

OUTAGE = RecordedOutage(
    "ACME",
    1,
    Outage("api", at("2026-10-07 00:00"), at("2026-10-07 00:45")),
    "ACME-2",
    ERIN,
    at("2026-10-07 01:00"),
)

Deed = Callable[[Ticket, datetime], object]


def take(by: str = ERIN) -> Deed:
    return lambda ticket, now: acknowledge(default_policy(), ticket, by, now)


def update(by: str = ERIN) -> Deed:
    return lambda ticket, now: post_update(default_policy(), ticket, by, "We look.", Source.COMMAND, now)


def note() -> Deed:
    return lambda ticket, now: write_note(ticket, OMAR, "SECRET-NOTE", now)


def reply() -> Deed:
    return lambda ticket, now: customer_replied(default_policy(), ticket, OPENER, "Here it is.", now)


def wait() -> Deed:
    return lambda ticket, now: wait_for_customer(default_policy(), ticket, ERIN, "SECRET-WAIT", now)


def severity(to: str) -> Deed:
    return lambda ticket, now: change_severity(default_policy(), ticket, OMAR, to, "SECRET-SEVERITY", now)


def solve(cause: str | None = None, by: str = ERIN) -> Deed:
    return lambda ticket, now: resolve(ticket, by, "Fixed.", now, cause=cause)


def again() -> Deed:
    return lambda ticket, now: reopen(default_policy(), ticket, OPENER.user, "Again.", now)


def drop() -> Deed:
    return lambda ticket, now: cancel(ticket, OMAR, "SECRET-CANCEL", now)


def confirm_and_score(value: int) -> Deed:
    def both(ticket: Ticket, now: datetime) -> Change:
        said = done(confirm(ticket, OPENER, now))
        return said.then(done(rate(default_policy(), said.ticket, OPENER, value, now)))

    return both


def life(
    of: Account, number: int, as_: str, opened: str, *deeds: tuple[str, Deed], **asked: object
) -> History:
    """A ticket opened with a severity, and what was done to it when (UTC)."""
    change = open_ticket(
        default_policy(), of, request(as_, title=f"{of.key} {number}", **asked), number, at(opened)
    )
    entries: list[Entry] = [*change.entries]
    for when, deed in deeds:
        change = done(deed(change.ticket, at(when)))
        entries += change.entries
    return History(change.ticket, entries)


def acme() -> list[History]:
    """Six tickets of an Emergency account: any hour counts, but for severity 4."""
    return [
        life(
            ACME,
            1,
            "1",
            "2026-10-05 09:00",
            ("2026-10-05 09:30", take()),
            ("2026-10-05 10:20", update()),
            ("2026-10-05 11:40", update()),
            ("2026-10-05 12:10", solve("defect")),
            component="api",
        ),
        life(
            ACME,
            2,
            "2",
            "2026-10-06 10:00",
            ("2026-10-06 15:00", take()),
            ("2026-10-06 15:30", note()),
            ("2026-10-06 16:00", update()),
            ("2026-10-07 08:00", solve(by=OMAR)),
            component="api",
            product_version="7.2",
        ),
        life(
            ACME,
            3,
            "3",
            "2026-10-08 09:00",
            ("2026-10-08 10:00", take()),
            ("2026-10-08 12:00", update()),
            ("2026-10-08 12:30", reply()),
            ("2026-10-08 13:00", wait()),
            ("2026-10-09 13:00", reply()),
            ("2026-10-09 17:00", update()),
            component="ui",
        ),
        life(ACME, 4, "4", "2026-10-09 14:00"),
        life(
            ACME,
            5,
            "3",
            "2026-10-01 09:00",
            ("2026-10-01 09:30", take()),
            ("2026-10-01 14:00", solve("usage")),
            ("2026-10-06 09:00", again()),
            ("2026-10-06 12:00", solve("configuration")),
            ("2026-10-07 12:00", confirm_and_score(4)),
        ),
        life(
            ACME,
            6,
            "3",
            "2026-10-10 10:00",
            ("2026-10-10 10:30", severity("2")),
            ("2026-10-10 11:00", drop()),
        ),
    ]


def beta() -> list[History]:
    """One ticket, whose customer has been waited for for six days."""
    return [
        life(
            BETA,
            7,
            "3",
            "2026-10-06 08:00",
            ("2026-10-06 08:30", take()),
            ("2026-10-06 09:00", update()),
            ("2026-10-06 09:00", wait()),
        )
    ]
