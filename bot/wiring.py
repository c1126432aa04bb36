"""The composition root: builds every part from the settings and binds them; the only place that knows them all."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

import aiohttp
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.accounts import BadAccounts, unfit
from bot.acquaintance import Acquaintance
from bot.clock import SystemClock
from bot.dead_letters import DeadLetterAlerts
from bot.delivery import Delivery, Places
from bot.digests import DIGEST, Digests
from bot.duty_reminders import DUTY, DutyReminders
from bot.handlers import Handlers
from bot.handover_notes import HANDOVER, HandoverNotes
from bot.moved_rooms import MovedRooms
from bot.paged_tickets import PagedTickets
from bot.paging import Pager, PagerDuty, Receiver, Webhook
from bot.policies import PolicyBook
from bot.posting import Posting
from bot.readers import Readers
from bot.rounds import Rounds
from bot.settings import Settings
from bot.slack import Slack
from bot.staff import StaffList
from bot.summary_sending import SummaryFiles
from bot.thread_reader import INTERVAL_MS, ThreadReader
from bot.watch import Watch
from bot.worker import Worker
from commands import routes, thread
from commands.dispatch import Dispatch
from commands.ports import Desk
from commands.summaries import Books
from commands.text import Texts, text
from policy.calendars import WeeklyCalendar
from policy.commits import Operation
from policy.effects import PinSupportButton
from storage.connect import check_server, connect
from storage.dead_letters import DeadLetters
from storage.directories import Directories
from storage.duties import DutyHistories
from storage.embedded import EmbeddedServer
from storage.errors import StorageError, StorageUnavailable
from storage.outages import OutageHistories
from storage.pauses import Pauses
from storage.queue import Queue
from storage.scripts import Scripts
from storage.server_check import ServerCheck
from storage.summaries import Summaries
from storage.tickets import Tickets
from storage.told import Told
from storage.wakes import Wakes

log = logging.getLogger(__name__)

_SLACK_CONNECTIONS = 128


class Unfit(StorageError):
    """The Redis server cannot be trusted with tickets; says why, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Store:
    """What is kept, and where. `url` is the server's address."""

    url: str
    server: EmbeddedServer | None
    scripts: Scripts
    tickets: Tickets
    queue: Queue
    outages: OutageHistories
    directories: Directories
    pauses: Pauses
    dead_letters: DeadLetters
    summaries: Summaries
    duties: DutyHistories
    told: Told
    check: ServerCheck


@dataclass(frozen=True, slots=True)
class Bot:
    """The whole bot, built and not yet running."""

    settings: Settings
    clock: SystemClock
    store: Store
    slack: Slack
    staff: StaffList
    desk: Desk
    dispatch: Dispatch
    app: AsyncApp
    worker: Worker
    wakes: Wakes
    reader: ThreadReader
    rounds: Rounds
    watch: Watch

    def unfit_accounts(self) -> list[str]:
        """Which accounts of the directory cannot be served with these settings, and why, a line each."""
        return _unfit(self.settings, self.store)


@asynccontextmanager
async def store_of(settings: Settings) -> AsyncIterator[Store]:
    """The store alone, for commands that need no Slack. Starts the embedded server where no REDIS_URL is set.
    Raises StorageError, Unfit among them."""
    async with AsyncExitStack() as stack:
        url, server = settings.environment.redis_url, None
        if not url:
            server = await stack.enter_async_context(EmbeddedServer(settings.environment.supportbot_data_dir))
            url = server.url
        client = connect(url)
        stack.push_async_callback(client.aclose)
        if server is None:
            for finding in await check_server(client):
                if finding.level == "error":
                    raise Unfit(f"{finding.text} {finding.mend}")
                log.warning("%s %s", finding.text, finding.mend)
        scripts = Scripts(client)
        directories = Directories(scripts)
        await directories.refresh()
        queue = Queue(scripts, lease_ms=settings.worker.lease_ms)
        yield Store(
            url,
            server,
            scripts,
            Tickets(scripts),
            queue,
            OutageHistories(scripts),
            directories,
            Pauses(scripts),
            DeadLetters(scripts),
            Summaries(scripts),
            DutyHistories(scripts),
            Told(scripts),
            ServerCheck(client, scripts),
        )


