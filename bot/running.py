"""The bot as a running program: web or Socket Mode, worker, what is refreshed in the background, a clean stop."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

from bot.settings import BadSettings
from bot.slack import Lasting, SlackFault, TokenRefused
from bot.web import Health, WebServer, listening_sockets, server, web_app
from bot.wiring import Bot, offer_support
from commands import days, text
from storage.errors import StorageError

log = logging.getLogger(__name__)

STOP_WITHIN_S: Final = 10.0
_DIRECTORY_EVERY_S: Final = 5.0
_ASK_EVERY_S: Final = 10.0
_ASK_AGAIN_S: Final = 1.0
_SOCKET_EVERY_S: Final = 0.5
_WEEKS_AGAIN_S: Final = 10.0
_STAFF_EVERY_S: Final = 300.0
_STAFF_AGAIN_S: Final = 5.0
"""Until the group was read once: 12 times a minute, of the 20 that Slack allows."""


@asynccontextmanager
async def running(bot: Bot, *, web: bool = True, worker: bool = True) -> AsyncIterator[str]:
    """Run the bot's halves while the block runs; yields the address of its web server. On the way out it takes
    nothing more in hand and finishes what it has, within STOP_WITHIN_S. Raises SlackFault when Slack refuses
    the token, BadSettings when it refuses the app's, OSError when the address cannot be had."""
    identity = await bot.slack.identify()
    log.info("working as %s in %s", identity.get("user"), identity.get("team"))
    environment = bot.settings.environment
    if web and environment.socket_mode:
        await _check_app_token(bot)
    await bot.staff.refresh()
    health = Health(bot, worker=worker)
    missed = asyncio.Event()
    missed.set()  # whatever came before the start
    http = server(web_app(bot, health), environment.supportbot_host, environment.supportbot_port)
    # Bound here: the server would end the whole program when it cannot.
    sockets = listening_sockets(environment.supportbot_host, environment.supportbot_port)
    tasks = [_task("web", http.serve(sockets))]
    socket = None
    try:
        address = await _listening(http, tasks[0])
        tasks += _in_the_background(bot, missed)
        working = _task("worker", bot.worker.run()) if worker else None
        if worker:
            tasks.append(_task("watch", bot.watch.run()))
            tasks.append(_task("weeks", _derive_weeks(bot)))
            await _offer(bot)
            await _expect(bot)
        if web and environment.socket_mode:
            socket = _Socket(bot.app, environment.slack_app_token, web_client=bot.app.client)
            await socket.open()
            health.socket_open = socket.is_open
            tasks.append(_task("reconnects", socket.note_reconnects(missed)))
        try:
            yield address
        finally:
            if socket is not None:
                await socket.close()
            http.should_exit = True
            if working is not None:
                bot.worker.stop()
                done, _ = await asyncio.wait({working}, timeout=STOP_WITHIN_S)
                if not done:
                    log.warning("what the worker had in hand is left to the next one")
                    working.cancel()
                with suppress(asyncio.CancelledError):
                    await working
    finally:
        http.should_exit = True
        with suppress(asyncio.CancelledError, TimeoutError):
            await asyncio.wait_for(asyncio.shield(tasks[0]), STOP_WITHIN_S)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _in_the_background(bot: Bot, missed: asyncio.Event) -> list[asyncio.Task[Any]]:
    """What every half keeps doing."""
    fitness = Fitness(bot)
    tasks = [
        _task("directory", _keep_directory(bot, fitness, missed)),
        _task("missed", _read_missed(bot, missed)),
        _task("directory-wakes", _follow_directory(bot, fitness)),
        _task("staff", _keep_staff(bot)),
        _task("slack", _keep_asking(bot)),
        _task("dates", asyncio.to_thread(days.warm)),
        _task("words", asyncio.to_thread(text.warm)),
    ]
    if bot.store.server is not None:
        tasks.append(_task("embedded", bot.store.server.supervise()))
    else:
        tasks.append(_task("store-check", bot.store.check.run()))
    return tasks


async def _check_app_token(bot: Bot) -> None:
    """Ask for one socket, which is never opened: the handler would try for ever. Raises SlackFault, BadSettings."""
    try:
        await bot.slack.ask_for_socket(bot.settings.environment.slack_app_token)
    except (Lasting, TokenRefused) as fault:
        raise BadSettings(
            [
                f"SLACK_APP_TOKEN: Slack refuses it ({fault.error}): Basic Information, App-Level Tokens, xapp-..., "
                "with the scope connections:write"
            ]
        ) from None


