"""The directory: swapped whole, by several writers at once, without losing what any of them wrote."""

import asyncio

import pytest

from policy.directory import Directory
from storage import codec, keys
from storage.codec import NewerRecord
from storage.connect import Client
from tests.policy.samples import account, default_policy
from tests.servers import Server
from tests.storage.key_leaks import contents
from tests.storage.stores import Store


async def test_nothing_kept_is_the_empty_directory(store: Store) -> None:
    assert await store.directories.refresh() == Directory()


async def test_what_one_puts_the_others_find_when_they_look(store: Store, other: Store) -> None:
    policy = default_policy()
    put = await store.directories.put({"ACME": account()}, {policy.version: policy.source})
    assert (put.revision, put) == (1, store.directories.current)
    assert other.directories.current == Directory()
    assert await other.directories.refresh() == put
    assert other.directories.current.account_at("C-ACME") == account()
    assert other.directories.current.policies[policy.version] == policy.source


async def test_two_writers_at_once_keep_what_both_wrote(store: Store, other: Store) -> None:
    names = [f"ACCOUNT{n}" for n in range(12)]
    await asyncio.gather(
        *(
            (store, other)[n % 2].directories.put({name: account(name)}, {name: {"n": n}})
            for n, name in enumerate(names)
        )
    )
    found = await store.directories.refresh()
    assert found == await other.directories.refresh()
    assert found.revision == len(names)
    assert sorted(found.accounts) == sorted(found.policies) == sorted(names)
    assert found.channels == {f"C-{name}": name for name in names}


async def test_an_account_is_replaced_with_its_channel(store: Store) -> None:
    await store.directories.put({"ACME": account()}, {})
    moved = await store.directories.put({"ACME": account(channel="C-NEW")}, {})
    assert moved.account_at("C-NEW") == account(channel="C-NEW")
    assert moved.account_at("C-ACME") is None


async def test_nothing_new_makes_no_revision(store: Store, store_servers: list[Server]) -> None:
    first = await store.directories.put({"ACME": account()}, {"v": {"a": 1}})
    before = contents(store_servers)
    assert await store.directories.put({"ACME": account()}, {}) == first
    assert await store.directories.put({}, {"v": {"a": 1}}) == first
    assert contents(store_servers) == before


async def test_a_channel_that_is_taken_is_refused_and_nothing_changes(
    store: Store, other: Store, store_servers: list[Server]
) -> None:
    await store.directories.put({"ACME": account()}, {})
    before = contents(store_servers)
    with pytest.raises(ValueError, match="C-ACME is given to both ACME and GLOBEX"):
        await other.directories.put({"GLOBEX": account("GLOBEX", channel="C-ACME")}, {})
    assert contents(store_servers) == before


async def test_a_store_that_lost_the_directory_takes_a_new_one(store: Store) -> None:
    client: Client = store.client
    for n in range(3):
        await store.directories.put({"ACME": account(name=f"Acme {n}")}, {})
    await client.delete(keys.DIRECTORY)
    async with asyncio.timeout(10):
        put = await store.directories.put({"GLOBEX": account("GLOBEX")}, {})
    assert (put.revision, list(put.accounts)) == (1, ["GLOBEX"])


async def test_a_directory_of_a_newer_version_is_refused_by_name(store: Store, other: Store) -> None:
    await store.directories.put({"ACME": account()}, {})
    client: Client = store.client
    await client.setrange(keys.DIRECTORY, 8, bytes([codec.SCHEMA + 1]))
    with pytest.raises(NewerRecord, match="Start that version"):
        await other.directories.refresh()