@asynccontextmanager
async def bot_of(settings: Settings, *, clock: SystemClock | None = None) -> AsyncIterator[Bot]:
    """The bot, bound. Raises StorageError, and BadAccounts when an account does not fit the settings."""
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(store_of(settings))
        if (pause := await store.pauses.current()) and pause.importing:
            raise Unfit(
                f"an import was begun at {pause.since:%Y-%m-%d %H:%M} UTC and not finished: "
                "run `supportbot import FILE` again"
            )
        policy = settings.policy
        for calendar in policy.calendars.values():
            # The lists of public holidays take long to load: not while Slack waits for an answer.
            if isinstance(calendar, WeeklyCalendar):
                calendar.check()
        await store.directories.put({}, {policy.version: policy.source})
        if problems := _unfit(settings, store):
            raise BadAccounts(problems)
        policies = PolicyBook(policy, lambda: store.directories.current)
        pager_session = await stack.enter_async_context(aiohttp.ClientSession())
        receivers = _receivers(settings, pager_session)
        if receivers:
            lanes = [receiver.lane for receiver in receivers]
            paged = PagedTickets(store.scripts, policies, lambda: store.directories.current, lanes)
            store = replace(store, tickets=paged)
        session = await stack.enter_async_context(
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=_SLACK_CONNECTIONS),
                timeout=aiohttp.ClientTimeout(total=settings.worker.slack_timeout_s),
            )
        )
        # No retry handlers: the default one for lost connections may post twice.
        client = AsyncWebClient(
            token=settings.environment.slack_bot_token,
            base_url=settings.environment.api_url,
            timeout=max(1, round(settings.worker.slack_timeout_s)),
            session=session,
            retry_handlers=[],
        )
        slack = Slack(client, store.directories.now_of)
        table = settings.staff
        texts = Texts(settings.commands)
        staff = StaffList(slack, table, lambda: store.directories.current)
        desk = Desk(
            tickets=store.tickets,
            rooms=MovedRooms(store.queue, lambda: store.directories.current),
            outages=store.outages,
            duties=store.duties,
            histories=store.summaries,
            policies=policies,
            staff=staff,
            acquaintances=Acquaintance(slack, store.directories, settings.vendor.home_team),
            clock=clock,
            directory=lambda: store.directories.current,
            move_channel=lambda old, new: _moved(store, reader, old, new),
            vendor=settings.vendor.name,
            home_team=settings.vendor.home_team,
            addresses=settings.vendor.addresses,
            releases=settings.releases,
            language=table.language,
            texts=texts,
            unavailable=StorageUnavailable,
        )
        posting = Posting(slack, store.queue, interval_ms=settings.worker.channel_interval_ms)
        places = Places(
            table.triage_channel,
            table.language,
            settings.vendor.name,
            settings.on_call,
            settings.releases,
            texts,
        )
        books = Books(store.summaries, store.outages, policies, settings.releases)
        summaries = SummaryFiles(
            slack,
            posting,
            books,
            store.duties,
            lambda: store.directories.current,
            clock,
            texts,
            settings.vendor.named,
        )
        delivery = Delivery(
            slack, posting, store.queue, policies, lambda: store.directories.current, clock, places, summaries
        )
        dispatch = routes.routes(settings.commands)
        stack.push_async_callback(dispatch.finish)
        reader = ThreadReader(
            slack,
            store.queue,
            store.tickets,
            posting,
            lambda: store.directories.current,
            clock,
            lambda envelope: thread.written(dispatch, desk, envelope, client),
            interval_ms=INTERVAL_MS if settings.worker.channel_interval_ms else 0,
        )
        books = Books(store.summaries, store.outages, policies, settings.releases)
        readers = Readers(slack, staff.profiles, policies, texts, table.language)
        rounds = Rounds(
            store.told,
            posting,
            clock,
            lambda: store.directories.current,
            delivery.triage,
            {
                DIGEST: Digests(books, store.duties, lambda: store.directories.current, readers),
                DUTY: DutyReminders(store.duties, policies, lambda: store.directories.current, readers),
                HANDOVER: HandoverNotes(
                    store.tickets,
                    policies,
                    lambda: store.directories.current,
                    readers,
                    staff.profiles,
                    table.digest_at,
                    lambda: delivery.staff_channel(table.digest_channel),
                ),
            },
        )
        pager = Pager(receivers, delivery.scene)
        alerts = DeadLetterAlerts(store.queue, posting, clock, delivery.triage, texts(table.language))
        handlers = Handlers(
            store.queue,
            store.tickets,
            delivery,
            posting,
            policies,
            clock,
            health=slack.health,
            alerts=alerts,
            pager=pager,
            chores={
                "alert": alerts.tell,
                "read": reader.read,
                **dict.fromkeys(rounds.kinds, rounds.tell),
            },
        )
        wakes = await stack.enter_async_context(Wakes.at(store.url))
        worker = Worker(store.queue, handlers, clock, wakes.shards, concurrency=settings.worker.concurrency)
        watch = Watch(
            store.queue,
            store.pauses,
            worker,
            slack.health,
            clock,
            receivers,
            text(table.language),
            pager_session,
            late_after_s=settings.paging.late_after_s,
            heartbeat=settings.paging.heartbeat,
        )
        app = app_of(settings, client, dispatch, desk)
        yield Bot(
            settings, clock, store, slack, staff, desk, dispatch, app, worker, wakes, reader, rounds, watch
        )


