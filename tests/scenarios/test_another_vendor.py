"""A vendor of another kind gets the same bot: the story of an incident is told once here, for the default policy and
for `examples/follow-the-sun.toml`, and every time in it is counted from the policy. No code knows a severity by its
key, which is the reason that it can be.
"""

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from commands.text import text
from policy.clocks import ClockKind, Outcome
from policy.durations import BusinessDays, Duration
from policy.load import load_policy
from policy.schema import Policy, Severity
from policy.support_time import Coverage, Promise, promise
from policy.tickets import State
from policy.timeline import Acknowledged, ClockEnded, Escalated, Opened, Reminded, Resolved, UpdatePosted
from tests.policy.examples import FOLLOW_THE_SUN
from tests.scenarios import desk as desks
from tests.scenarios.desk import (
    ACME,
    ACME_TEAM,
    ANN,
    BEN,
    ERIN,
    HANA,
    HINODE,
    HINODE_TEAM,
    HOME,
    TRIAGE,
    Desk,
)
from tests.scenarios.test_story import shows

ROOT = Path(__file__).parents[2]


def example_tables() -> dict[str, Any]:
    """The example as it stands, in the workspace of the tests."""
    tables = tomllib.loads(FOLLOW_THE_SUN.read_text(encoding="utf-8"))
    return {
        **tables,
        "vendor": {**tables["vendor"], "home_team": HOME},
        "worker": {"channel_interval": "0s"},
    }


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor's settings, and the terms of the customer that the story is about. `typed` is a word that a person
    says for the most urgent severity."""

    tables: dict[str, Any]
    plan: str
    region: str
    typed: str

    @property
    def policy(self) -> Policy:
        regions = {"regions": self.tables["regions"]}
        return load_policy({**self.tables.get("policy", {}), **regions}, file="the vendor's")

    def account(self, key: str = "ACME", channel: str = ACME, team: str = ACME_TEAM) -> dict[str, Any]:
        return {
            "key": key,
            "name": key.title(),
            "plan": self.plan,
            "region": self.region,
            "channel": channel,
            "team_ids": [team],
        }


DEFAULT = Vendor(desks.TABLES, plan="emergency", region="us-east", typed="SEV1")
SUN = Vendor(example_tables(), plan="global", region="sydney", typed="Red:")


class Promised:
    """What the policy promises to a vendor's customer of one severity, as instants and as people read them."""

    def __init__(self, vendor: Vendor, severity: Severity) -> None:
        self.policy = vendor.policy
        self.severity = severity
        self.zone = self.policy.regions[vendor.region].tz
        terms = Coverage(plan=vendor.plan, region=vendor.region, production=True)
        self.promise: Promise = promise(self.policy, terms, severity)
        self.respond = self.length(self.promise.respond)
        self.cadence = self.promise.update_every or timedelta()

    def length(self, target: Duration) -> timedelta:
        return self.policy.business_day * target.count if isinstance(target, BusinessDays) else target

    def response_due(self, since: datetime) -> datetime:
        calendar = self.policy.calendar(self.promise.counted_in(self.promise.respond))
        return calendar.add_support_time(since, self.respond)

    def update_due(self, since: datetime) -> datetime:
        return self.policy.calendar(self.promise.calendar).add_support_time(since, self.cadence)

    def is_open(self, at: datetime) -> bool:
        return self.policy.calendar(self.promise.calendar).is_open(at)

    def clock(self, at: datetime) -> str:
        """`23:04 EST`, in the region of the account."""
        return f"{at.astimezone(self.zone):%H:%M %Z}"


@dataclass(frozen=True, slots=True)
class Place:
    """A vendor's running bot, and its policy as the test reads it."""

    desk: Desk
    vendor: Vendor
    policy: Policy

    @property
    def on_call(self) -> str:
        return f"<!subteam^{self.policy.regions[self.vendor.region].on_call}>"


@pytest.fixture
def everybody_on_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """The workspace of the tests has a group for each region of the example too."""
    world = desks.world()
    for key, region in SUN.policy.regions.items():
        world["usergroups"].append({"id": region.on_call, "handle": f"oncall-{key}", "members": [desks.OMAR]})
    monkeypatch.setattr(desks, "world", lambda commands: world)


@pytest.fixture(params=[DEFAULT, SUN], ids=["default", "follow the sun"])
async def place(
    request: pytest.FixtureRequest, empty_url: str, tmp_path: Path, everybody_on_call: None
) -> Any:
    vendor: Vendor = request.param
    accounts = [vendor.account()]
    async with desks.desk(empty_url, tmp_path, tables=vendor.tables, accounts=accounts) as found:
        yield Place(found, vendor, vendor.policy)


