"""What the control API answers with; the server writes these and the client reads them."""

from __future__ import annotations

from typing import Any

import msgspec


class Outcome(msgspec.Struct, kw_only=True):
    """What came of something a person did.

    ``ok``: the app acknowledged in time. ``status`` is its HTTP status (200 for a socket's ack, None when
    there was no answer), ``body`` the acknowledgement, decoded when it is JSON. ``error`` is Slack's word for
    a failure (``operation_timeout``, ``dispatch_failed``) or ``invalid_form`` when the client kept the form;
    ``shown`` what the person reads then. ``action`` says what became of a modal (``close``, ``errors``,
    ``update``, ``push``, ``clear``), ``errors`` maps block ids to what is shown there, and ``view`` is the
    modal now on top.
    """

    ok: bool
    status: int | None = None
    body: Any = None
    error: str | None = None
    shown: str | None = None
    dispatch_id: str = ""
    trigger_id: str | None = None
    action: str | None = None
    errors: dict[str, str] = msgspec.field(default_factory=dict)
    view: dict[str, Any] | None = None


class Attempt(msgspec.Struct, kw_only=True):
    """One try to hand a dispatch to the app. ``at`` is unix seconds, real time.

    ``transport`` is ``http``, ``socket`` or ``none`` (the app was not there). ``error`` is None when the
    app took it, otherwise ``timeout``, ``connection_failed``, ``http_error`` or ``no_app``. ``final``: the
    app asked for no retry.
    """

    at: float
    transport: str
    retry_num: int = 0
    retry_reason: str | None = None
    status: int | None = None
    body: Any = None
    error: str | None = None
    final: bool = False


class Dispatch(msgspec.Struct, kw_only=True):
    """Something sent to the app: ``kind`` is ``command``, ``interactive`` or ``event``.

    ``type`` is the payload's (``block_actions``, ``app_mention``, the command's name); ``pending`` says that
    a retry is due.
    """

    id: str
    kind: str
    type: str
    payload: dict[str, Any]
    attempts: list[Attempt] = msgspec.field(default_factory=list)
    pending: bool = False

    @property
    def delivered(self) -> bool:
        """Whether the app took one of the attempts."""
        return any(attempt.error is None for attempt in self.attempts)


class Call(msgspec.Struct, kw_only=True):
    """One Web API call: long arguments are shortened, the token is left out.

    ``error`` is Slack's string, None when the call worked; ``fault`` names the fault that was played.
    ``result`` holds the answer's ``ts`` and ``channel``, where there are such.
    """

    seq: int
    at: float
    method: str
    args: dict[str, Any]
    status: int
    error: str | None = None
    fault: str | None = None
    result: dict[str, Any] = msgspec.field(default_factory=dict)


class Change(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Something in the world changed; ``seq`` counts from 1."""

    seq: int
    kind: str
    channel: str | None = None
    ts: str | None = None
    user: str | None = None


class Changes(msgspec.Struct, kw_only=True):
    """The changes after the one asked for; ``lost`` when older ones are no longer kept."""

    seq: int
    changes: list[Change]
    lost: bool = False


class OpenView(msgspec.Struct, kw_only=True):
    """A modal as a person sees it. ``errors`` maps block ids to messages; ``trouble`` is the banner."""

    id: str
    view: dict[str, Any]
    errors: dict[str, str] = msgspec.field(default_factory=dict)
    trouble: str | None = None
