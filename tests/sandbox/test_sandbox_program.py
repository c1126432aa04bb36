"""The sandbox as a program of its own, its definition files, and the control API's plain HTTP."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

import sandbox

ROOT = Path(__file__).parents[2]


async def test_program(world: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "world.json"
    file.write_bytes(msgspec.json.encode(world))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", "--world", str(file), "--port", "0",
        stdout=asyncio.subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = (await process.stdout.readline()).decode().strip()
        assert line.startswith("listening on http://127.0.0.1:")
        async with sandbox.Client(line.removeprefix("listening on ")) as client:
            ts = await client.say("ann", "town", "hello")
            assert [one["ts"] for one in await client.messages("town")] == [ts]
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_program_says_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "world.json"
    file.write_text('{"app": {"team": "T9"}, "teams": []}')
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", "--world", str(file), stderr=asyncio.subprocess.PIPE, cwd=ROOT
    )
    _out, error = await process.communicate()
    assert process.returncode == 1
    assert error.decode().splitlines() == ["app.team: team 'T9' is not defined"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"teams": []}, "app.team: team 'T1HOME' is not defined"),
        ({"surprise": 1}, "unknown field `surprise`"),
        ({"users": [{"id": "U1", "team": "T9", "name": "x"}]}, "users.U1.team: team 'T9' is not defined"),
        ({"channels": [{"id": "C1", "name": "Bad Name"}]}, "invalid_name_specials"),
        ({"channels": [{"id": "C1", "name": "a"}, {"id": "C1", "name": "b"}]}, "'C1' appears twice"),
        ({"channels": [{"id": "C1", "name": "a"}, {"id": "C2", "name": "a"}]}, "appears twice"),
        ({"channels": [{"id": "C1", "name": "a", "members": ["U404"]}]}, "user 'U404' is not defined"),
        ({"channels": [{"id": "C1", "name": "a", "members": ["U2CAT"]}]}, "not shared with"),
        ({"usergroups": [{"id": "S1", "handle": "h", "members": ["U404"]}]}, "user 'U404' is not defined"),
        ({"ack_s": 0}, "ack_s: expected more than 0"),
        ({"event_retry_s": [-1]}, "no negative delay"),
        ({"log_limit": 0}, "log_limit: expected at least 1"),
    ],
)
def test_definitions(world: dict[str, Any], change: dict[str, Any], problem: str) -> None:
    with pytest.raises(sandbox.DefinitionError, match=problem):
        sandbox.load({**world, **change})


def test_definition_from_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(sandbox.DefinitionError, match="cannot read"):
        sandbox.load(tmp_path / "none.json")


async def test_control_over_plain_http(box: sandbox.Box) -> None:
    async with aiohttp.ClientSession() as http:
        said = {"user": "ann", "channel": "town", "text": "x"}
        async with http.post(f"{box.url}/sandbox/say", json=said) as answer:
            assert answer.status == 200
        async with http.post(f"{box.url}/sandbox/say", json={"user": "ann"}) as answer:
            assert answer.status == 400
        async with http.post(f"{box.url}/sandbox/fly", json={}) as answer:
            assert answer.status == 404
        async with http.post(f"{box.url}/sandbox/say", json={**said, "user": "zoe"}) as answer:
            assert answer.status == 409
            assert (await answer.json())["refused"] == "no user 'zoe'"
        async with http.get(f"{box.url}/sandbox/changes", params={"since": "x"}) as answer:
            assert answer.status == 400


async def test_page_is_served_and_self_contained(box: sandbox.Box) -> None:
    async with aiohttp.ClientSession() as http:
        for path, kind in (("", "text/html"), ("page.js", "text/javascript"), ("page.css", "text/css")):
            async with http.get(f"{box.url}/{path}") as answer:
                assert answer.status == 200
                assert answer.content_type == kind
                assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
                assert "innerHTML" not in await answer.text()
        async with http.get(f"{box.url}/server.py") as answer:
            assert answer.status == 404
    app = await box.client.app()
    assert (app["name"], app["bot_user_id"]) == ("helper", "U1BOT")


async def test_changes_wake_at_once(box: sandbox.Box) -> None:
    seq = (await box.client.changes(0, 0.0)).seq
    waiting = asyncio.create_task(box.client.changes(seq, 30.0))
    ts = await box.client.say("ann", "town", "x")
    changes = (await waiting).changes
    assert [(one.kind, one.channel, one.ts) for one in changes][:1] == [("message", "C1GEN", ts)]


async def test_clock_may_start_elsewhere(world: dict[str, Any]) -> None:
    world["clock"] = {"start": 1_700_000_000.0, "speed": 60.0}
    async with sandbox.serve(world) as box:
        first = await box.client.say("ann", "town", "x")
        second = await box.client.say("ann", "town", "y")
        assert first.startswith("17000")
        assert second > first


async def test_two_worlds_side_by_side(world: dict[str, Any]) -> None:
    async with sandbox.serve(world) as one, sandbox.serve(world) as other:
        await one.client.say("ann", "town", "x")
        assert await other.client.messages("town") == []
