"""chat.*: posting, changing and deleting messages."""

from __future__ import annotations

from typing import Any

from sandbox.blocks import check_blocks, check_metadata
from sandbox.errors import SlackError
from sandbox.messages import Json, Message
from sandbox.webapi.args import Args
from sandbox.webapi.context import Context, Method
from sandbox.world import Channel

LONGEST_POST = 40_000
LONGEST_UPDATE = 4_000
MOST_ATTACHMENTS = 100


def _attachments(args: Args) -> list[Json] | None:
    attachments = args.values_of("attachments", "invalid_attachments")
    if attachments is None:
        return None
    if not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments):
        raise SlackError("invalid_attachments")
    if len(attachments) > MOST_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    return [
        {**one, "blocks": check_blocks(one["blocks"])} if one.get("blocks") is not None else one
        for one in attachments
    ]


def _content(args: Args, longest: int) -> tuple[str, list[Json] | None, list[Json] | None]:
    text = args.text("text") or args.text("markdown_text") or ""
    raw = args.values_of("blocks", "invalid_blocks_format")
    blocks = check_blocks(raw) if raw is not None else None
    attachments = _attachments(args)
    if not text and not blocks and not attachments:
        raise SlackError("no_text")
    if len(text) > longest:
        raise SlackError("msg_too_long")
    return text, blocks, attachments


def _destination(context: Context, args: Args) -> Channel:
    """The channel to post to; a user id means the direct message with that person."""
    wanted = args.need("channel")
    if wanted[0] in "UW" and wanted in context.world.users:
        user = context.user(wanted, "channel_not_found")
        if user.is_bot:
            raise SlackError("cannot_dm_bot")
        return context.world.im_with(user)[0]
    return context.joined(args, writable=True)


def post_message(context: Context, args: Args) -> Json:
    """A message of the app; ``message`` echoes it with its metadata."""
    channel = _destination(context, args)
    text, blocks, attachments = _content(args, LONGEST_POST)
    metadata = check_metadata(args.values_of("metadata", "invalid_metadata_format"))
    context.workspace.pace(channel)
    message = context.workspace.post(
        channel,
        context.bot,
        text,
        blocks=blocks,
        attachments=attachments,
        thread_ts=args.text("thread_ts"),
        broadcast=args.flag("reply_broadcast"),
        metadata=metadata,
    )
    return {"channel": channel.id, "ts": message.ts, "message": message.render(metadata=True)}


def post_ephemeral(context: Context, args: Args) -> Json:
    """A message that one member sees."""
    channel = context.joined(args, writable=True)
    user = args.need("user")
    if user not in context.world.users or user not in channel.members:
        raise SlackError("user_not_in_channel")
    text, blocks, attachments = _content(args, LONGEST_POST)
    context.workspace.pace(channel)
    message = context.workspace.post(
        channel,
        context.bot,
        text,
        blocks=blocks,
        attachments=attachments,
        thread_ts=args.text("thread_ts"),
        to=user,
    )
    return {"message_ts": message.ts}


def _own(context: Context, channel: Channel, args: Args, error: str) -> Message:
    message = context.message(channel, args.need("ts"))
    if message.user != context.bot.id:
        raise SlackError(error)
    return message


def update(context: Context, args: Args) -> Json:
    """Change a message of the app. Blocks, attachments and metadata that are not given stay."""
    channel = context.joined(args, writable=True)
    message = _own(context, channel, args, "cant_update_message")
    text, blocks, attachments = _content(args, LONGEST_UPDATE)
    fields: dict[str, Any] = {"text": text}
    if "blocks" in args.values:
        fields["blocks"] = blocks or None
    if "attachments" in args.values:
        fields["attachments"] = attachments or None
    if "metadata" in args.values:
        fields["metadata"] = check_metadata(args.values_of("metadata", "invalid_metadata_format"))
    context.workspace.edit(channel, message, context.bot, **fields)
    return {"channel": channel.id, "ts": message.ts, "text": text, "message": message.render(metadata=True)}


def delete(context: Context, args: Args) -> Json:
    """Delete a message of the app."""
    channel = context.joined(args)
    message = _own(context, channel, args, "cant_delete_message")
    context.workspace.delete(channel, message, context.bot)
    return {"channel": channel.id, "ts": message.ts}


def get_permalink(context: Context, args: Args) -> Json:
    """The address of a message for people."""
    channel = context.channel(args)
    message = context.message(channel, args.need("message_ts"))
    team = context.world.team_payload()["domain"]
    link = f"https://{team}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.thread_ts is not None:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


METHODS: dict[str, Method] = {
    "chat.postMessage": post_message,
    "chat.postEphemeral": post_ephemeral,
    "chat.update": update,
    "chat.delete": delete,
    "chat.getPermalink": get_permalink,
}
