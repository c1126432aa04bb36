"""Many change the same tickets at once: one winner each, losers told the truth, and the timeline in that order."""

import asyncio
import sys
from collections import defaultdict
from contextlib import AsyncExitStack

import msgspec
import pytest

from policy.timeline import Acknowledged, Resolved, SeverityChanged
from tests.storage.rivals import FIRST_SEVERITY, Deed, linearizable, rival
from tests.storage.stores import Store, store_at

CONNECTIONS, PROCESSES, TICKETS = 4, 2, 12


async def process(url: str, name: str, seed: int, tickets: list[str]) -> asyncio.subprocess.Process:
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.storage.rivals", url, name, str(seed), *tickets),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert started.stdout is not None
    assert await started.stdout.readline() == b"ready\n"
    return started


async def deeds_of(started: asyncio.subprocess.Process) -> list[Deed]:
    said, _ = await started.communicate(b"go\n")
    assert started.returncode == 0
    return msgspec.json.decode(said, type=list[Deed])


async def test_what_rivals_are_told_is_as_if_they_had_come_one_after_another(
    store: Store, store_url: str
) -> None:
    accounts = ["ACME", "GLOBEX", "HOOLI"]
    tickets = [
        (await store.opened(accounts[n % 3], f"open-{n}", severity=FIRST_SEVERITY)).ticket.id
        for n in range(TICKETS)
    ]
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(store_at(store_url)) for _ in range(CONNECTIONS)]
        others = await asyncio.gather(
            *(process(store_url, f"P{n}", 100 + n, tickets) for n in range(PROCESSES))
        )
        histories = await asyncio.gather(
            *(deeds_of(one) for one in others),
            *(rival(one, f"U{n}", n, tickets) for n, one in enumerate(stores)),
        )
    of_ticket: defaultdict[str, list[Deed]] = defaultdict(list)
    for deed in (deed for history in histories for deed in history):
        of_ticket[deed.ticket].append(deed)
    assert sorted(of_ticket) == sorted(tickets)
    for ticket, deeds in of_ticket.items():
        await assert_true(store, ticket, deeds)
    told = {deed.told for history in histories for deed in history}
    assert told == {"won", "taken", "closed", "same"}, "they did not meet"


async def assert_true(store: Store, ticket: str, deeds: list[Deed]) -> None:
    assert len(deeds) == 4 * (CONNECTIONS + PROCESSES)
    winners = sorted((deed for deed in deeds if deed.told == "won"), key=lambda deed: deed.version)
    # Each winner made a version of its own, and there are no others.
    assert [deed.version for deed in winners] == list(range(2, 2 + len(winners)))
    assert sum(deed.kind == "ack" for deed in winners) <= 1
    assert sum(deed.kind == "resolve" for deed in winners) == 1
    assert linearizable(deeds), deeds
    shown = [
        (entry.by, entry.new if isinstance(entry, SeverityChanged) else type(entry))
        for entry in await store.tickets.timeline(ticket)
        if isinstance(entry, (Acknowledged, SeverityChanged, Resolved))
    ]
    kinds = {"ack": Acknowledged, "resolve": Resolved}
    assert shown == [(deed.by, kinds.get(deed.kind, deed.kind)) for deed in winners]
    kept = await store.tickets.get(ticket)
    assert kept is not None
    assert kept.version == winners[-1].version


# -- the checker itself


def deed(by: str, kind: str, span: tuple[int, int], told: str, owner: str | None = None) -> Deed:
    return Deed("ACME-1", by, kind, *span, told, owner=owner)


@pytest.mark.parametrize(
    ("deeds", "holds"),
    [
        ([deed("A", "ack", (0, 9), "won"), deed("B", "ack", (1, 2), "taken", "A")], True),
        ([deed("A", "ack", (5, 9), "won"), deed("B", "ack", (1, 2), "taken", "A")], False),  # before it began
        ([deed("A", "ack", (0, 9), "won"), deed("B", "ack", (0, 9), "won")], False),
        ([deed("A", "ack", (0, 9), "won"), deed("B", "ack", (0, 9), "taken", "C")], False),
        ([deed("A", "resolve", (0, 1), "won"), deed("B", "ack", (2, 3), "won")], False),  # a stale read
        ([deed("A", "resolve", (0, 2), "won"), deed("B", "ack", (1, 3), "won")], True),
        ([deed("A", "1", (0, 1), "won"), deed("B", "3", (2, 3), "same")], False),  # a lost change
        ([deed("A", "1", (0, 1), "won"), deed("B", "3", (2, 3), "won"), deed("C", "1", (4, 5), "won")], True),
    ],
)
def test_the_checker_tells_what_can_be_from_what_can_not(deeds: list[Deed], holds: bool) -> None:
    assert linearizable(deeds) is holds
