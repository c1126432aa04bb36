"""Records there and back, exact to the microsecond; what a newer version wrote is refused by name."""

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from policy import effects, timeline
from policy.directory import Contact, Directory, directory_of
from policy.effects import Effect
from policy.reminders import due_reminder
from policy.tickets import MessageRef, Person, Room, Ticket
from policy.timeline import Entry
from policy.uptime import Outage
from storage import codec
from storage.codec import SCHEMA, DeadLetter, NewerRecord, Queued, WorkNote
from tests.policy.samples import MESSAGE, MINUTE, MONDAY, account, acknowledged, default_policy, opened
from tests.storage.golden_records import golden, kinds, sample

instants = st.datetimes(datetime(1970, 1, 2), datetime(2099, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
texts = st.text(max_size=20)


def built(kind: type) -> st.SearchStrategy[object]:
    """Any value of a record type."""
    return st.from_type(kind)


def with_no_factory(ticket: Any) -> Any:
    """Hypothesis takes what makes a default for the default itself."""
    return ticket if isinstance(ticket.paged, dict) else replace(ticket, paged={})


# What the records hold of these types: instants in UTC, and numbers that msgpack has.
st.register_type_strategy(datetime, instants)
st.register_type_strategy(int, st.integers(-(2**63), 2**64 - 1))
# An outage is never empty.
st.register_type_strategy(
    Outage,
    st.builds(
        lambda start, lasted, component, announced: Outage(
            component=component,
            start=start,
            end=lasted and start + lasted,
            announced_maintenance=announced,
        ),
        instants,
        st.none() | st.timedeltas(timedelta(microseconds=1), timedelta(days=90)),
        texts,
        st.booleans(),
    ),
)


@settings(max_examples=50, deadline=None)
@given(built(Ticket).map(with_no_factory), st.integers(1, 2**64 - 1))
def test_tickets(ticket: Ticket, version: int) -> None:
    record = codec.encode_ticket(ticket, version)
    stored = codec.decode_ticket(record)
    assert (stored.ticket, stored.version) == (ticket, version)
    assert record[:8] == codec.header(version)
    assert record[8] == SCHEMA


@pytest.mark.parametrize("kind", get_args(Entry))
def test_timeline_entries(kind: type) -> None:
    @settings(max_examples=30, deadline=None)
    @given(built(kind))
    def holds(entry: Entry) -> None:
        assert codec.decode_entry(codec.encode(entry)) == entry

    holds()


@pytest.mark.parametrize("kind", get_args(Effect))
def test_effects_that_wait(kind: type) -> None:
    @settings(max_examples=30, deadline=None)
    @given(built(kind), st.none() | texts)
    def holds(effect: Effect, ticket: str | None) -> None:
        queued = Queued(id="q", effect=effect, ticket=ticket)
        assert codec.decode_queued(codec.encode(queued)) == queued
        letter = DeadLetter(at=MONDAY, member="lane:ACME-1:staff", queued=queued, error="is_archived")
        assert codec.decode_dead(codec.encode(letter)) == letter

    holds()


@pytest.mark.parametrize("module", [effects, timeline])
def test_no_two_records_of_a_kind_have_the_same_tag(module: object) -> None:
    union = get_args(Effect if module is effects else Entry)
    tags = [kind.__struct_config__.tag for kind in union]
    assert len(set(tags)) == len(tags)
    assert all(isinstance(tag, str) for tag in tags)


def test_ended_intervals() -> None:
    for interval in acknowledged(opened("1").ticket, MONDAY + 150 * MINUTE).ended:
        assert codec.decode_interval(codec.encode(interval)) == interval


def test_a_ticket_in_every_state() -> None:
    bare = opened("1").ticket
    full = replace(
        acknowledged(bare, MONDAY + timedelta(microseconds=1)).ticket,
        opener=Person(user="U-田中", team="T-2"),
        title="APIが\0落ちた 🚒",
        customer=Room(channel="C-1", thread="1.1"),
        staff=Room(channel="C-2"),
        card=MESSAGE,
        reminder=MessageRef(channel="C-2", ts="2.2"),
        snoozed_until=MONDAY,
    )
    for ticket in (bare, full):
        assert codec.decode_ticket(codec.encode_ticket(ticket, 7)).ticket == ticket


def test_instants_are_kept_in_utc() -> None:
    tokyo = timezone(timedelta(hours=9))
    change = replace(opened("1").ticket, opened=MONDAY.astimezone(tokyo))
    kept = codec.decode_ticket(codec.encode_ticket(change, 1)).ticket
    assert kept.opened == MONDAY
    assert kept.opened.utcoffset() == timedelta(0)


def test_work_notes() -> None:
    reminder = due_reminder(default_policy(), opened("1").ticket, MONDAY + 90 * MINUTE)
    for note in (
        WorkNote(),
        WorkNote(tries=3, place_ms=2**45, attempt="m", channel="C", thread="1.1", attempted_ms=2**45),
        WorkNote(reminder=reminder),
    ):
        assert codec.decode_note(codec.encode(note)) == note
    assert codec.decode_note(None) == codec.decode_note(b"") == WorkNote()


def test_directories() -> None:
    policy = default_policy()
    acme = account(contacts=(Contact(name="Ada", email="ada@example.com", trained=True),), tier=1)
    directory = replace(directory_of({"ACME": acme}, {policy.version: policy.source}), revision=3)
    record = codec.encode_directory(directory)
    assert codec.decode_directory(record) == directory
    assert record[:8] == codec.header(3)
    assert list(codec.decode_directory(record).policies[policy.version]["severity"]) == ["1", "2", "3", "4"]


def test_what_a_newer_version_wrote_is_refused_by_name() -> None:
    ticket = bytearray(codec.encode_ticket(opened("1").ticket, 1))
    directory = bytearray(codec.encode_directory(Directory(revision=1)))
    for record, decode in ((ticket, codec.decode_ticket), (directory, codec.decode_directory)):
        record[8] = SCHEMA + 1
        with pytest.raises(NewerRecord, match=f"schema {SCHEMA + 1}, this version knows up to {SCHEMA}"):
            decode(bytes(record))


def test_a_field_that_a_later_version_of_the_same_schema_added_is_passed_over() -> None:
    record = codec.encode_ticket(opened("1").ticket, 1)
    fields = msgspec.msgpack.decode(record[9:])
    later = record[:9] + msgspec.msgpack.encode({**fields, "weather": "fine"})
    assert codec.decode_ticket(later).ticket == opened("1").ticket


@pytest.mark.parametrize(
    ("record", "kind"), [pytest.param(one, kind, id=f"{name} {kind}") for name, kind, one in golden()]
)
def test_what_an_earlier_version_wrote_is_read_as_it_read_it(record: Mapping[str, Any], kind: str) -> None:
    _, _, decode = kinds()[kind]
    assert_holds(whole(decode(bytes.fromhex(record["bytes"]))), record["read"])


def whole(value: Any) -> Any:
    """A record as plain values, with what it has by default."""
    if isinstance(value, msgspec.Struct):
        config = value.__struct_config__
        tagged = {config.tag_field: config.tag} if config.tag_field else {}
        return tagged | {name: whole(getattr(value, name)) for name in value.__struct_fields__}
    if dataclasses.is_dataclass(value):
        return {field.name: whole(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return [whole(one) for one in value]
    if isinstance(value, Mapping):
        return {str(name): whole(one) for name, one in value.items()}
    return msgspec.to_builtins(value)


def assert_holds(now: Any, then: Any) -> None:
    """Everything that was read then is read now; what has come since has a value of its own."""
    if isinstance(then, dict):
        assert isinstance(now, dict)
        for name, value in then.items():
            assert name in now, name
            assert_holds(now[name], value)
    elif isinstance(then, list):
        assert isinstance(now, list | tuple)
        assert len(now) == len(then)
        for one, other in zip(now, then, strict=True):
            assert_holds(one, other)
    else:
        assert now == then


def test_no_kind_of_record_that_was_ever_written_is_gone() -> None:
    assert {kind for _, kind, _ in golden()} <= set(kinds())


def test_a_record_of_any_kind_that_a_newer_version_wrote_is_refused_by_name() -> None:
    for kind, (shape, encode, decode) in kinds().items():
        blob = encode(sample(shape, full=False))
        if kind in {"ticket", "directory"}:
            newer = blob[:8] + bytes([SCHEMA + 1]) + blob[9:]
        else:
            assert decode(bytes([SCHEMA]) + blob) == decode(blob)
            newer = bytes([SCHEMA + 1]) + blob
        with pytest.raises(NewerRecord) as caught:
            decode(newer)
        assert f"schema {SCHEMA + 1}" in str(caught.value)
        assert "Start that version" in str(caught.value)


def test_a_kind_of_effect_or_entry_of_a_newer_version_is_refused_by_name() -> None:
    for decode, blob in (
        (codec.decode_entry, {"type": "teleported", "at": MONDAY}),
        (codec.decode_queued, {"id": "q", "effect": {"type": "send_pigeon"}}),
    ):
        with pytest.raises(NewerRecord, match="a newer version of supportbot wrote it"):
            decode(msgspec.msgpack.encode(blob))
