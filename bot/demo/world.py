"""The demo's workspace: two customers, the people who write, the people who answer. All of it is made up."""

from typing import Any, Final

from bot.manifest import BOT_EVENTS, manifest

HOME, ACME, HINODE = "T0HOME", "T0ACME", "T0HINODE"
TRIAGE, ACME_CHANNEL, HINODE_CHANNEL = "C0TRIAGE", "C0ACME", "C0HINODE"
ANN, HANA, ERIN, OMAR = "U0ANN", "U0HANA", "U0ERIN", "U0OMAR"
ENGINEERS: Final = "S0ENGINEERS"
BOT_TOKEN, APP_TOKEN = "xoxb-demo", "xapp-demo"

SPEED: Final = 240.0
"""How many minutes of the demo pass in a minute. The clock runs faster; no duration is shortened."""


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
            {"id": ANN, "team": HOME, "name": "ann", "real_name": "Ann (Acme)", "is_guest": True},
            {"id": HANA, "team": HINODE, "name": "hana", "real_name": "Hana (日の出運輸)", "locale": "ja-JP"},
        ],
        "channels": [
            {"id": TRIAGE, "name": "triage", "private": True, "members": [ERIN, OMAR, "U0SUPPORT"]},
            {"id": ACME_CHANNEL, "name": "acme-support", "members": [ANN, ERIN, OMAR, "U0SUPPORT"]},
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

TABLES: Final[dict[str, Any]] = {
    "vendor": {"name": "Scalr", "home_team": HOME},
    "staff": {"engineers_group": ENGINEERS, "triage_channel": TRIAGE},
    "worker": {"channel_interval": "0.2s"},
    "regions": {
        "us-east": {"on_call": ENGINEERS},
        "japan": {"on_call": ENGINEERS},
    },
}
"""What `supportbot.toml` says in the demo."""
