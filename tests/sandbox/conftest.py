"""One world for all tests of the sandbox, and a small real app in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from copy import deepcopy
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

import sandbox

WORLD: dict[str, Any] = {
    "app": {
        "team": "T1HOME",
        "app_id": "A1APP",
        "name": "helper",
        "bot_user_id": "U1BOT",
        "bot_id": "B1BOT",
        "bot_token": "xoxb-test",
        "app_token": "xapp-test",
        "signing_secret": "secret-of-the-test",
        "commands": ["/incident", "/support"],
    },
    "teams": [
        {"id": "T1HOME", "name": "Vendor", "domain": "vendor"},
        {"id": "T2ACME", "name": "Acme", "domain": "acme"},
    ],
    "users": [
        {
            "id": "U1ANN",
            "team": "T1HOME",
            "name": "ann",
            "real_name": "Ann Lee",
            "email": "ann@vendor.example",
        },
        {"id": "U1BEN", "team": "T1HOME", "name": "ben", "locale": "ja-JP", "tz": "Asia/Tokyo"},
        {"id": "U1GUEST", "team": "T1HOME", "name": "gil", "is_guest": True},
        {"id": "U2CAT", "team": "T2ACME", "name": "cat", "real_name": "Cat Ito"},
    ],
    "channels": [
        {"id": "C1GEN", "name": "town", "members": ["U1BOT", "U1ANN", "U1BEN"]},
        {"id": "C1OUT", "name": "outside", "members": ["U1ANN"]},
        {"id": "C1PRIV", "name": "staff", "private": True, "members": ["U1BOT", "U1ANN"]},
        {"id": "C1HID", "name": "hidden", "private": True, "members": ["U1ANN"]},
        {"id": "C2SHARED", "name": "acme", "teams": ["T2ACME"], "members": ["U1BOT", "U1ANN", "U2CAT"]},
    ],
    "usergroups": [{"id": "S1ENG", "handle": "engineers", "members": ["U1ANN", "U1BEN"]}],
}


@pytest.fixture
def world() -> dict[str, Any]:
    """A definition that a test may change before it serves it."""
    return deepcopy(WORLD)


@pytest.fixture
async def box(world: dict[str, Any]) -> AsyncIterator[sandbox.Box]:
    """A running sandbox with that world."""
    async with sandbox.serve(world) as running:
        yield running


@pytest.fixture
async def slack(box: sandbox.Box) -> AsyncWebClient:
    """Slack's own client, pointed at the sandbox; it retries nothing."""
    return AsyncWebClient(token="xoxb-test", base_url=box.api_url, retry_handlers=[])
