"""conversations.*: making channels, their members and their state."""

from __future__ import annotations

from sandbox.definition import channel_name_error
from sandbox.errors import SlackError
from sandbox.messages import Json
from sandbox.webapi.args import Args
from sandbox.webapi.context import Context, Method, page
from sandbox.world import Channel, World

LONGEST_TOPIC = 250
MOST_INVITED = 100


def rendered(world: World, channel: Channel) -> Json:
    """Slack's channel object, as the app sees it."""
    if channel.im_user is not None:
        return {
            "id": channel.id,
            "created": channel.created,
            "is_im": True,
            "is_archived": False,
            "is_org_shared": False,
            "user": channel.im_user,
            "is_open": True,
        }
    shared = world.is_ext_shared(channel)
    others = sorted(channel.teams | {channel.team})
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.private,
        "is_group": channel.private,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.private,
        "is_archived": channel.archived,
        "is_general": channel.name == "general",
        "is_member": world.bot_is_in(channel) and not channel.archived,
        "is_shared": shared,
        "is_ext_shared": shared,
        "is_org_shared": False,
        "is_pending_ext_shared": False,
        "shared_team_ids": others,
        "connected_team_ids": [team for team in others if team != world.app.team],
        "context_team_id": world.app.team,
        "conversation_host_id": channel.team,
        "created": channel.created,
        "creator": channel.creator,
        "topic": channel.topic,
        "purpose": channel.purpose,
        "previous_names": channel.previous_names,
        "num_members": len(channel.members),
    }


def create(context: Context, args: Args) -> Json:
    """A channel with the app in it."""
    name = args.text("name") or ""
    wrong = channel_name_error(name)
    if wrong is not None:
        raise SlackError(wrong)
    channel = context.workspace.create(name, private=args.flag("is_private"), creator=context.bot)
    return {"channel": rendered(context.world, channel)}


def _objection(context: Context, channel: Channel, user_id: str) -> str | None:
    world = context.world
    user = world.users.get(user_id)
    if user is None:
        return "user_not_found"
    if user.id == context.bot.id:
        return "cant_invite_self"
    if user.id in channel.members:
        return "already_in_channel"
    if user.team not in channel.teams | {channel.team}:
        return "user_team_not_in_channel"
    return None


def invite(context: Context, args: Args) -> Json:
    """Add people. Nobody is added when one of them cannot be, unless ``force`` is set."""
    channel = context.channel(args)
    if channel.im_user is not None:
        raise SlackError("method_not_supported_for_channel_type")
    if channel.archived:
        raise SlackError("is_archived")
    if not context.world.bot_is_in(channel):
        raise SlackError("not_in_channel")
    users = args.names("users")
    if not users:
        raise SlackError("no_user")
    if len(users) > MOST_INVITED:
        raise SlackError("too_many_users")
    errors = [
        {"user": user, "ok": False, "error": error}
        for user in users
        if (error := _objection(context, channel, user)) is not None
    ]
    failed = {str(one["user"]) for one in errors}
    if errors and (not args.flag("force") or len(failed) == len(set(users))):
        raise SlackError(str(errors[0]["error"]), errors=errors)
    for user_id in dict.fromkeys(users):
        if user_id not in failed:
            context.workspace.join(channel, context.world.users[user_id], context.bot)
    answer: Json = {"channel": rendered(context.world, channel)}
    return {**answer, "errors": errors} if errors else answer


def kick(context: Context, args: Args) -> Json:
    """Remove a member."""
    channel = context.joined(args)
    user = context.user(args.need("user"))
    if user.id == context.bot.id:
        raise SlackError("cant_kick_self")
    if user.id not in channel.members:
        raise SlackError("not_in_channel")
    context.workspace.leave(channel, user)
    return {}


def leave(context: Context, args: Args) -> Json:
    """The app leaves."""
    channel = context.channel(args)
    if not context.world.bot_is_in(channel):
        return {"not_in_channel": True}
    context.workspace.leave(channel, context.bot)
    return {}


def join(context: Context, args: Args) -> Json:
    """The app joins a public channel."""
    channel = context.channel(args)
    if channel.private:
        raise SlackError("method_not_supported_for_channel_type")
    if channel.archived:
        raise SlackError("is_archived")
    answer: Json = {"channel": rendered(context.world, channel)}
    if context.world.bot_is_in(channel):
        return {
            **answer,
            "warning": "already_in_channel",
            "response_metadata": {"warnings": ["already_in_channel"]},
        }
    context.workspace.join(channel, context.bot, None)
    return {"channel": rendered(context.world, channel)}


