"""Paging outside of Slack: PagerDuty's Events API v2, and a receiver of any other kind that checks our signature.

A page may be sent more than once (a lost answer looks like a failure), so each names its alert: `dedup_key` is the
same for all that is said of one alert, and the generic call carries the id of the page besides.
"""

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

import aiohttp
import msgspec

from bot.posting import Item
from bot.slack import Lasting, Passing, RateLimited
from commands.views import page as words
from commands.views.card import Scene
from policy.effects import Lane, Page
from policy.pages import PageAction
from policy.tickets import Ticket

_TRIES: Final = 60
"""With waits of up to a minute this is most of an hour: then the page is a dead letter."""
_TIMEOUT_S: Final = 10.0
_GRAVE: Final = ("critical", "error", "warning")
"""What PagerDuty calls the severities, by rank; the rest is `info`."""


@dataclass(frozen=True, slots=True)
class Alert:
    """What a pager is told. `key` names the alert, `grave` is PagerDuty's word for how bad it is; `details` are for
    programs."""

    id: str
    key: str
    action: PageAction
    summary: str
    at: datetime
    grave: str
    details: Mapping[str, Any]


class Receiver(Protocol):
    """Somebody who is paged."""

    @property
    def lane(self) -> Lane: ...

    async def tell(self, alert: Alert) -> None:
        """Raises RateLimited, Passing, Lasting."""
        ...


class PagerDuty:
    """An Events API v2 integration. `key` is its routing key."""

    lane: Final = Lane.PAGERDUTY

    def __init__(self, session: aiohttp.ClientSession, url: str, key: str) -> None:
        self._session = session
        self._url = url
        self._key = key

    async def tell(self, alert: Alert) -> None:
        event: dict[str, Any] = {
            "routing_key": self._key,
            "event_action": alert.action,
            "dedup_key": alert.key,
        }
        if alert.action is PageAction.TRIGGER:
            event["client"] = "supportbot"
            event["payload"] = {
                "summary": alert.summary[:1024],
                "source": "supportbot",
                "severity": alert.grave,
                "timestamp": alert.at.isoformat(),
                "custom_details": alert.details,
            }
        await _post(self._session, self._url, msgspec.json.encode(event), {})


class Webhook:
    """Any receiver. What it gets is signed as docs/paging.md says."""

    lane: Final = Lane.WEBHOOK

    def __init__(self, session: aiohttp.ClientSession, url: str, secret: str) -> None:
        self._session = session
        self._url = url
        self._secret = secret

    async def tell(self, alert: Alert) -> None:
        body = msgspec.json.encode(
            {
                "id": alert.id,
                "key": alert.key,
                "action": alert.action,
                "summary": alert.summary,
                "at": alert.at,
                "details": alert.details,
            }
        )
        stamp = str(int(time.time()))
        headers = {
            "X-Supportbot-Id": alert.id,
            "X-Supportbot-Timestamp": stamp,
            "X-Supportbot-Signature": f"v1={signature(self._secret, stamp, body)}",
        }
        await _post(self._session, self._url, body, headers)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 of `v1:TIMESTAMP:BODY`, in hex."""
    return hmac.new(secret.encode(), b"v1:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()


class Pager:
    """Pages through whoever the lane belongs to. `scene` gives what is said of a ticket."""

    def __init__(self, receivers: Sequence[Receiver], scene: Callable[[Ticket], Scene]) -> None:
        self.receivers = {receiver.lane: receiver for receiver in receivers}
        self._scene = scene

    async def page(self, item: Item, opaque_id: str, lane: Lane, ticket: Ticket, page: Page) -> None:
        """Raises RateLimited, Passing while it is worth trying again, Lasting."""
        receiver = self.receivers.get(lane)
        if receiver is None:
            raise Lasting(f"{lane}_is_not_set_up_any_more")
        if page.action is not PageAction.RESOLVE and page.kind not in ticket.paged:
            return  # it is over, before anybody could be told of it
        try:
            await receiver.tell(self._alert(opaque_id, ticket, page))
        except Passing as passing:
            if item.note.tries + 1 >= _TRIES:
                raise Lasting(f"given up after {_TRIES} tries: {passing}") from passing
            raise

    def _alert(self, opaque_id: str, ticket: Ticket, page: Page) -> Alert:
        scene = self._scene(ticket)
        severity = scene.policy.severity(ticket.severity)
        details = {
            "ticket": ticket.id,
            "kind": page.kind,
            "account": ticket.account,
            "severity": ticket.severity,
            "state": ticket.state,
            "opened": ticket.opened,
            "due": ticket.clock.due if ticket.clock else None,
            "owner": ticket.owner,
        }
        return Alert(
            id=opaque_id,
            key=f"{ticket.id}/{page.kind}",
            action=page.action,
            summary=words.summary(scene, page.kind),
            at=scene.now,
            grave=_GRAVE[severity.rank] if severity.rank < len(_GRAVE) else "info",
            details=msgspec.to_builtins(details),
        )


async def _post(session: aiohttp.ClientSession, url: str, body: bytes, headers: Mapping[str, str]) -> None:
    try:
        async with session.post(
            url,
            data=body,
            headers={"Content-Type": "application/json", "User-Agent": "supportbot", **headers},
            timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S),
            allow_redirects=False,
        ) as answer:
            status, after = answer.status, answer.headers.get("Retry-After", "")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        # Which address it was stays untold: it may be a secret.
        raise Passing(f"the pager did not answer ({type(error).__name__})", carried_out=False) from error
    if 200 <= status < 300:
        return
    if status == 429:
        raise RateLimited(float(after) if after.isdecimal() else 30.0)
    if status >= 500 or status == 408:
        raise Passing(f"the pager answered {status}", carried_out=False)
    raise Lasting(f"the pager answered {status}")
