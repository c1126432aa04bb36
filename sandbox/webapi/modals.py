"""views.*: modals and Home tabs."""

from __future__ import annotations

from sandbox.blocks import check_view
from sandbox.errors import SlackError
from sandbox.messages import Json
from sandbox.views import View
from sandbox.webapi.args import Args
from sandbox.webapi.context import Context, Method


def _view(args: Args, *kinds: str) -> Json:
    raw = args.values_of("view", "invalid_arguments")
    if raw is None:
        raise SlackError("invalid_arguments", ["missing required field: view [json-pointer:/view]"])
    return check_view(raw, kinds)


def _answer(context: Context, kind: str, view: View) -> Json:
    context.workspace.hub.note(kind, user=view.user)
    return {"view": view.render(context.world)}


def open_(context: Context, args: Args) -> Json:
    """A modal for the person who triggered it."""
    trigger_id = args.text("trigger_id")
    if trigger_id is None:
        raise SlackError(
            "invalid_arguments", ["missing required field: trigger_id [json-pointer:/trigger_id]"]
        )
    body = _view(args, "modal")
    user = context.views.exchange(trigger_id)
    return _answer(context, "view_opened", context.views.open(user, body))


def push(context: Context, args: Args) -> Json:
    """A modal on top of those that the person has open."""
    trigger_id = args.need("trigger_id")
    body = _view(args, "modal")
    user = context.views.exchange(trigger_id)
    return _answer(context, "view_pushed", context.views.push(user, body))


def update(context: Context, args: Args) -> Json:
    """New content for an open view, by ``view_id`` or ``external_id``."""
    view_id, external_id = args.text("view_id"), args.text("external_id")
    if view_id is None and external_id is None:
        raise SlackError("invalid_arguments", ["missing required field: view_id [json-pointer:/view_id]"])
    view = context.views.find(view_id, external_id)
    context.views.replace(view, _view(args, view.kind), args.text("hash"))
    return _answer(context, "view_updated", view)


def publish(context: Context, args: Args) -> Json:
    """The Home tab of a person of the app's team."""
    body = _view(args, "home")
    user = context.user(args.need("user_id"))
    if context.world.is_foreign(user) or user.is_bot:
        raise SlackError("user_not_found")
    return _answer(context, "home_published", context.views.publish(user, body, args.text("hash")))


METHODS: dict[str, Method] = {
    "views.open": open_,
    "views.push": push,
    "views.update": update,
    "views.publish": publish,
}
