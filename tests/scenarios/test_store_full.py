"""A server that reads and takes no writes: people are told that nothing is recorded, operators what to mend."""

from pathlib import Path

import httpx

from tests.scenarios.desk import ACME, ANN, desk
from tests.servers import Server, run_single


def limit_memory(server: Server, size: str) -> None:
    with server.client() as client:
        client.config_set("maxmemory", size)


async def test_a_full_server_is_told_of_and_recovered_from(tmp_path: Path) -> None:
    with run_single(appendonly="yes") as server:
        async with desk(server.url, tmp_path, "http") as d, httpx.AsyncClient() as web:
            (pinned,) = await d.people.wait_until(lambda: d.people.pins(ACME))
            await d.people.click(ANN, ACME, pinned["ts"], "open_form")
            (form,) = await d.people.views(ANN)
            typed = {"title": "API is down", "severity": "1"}

            limit_memory(server, "1")
            sent = await d.people.submit(ANN, form.id, typed)
            assert sent.action == "errors"
            assert "NOT recorded yet" in sent.errors["title"]
            ready = await web.get(f"{d.address}/readyz")
            assert ready.status_code == 503
            (problem,) = [one for one in ready.json()["problems"] if one.startswith("store:")]
            assert "its memory is full" in problem
            assert "maxmemory" in problem

            limit_memory(server, "0")
            (form,) = await d.people.views(ANN)
            sent = await d.people.submit(ANN, form.id, typed)
            assert sent.action == "update"
            assert "ACME-1" in str(sent.view)
            assert (await web.get(f"{d.address}/readyz")).status_code == 200
