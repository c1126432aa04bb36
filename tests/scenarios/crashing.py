"""An entry point of the tests' own: the bot, which kills itself at a point of its work that has a name.

The points are put around the seams of the product from outside; nothing in the product knows of them. One process has
the program in memory and forks it for each crash, which takes some milliseconds: `Forge` talks to it.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final

import aiohttp
from slack_bolt.async_app import AsyncApp

from bot.handlers import Handlers
from bot.paging import Webhook
from bot.running import running, until_stopped
from bot.settings import Environment, settings_of
from bot.slack import Slack
from bot.wiring import bot_of
from policy.commits import Committed
from storage.plan import Lease
from storage.queue import Queue
from storage.tickets import Tickets

_ROOT: Final = Path(__file__).parents[2]
_PATIENCE_S: Final = 120.0
_under_way: ContextVar[str] = ContextVar("_under_way", default="")
"""The member whose attempt was recorded last, in this task."""


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


Holds = Callable[..., bool]


def before(owner: type, name: str, holds: Holds) -> None:
    """Die before a method does anything, where `holds` of its arguments."""
    real: Callable[..., Awaitable[Any]] = getattr(owner, name)

    async def wrapped(*given: Any, **named: Any) -> Any:
        if holds(*given, **named):
            die()
        return await real(*given, **named)

    setattr(owner, name, wrapped)


def after(owner: type, name: str, holds: Holds, *, done: Callable[[Any], bool] = lambda _: True) -> None:
    """Die when a method has done its work, before anybody gets its answer, where `holds` of its arguments and the
    answer says that it is `done`."""
    real: Callable[..., Awaitable[Any]] = getattr(owner, name)

    async def wrapped(*given: Any, **named: Any) -> Any:
        answer = await real(*given, **named)
        if done(answer) and holds(*given, **named):
            die()
        return answer

    setattr(owner, name, wrapped)


def _claimed(target: str) -> None:
    before(Handlers, "handle", lambda _, __, claimed, *___: target in claimed.member)


def _attempt_recorded(target: str) -> None:
    after(Queue, "attempt", lambda _, lease, __: target in lease.member, done=bool)


def _posted(target: str) -> None:
    """Slack has done it, and nobody here has read its answer."""

    def is_the_post(response: aiohttp.ClientResponse, *_: Any) -> bool:
        return response.url.path.endswith("/chat.postMessage") and target in _under_way.get()

    after(aiohttp.ClientResponse, "start", is_the_post)


def _answer_received(target: str) -> None:
    after(Slack, "post", lambda *_: target in _under_way.get())


def _before_settle(target: str) -> None:
    before(Tickets, "settle", lambda _, lease, *__, **___: target in lease.member)
    before(Queue, "done", lambda _, lease, *__, **___: target in lease.member)


def _after_settle(target: str) -> None:
    def ours(_: Any, lease: Lease, *__: Any, **___: Any) -> bool:
        return target in lease.member

    after(Tickets, "settle", ours, done=lambda answer: isinstance(answer, Committed))
    after(Queue, "done", ours, done=lambda answer: answer is None)


def _before_the_script(_: str) -> None:
    before(Tickets, "open", lambda *_, **__: True)


def _after_the_script(_: str) -> None:
    after(Tickets, "open", lambda *_, **__: True)


def _before_the_ack(_: str) -> None:
    opened: list[bool] = []

    def note(*_: Any, **__: Any) -> bool:
        opened.append(True)
        return False

    after(Tickets, "open", note)
    after(AsyncApp, "async_dispatch", lambda *_: bool(opened))


def _channel_created(_: str) -> None:
    after(Slack, "create_private_channel", lambda *_: True)


def _room_recorded(_: str) -> None:
    after(Queue, "put_room", lambda _, __, thread, ___: thread is None)


def _webhook_sent(_: str) -> None:
    after(Webhook, "tell", lambda *_: True)


def _webhook_unanswered(_: str) -> None:
    """The receiver has it, and nobody here has read its answer."""
    after(aiohttp.ClientResponse, "start", lambda response, *_: response.url.path == "/page")


DELIVERY: Final = {
    "claimed": _claimed,
    "attempt recorded": _attempt_recorded,
    "posted": _posted,
    "answer received": _answer_received,
    "before settle": _before_settle,
    "after settle": _after_settle,
}
OPENING: Final = {
    "before the script": _before_the_script,
    "after the script": _after_the_script,
    "before the ack": _before_the_ack,
}
CHANNEL: Final = {
    "channel created": _channel_created,
    "room recorded": _room_recorded,
    "ticket settled": _after_settle,
}
WEBHOOK: Final = {"webhook sent": _webhook_sent, "webhook unanswered": _webhook_unanswered}
_POINTS: Final = {**DELIVERY, **OPENING, **CHANNEL, **WEBHOOK}


def arm(point: str, target: str) -> None:
    """Put a point around the seams of the product in this process. `target`: what the member of the due index that it
    befalls has in its name."""
    _POINTS[point](target)
    real = Queue.attempt

    async def noting(queue: Queue, lease: Any, note: Any) -> bool:
        _under_way.set(lease.member)
        return await real(queue, lease, note)

    Queue.attempt = noting  # type: ignore[method-assign]


async def _run(job: dict[str, Any]) -> None:
    settings = settings_of(Environment.of(**job["environment"]), job["tables"], "test settings")
    web = bool(job["web"])
    async with bot_of(settings) as bot, running(bot, web=web, worker=not web) as address:
        _say(job, address=address)
        await until_stopped()


def main() -> None:
    """For each job on stdin, a line each, fork a bot, and one that says how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody here waits for those who wait
    for line in sys.stdin:
        if os.fork() == 0:
            _see_to(json.loads(line))
            os._exit(0)


def _see_to(job: dict[str, Any]) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    child = os.fork()
    if child == 0:
        arm(job["point"], job["target"])
        asyncio.run(_run(job))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    _say(job, killed=os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0)


def _say(job: dict[str, Any], **what: Any) -> None:
    os.write(1, json.dumps({"id": job["id"], **what}).encode() + b"\n")


class Forge:
    """The process that forks the ones that crash."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._said: dict[str, dict[str, Any]] = {}
        self._news = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    @asynccontextmanager
    async def running(cls) -> AsyncIterator["Forge"]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.scenarios.crashing",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=_ROOT,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(_ROOT)},
            start_new_session=True,
        )
        forge = cls(process)
        try:
            yield forge
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # and whoever did not come to its point
            await process.wait()
            await forge._reading

    async def begin(self, point: str, target: str, **job: Any) -> str:
        """Start a bot that will crash, once for each point; answers with its address once it runs (empty: it has
        crashed)."""
        assert self._process.stdin is not None
        line = json.dumps({"id": point, "point": point, "target": target, **job})
        self._process.stdin.write(line.encode() + b"\n")
        return str((await self._until(point, "address", "killed")).get("address", ""))

    async def crashed(self, point: str) -> bool:
        """Wait until it ends; whether it killed itself."""
        return bool((await self._until(point, "killed"))["killed"] == signal.SIGKILL)

    async def _until(self, point: str, *words: str) -> dict[str, Any]:
        async with asyncio.timeout(_PATIENCE_S), self._news:
            await self._news.wait_for(lambda: self._said.get(point, {}).keys() & set(words))
        return self._said[point]

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            news = json.loads(line)
            async with self._news:
                self._said.setdefault(news["id"], {}).update(news)
                self._news.notify_all()


if __name__ == "__main__":
    main()
