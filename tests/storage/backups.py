"""A store filled by what people and workers do, and what a backup must bring back of it."""

import asyncio
import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from policy.directory import Contact
from policy.duties import DutyDone
from policy.outages import Recorded
from policy.reminders import due_reminder
from policy.transitions import Change, customer_replied, resolve, write_note
from policy.uptime import Outage
from storage import codec, keys
from storage.backup_export import export
from storage.backup_import import check, put_in_place
from storage.codec import DeadLetter, WorkNote
from storage.plan import lane_member, reminder_member
from tests.policy.samples import (
    ENGINEER,
    MINUTE,
    MONDAY,
    OPENER,
    account,
    acknowledged,
    default_policy,
    updated,
)
from tests.servers import Server
from tests.storage.key_leaks import names
from tests.storage.stores import Store

SHARD = keys.shard_of("ACME")


async def filled(store: Store) -> None:
    """Something of everything: tickets in every state, effects that wait, attempts under way, dead letters."""
    policy = default_policy()
    contacts = (Contact(name="Ann 安", user="U0ANN", trained=True),)
    accounts = {
        "ACME": account(hotline="+1 555 0100", contacts=contacts),
        "HOOLI": account("HOOLI", plan="standard"),
    }
    await store.directories.put(accounts, {policy.version: policy.source})
    first = await store.opened(operation="view-1")
    taken = await store.changed(first, acknowledged(first.ticket, MONDAY + MINUTE), now=MONDAY + MINUTE)
    told = updated(taken.ticket, MONDAY + 2 * MINUTE, text="We look.\n日本語 <b> \u2028")
    await store.changed(taken, told, now=MONDAY + 2 * MINUTE)
    second = await store.opened(operation="view-2", severity="3")
    await store.changed(second, resolve(second.ticket, ENGINEER, "Fixed.", MONDAY + MINUTE))
    third = await store.opened("HOOLI", operation="trigger-3", severity="4")
    await store.changed(third, customer_replied(policy, third.ticket, OPENER, "Hello?", MONDAY))
    fourth = await store.opened(operation="view-4")
    reminder = due_reminder(policy, fourth.ticket, MONDAY + 70 * MINUTE)
    held = await store.lease(SHARD, reminder_member("ACME-3"), now=MONDAY + 70 * MINUTE)
    note = WorkNote(attempt="m1", channel="C1", thread="1.1", attempted_ms=5, reminder=reminder, tries=2)
    assert await store.queue.attempt(held, note)
    buried = await store.lease(SHARD, lane_member("ACME-1:customer"))
    queued = await store.queue.head(SHARD, "ACME-1:customer")
    assert queued is not None
    letter = DeadLetter(at=MONDAY, member=buried.member, queued=queued, error="is_archived")
    await store.queue.done(buried, "ACME-1:customer", now=MONDAY, dead=letter)
    await store.queue.put_room("C-INC", None, "ACME-1")
    await store.queue.put_room("C-TRIAGE", "1.000100", "ACME-2")
    await store.queue.heard("ACME-2", "1764590000.000100")
    await store.queue.pace("C-ACME", interval_ms=1_000, place_ms=None)
    await store.scripts.command("ZADD", keys.due(SHARD), 17, "digest:daily")
    await store.scripts.command("HSET", keys.work(SHARD), "digest:daily", codec.encode(WorkNote(tries=1)))
    for whose in (None, "ACME"):
        outages = await store.outages.of(whose)
        out = outages.record(Outage("api", MONDAY), ticket=None, by=ENGINEER, operation="out", now=MONDAY)
        assert isinstance(out, Recorded)
        await store.outages.add(outages, out)

    duties = await store.duties.of("ACME")
    entry = duties.record("call", MONDAY.date(), by=ENGINEER, operation="done", now=MONDAY)
    assert isinstance(entry, DutyDone)
    await store.duties.add(duties, entry)
    await store.told.expect(SHARD, ["digest:tam:U0OMAR"], now=MONDAY)
    telling = await store.lease(SHARD, "digest:tam:U0OMAR", now=MONDAY)
    await store.told.settle(telling, MONDAY.date(), MONDAY + timedelta(days=7), now=MONDAY)


async def act(store: Store, ticket: str, what: str, text: str, now: datetime) -> None:
    """Somebody does something to a ticket, if it is still open."""
    base = await store.tickets.get(ticket)
    assert base is not None
    if not base.ticket.is_open:
        return
    change: Any = (
        {
            "acknowledge": lambda: acknowledged(base.ticket, now),
            "update": lambda: updated(base.ticket, now, text=text or "-"),
            "note": lambda: write_note(base.ticket, ENGINEER, text, now),
            "reply": lambda: customer_replied(default_policy(), base.ticket, OPENER, text, now),
            "resolve": lambda: resolve(base.ticket, ENGINEER, text, now),
        }[what]()
        if not (what == "acknowledge" and base.ticket.acknowledged)
        else None
    )
    if isinstance(change, Change):
        await store.changed(base, change, now=now)


async def exported(store: Store, path: Path) -> bytes:
    """What an export writes, kept in a file too."""
    text = b"".join([line async for line in export(store.client)])
    await asyncio.to_thread(path.write_bytes, text)
    return text


async def imported(store: Store, path: Path, *, replace: bool = False) -> None:
    await put_in_place(store.client, check(path), replace=replace, by="erin@desk", now=MONDAY)


def lines(text: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


_READ: dict[str, Callable[[Any, str], Any]] = {
    "string": lambda client, name: (client.get(name), client.pexpiretime(name)),
    "list": lambda client, name: client.lrange(name, 0, -1),
    "hash": lambda client, name: client.hgetall(name),
    "zset": lambda client, name: client.zrange(name, 0, -1, withscores=True),
    "stream": lambda client, name: client.xrange(name),
    "set": lambda client, name: client.smembers(name),
}


def kept(servers: Iterable[Server]) -> dict[str, Any]:
    """All that a backup must bring back, by key: everything but leases, pace, and the index of weeks,
    which is derived anew where it is not there. The order in which intervals
    of several tickets ended in a week is no one's concern."""
    found: dict[str, Any] = {}
    for server in servers:
        with server.client() as client:
            whole: Any = client
            for name in (raw.decode() for raw in names(server)):
                kind = whole.type(name).decode()
                if name.endswith(":leases") or name.startswith("pace:") or ":week" in name:
                    continue
                found[name] = _READ[kind](whole, name)
                if ":ended:" in name:
                    found[name] = sorted(found[name])
    return found


LATER = MONDAY + timedelta(hours=3)
