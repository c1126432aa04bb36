"""What is wrong with an installation, and how to mend it. Nothing here changes anything, and no secret is shown."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.manifest import SCOPES, manifest
from bot.settings import Settings
from storage.connect import check_server, connect
from storage.errors import StorageError
from storage.server_facts import Facts, facts_of

if TYPE_CHECKING:
    from bot.wiring import Store

_SKEW_S: Final = 2.0
_FULL: Final = 0.8
_MEBI: Final = 1 << 20


class Level(StrEnum):
    """An ERROR keeps something from working now; a WARNING may, one day; a NOTE is worth knowing."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` was looked at; `mend` says what to do (empty: nothing)."""

    level: Level
    what: str
    text: str
    mend: str = ""


def check_settings(settings: Settings) -> Iterator[Finding]:
    """What is not set, or does not fit."""
    environment, file = settings.environment, settings.environment.supportbot_config
    missing = [*environment.missing_for_slack(), *settings.staff.missing(file)]
    for line in missing:
        text, _, mend = line.rpartition(": ")
        yield Finding(Level.ERROR, "settings", text, f"{mend[:1].upper()}{mend[1:]}.")
    if not missing:
        way = "Socket Mode" if environment.socket_mode else "HTTP"
        yield Finding(Level.OK, "settings", f"{file}, by {way}; policy version {settings.policy.version}")
    if environment.redis_url:
        return
    text = (
        f"the embedded server keeps everything under {environment.supportbot_data_dir}, on this machine alone"
    )
    yield Finding(Level.NOTE, "settings", text, "Keep backups elsewhere: supportbot export FILE.")


def check_manifest() -> Iterator[Finding]:
    """Whether what the app asks Slack for is what the bot answers."""
    from commands.routes import routes

    answered, said = routes(), manifest()
    features, events = said["features"], said["settings"]["event_subscriptions"]["bot_events"]
    pairs = (
        ("commands", {one["command"] for one in features["slash_commands"]}, set(answered.commands)),
        ("shortcuts", {one["callback_id"] for one in features.get("shortcuts", ())}, set(answered.shortcuts)),
        ("events", {event.partition(".")[0] for event in events}, set(answered.events)),
    )
    wrong = False
    for what, asked, known in pairs:
        if asked != known:
            wrong = True
            text = f"{what}: the manifest and the listeners differ in {', '.join(sorted(asked ^ known))}"
            yield Finding(Level.ERROR, "manifest", text, "Install this version of supportbot anew.")
    if not wrong:
        yield Finding(Level.OK, "manifest", "commands, shortcuts and events are those that are answered")


async def check_store(store: "Store", settings: Settings) -> AsyncIterator[Finding]:
    """The server, and what it holds."""
    client = connect(store.url)
    try:
        for found in await check_server(client):
            yield Finding(Level(found.level), "redis", found.text, found.mend)
        for facts in await facts_of(client):
            for finding in judged(facts):
                yield finding
    except StorageError as error:
        yield Finding(Level.ERROR, "redis", str(error), "Look whether the server runs, and at REDIS_URL.")
        return
    finally:
        with suppress(StorageError):
            await client.aclose()
    async for finding in _kept(store, settings):
        yield finding


