"""What a page says: one line, for a pager and not for Slack. Of what the customer wrote it has the title, no more."""

from datetime import timedelta

from commands.text import Text
from commands.views.card import Scene
from commands.views.message import severity_short
from policy.clocks import ClockKind
from policy.pages import PageKind

_TITLE = 200


def summary(scene: Scene, kind: PageKind) -> str:
    """What is the matter with a ticket."""
    text, ticket, clock = scene.text, scene.ticket, scene.ticket.clock
    values = {
        "ticket": f"{ticket.id} {severity_short(text, ticket.severity)}",
        "title": _shortened(ticket.title, _TITLE),
        "account": _shortened(scene.account, 100),
    }
    if kind is PageKind.WORSE and ticket.wished is not None:
        return text("page.worse", **values, wished=severity_short(text, ticket.wished))
    if clock is None or (kind is PageKind.OPENED and ticket.owner is not None):
        return text("page.taken", **values)
    if kind is PageKind.OPENED:
        return text("page.opened", **values, time=scene.time(clock.due))
    key = "page.breach.response" if clock.kind is ClockKind.RESPONSE else "page.breach.update"
    return text(key, **values, time=scene.time(clock.due))


def late(text: Text, why: str, amount: timedelta) -> str:
    """Reminders run late: what falls due is not worked through (`behind`), `store` or `slack` does not answer."""
    return text("page.late", why=text(f"page.late.{why}", amount=text.elapsed(amount)))


def late_no_more(text: Text) -> str:
    return text("page.late.over")


def _shortened(words: str, limit: int) -> str:
    line = " ".join(words.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
