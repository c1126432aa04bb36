"""The whole bot against a real Redis and the stand-in for Slack, in one process, on a clock that the test moves."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import sandbox
from bot.accounts import accounts_of
from bot.clock import SystemClock
from bot.manifest import BOT_EVENTS, manifest
from bot.running import running
from bot.settings import Environment, settings_of
from bot.wiring import Bot, bot_of

Transport = Literal["http", "socket"]

HOME, ACME_TEAM, HINODE_TEAM = "T0HOME", "T0ACME", "T0HINODE"
TRIAGE, ACME, HINODE = "C0TRIAGE", "C0ACME", "C0HINODE"
ERIN, OMAR, ANN, BEN, HANA = "U0ERIN", "U0OMAR", "U0ANN", "U0BEN", "U0HANA"
ON_CALL, ENGINEERS = "S0ONCALL", "S0ENGINEERS"
BOT, SECRET = "U0SUPPORT", "a-signing-secret"

COMMANDS = ("/incident", "/support", "/tam")

START = datetime(2026, 11, 18, 2, 4, tzinfo=UTC)
"""A Wednesday; 11:04 in Tokyo, 21:04 the evening before in New York."""


class MovedClock(SystemClock):
    """Stands still until it is moved."""

    def __init__(self, at: datetime = START) -> None:
        super().__init__()
        self.at = at

    def now(self) -> datetime:
        return self.at

    def real_s_until(self, instant: datetime) -> float:
        return 0.0 if instant <= self.at else 3600.0


def world(commands: Sequence[str] = COMMANDS) -> dict[str, Any]:
    staff = [ERIN, OMAR, BOT]
    return {
        "app": {
            "team": HOME,
            "name": "support",
            "bot_user_id": BOT,
            "signing_secret": SECRET,
            "commands": list(commands),
            "events": list(BOT_EVENTS),
            "shortcuts": [
                {"name": one["name"], "callback_id": one["callback_id"], "on": one["type"]}
                for one in manifest()["features"]["shortcuts"]
            ],
        },
        "event_retry_s": [0, 0.2, 0.5],
        "teams": [
            {"id": HOME, "name": "Vendor"},
            {"id": ACME_TEAM, "name": "Acme"},
            {"id": HINODE_TEAM, "name": "日の出運輸"},
        ],
        "users": [
            {"id": ERIN, "team": HOME, "name": "erin"},
            {"id": OMAR, "team": HOME, "name": "omar"},
            {"id": BEN, "team": HOME, "name": "ben", "is_guest": True, "email": "ben@acme.example"},
            {"id": ANN, "team": ACME_TEAM, "name": "ann"},
            {"id": HANA, "team": HINODE_TEAM, "name": "hana", "locale": "ja-JP"},
        ],
        "channels": [
            {"id": TRIAGE, "name": "triage", "private": True, "members": staff},
            {"id": ACME, "name": "acme-support", "teams": [ACME_TEAM], "members": [ANN, BEN, *staff]},
            {"id": HINODE, "name": "hinode-support", "teams": [HINODE_TEAM], "members": [HANA, *staff]},
            {"id": "C0RANDOM", "name": "random", "members": staff},
        ],
        "usergroups": [
            {"id": ENGINEERS, "handle": "engineers", "members": [ERIN, OMAR]},
            {"id": ON_CALL, "handle": "oncall", "members": [OMAR]},
        ],
    }


ACCOUNTS: list[dict[str, Any]] = [
    {
        "key": "ACME",
        "name": "Acme",
        "plan": "emergency",
        "region": "us-east",
        "channel": ACME,
        "team_ids": [ACME_TEAM],
    },
    {
        "key": "HINODE",
        "name": "日の出運輸",
        "plan": "premium",
        "region": "japan",
        "language": "ja",
        "channel": HINODE,
        "team_ids": [HINODE_TEAM],
    },
]

TABLES: dict[str, Any] = {
    "vendor": {"name": "Scalr", "home_team": HOME},
    "staff": {"engineers_group": ENGINEERS, "triage_channel": TRIAGE},
    "worker": {"channel_interval": "0s"},
    "regions": {"us-east": {"on_call": ON_CALL}, "japan": {"on_call": ON_CALL}},
}


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything a story needs: the people of the workspace, the bot behind it, the clock between them."""

    box: sandbox.Box
    people: sandbox.Client
    bot: Bot
    clock: MovedClock
    address: str

    def pass_time(self, **amount: float) -> None:
        """Let that much time go by on the clock of deadlines, and the worker notice."""
        self.clock.at += timedelta(**amount)
        self.bot.worker.look_again()

    async def ticket(self, ticket: str) -> Any:
        stored = await self.bot.store.tickets.get(ticket)
        assert stored is not None, f"there is no {ticket}"
        return stored.ticket

    async def channel(self, name: str) -> str:
        """The id of a channel, once it is there."""

        async def found() -> str | None:
            known = await self.people.channels()
            return next((str(one["id"]) for one in known if one["name"] == name), None)

        channel: str = await self.people.wait_until(found)
        return channel

    async def open_ticket(self, user: str, channel: str, **values: Any) -> sandbox.Outcome:
        """Open the form by the pinned button, which works for everybody, and send it."""
        (pinned,) = await self.people.wait_until(lambda: self.people.pins(channel))
        await self.people.click(user, channel, pinned["ts"], "open_form")
        (form,) = await self.people.views(user)
        return await self.people.submit(user, form.id, {"severity": "1", **values})


@asynccontextmanager
async def desk(
    redis_url: str,
    home: Path,
    transport: Transport = "http",
    tables: dict[str, Any] | None = None,
    accounts: list[dict[str, Any]] | None = None,
    secrets: dict[str, str] | None = None,
    commands: Sequence[str] = COMMANDS,
) -> AsyncIterator[Desk]:
    """A running bot with its workspace and sample accounts, on an empty store."""
    clock = MovedClock()
    async with sandbox.serve(world(commands)) as box:
        environment = Environment.of(
            slack_bot_token="xoxb-sandbox",
            slack_app_token="xapp-sandbox" if transport == "socket" else "",
            slack_signing_secret=SECRET,
            slack_api_url=box.api_url,
            redis_url=redis_url,
            supportbot_data_dir=home,
            supportbot_port=0,
            **(secrets or {}),
        )
        settings = settings_of(environment, tables or TABLES, "test settings")
        async with bot_of(settings, clock=clock) as bot:
            known = accounts_of(accounts or ACCOUNTS, settings.policy, "test accounts")
            await bot.store.directories.put(known, {})
            async with running(bot) as address:
                if transport == "http":
                    await box.client.set_request_url(address)
                yield Desk(box, box.client, bot, clock, address)
