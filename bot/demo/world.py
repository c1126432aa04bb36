"""The demo's workspace: two customers, the people who write, the people who answer. All of it is made up."""

from datetime import date, timedelta
from typing import Any, Final

from bot.manifest import BOT_EVENTS, manifest

HOME, ACME, HINODE = "T0HOME", "T0ACME", "T0HINODE"
TRIAGE, ACME_CHANNEL, HINODE_CHANNEL = "C0TRIAGE", "C0ACME", "C0HINODE"
ANN, BEN, HANA = "U0ANN", "U0BEN", "U0HANA"
ERIN, OMAR, TARA = "U0ERIN", "U0OMAR", "U0TARA"
ENGINEERS: Final = "S0ENGINEERS"
BOT_TOKEN, APP_TOKEN = "xoxb-demo", "xapp-demo"

SPEED: Final = 30.0
"""How many minutes of the demo pass in a minute, unless somebody wants another pace. The clock runs faster; no
duration is shortened."""
SCRIPT_SPEED: Final = 240.0
"""The same for the incident that is played: an hour takes 15 seconds."""


def world(speed: float) -> dict[str, Any]:
    """The workspace, as the stand-in for Slack reads it."""
    return {
        "app": {
            "team": HOME,
            "name": "support",
            "bot_token": BOT_TOKEN,
            "app_token": APP_TOKEN,
            "bot_user_id": "U0SUPPORT",
            "commands": ["/incident", "/support", "/tam"],
            "events": list(BOT_EVENTS),
            "shortcuts": [
                {"name": one["name"], "callback_id": one["callback_id"], "on": one["type"]}
                for one in manifest()["features"]["shortcuts"]
            ],
        },
        "clock": {"speed": speed},
        "teams": [
            {"id": HOME, "name": "Scalr", "domain": "scalr"},
            {"id": ACME, "name": "Acme", "domain": "acme"},
            {"id": HINODE, "name": "日の出運輸", "domain": "hinode"},
        ],
        "users": [
            {"id": ERIN, "team": HOME, "name": "erin", "real_name": "Erin (support)"},
            {"id": OMAR, "team": HOME, "name": "omar", "real_name": "Omar (support)"},
            {"id": TARA, "team": HOME, "name": "tara", "real_name": "Tara (TAM of Acme)"},
            {"id": ANN, "team": HOME, "name": "ann", "real_name": "Ann (Acme)", "is_guest": True},
            {"id": BEN, "team": HOME, "name": "ben", "real_name": "Ben (Acme, no contact)", "is_guest": True},
            {"id": HANA, "team": HINODE, "name": "hana", "real_name": "Hana (日の出運輸)", "locale": "ja-JP"},
        ],
        "channels": [
            {"id": TRIAGE, "name": "triage", "private": True, "members": [ERIN, OMAR, TARA, "U0SUPPORT"]},
            {
                "id": ACME_CHANNEL,
                "name": "acme-support",
                "members": [ANN, BEN, ERIN, OMAR, TARA, "U0SUPPORT"],
            },
            {
                "id": HINODE_CHANNEL,
                "name": "hinode-support",
                "teams": [HINODE],
                "members": [HANA, ERIN, OMAR, "U0SUPPORT"],
            },
        ],
        "usergroups": [{"id": ENGINEERS, "handle": "engineers", "members": [ERIN, OMAR]}],
    }


ACCOUNTS: Final[list[dict[str, Any]]] = [
    {
        "key": "ACME",
        "name": "Acme",
        "plan": "emergency",
        "region": "us-east",
        "channel": ACME_CHANNEL,
        "contacts": [{"name": "Ann", "user": ANN, "trained": True}],
        "tam_service": True,
        "tam": TARA,
        "escalation": OMAR,
        "call": "https://call.example.com/acme",
    },
    {
        "key": "HINODE",
        "name": "日の出運輸",
        "plan": "premium",
        "region": "japan",
        "language": "ja",
        "channel": HINODE_CHANNEL,
        "team_ids": [HINODE],
        "contacts": [{"name": "Hana", "user": HANA, "trained": True}],
    },
]


def tables(today: date) -> dict[str, Any]:
    """What `supportbot.toml` says in the demo. `today` is the day on which the demo begins: one version is current,
    one is supported, one is older than that."""
    return {
        "vendor": {
            "name": "Scalr",
            "home_team": HOME,
            "portal": "https://support.example.com",
            "hotline": "+1 555 0100",
            "consulting": "https://partners.example.com",
        },
        "staff": {"engineers_group": ENGINEERS, "triage_channel": TRIAGE},
        "worker": {"channel_interval": "0.2s"},
        "regions": {
            "us-east": {"on_call": ENGINEERS},
            "japan": {"on_call": ENGINEERS},
        },
        "releases": [
            {"version": "9.4.1", "date": today - timedelta(days=20)},
            {"version": "9.3", "date": today - timedelta(days=200)},
            {"version": "8.9", "date": today - timedelta(days=600)},
        ],
    }