def judged(facts: Facts) -> Iterator[Finding]:
    """What is to be said of a server."""
    limit = f" of {facts.max_bytes / _MEBI:.0f} MiB" if facts.max_bytes else ", no limit set"
    told = f"{facts.name} {facts.version}: {facts.persistence}, {facts.replicas} replicas, "
    yield Finding(Level.OK, "redis", f"{told}{facts.used_bytes / _MEBI:.1f} MiB in use{limit}")
    if facts.max_bytes and facts.used_bytes > _FULL * facts.max_bytes:
        text = f"{facts.name} is {100 * facts.used_bytes // facts.max_bytes} % full; at 100 % nothing can be kept"
        yield Finding(Level.WARNING, "redis", text, "Give it more memory (maxmemory).")
    for failing in facts.failing:
        text = f"{facts.name} could not write to its disk ({failing})"
        yield Finding(Level.ERROR, "redis", text, "Look at its log and its disk: is it full?")
    if abs(facts.skew_s) > _SKEW_S:
        way = "ahead of" if facts.skew_s > 0 else "behind"
        text = f"the clock of {facts.name} is {abs(facts.skew_s):.1f} s {way} this machine's"
        mend = "Set both by NTP: deadlines run on this machine's clock."
        yield Finding(Level.WARNING, "clock", text, mend)
    else:
        yield Finding(Level.OK, "clock", f"within {_SKEW_S:g} s of {facts.name}'s")


async def _kept(store: "Store", settings: Settings) -> AsyncIterator[Finding]:
    from bot.accounts import unfit
    from bot.cli_pause import told

    try:
        on = await store.pauses.current()
        letters = await store.dead_letters.all()
    except StorageError as error:
        yield Finding(Level.ERROR, "redis", str(error), "Look whether the server runs, and at REDIS_URL.")
        return
    if on and on.importing:
        text = f"an import was begun {told(on)}, and not finished"
        yield Finding(Level.ERROR, "import", text, "Run `supportbot import FILE` again.")
    elif on:
        text = f"posting is paused {told(on)}"
        yield Finding(Level.WARNING, "pause", text, "`supportbot resume` goes on.")
    else:
        yield Finding(Level.OK, "pause", "posting is not paused")
    if letters:
        text = f"{len(letters)} messages could not be delivered, the first at {letters[0].letter.at:%Y-%m-%d %H:%M} UTC"
        yield Finding(
            Level.WARNING, "dead letters", text, "`supportbot deadletter list` says why and how to mend it."
        )
    else:
        yield Finding(Level.OK, "dead letters", "none")
    accounts = store.directories.current.accounts
    if not accounts:
        text = "there is no account: nobody can open a ticket"
        yield Finding(Level.ERROR, "accounts", text, "supportbot accounts import FILE")
    for problem in unfit(accounts.values(), settings.policy, settings.staff.triage_channel):
        yield Finding(Level.ERROR, "accounts", problem, "Import it anew, or mend the settings.")


def check_scopes(granted: frozenset[str] | None) -> Iterator[Finding]:
    """What the token may do, against what the manifest asks for. None: Slack does not say."""
    if granted is None:
        yield Finding(Level.NOTE, "scopes", "Slack did not say what the token may do")
        return
    missing = sorted(set(SCOPES) - granted)
    for scope in missing:
        text = f"the token lacks {scope}: {SCOPES[scope]}"
        mend = "Paste `supportbot manifest` into the app's page (App Manifest), then reinstall it to the workspace."
        yield Finding(Level.ERROR, "scopes", text, mend)
    if more := sorted(granted - set(SCOPES)):
        text = f"the token may do more than the bot needs: {', '.join(more)}"
        yield Finding(
            Level.NOTE, "scopes", text, "Take what no one else needs off the app, and reinstall it."
        )
    if not missing:
        yield Finding(Level.OK, "scopes", "the token has every scope that the manifest asks for")


HISTORY: Final = Finding(
    Level.NOTE,
    "history",
    "Slack limits the reading of channels to 1 call a minute and 15 messages for apps that are sold outside its "
    "Marketplace: looking for a message that may have been posted takes minutes then",
    "An app of your own workspace is not limited; one that is distributed belongs into the Marketplace.",
)


def worst(findings: list[Finding]) -> Level:
    """The worst level of these."""
    order = list(Level)
    return max((one.level for one in findings), key=order.index, default=Level.OK)


def summary(findings: list[Finding]) -> Mapping[str, int]:
    """How many of each level."""
    return {level.value: sum(one.level is level for one in findings) for level in Level}
