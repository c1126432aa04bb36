"""Which scope a method needs; one of several is enough, as the kind of channel decides in Slack."""

from __future__ import annotations

READ = frozenset({"channels:read", "groups:read", "im:read", "mpim:read"})
HISTORY = frozenset({"channels:history", "groups:history", "im:history", "mpim:history"})
MANAGE = frozenset({"channels:manage", "groups:write", "im:write", "mpim:write"})

SCOPES: dict[str, frozenset[str]] = {
    "chat.postMessage": frozenset({"chat:write"}),
    "chat.postEphemeral": frozenset({"chat:write"}),
    "chat.update": frozenset({"chat:write"}),
    "chat.delete": frozenset({"chat:write"}),
    "conversations.create": MANAGE,
    "conversations.invite": MANAGE | {"channels:write.invites", "groups:write.invites"},
    "conversations.kick": MANAGE,
    "conversations.leave": MANAGE,
    "conversations.rename": MANAGE,
    "conversations.archive": MANAGE,
    "conversations.unarchive": MANAGE,
    "conversations.open": frozenset({"im:write", "mpim:write"}),
    "conversations.setTopic": MANAGE | {"channels:write.topic", "groups:write.topic"},
    "conversations.setPurpose": MANAGE | {"channels:write.topic", "groups:write.topic"},
    "conversations.join": frozenset({"channels:join"}),
    "conversations.info": READ,
    "conversations.list": READ,
    "conversations.members": READ,
    "conversations.history": HISTORY,
    "conversations.replies": HISTORY,
    "pins.add": frozenset({"pins:write"}),
    "pins.remove": frozenset({"pins:write"}),
    "pins.list": frozenset({"pins:read"}),
    "reactions.add": frozenset({"reactions:write"}),
    "reactions.remove": frozenset({"reactions:write"}),
    "users.info": frozenset({"users:read"}),
    "users.list": frozenset({"users:read"}),
    "users.lookupByEmail": frozenset({"users:read.email"}),
    "usergroups.list": frozenset({"usergroups:read"}),
    "usergroups.users.list": frozenset({"usergroups:read"}),
    "files.getUploadURLExternal": frozenset({"files:write"}),
    "files.completeUploadExternal": frozenset({"files:write"}),
    "files.info": frozenset({"files:read"}),
    "bots.info": frozenset({"users:read"}),
}


def needed_scopes(method: str) -> frozenset[str]:
    """The scopes of which one is needed; empty when none is."""
    return SCOPES.get(method, frozenset())