@pytest.fixture
async def sun(empty_url: str, tmp_path: Path, everybody_on_call: None) -> Any:
    """Two customers in Sydney: one on the plan that follows the sun, one with the desk of its region alone."""
    regional = replace(SUN, plan="regional").account("HINODE", HINODE, HINODE_TEAM)
    accounts = [SUN.account(), regional]
    async with desks.desk(empty_url, tmp_path, tables=SUN.tables, accounts=accounts) as found:
        yield Place(found, SUN, SUN.policy)


async def test_whoever_has_the_desk_is_called(
    empty_url: str, tmp_path: Path, everybody_on_call: None
) -> None:
    london = replace(SUN, region="london")
    accounts = [london.account()]
    async with desks.desk(empty_url, tmp_path, tables=SUN.tables, accounts=accounts) as d:
        await d.open_ticket(
            BEN, ACME, title="API is gone", severity="outage"
        )  # 02:04 in London, 13:04 in Sydney
        called = await d.people.wait_for(TRIAGE, shows("ACME-1", "API is gone"))
        assert called["text"].startswith("<!subteam^S0SYDNEY>")
        assert "S0LONDON" not in str(called)


# -- the story


async def test_the_most_urgent_incident_from_the_command_to_the_end(place: Place) -> None:
    d, people, policy = place.desk, place.desk.people, place.policy
    urgent = next(iter(policy.severities.values()))
    promised = Promised(place.vendor, urgent)
    told = text("en").elapsed
    opened = d.clock.at

    # A word for the severity in front; the form turns into a confirmation with the promised time.
    assert (await people.command(BEN, ACME, "/incident", f"{place.vendor.typed} API is gone")).ok
    (form,) = await people.views(BEN)
    sent = await people.submit(BEN, form.id, {})
    due = promised.clock(promised.response_due(opened))
    assert sent.action == "update"
    assert "ACME-1" in str(sent.view)
    assert due in str(sent.view)
    ticket = await d.ticket("ACME-1")
    assert (ticket.severity, ticket.title) == (urgent.key, "API is gone")

    # Announced: the customer's thread, a channel of its own with the card, the call of whoever is on duty.
    root = await people.wait_for(ACME, shows("ACME-1", "API is gone", f"<@{BEN}>", due))
    room = await d.channel("inc-acme-1")
    card = await people.wait_for(room, shows("ACME-1", "Owner: none", "acknowledge"))
    called = await people.wait_for(TRIAGE, shows("ACME-1", place.on_call, f"<#{room}>"))

    # Nobody has it: the first of the early reminders, which names those on duty again.
    early = promised.respond * policy.response_fractions[0]
    d.pass_time(seconds=early.total_seconds())
    unowned = f"{told(promised.respond - early)} left"
    reminder = await people.wait_for(room, shows("nobody has it", unowned, place.on_call))

    # Acknowledged from triage: the customer hears who is on it and by when the next update comes.
    assert (await people.click(ERIN, TRIAGE, called["ts"], "acknowledge")).ok
    due = promised.clock(promised.update_due(d.clock.at))
    await people.wait_for(ACME, shows(f"<@{ERIN}> has taken ACME-1", due), thread_ts=root["ts"])
    await people.wait_for(room, lambda m: m["ts"] == reminder["ts"] and "answered by" in str(m))

    # A heads-up to the owner, ahead of the deadline.
    ahead = promised.cadence * policy.heads_up
    d.pass_time(seconds=(promised.cadence - ahead).total_seconds())
    await people.wait_for(room, shows(f"<@{ERIN}> ACME-1", "update due", f"{told(ahead)} left"))

    # An update by the form, and one that she writes in the customer's thread.
    await people.click(ERIN, room, card["ts"], "post_update")
    (form,) = await people.views(ERIN)
    assert (await people.submit(ERIN, form.id, {"text": "We roll it back"})).ok
    due = promised.clock(promised.update_due(d.clock.at))
    await people.wait_for(ACME, shows("Update on ACME-1", "We roll it back", due), thread_ts=root["ts"])
    d.pass_time(seconds=promised.cadence.total_seconds() / 2)
    await people.say(ERIN, ACME, "Half of it is back.", thread_ts=root["ts"])
    await people.wait_for(room, shows("told Acme", "Half of it is back."))

    # Silence: at the deadline, and every cadence after it until it escalates.
    d.pass_time(seconds=promised.cadence.total_seconds())
    await people.wait_for(room, shows("ACME-1", "update is due now"))
    for _ in range(policy.missed_updates - 1):
        d.pass_time(seconds=promised.cadence.total_seconds())
    overdue = f"{told(promised.cadence * (policy.missed_updates - 1))} late"
    await people.wait_for(room, shows(f"<@{ERIN}> ACME-1", "update was due", overdue))

    # Resolved: no clock runs any more, and both sides know.
    answer = await people.command(ERIN, room, "/incident", "resolve Rolled back")
    assert "ACME-1 is resolved" in str(answer.body)
    await people.wait_for(ACME, shows("ACME-1 is resolved", "Rolled back"), thread_ts=root["ts"])
    await people.wait_for(room, lambda m: m["ts"] == card["ts"] and "Resolved" in str(m))
    d.pass_time(days=3)
    ticket = await d.ticket("ACME-1")
    assert (ticket.state, ticket.clock) == (State.RESOLVED, None)

    # The timeline has all of it.
    entries = await d.bot.store.tickets.timeline("ACME-1")
    for kind, by in ((Opened, BEN), (Acknowledged, ERIN), (Resolved, ERIN)):
        assert [e.by for e in entries if isinstance(e, kind)] == [by]
    assert [e.text for e in entries if isinstance(e, UpdatePosted)] == [
        *("We roll it back", "Half of it is back.")
    ]
    assert [(e.clock, e.missed) for e in entries if isinstance(e, Escalated)] == [
        (ClockKind.UPDATE, policy.missed_updates)
    ]
    judged = [(e.interval.kind, e.interval.outcome) for e in entries if isinstance(e, ClockEnded)]
    assert judged == [
        (ClockKind.RESPONSE, Outcome.MET),
        *[(ClockKind.UPDATE, Outcome.MET)] * 2,
        (ClockKind.UPDATE, Outcome.BREACHED),
    ]
    calls_before = len([offset for offset in urgent.wake_again if offset < early])
    assert [(e.clock, e.count) for e in entries if isinstance(e, Reminded)] == [
        (ClockKind.RESPONSE, calls_before + 1),
        (ClockKind.UPDATE, 1),  # the first heads-up, answered
        (ClockKind.UPDATE, 2),  # the last heads-up, and the deadline
        (ClockKind.UPDATE, 1),
    ]


