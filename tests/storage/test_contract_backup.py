"""A backup: the same bytes there and back, nothing torn, nothing half done."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from policy.clocks import Interval
from policy.timeline import ClockEnded
from policy.transitions import customer_replied
from storage import codec, keys
from storage.backup import BadBackup
from storage.backup_export import export
from storage.backup_import import NotEmpty, check
from storage.codec import Pause
from storage.plan import lane_member, reminder_member
from storage.scripts import Scripts
from tests.policy.samples import MINUTE, MONDAY, OPENER, acknowledged, default_policy
from tests.servers import Server, flush
from tests.storage.backups import LATER, SHARD, exported, filled, imported, kept, lines
from tests.storage.stores import Store


async def test_everything_comes_back_and_is_written_the_same_again(
    store: Store, store_servers: list[Server], tmp_path: Path
) -> None:
    await filled(store)
    before = kept(store_servers)
    first = await exported(store, tmp_path / "first")
    flush(*store_servers)
    await imported(store, tmp_path / "first")
    assert kept(store_servers) == before
    assert await exported(store, tmp_path / "second") == first


async def test_more_than_fits_into_memory_is_sorted_in_files(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(store)
    for number in range(50):
        await store.queue.put_room(f"C{number * 7 % 50:02d}\u00e9", None, "ACME-1")
    whole = await exported(store, tmp_path / "whole")
    with monkeypatch.context() as patched:
        patched.setattr("storage.backup_export._RUN", 3)
        patched.setattr("storage.backup_export._TOGETHER", 4)
        assert await exported(store, tmp_path / "in runs") == whole
    rooms = [line["key"] for line in lines(whole) if line["type"] == "room"]
    assert rooms == sorted(set(rooms))
    assert len(rooms) == 52


async def test_people_can_read_it_and_no_record_is_hidden(store: Store, tmp_path: Path) -> None:
    await filled(store)
    text = await exported(store, tmp_path / "file")
    assert b'"raw"' not in text
    found = lines(text)
    assert found[0] == {"type": "header", "format": 1, "schema": codec.SCHEMA, "shards": 16}
    assert found[-1] == {"type": "end", "lines": len(found) - 1}
    types = [line["type"] for line in found]
    assert types[1:-1] == ["count", *["ticket"] * 3, "count", "ticket", *sorted(types[7:-1])]
    assert {*types[7:-1]} == {
        "dead",
        "directory",
        "due",
        "duties",
        "heard",
        "operation",
        "outages",
        "room",
        "told",
    }
    one = next(line for line in found if line.get("id") == "ACME-1")
    assert one["record"]["ticket"]["title"] == "API is down"
    assert [entry["type"] for _, entry in one["timeline"]][:2] == ["opened", "acknowledged"]
    assert one["lanes"]["ACME-1:staff"][0]["effect"]["type"] == "open_room"


async def test_the_hotline_stands_in_the_backup(store: Store, tmp_path: Path) -> None:
    await filled(store)
    assert b"+1 555 0100" in await exported(store, tmp_path / "file")


async def test_leases_and_pace_are_not_restored_and_attempts_are(
    store: Store, store_servers: list[Server], tmp_path: Path
) -> None:
    await filled(store)
    await exported(store, tmp_path / "file")
    flush(*store_servers)
    await imported(store, tmp_path / "file")
    claimed = {one.member: one for one in await store.claim(SHARD, now=MONDAY + 70 * MINUTE)}
    note = codec.decode_note(claimed[reminder_member("ACME-3")].note)
    assert (note.attempt, note.channel, note.thread, note.tries) == ("m1", "C1", "1.1", 2)
    assert lane_member("ACME-1:staff") in claimed


async def test_an_operation_that_was_carried_out_stays_so(
    store: Store, store_servers: list[Server], tmp_path: Path
) -> None:
    await filled(store)
    await exported(store, tmp_path / "file")
    flush(*store_servers)
    await imported(store, tmp_path / "file")
    again = await store.open(operation="view-1")
    assert again.ticket == "ACME-1"  # type: ignore[union-attr]
    assert (await store.opened(operation="view-9")).ticket.id == "ACME-4"


async def test_a_pause_comes_back_and_no_import_is_under_way_any_more(
    store: Store, store_servers: list[Server], tmp_path: Path
) -> None:
    await filled(store)
    pause = Pause(since=MONDAY, by="erin@desk", reason="moving house")
    await store.pauses.pause(pause)
    first = await exported(store, tmp_path / "file")
    flush(*store_servers)
    await imported(store, tmp_path / "file")
    assert await store.pauses.current() == pause
    assert await exported(store, tmp_path / "again") == first


async def test_keys_of_ours_that_nobody_knows_are_kept_and_those_of_others_left_alone(
    store: Store, store_servers: list[Server], tmp_path: Path
) -> None:
    await store.scripts.command("SET", "{s03}:report:1", b"\xff\x00", "EX", 999)
    await store.scripts.command("SADD", "{all}:some", "b", "a")
    await store.scripts.command("ZADD", "{s03}:ranked:X", "1.5", "half", "2", "two")
    await store.scripts.command("HSET", "{s03}:notes:X", "é", b"\x80")
    await store.scripts.command("XADD", "{s03}:stream:X", "5-1", "a", "1", "b", "2")
    await store.scripts.command("SET", "another:product", "x")
    before = kept(store_servers)
    text = await exported(store, tmp_path / "file")
    assert [line["key"] for line in lines(text)[1:-1]] == sorted(set(before) - {"another:product"})
    await imported(store, tmp_path / "file", replace=True)
    assert kept(store_servers) == before
    assert await exported(store, tmp_path / "again") == text
    flush(*store_servers)


# -- while the bot runs


async def test_no_ticket_is_torn_however_busy_the_desk_is(
    store: Store, other: Store, store_servers: list[Server], tmp_path: Path
) -> None:
    for number in range(12):
        await store.opened(operation=f"op-{number}")
    stop = asyncio.Event()

    async def write() -> int:
        at, turns = MONDAY, 0
        while not stop.is_set():
            at += MINUTE
            for number in range(1, 13):
                base = await other.tickets.get(f"ACME-{number}")
                assert base is not None
                text = f"version {base.version + 1}"
                change = customer_replied(default_policy(), base.ticket, OPENER, text, at)
                await other.change(base, change, now=at, operation=f"reply-{number}-{turns}")
            await other.open(operation=f"later-{turns}", now=at)
            turns += 1
        return turns

    writing = asyncio.create_task(write())
    files = []
    for turn in range(6):
        files.append(tmp_path / str(turn))
        await exported(store, files[-1])
    stop.set()
    assert await writing > 1
    for file in files:
        flush(*store_servers)
        await imported(store, file)
        found = lines(file.read_bytes())
        tickets = {line["id"]: line for line in found if line["type"] == "ticket"}
        for line in tickets.values():
            texts = [entry["text"] for _, entry in line["timeline"] if entry["type"] == "customer"]
            version = line["record"]["version"]
            assert texts == [f"version {number}" for number in range(2, version + 1)]
            notes = [
                one["effect"]["text"]
                for one in line["lanes"][f"{line['id']}:staff"]
                if "text" in one["effect"]
            ]
            assert notes == texts
        results = [line for line in found if line["type"] == "operation"]
        assert {line["value"] for line in results} <= set(tickets)
        # What a ticket holds is known as carried out; of what came later, at most one thing in the same millisecond.
        known = {line["key"].partition(":op:")[2] for line in results if ":op:reply-" in line["key"]}
        done = {
            ticket.removeprefix("ACME-"): line["record"]["version"] - 1 for ticket, line in tickets.items()
        }
        on_tickets = {f"reply-{number}-{turn}" for number, turns in done.items() for turn in range(turns)}
        assert on_tickets <= known
        assert known - on_tickets <= {f"reply-{number}-{turns}" for number, turns in done.items()}


async def test_a_dead_letter_is_never_in_a_lane_as_well(store: Store, tmp_path: Path) -> None:
    """It was given up after its ticket had been read."""
    await store.opened()
    queued = await store.queue.head(SHARD, "ACME-1:staff")
    assert queued is not None
    lease = await store.lease(SHARD, lane_member("ACME-1:staff"))
    letter = codec.DeadLetter(at=MONDAY, member=lease.member, queued=queued, error="is_archived")
    text = b""
    async for line in export(store.client):
        text += line
        if b'"type":"ticket"' in line:
            await store.queue.done(lease, "ACME-1:staff", now=MONDAY, dead=letter)
    assert queued.id in str([one["lanes"] for one in lines(text) if one["type"] == "ticket"])
    assert "dead" not in [one["type"] for one in lines(text)]


async def test_a_letter_that_is_put_back_meanwhile_is_not_lost(store: Store) -> None:
    await filled(store)
    text = b""
    async for line in export(store.client):
        text += line
        if b'"id":"HOOLI-1"' in line:
            await store.scripts.command("DEL", keys.dead(SHARD))
    assert "dead" in [one["type"] for one in lines(text)]


async def test_a_thread_is_read_again_from_where_its_ticket_was_read(store: Store) -> None:
    await filled(store)
    text = b""
    async for line in export(store.client):
        text += line
        if b'"id":"ACME-2"' in line:
            await store.queue.heard("ACME-2", "1764599999.000100")
    (heard,) = (line for line in lines(text) if line["type"] == "heard")
    assert heard["value"] == [["ACME-2", "1764590000.0001"]]


async def test_what_ended_follows_from_the_timelines(
    store: Store, store_servers: list[Server], tmp_path: Path
) -> None:
    base = await store.opened()
    change = acknowledged(base.ticket, LATER)
    await store.changed(base, change, now=LATER)
    assert [entry.interval for entry in change.entries if isinstance(entry, ClockEnded)] == [*change.ended]
    await exported(store, tmp_path / "file")
    flush(*store_servers)
    await imported(store, tmp_path / "file")
    await imported(store, tmp_path / "file", replace=True)
    found: list[Interval] = await store.tickets.ended_in_week("ACME", MONDAY)
    assert found == [*change.ended]


# -- what is refused


async def test_a_store_that_holds_something_is_left_as_it_is(
    store: Store, store_servers: list[Server], tmp_path: Path
) -> None:
    await filled(store)
    await exported(store, tmp_path / "file")
    before = kept(store_servers)
    with pytest.raises(NotEmpty, match="4 tickets, "):
        await imported(store, tmp_path / "file")
    assert kept(store_servers) == before
    await store.opened(operation="later")
    await imported(store, tmp_path / "file", replace=True)
    assert kept(store_servers) == before


async def test_an_import_that_was_broken_off_can_be_run_again(
    store: Store, store_servers: list[Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(store)
    before = kept(store_servers)
    await exported(store, tmp_path / "file")
    flush(*store_servers)
    restore, written = Scripts.restore, 0

    async def break_off(scripts: Scripts, *words: Any) -> None:
        nonlocal written
        written += 1
        if written > 5:
            raise OSError("the machine is switched off")
        await restore(scripts, *words)

    with monkeypatch.context() as patched:
        patched.setattr(Scripts, "restore", break_off)
        with pytest.raises(OSError, match="switched off"):
            await imported(store, tmp_path / "file")
    on = await store.pauses.current()
    assert on is not None
    assert on.importing
    assert await store.claim(SHARD, now=MONDAY + timedelta(days=9)) == []
    await imported(store, tmp_path / "file")
    assert kept(store_servers) == before
    assert await store.pauses.current() is None


@pytest.fixture
async def good(store: Store, tmp_path: Path) -> list[bytes]:
    """The lines of a good file."""
    await filled(store)
    return (await exported(store, tmp_path / "good")).splitlines(keepends=True)


@pytest.mark.parametrize("store_kind", ["single"])
@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda lines: [], "line 1: expected the header of a backup, the file is empty"),
        (lambda lines: lines[1:], "line 1: expected the header of a backup"),
        (lambda lines: [lines[0], *lines], "line 2: expected no second header"),
        (lambda lines: [*lines[:3], b"{\n", *lines[3:]], "line 4: not a line of a backup"),
        (lambda lines: [*lines[:3], b"[]\n", *lines[3:]], 'line 4: expected an object with a "type"'),
        (lambda lines: [*lines[:3], lines[3][:40], *lines[3:]], "line 4: not a line of a backup"),
        (lambda lines: lines[:-1], "cut off after line"),
        (lambda lines: [*lines[:5], *lines[6:]], "lines before the end, there are"),
        (lambda lines: [*lines, lines[1]], "nothing was expected after the end"),
        (
            lambda lines: [lines[0].replace(b'"format":1', b'"format":2,"new":1'), *lines[1:]],
            "line 1: a newer version of supportbot wrote it",
        ),
        (
            lambda lines: [lines[0].replace(b'"schema":', b'"schema":9'), *lines[1:]],
            "line 1: a newer version of supportbot wrote it",
        ),
        (lambda lines: [lines[0].replace(b":16", b":32"), *lines[1:]], "line 1: shards: expected 16, got 32"),
        (
            lambda lines: [*lines[:2], lines[2].replace(b'"id":"ACME-1"', b'"id":"ACME-7"', 1), *lines[3:]],
            "line 3: ticket ACME-7: its record is of ACME-1",
        ),
        (
            lambda lines: [*lines[:2], lines[2].replace(b'"opener":{', b'"opener":7,"x":{'), *lines[3:]],
            "line 3: not a record of this kind",
        ),
        (
            lambda lines: [
                *lines[:2],
                b'{"type":"room","key":"{s00}:due","kind":"zset","value":[]}\n',
                *lines[2:],
            ],
            "line 3: key: '{s00}:due' is none that has a line of its own",
        ),
        (
            lambda lines: [
                *lines[:2],
                b'{"type":"room","key":"room:{C}","kind":"hash","value":[]}\n',
                *lines[2:],
            ],
            "line 3: expected room:{C} as room, string",
        ),
        (
            lambda lines: [*lines[:2], b'{"type":"lane","shard":99,"id":"x","effects":[]}\n', *lines[2:]],
            "line 3: shard: expected 0 to 15, got 99",
        ),
        (
            lambda lines: [
                *lines[:2],
                b'{"type":"key","key":"{all}:x","kind":"hash","value":[1]}\n',
                *lines[2:],
            ],
            "line 3: value: not what a hash holds",
        ),
    ],
)
async def test_a_broken_file_is_refused_by_the_line_and_nothing_is_changed(
    good: list[bytes], store_servers: list[Server], tmp_path: Path, spoil: object, says: str
) -> None:
    path = tmp_path / "bad"
    path.write_bytes(b"".join(spoil(good)))  # type: ignore[operator]
    with pytest.raises(BadBackup) as refused:
        check(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert says in str(refused.value)


async def test_lines_in_another_spelling_are_read(
    store: Store, store_servers: list[Server], tmp_path: Path
) -> None:
    await filled(store)
    text = await exported(store, tmp_path / "file")
    respelled = "".join(json.dumps(line, indent=None, ensure_ascii=True) + "\n" for line in lines(text))
    (tmp_path / "other").write_text(respelled)
    flush(*store_servers)
    await imported(store, tmp_path / "other")
    assert await exported(store, tmp_path / "again") == text