def info(context: Context, args: Args) -> Json:
    """One channel."""
    channel = rendered(context.world, context.channel(args))
    if not args.flag("include_num_members"):
        channel.pop("num_members", None)
    return {"channel": channel}


def list_(context: Context, args: Args) -> Json:
    """Channels of the wanted types, page by page; private ones only where the app is in."""
    types = set(args.names("types") or ["public_channel"])
    if types - {"public_channel", "private_channel", "im", "mpim"}:
        raise SlackError("invalid_types")
    kinds = {"public_channel": "channel", "private_channel": "group", "im": "im"}
    wanted = {kinds[one] for one in types if one in kinds}
    found = [
        channel
        for channel in context.world.channels.values()
        if channel.kind in wanted
        and context.visible(channel)
        and not (channel.archived and args.flag("exclude_archived"))
    ]
    some, cursor = page(found, args, 100, 999)
    return {
        "channels": [rendered(context.world, channel) for channel in some],
        "response_metadata": {"next_cursor": cursor},
    }


def members(context: Context, args: Args) -> Json:
    """The members' ids, page by page."""
    some, cursor = page(list(context.channel(args).members), args, 100, 999)
    return {"members": some, "response_metadata": {"next_cursor": cursor}}


def open_(context: Context, args: Args) -> Json:
    """The direct message with one person."""
    channel_id = args.text("channel")
    if channel_id is not None:
        channel = context.channel(args)
        return {"channel": {"id": channel.id}, "no_op": True, "already_open": True}
    users = args.names("users")
    if not users:
        raise SlackError("users_list_not_supplied")
    if len(users) > 1:
        raise SlackError("method_not_supported_for_channel_type")
    user = context.user(users[0])
    if user.is_bot:
        raise SlackError("cannot_dm_bot")
    channel, known = context.world.im_with(user)
    body = rendered(context.world, channel) if args.flag("return_im") else {"id": channel.id}
    return {"channel": body, **({"no_op": True, "already_open": True} if known else {})}


def _describe(context: Context, args: Args, field: str) -> Json:
    channel = context.joined(args, writable=True)
    value = args.text(field) or ""
    if len(value) > LONGEST_TOPIC:
        raise SlackError("too_long")
    stamp = {"value": value, "creator": context.bot.id, "last_set": int(context.world.clock.now())}
    setattr(channel, field, stamp)
    context.workspace.hub.note(f"channel_{field}", channel.id, user=context.bot.id)
    return {field: value, "channel": rendered(context.world, channel)}


def set_topic(context: Context, args: Args) -> Json:
    """The topic, up to 250 characters."""
    return _describe(context, args, "topic")


def set_purpose(context: Context, args: Args) -> Json:
    """The purpose, up to 250 characters."""
    return _describe(context, args, "purpose")


def rename(context: Context, args: Args) -> Json:
    """Another name for a channel that the app made."""
    channel = context.joined(args, writable=True)
    name = args.text("name") or ""
    wrong = channel_name_error(name)
    if wrong is not None:
        raise SlackError(wrong)
    if channel.creator != context.bot.id:
        raise SlackError("not_authorized")
    context.workspace.rename(channel, name, context.bot)
    return {"channel": rendered(context.world, channel)}


def archive(context: Context, args: Args) -> Json:
    """Archive a channel that the app is in."""
    channel = context.channel(args)
    if channel.archived:
        raise SlackError("already_archived")
    if channel.name == "general":
        raise SlackError("cant_archive_general")
    if not context.world.bot_is_in(channel):
        raise SlackError("not_in_channel")
    context.workspace.set_archived(channel, context.bot, archived=True)
    return {}


def unarchive(context: Context, args: Args) -> Json:
    """Always refused to bots: an archived channel has them not as members."""
    raise SlackError("not_in_channel" if context.channel(args).archived else "not_archived")


METHODS: dict[str, Method] = {
    "conversations.create": create,
    "conversations.invite": invite,
    "conversations.kick": kick,
    "conversations.leave": leave,
    "conversations.join": join,
    "conversations.info": info,
    "conversations.list": list_,
    "conversations.members": members,
    "conversations.open": open_,
    "conversations.setTopic": set_topic,
    "conversations.setPurpose": set_purpose,
    "conversations.rename": rename,
    "conversations.archive": archive,
    "conversations.unarchive": unarchive,
}