async def test_the_least_urgent_incident_by_the_button(place: Place) -> None:
    d, people, policy = place.desk, place.desk.people, place.policy
    least = list(policy.severities.values())[-1]
    promised = Promised(place.vendor, least)
    assert least.update_every is None
    opened = d.clock.at

    # Ann is of another company, where commands do not work.
    sent = await d.open_ticket(ANN, ACME, title="How do I rename a farm?", severity=least.key)
    due = promised.clock(promised.response_due(opened))
    assert due in str(sent.view)

    # A thread in triage; whoever is on duty is mentioned while support is open, and left alone otherwise.
    root = await people.wait_for(ACME, shows("ACME-1", "rename a farm", f"<@{ANN}>", due))
    card = await people.wait_for(TRIAGE, shows("ACME-1", "rename a farm", "Owner: none"))
    call = await people.wait_for(TRIAGE, shows("New:", "ACME-1"), thread_ts=card["ts"])
    assert (place.on_call in str(call)) is promised.is_open(opened)
    assert "inc-acme-1" not in {channel["name"] for channel in await people.channels()}

    # Acknowledged by command; no cadence runs.
    await people.command(ERIN, TRIAGE, "/incident", "ack ACME-1")
    await people.wait_for(ACME, shows(f"<@{ERIN}> has taken ACME-1", "on request"), thread_ts=root["ts"])
    assert (await d.ticket("ACME-1")).clock is None

    await people.command(ERIN, TRIAGE, "/incident", "resolve ACME-1 In its settings.")
    await people.wait_for(ACME, shows("ACME-1 is resolved", "In its settings."), thread_ts=root["ts"])


# -- what only the other vendor has, or has not


async def test_the_clock_runs_on_when_one_region_hands_over_to_the_next(sun: Place) -> None:
    d, people = sun.desk, sun.desk.people
    d.clock.at = datetime(2026, 11, 18, 6, 30, tzinfo=UTC)  # 17:30 in Sydney; London opens at 07:00 UTC

    await d.open_ticket(BEN, ACME, title="Slow", severity="degraded")
    await d.open_ticket(HANA, HINODE, title="Slow too", severity="degraded")

    followed, alone = await d.ticket("ACME-1"), await d.ticket("HINODE-1")
    assert followed.clock.due == datetime(2026, 11, 18, 10, 30, tzinfo=UTC), "4 h, whoever is at the desk"
    assert alone.clock.due == datetime(2026, 11, 18, 22, 30, tzinfo=UTC), (
        "1:30 h today, the rest from 07:00 on"
    )

    # Half of it: Sydney has closed, London has it. The customer with one desk alone is not reminded of at night.
    card = await people.wait_for(TRIAGE, shows("ACME-1", "Owner: none"))
    lonely = await people.wait_for(TRIAGE, shows("HINODE-1", "Owner: none"))
    d.pass_time(hours=2)
    await people.wait_for(TRIAGE, shows("ACME-1", "nobody has it", "2 hr left"), thread_ts=card["ts"])
    replies = await people.messages(TRIAGE, thread_ts=lonely["ts"])
    assert not [m for m in replies if "nobody has it" in str(m)]
    d.pass_time(hours=12)  # 07:30 in Sydney: more than half of it has gone by
    await people.wait_for(TRIAGE, shows("HINODE-1", "nobody has it", "2 hr left"), thread_ts=lonely["ts"])