async def offer_support(bot: Bot) -> None:
    """Have the *Get support* button stand in every account's channel; where it does already, nothing happens.
    Raises StorageError."""
    now = bot.clock.now()
    for account in bot.store.directories.current.accounts.values():
        await bot.store.tickets.queue(
            account.key,
            [PinSupportButton(account=account.key, channel=account.channel)],
            operation=Operation(f"button:{account.channel}:{now:%Y%m%d}", account.key),
            now=now,
        )


def _unfit(settings: Settings, store: Store) -> list[str]:
    directory, triage = store.directories.current, settings.staff.triage_channel
    return unfit(directory.accounts.values(), settings.policy, triage and directory.now_of(triage))


def _receivers(settings: Settings, session: aiohttp.ClientSession) -> list[Receiver]:
    """Who is paged."""
    environment, table = settings.environment, settings.paging
    found: list[Receiver] = []
    if environment.supportbot_pagerduty_key:
        found.append(PagerDuty(session, table.pagerduty, environment.supportbot_pagerduty_key))
    if table.webhook:
        found.append(Webhook(session, table.webhook, environment.supportbot_paging_secret))
    return found


def app_of(settings: Settings, client: AsyncWebClient, dispatch: Dispatch, desk: Desk) -> AsyncApp:
    """Bolt, with every route registered."""
    environment = settings.environment
    app = AsyncApp(
        client=client,
        signing_secret=environment.slack_signing_secret or None,
        # Over a socket nothing is signed, and Bolt checks nothing.
        request_verification_enabled=not environment.socket_mode,
        process_before_response=True,
        # The bot's own messages must not come back to it as anybody's words.
        ignoring_self_events_enabled=True,
        url_verification_enabled=True,
        ssl_check_enabled=False,
        # Workflow steps and the assistant's helpers: not used here.
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
    dispatch.register(app, desk)
    return app


async def _moved(store: Store, reader: ThreadReader, old: str, new: str) -> None:
    """A channel has another id. What was written there before that was known was nobody's: it is read now."""
    await store.directories.put({}, {}, (old, new))
    account = store.directories.current.account_at(new)
    if account is not None:
        await reader.ask(account.key)
