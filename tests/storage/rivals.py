"""Clients that do different things to the same tickets at the same time, and a checker of what they were told.

A rival notes for each thing it does when it began, when it was told, and what. The checker looks for an order of them
all in which each is told what a desk with one person at a time would have told, and in which nothing comes before what
had ended when it began (linearizability, by Wing and Gong's search with a memory of dead ends).

`python -m tests.storage.rivals URL NAME SEED TICKET...` is one as a process: it says `ready`, waits for a line, and
prints its notes.
"""

import asyncio
import random
import sys
import time
from collections.abc import Sequence
from typing import Final

import msgspec

from policy.commits import Committed, Operation
from policy.reminders import wake_at
from policy.schema import Policy
from policy.severity_changes import SameSeverity, change_severity
from policy.tickets import Ticket
from policy.transitions import AlreadyAcknowledged, Change, NotOpen, acknowledge, resolve
from storage.errors import StorageUnavailable
from tests.policy.samples import MONDAY, default_policy
from tests.storage.stores import Store, store_at

FIRST_SEVERITY: Final = "3"


class Deed(msgspec.Struct, frozen=True):
    """What a rival did. `kind` is ack, resolve, or the severity that it set; `told` is won, closed, same, or taken:
    by `owner`. `version` is that of the ticket which it made (0: none). Instants in ns of one clock of the machine."""

    ticket: str
    by: str
    kind: str
    began: int
    ended: int
    told: str
    version: int = 0
    owner: str | None = None


class State(msgspec.Struct, frozen=True):
    """A ticket as far as rivals change it."""

    severity: str = FIRST_SEVERITY
    owner: str | None = None
    is_open: bool = True


async def rival(store: Store, name: str, seed: int, tickets: Sequence[str]) -> list[Deed]:
    """Do something to each ticket, in an order of its own, a few times over."""
    chance, policy, deeds = random.Random(seed), default_policy(), list[Deed]()
    todo = [(ticket, kind) for ticket in tickets for kind in ("ack", chance.choice("124"), "2", "resolve")]
    # What ends it all comes late, or there is not much to win.
    todo.sort(key=lambda one: chance.random() + (one[1] == "resolve"))
    for place, (ticket, kind) in enumerate(todo):
        operation = Operation(f"{name}-{place}", ticket.partition("-")[0])
        deeds.append(await _do(store, policy, name, ticket, kind, operation))
    return deeds


async def _do(store: Store, policy: Policy, by: str, ticket: str, kind: str, operation: Operation) -> Deed:
    began = time.monotonic_ns()
    while True:
        try:
            told = await _try(store, policy, by, ticket, kind, operation)
        except StorageUnavailable:
            await asyncio.sleep(0.02)
            continue
        if told is not None:
            version, word, owner = told
            return Deed(ticket, by, kind, began, time.monotonic_ns(), word, version, owner)


async def _try(
    store: Store, policy: Policy, by: str, ticket: str, kind: str, operation: Operation
) -> tuple[int, str, str | None] | None:
    base = await store.tickets.get(ticket)
    assert base is not None
    change = _decide(policy, base.ticket, by, kind)
    match change:
        case NotOpen():
            return 0, "closed", None
        case AlreadyAcknowledged(owner):
            return 0, "taken", owner
        case SameSeverity():
            return 0, "same", None
    wake = wake_at(policy, change.ticket, MONDAY)
    outcome = await store.tickets.change(base, change, wake=wake, now=MONDAY, operation=operation)
    return (outcome.stored.version, "won", None) if isinstance(outcome, Committed) else None


def _decide(
    policy: Policy, ticket: Ticket, by: str, kind: str
) -> Change | NotOpen | AlreadyAcknowledged | SameSeverity:
    if kind == "ack":
        return acknowledge(policy, ticket, by, MONDAY)
    if kind == "resolve":
        return resolve(ticket, by, "Fixed.", MONDAY)
    return change_severity(policy, ticket, by, kind, "as it turned out", MONDAY)


# -- the checker


def linearizable(deeds: Sequence[Deed]) -> bool:
    """Whether there is an order in which one after another could have been told all this."""
    dead: set[tuple[frozenset[int], State]] = set()

    def search(left: frozenset[int], state: State) -> bool:
        if not left:
            return True
        if (left, state) in dead:
            return False
        first_end = min(deeds[place].ended for place in left)
        for place in left:
            if deeds[place].began <= first_end:
                after = follows(state, deeds[place])
                if after is not None and search(left - {place}, after):
                    return True
        dead.add((left, state))
        return False

    return search(frozenset(range(len(deeds))), State())


def follows(state: State, deed: Deed) -> State | None:
    """The ticket after a deed; None when nobody would have been told that of this ticket."""
    if not state.is_open:
        return state if deed.told == "closed" else None
    if deed.kind == "ack":
        if state.owner is not None:
            return state if (deed.told, deed.owner) == ("taken", state.owner) else None
        return msgspec.structs.replace(state, owner=deed.by) if deed.told == "won" else None
    if deed.kind == "resolve":
        return msgspec.structs.replace(state, is_open=False) if deed.told == "won" else None
    if deed.kind == state.severity:
        return state if deed.told == "same" else None
    return msgspec.structs.replace(state, severity=deed.kind) if deed.told == "won" else None


async def _main(url: str, name: str, seed: str, *tickets: str) -> None:
    async with store_at(url) as store:
        await store.tickets.get(tickets[0])
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        deeds = await rival(store, name, int(seed), tickets)
    sys.stdout.buffer.write(msgspec.json.encode(deeds) + b"\n")


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
