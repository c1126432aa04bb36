"""Who is who: auth.*, apps.*, bots.*, users.*, usergroups.*."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sandbox.errors import SlackError
from sandbox.messages import Json
from sandbox.webapi.args import Args
from sandbox.webapi.context import Context, Method, page
from sandbox.world import User, Usergroup


def api_test(_context: Context, args: Args) -> Json:
    """Echo; ``error`` makes it fail."""
    error = args.text("error")
    shown = {name: value for name, value in args.values.items() if name != "token"}
    if error is not None:
        raise SlackError(error, args=shown)
    return {"args": shown}


def auth_test(context: Context, _args: Args) -> Json:
    """Who the token is."""
    world = context.world
    team = world.teams[world.app.team]
    return {
        "url": f"https://{world.team_payload()['domain']}.slack.com/",
        "team": team.name,
        "user": world.app.name,
        "team_id": team.id,
        "user_id": world.app.bot_user_id,
        "bot_id": world.app.bot_id,
        "is_enterprise_install": False,
    }


def connections_open(context: Context, _args: Args) -> Json:
    """An address for one websocket."""
    base = context.base_url.replace("http", "ws", 1)
    return {"url": f"{base}/link/?ticket={context.sockets.ticket()}&app_id={context.world.app.app_id}"}


def bots_info(context: Context, args: Args) -> Json:
    """The app as a bot."""
    app = context.world.app
    if args.text("bot") not in (None, app.bot_id):
        raise SlackError("bot_not_found")
    bot = context.world.bot_stamp["bot_profile"]
    return {"bot": {**{k: v for k, v in bot.items() if k != "team_id"}, "user_id": app.bot_user_id}}


def _user(context: Context, user: User, *, locale: bool) -> Json:
    """Slack's user object. People of another team are strangers: no e-mail address, no locale."""
    foreign = context.world.is_foreign(user)
    offset = datetime.now(UTC).astimezone(ZoneInfo(user.tz)).utcoffset()
    profile: Json = {
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": user.name,
        "display_name_normalized": user.name,
        "team": user.team,
    }
    body: Json = {
        "id": user.id,
        "team_id": user.team,
        "name": user.name,
        "real_name": user.real_name,
        "deleted": False,
        "color": "9f69e7",
        "tz": user.tz,
        "tz_label": user.tz,
        "tz_offset": int(offset.total_seconds()) if offset is not None else 0,
        "profile": profile,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 0,
    }
    if foreign:
        return {**body, "is_stranger": True}
    if user.email is not None and not user.is_bot:
        profile["email"] = user.email
    body |= {
        "is_admin": user.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": user.is_guest,
        "is_ultra_restricted": False,
    }
    if locale:
        body["locale"] = user.locale
    return body


def users_info(context: Context, args: Args) -> Json:
    """One person."""
    user = context.user(args.need("user"))
    return {"user": _user(context, user, locale=args.flag("include_locale"))}


def users_list(context: Context, args: Args) -> Json:
    """The people of the app's team, page by page."""
    home = [user for user in context.world.users.values() if not context.world.is_foreign(user)]
    some, cursor = page(home, args, 200, 1000)
    locale = args.flag("include_locale")
    return {
        "members": [_user(context, user, locale=locale) for user in some],
        "cache_ts": int(context.world.clock.now()),
        "response_metadata": {"next_cursor": cursor},
    }


def users_lookup(context: Context, args: Args) -> Json:
    """The person of the app's team with this e-mail address."""
    found = context.world.by_email.get(args.need("email").lower())
    if found is None or context.world.is_foreign(context.world.users[found]):
        raise SlackError("users_not_found")
    return {"user": _user(context, context.world.users[found], locale=False)}


def _usergroup(group: Usergroup, *, users: bool) -> Json:
    body: Json = {
        "id": group.id,
        "team_id": group.team,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "description": "",
        "is_external": False,
        "date_delete": 0,
        "user_count": len(group.members),
    }
    if users:
        body["users"] = list(group.members)
    return body


def usergroups_list(context: Context, args: Args) -> Json:
    """The user groups of the app's team."""
    users = args.flag("include_users")
    home = context.world.app.team
    groups = [_usergroup(one, users=users) for one in context.world.usergroups.values() if one.team == home]
    return {"usergroups": groups}


def usergroups_users(context: Context, args: Args) -> Json:
    """The members of a user group."""
    group = context.world.usergroups.get(args.need("usergroup"))
    if group is None or group.team != context.world.app.team:
        raise SlackError("no_such_subteam")
    return {"users": list(group.members)}


METHODS: dict[str, Method] = {
    "api.test": api_test,
    "auth.test": auth_test,
    "apps.connections.open": connections_open,
    "bots.info": bots_info,
    "users.info": users_info,
    "users.list": users_list,
    "users.lookupByEmail": users_lookup,
    "usergroups.list": usergroups_list,
    "usergroups.users.list": usergroups_users,
}
