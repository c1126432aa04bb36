"""Laws of a backup: any record comes back byte for byte, whatever people typed; whatever was done comes back."""

import asyncio
import json
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.directory import Account, Contact, Directory
from policy.duties import DutyEntry
from policy.effects import Effect
from policy.outages import OutageEntry
from policy.tickets import Ticket
from policy.timeline import Entry
from policy.uptime import Outage
from storage import backup, codec
from storage.codec import Pause, Queued, WorkNote
from tests.policy.samples import MONDAY
from tests.servers import Server, flush
from tests.storage.backups import act, exported, imported, kept
from tests.storage.key_leaks import declared
from tests.storage.stores import store_at
from tests.storage.test_codec import built, instants

texts = st.text(max_size=12)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda one: st.lists(one, max_size=3) | st.dictionaries(texts, one, max_size=3),
    max_leaves=8,
)
ACCOUNTS = st.builds(
    Account,
    name=texts,
    hotline=st.none() | texts,
    contacts=st.lists(built(Contact), max_size=2).map(tuple),
    tier=st.sampled_from([1, 2, 3]),
)
outages = st.builds(
    lambda start, hours: Outage("api", start, start + timedelta(hours=hours)), instants, st.integers(1, 99)
)
st.register_type_strategy(Outage, outages)


def comes_back(record: str | None, blob: bytes, *, readable: bool = True) -> None:
    shown = backup.encode_line(backup.KeyLine("key", "{all}:x", "string", backup.show(record, blob)))
    value = json.loads(shown)["value"]
    assert backup.keep(record, value) == blob
    if readable:
        assert not (isinstance(value, dict) and "raw" in value)


@settings(max_examples=25, deadline=None)
@given(built(Ticket), st.integers(1, 2**63))
def test_tickets(ticket: Ticket, version: int) -> None:
    comes_back("ticket", codec.encode_ticket(ticket, version))


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(texts, ACCOUNTS, max_size=3),
    st.dictionaries(texts, JSON, max_size=3),
    st.integers(0, 9),
)
def test_directories(accounts: dict[str, Account], policies: dict[str, Any], revision: int) -> None:
    sources = {version: {"source": source} for version, source in policies.items()}
    directory = Directory(revision=revision, accounts=accounts, policies=sources)
    comes_back("directory", codec.encode_directory(directory))


@pytest.mark.parametrize(
    "kind",
    [*get_args(Entry), *get_args(OutageEntry), *get_args(DutyEntry), *get_args(Effect), WorkNote, Pause],
)
def test_records(kind: type) -> None:
    @settings(max_examples=6, deadline=None)
    @given(built(kind))
    def holds(value: Any) -> None:
        if kind in get_args(Effect):
            comes_back("effect", codec.encode(Queued(id="q", effect=value)))
            return
        names = {
            WorkNote: "note",
            Pause: "paused",
            **dict.fromkeys(get_args(OutageEntry), "outages"),
            **dict.fromkeys(get_args(DutyEntry), "duties"),
        }
        comes_back(names.get(kind, "entry"), codec.encode(value))

    holds()


@given(st.binary(max_size=30), st.sampled_from([None, *backup.RECORDS]))
def test_any_bytes_come_back_even_if_they_are_no_record(blob: bytes, record: str | None) -> None:
    try:
        comes_back(record, blob, readable=False)
    except codec.NewerRecord:
        assert record is not None


def test_a_record_of_a_newer_version_is_not_exported_as_if_it_were_known() -> None:
    with pytest.raises(codec.NewerRecord, match="a newer version of supportbot wrote it"):
        backup.show("ticket", bytes(8) + bytes([codec.SCHEMA + 1]))
    with pytest.raises(backup.BadBackup, match="a newer version of supportbot wrote it"):
        backup.read_ticket({"raw": "AAAAAAAAAAD/"})


def test_every_declared_key_is_in_the_backup_or_known_to_be_left_out() -> None:
    places = {
        "{sNN}": "{s03}",
        "CHANNEL[:TS]": "C1:1.5",
        "CHANNEL": "C1",
        "ACCOUNT": "ACME",
        "YYYY-Www": "2026-W10",
    }
    for row in declared():
        name = row.name
        for place, example in {**places, "OPERATION": "view-1", "LANE": "staff", "ID": "ACME-1"}.items():
            name = name.replace(place, example)
        assert row.pattern.fullmatch(name), name
        assert backup.is_ours(name), name
        known = backup.kind_of(name)
        assert known is None or known.type != "key", f"{name}: storage/backup.py does not say what it holds"
        assert known is None or known.kind == row.type, name


# -- whatever was done

STEPS = st.tuples(
    st.sampled_from(["open", "acknowledge", "update", "note", "reply", "resolve"]),
    st.integers(1, 4),
    texts,
    st.integers(0, 300),
)


@settings(max_examples=15, deadline=None)
@given(
    steps=st.lists(STEPS, max_size=14),
    rooms=st.dictionaries(st.from_regex(r"C[A-Z0-9]{2,8}", fullmatch=True), st.integers(1, 3)),
)
def test_there_and_back(
    single_server_running: Server, steps: list[tuple[str, int, str, int]], rooms: dict[str, int]
) -> None:
    async def there_and_back(folder: Path) -> None:
        flush(single_server_running)
        async with store_at(single_server_running.url) as store:
            now, opened = MONDAY, 0
            for number, (what, which, text, minutes) in enumerate(steps):
                now += timedelta(minutes=minutes)
                if what == "open":
                    await store.opened(operation=f"op-{number}-{text}", severity=str(which), now=now)
                    opened += 1
                elif which <= opened:
                    await act(store, f"ACME-{which}", what, text, now)
            for channel, number in rooms.items():
                if number <= opened:
                    await store.queue.put_room(channel, None, f"ACME-{number}")
            before = kept([single_server_running])
            first = await exported(store, folder / "first")
            flush(single_server_running)
            await imported(store, folder / "first")
            assert kept([single_server_running]) == before
            assert await exported(store, folder / "second") == first

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(there_and_back(Path(folder)))