class _Socket(AsyncSocketModeHandler):
    """Bolt's handler, with the types that it leaves out."""

    async def open(self) -> None:
        connect: Any = self.connect_async
        await connect()

    async def close(self) -> None:
        close: Any = self.close_async
        await close()

    def is_open(self) -> bool:
        session = self.client.current_session
        return session is not None and not session.closed

    async def note_reconnects(self, missed: asyncio.Event) -> None:
        """Set an event whenever there is another connection: what came between the two was told to nobody."""
        known = self.client.current_session
        while True:
            await asyncio.sleep(_SOCKET_EVERY_S)
            if self.is_open() and self.client.current_session is not known:
                known = self.client.current_session
                missed.set()


async def until_stopped() -> None:
    """Wait for Ctrl-C or SIGTERM."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopped.set)
    await stopped.wait()


async def _listening(http: WebServer, serving: asyncio.Task[Any]) -> str:
    while not http.started:
        if serving.done():
            raise OSError("the web server did not start")
        await asyncio.sleep(0.01)
    host, port = http.servers[0].sockets[0].getsockname()[:2]
    return f"http://{host}:{port}"


class Fitness:
    """Says in the log, once for each change of the directory, which accounts do not fit the settings."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._judged = bot.store.directories.current

    def judge(self) -> None:
        now = self._bot.store.directories.current
        if now is self._judged:
            return
        self._judged = now
        for problem in self._bot.unfit_accounts():
            log.error("%s: import it anew, or mend the settings", problem)


async def _keep_directory(bot: Bot, fitness: Fitness, missed: asyncio.Event) -> None:
    away = False
    while True:
        await asyncio.sleep(_DIRECTORY_EVERY_S)
        try:
            await bot.store.directories.refresh()
        except StorageError:
            away = True
            continue
        if away:
            away = False
            missed.set()  # Slack has given up the events that could not be kept
        fitness.judge()
        await _expect(bot)


async def _read_missed(bot: Bot, missed: asyncio.Event) -> None:
    """Have the threads of open tickets read once something may have been missed."""
    while True:
        await missed.wait()
        missed.clear()
        try:
            await bot.reader.ask()
        except StorageError as error:
            log.warning("what was missed is looked for later: %s", error)
            missed.set()
        await asyncio.sleep(_ASK_AGAIN_S)


async def _follow_directory(bot: Bot, fitness: Fitness) -> None:
    while True:
        try:
            async for _ in bot.wakes.directory():
                await bot.store.directories.refresh()
                fitness.judge()
                await _offer(bot)
                await _expect(bot)
        except StorageError as error:
            log.debug("not listening for changes of the directory: %s", error)
        await asyncio.sleep(1)


async def _derive_weeks(bot: Bot) -> None:
    """Have the weeks of every account indexed, one account after the other: of what was written by an older version, or
    came from a backup. Summaries are not kept waiting for it."""
    left = list(bot.store.directories.current.accounts)
    while left:
        try:
            await bot.store.summaries.derive(left[0])
        except StorageError as error:
            log.warning("the weeks of %s are indexed later: %s", left[0], error)
            left.append(left.pop(0))
            await asyncio.sleep(_WEEKS_AGAIN_S)
        else:
            left.pop(0)


async def _keep_staff(bot: Bot) -> None:
    while True:
        await asyncio.sleep(_STAFF_EVERY_S if bot.staff.known else _STAFF_AGAIN_S)
        await bot.staff.refresh()


async def _keep_asking(bot: Bot) -> None:
    """While Slack does not take the token, or answers nothing: ask whether it does again, though nothing is to be
    posted."""
    while True:
        await asyncio.sleep(_ASK_EVERY_S)
        if bot.slack.health.failing_since is not None:
            with suppress(SlackFault):
                await bot.slack.identify()


async def _offer(bot: Bot) -> None:
    try:
        await offer_support(bot)
    except StorageError as error:
        log.warning("the Get support buttons wait for the store: %s", error)


async def _expect(bot: Bot) -> None:
    try:
        await bot.rounds.expect()
    except StorageError as error:
        log.warning("digests and reminders of duties wait for the store: %s", error)


def _task(name: str, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    return asyncio.create_task(work, name=name)
