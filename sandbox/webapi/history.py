"""conversations.history and conversations.replies, pins and reactions: what was said, and marks on it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from sandbox.errors import SlackError
from sandbox.messages import Json
from sandbox.webapi.args import Args
from sandbox.webapi.context import Context, Method, decode_cursor, encode_cursor
from sandbox.world import Channel

MOST = 999


def _bounds(args: Args) -> tuple[str, str, bool]:
    """``oldest``, ``latest`` ("" for none) and whether they are included."""
    oldest, latest = args.text("oldest") or "", args.text("latest") or ""
    padded = []
    for name, one in (("oldest", oldest), ("latest", latest)):
        if one in ("", "0"):
            padded.append("")
            continue
        whole, _, part = one.partition(".")
        if not whole.isdigit() or (part and not part.isdigit()):
            raise SlackError(f"invalid_ts_{name}")
        padded.append(f"{whole:0>10}.{part:0<6}")
    return padded[0], padded[1], args.flag("inclusive")


def _answer(channel: Channel, found: list[str], args: Args, following: str, *, more: bool) -> Json:
    metadata = args.flag("include_all_metadata")
    by_ts = channel.timeline.by_ts
    answer: Json = {
        "messages": [by_ts[ts].render(metadata=metadata) for ts in found],
        "has_more": more,
    }
    if more:
        answer["response_metadata"] = {"next_cursor": encode_cursor(following)}
    return answer


def history(context: Context, args: Args) -> Json:
    """Messages of the channel itself, newest first."""
    channel = _readable(context, args)
    top = channel.timeline.top
    oldest, latest, inclusive = _bounds(args)
    low, high = channel.timeline.between(top, oldest, latest, inclusive=inclusive)
    before = decode_cursor(args)
    if before is not None:
        high = min(high, bisect_left(top, before))
    limit = args.limit(100, MOST)
    start = max(low, high - limit)
    found = top[start:high][::-1]
    answer = _answer(channel, found, args, found[-1] if found else "", more=start > low)
    return {**answer, "pin_count": len(channel.pins), "channel_actions_ts": None, "channel_actions_count": 0}


def replies(context: Context, args: Args) -> Json:
    """A thread, oldest first: its root, which no bound excludes, then the replies."""
    channel = _readable(context, args)
    root = channel.timeline.by_ts.get(args.need("ts"))
    if root is None:
        raise SlackError("thread_not_found")
    if root.thread_ts is not None:
        return _answer(channel, [root.ts], args, "", more=False)
    series = root.replies
    oldest, latest, inclusive = _bounds(args)
    low, high = channel.timeline.between(series, oldest, latest, inclusive=inclusive)
    after = decode_cursor(args)
    limit = args.limit(1000, 1000)
    head = [root.ts] if after is None else []
    if after is not None:
        low = max(low, bisect_right(series, after))
    end = min(high, low + max(limit - len(head), 0 if head else 1))
    found = [*head, *series[low:end]]
    return _answer(channel, found, args, found[-1] if found else "", more=end < high)


def _readable(context: Context, args: Args) -> Channel:
    channel = context.channel(args)
    if not context.world.bot_is_in(channel):
        raise SlackError("not_in_channel")
    return channel


def pins_add(context: Context, args: Args) -> Json:
    """Pin a message."""
    channel = context.joined(args, writable=True)
    message = context.message(channel, args.need("timestamp"))
    if not context.workspace.pin(channel, message, context.bot):
        raise SlackError("already_pinned")
    return {}


def pins_remove(context: Context, args: Args) -> Json:
    """Take a pin away."""
    channel = context.joined(args)
    ts = args.need("timestamp")
    if channel.pins.pop(ts, None) is None:
        raise SlackError("no_pin")
    context.workspace.hub.note("pin_removed", channel.id, ts, context.bot.id)
    return {}


def pins_list(context: Context, args: Args) -> Json:
    """What is pinned, newest pin first."""
    channel = context.joined(args)
    items = [
        {"type": "message", "channel": channel.id, **pin, "message": channel.timeline.by_ts[ts].render()}
        for ts, pin in channel.pins.items()
    ]
    return {"items": items[::-1]}


def _reaction(context: Context, args: Args, *, add: bool) -> Json:
    channel = context.joined(args, writable=True)
    name = (args.text("name") or "").strip(":")
    if not name:
        raise SlackError("invalid_name")
    message = context.message(channel, args.need("timestamp"))
    change = context.workspace.react if add else context.workspace.unreact
    if not change(channel, message, context.bot, name):
        raise SlackError("already_reacted" if add else "no_reaction")
    return {}


def reactions_add(context: Context, args: Args) -> Json:
    """React to a message."""
    return _reaction(context, args, add=True)


def reactions_remove(context: Context, args: Args) -> Json:
    """Take a reaction back."""
    return _reaction(context, args, add=False)


METHODS: dict[str, Method] = {
    "conversations.history": history,
    "conversations.replies": replies,
    "pins.add": pins_add,
    "pins.remove": pins_remove,
    "pins.list": pins_list,
    "reactions.add": reactions_add,
    "reactions.remove": reactions_remove,
}