@pytest.mark.parametrize(
    ("typed", "severity", "title"),
    [
        ("Red: nobody can log in", "outage", "nobody can log in"),
        ("degraded: since noon", "degraded", "since noon"),
        ("degraded since noon", None, "degraded since noon"),
        ("sev1 API is gone", None, "sev1 API is gone"),
        ("critical error", None, "critical error"),
    ],
)
async def test_severities_go_by_this_vendors_words_alone(
    sun: Place, typed: str, severity: str | None, title: str
) -> None:
    people = sun.desk.people
    assert (await people.command(BEN, ACME, "/incident", typed)).ok
    (form,) = await people.views(BEN)
    fields = {block["block_id"]: block["element"] for block in form.view["blocks"] if "element" in block}
    assert [option["value"] for option in fields["severity"]["options"]] == [
        *(*sun.policy.severities, "not_sure")
    ]
    assert fields["severity"].get("initial_option", {}).get("value") == severity
    assert fields["title"]["initial_value"] == title


@pytest.mark.parametrize("asked", ["policy", "severity", "plan", "hours", "contacts", "versions", "uptime"])
async def test_what_it_does_not_have_is_not_promised(sun: Place, asked: str) -> None:
    answer = await sun.desk.people.command(BEN, ACME, "/support", asked)
    assert answer.ok
    shown = str(answer.body)
    assert "Hotline" not in shown
    assert "Uptime guarantee" not in shown
    assert "99" not in shown
    if asked == "uptime":
        assert "has no uptime guarantee" in shown


# -- no severity is known by its key


def of_severities(policy: dict[str, Any]) -> set[str]:
    """The keys of severities and the words for them."""
    found = policy["severity"]
    return {*found, *(word for severity in found.values() for word in severity.get("words", ()))}


def names_a_severity(tree: ast.AST, words: set[str]) -> Iterator[ast.AST]:
    """Where code names one severity: a text that is a severity's key or word, or a comparison of something called
    severity or rank with a literal."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and str(node.value).lower() in words
            and isinstance(node.value, str)
        ):
            yield node
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(_is_severity(side) for side in sides) and any(_is_literal(side) for side in sides):
                yield node


def _is_severity(node: ast.AST) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name.lower().endswith(("severity", "rank"))


def _is_literal(node: ast.AST) -> bool:
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return any(_is_literal(one) for one in node.elts)
    return isinstance(node, ast.Constant) and isinstance(node.value, str | int | float)


DEFAULT_WORDS = of_severities(tomllib.loads((ROOT / "policy" / "default.toml").read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "code",
    [
        "if ticket.severity == '1': pass",
        "if severity in ('1', '2'): pass",
        "if severity.rank < 2: pass",
        "if 0 == rank: pass",
        "policy.severities['3']",
        "policy.severity('4')",
        "find_severity('SEV1')",
        "match severity:\n  case 'critical': pass",
    ],
)
def test_a_named_severity_is_found(code: str) -> None:
    assert list(names_a_severity(ast.parse(code), DEFAULT_WORDS))


@pytest.mark.parametrize(
    "code",
    [
        "if severity is None: pass",
        "if severity.room == 'channel': pass",
        "if new.rank < old.rank: pass",
        "if ticket.severity == chosen: pass",
        "return 1",
    ],
)
def test_asking_what_the_policy_says_of_it_is_not_naming_it(code: str) -> None:
    assert not list(names_a_severity(ast.parse(code), DEFAULT_WORDS))


OTHER_THINGS = {
    # PagerDuty's own words for how bad an alert is.
    "bot/paging.py": "critical",
    "bot/watch.py": "critical",
    # The weight of a font.
    "bot/drawing.py": "normal",
    # An argument of a script: do it.
    "storage/plan.py": "1",
    "storage/backup_export.py": "1",
}
"""Words that are no severity's, by the file where they stand."""


def test_no_code_hangs_on_a_severitys_key() -> None:
    # The demo plays with the default policy and accounts of its own, as the tests do.
    sources = [
        path
        for part in ("policy", "commands", "bot", "storage")
        for path in sorted((ROOT / part).rglob("*.py"))
        if "demo" not in path.parts
    ]
    found = [
        f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}: {ast.unparse(node)}"
        for path in sources
        for node in names_a_severity(ast.parse(path.read_text(encoding="utf-8")), DEFAULT_WORDS)
        if ast.unparse(node) != repr(OTHER_THINGS.get(str(path.relative_to(ROOT))))
    ]
    assert len(sources) > 50
    assert found == []
