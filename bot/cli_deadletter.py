"""`supportbot deadletter`: what could not be delivered, why, how to mend it; and once more, when it is mended."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from bot.cli_common import Json, fail, iso, print_json, table, with_store
from bot.settings import read_settings

if TYPE_CHECKING:
    from bot.wiring import Store
    from storage.dead_letters import Buried

deadletter_app = typer.Typer(no_args_is_help=True, help="What could not be delivered.")

_SHORT = 8
_MENDS = {
    "is_archived": "unarchive the channel in Slack, or give the account another one (accounts import); then retry",
    "channel_not_found": "invite the bot into the channel, or give the account its new one; then retry",
    "not_in_channel": "invite the bot into the channel (/invite @support), then retry",
    "restricted_action": "let the bot write in that channel (its posting permissions), then retry",
    "no_triage_channel_is_set": "set staff.triage_channel in supportbot.toml and restart, then retry",
    "triage_channel_belongs_to_an_account": "give triage a channel of its own in supportbot.toml, then retry",
    "missing_scope": "install the app anew with the manifest of this version, then retry",
    "user_not_found": "import the account with people who are there, then retry",
    "name_taken": "rename the channel that has the incident's name, then retry",
    "is_on_a_customers_side": "name an escalation target among staff (accounts import), then retry",
    "message_not_found": "somebody deleted the message: there is nothing to mend",
    "edit_window_closed": "Slack lets that message be edited no more: there is nothing to mend",
}
_TOKEN = {"token_revoked", "token_expired", "invalid_auth", "account_inactive", "not_authed"}


def mend(error: str) -> str:
    """What an operator does about Slack's word for a fault."""
    if error in _TOKEN:
        return "install the app anew, set SLACK_BOT_TOKEN, restart, then retry"
    if error.endswith("_is_not_set_up_any_more"):
        return "set up that way of paging again and restart, then retry"
    return _MENDS.get(error, "see what Slack says of this error; `deadletter retry` when it is mended")


@deadletter_app.command("list")
def deadletter_list(as_json: Json = False) -> None:
    """What could not be delivered, the oldest first; also the reminders of open tickets that no channel took."""

    async def show(store: "Store") -> None:
        letters = [_letter(one) for one in await store.dead_letters.all()]
        reminders = await _reminders(store)
        if as_json:
            print_json({"letters": letters, "reminders": reminders})
            return
        if not letters and not reminders:
            print("nothing: everything was delivered, or waits for its turn")
        if letters:
            shown = ("at", "ticket", "side", "what", "error", "mend")
            rows = [(one["id"][:_SHORT], *(one[name] or "-" for name in shown)) for one in letters]
            table(("ID", "WHEN (UTC)", "TICKET", "SIDE", "WHAT", "ERROR", "MEND"), rows)
        if reminders:
            print("\nReminders that no channel took. They are not tried again: the later ones stand.")
            lost = [
                (one["at"], one["ticket"], ", ".join(one["slots"]), one["count"], one["error"])
                for one in reminders
            ]
            table(("WHEN (UTC)", "TICKET", "SLOTS (UTC)", "COUNT", "ERROR"), lost)

    with_store(read_settings(), show)


@deadletter_app.command("retry")
def deadletter_retry(
    which: Annotated[
        str, typer.Argument(metavar="[ID|all]", help="An id of the list, or its beginning.")
    ] = "all",
) -> None:
    """Put what could not be delivered back into its place in the queue, in front of what came after it. Repeating
    this does no harm."""

    async def act(store: "Store") -> None:
        letters = await store.dead_letters.all()
        found = letters if which == "all" else [one for one in letters if one.id.startswith(which)]
        if which != "all" and not found:
            fail(
                f"there is no dead letter {which} (any more); `supportbot deadletter list` shows those that there are"
            )
        if which != "all" and len(found) > 1:
            fail(f"{len(found)} dead letters begin with {which}: give more of the id")
        if count := await store.dead_letters.retry(found, datetime.now(UTC)):
            print(f"{count} put back; the worker delivers them in their old order")
        else:
            print("there was nothing to put back")
        if which == "all" and (lost := await _reminders(store)):
            print(
                f"{len(lost)} reminders are not tried again, the later ones stand; `deadletter list` names them"
            )
        if on := await store.pauses.current():
            print(f"posting is paused since {iso(on.since)}: they wait for `supportbot resume`")

    with_store(read_settings(), act)


def _letter(one: "Buried") -> dict[str, Any]:
    queued, letter = one.letter.queued, one.letter
    effect = msgspec.to_builtins(queued.effect)
    side = one.lane.rpartition(":")[2] if queued.ticket else "desk"
    return {
        "id": one.id,
        "at": iso(letter.at),
        "ticket": queued.ticket,
        "side": side,
        "what": effect["type"].replace("_", " "),
        "error": letter.error,
        "mend": mend(letter.error),
        "effect": effect,
    }


async def _reminders(store: "Store") -> list[dict[str, Any]]:
    """The reminders of open tickets that could not be delivered, by their entries on the timelines."""
    from policy.timeline import Undelivered

    found: list[tuple[str, Undelivered]] = []
    for account in store.directories.current.accounts:
        for stored in await store.tickets.open_of(account):
            entries = await store.tickets.timeline(stored.ticket.id)
            found += [
                (stored.ticket.id, one) for one in entries if isinstance(one, Undelivered) and one.slots
            ]
    return [
        {
            "at": iso(entry.at),
            "ticket": ticket,
            "slots": [iso(slot.at) for slot in entry.slots],
            "count": entry.count,
            "error": entry.error,
            "mend": mend(entry.error),
        }
        for ticket, entry in sorted(found, key=lambda one: one[1].at)
    ]
