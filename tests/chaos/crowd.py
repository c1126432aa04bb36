"""People who go on while things break, and what they were told is kept."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from policy.tickets import Room
from policy.timeline import CustomerReplied, MessageEdited, Source, UpdatePosted
from storage.errors import StorageError
from tests.scenarios.busy_desk import KEYS, STAFF, TRIAGE, Story, channel, customer, words_of
from tests.scenarios.coverage_checker import History

_DEEDS: Final = {
    "ack": 4,
    "update": 4,
    "note": 2,
    "severity": 3,
    "snooze": 1,
    "resolve": 1,
    "reply": 4,
    "staff_reply": 2,
    "edit": 2,
    "open": 2,
    "again": 3,
}
_REMEMBERED: Final = 60


@dataclass(slots=True)
class Said:
    """A message that somebody wrote in a ticket's thread, and what it was changed to, one after the other."""

    ticket: str
    room: Room
    ts: str
    by: str
    words: str
    edits: list[str] = field(default_factory=list)


class Crowd(Story):
    """A story whose people never stop. `private` are words that no customer may read, `tried` what may be kept once
    or not at all, `titles` what was reported by form (True: the ticket was confirmed)."""

    def __init__(self, *given: Any, seed: int) -> None:
        super().__init__(*given, seed=seed)
        self.private: list[str] = []
        self.tried: list[str] = []
        self.titles: dict[str, bool] = {}
        self.said: list[Said] = []
        self.deeds = 0
        self._talked: set[str] = set()
        self._sent: list[str] = []
        self._forms = asyncio.Lock()

    async def go_on(self, stopping: asyncio.Event) -> None:
        """Do one thing after the other until `stopping`. Slack works for them all the time; what the bot says to it
        is another matter."""
        while not stopping.is_set():
            what = self.rng.choices([*_DEEDS], [*_DEEDS.values()])[0]
            with suppress(StorageError):  # the test itself could not look something up
                await self._deed(what)
            self.deeds += 1
            await asyncio.sleep(self.rng.uniform(0, 0.2))

    async def _deed(self, what: str) -> None:
        match what:
            case "open":
                async with self._forms:
                    await self._report()
            case "again":
                if self._sent:
                    await self.people.redeliver(self.rng.choice(self._sent))
            case "reply" | "staff_reply":
                await self._reply(staff=what == "staff_reply")
            case "edit":
                await self._edit()
            case _:
                await self._command(what)

    def _number(self) -> int:
        self._acts += 1
        return self._acts

    async def _command(self, what: str) -> None:
        if not self.open:
            return
        ticket = self.rng.choice(self.open)
        number = self._number()
        words = {"ack": "", "snooze": "3s"}.get(what, f"words no {number}.")
        typed = words
        if what == "resolve":
            if ticket in self._talked:
                return  # a thread of a ticket that has ended is not read for what was missed
            self.open.remove(ticket)
        elif what in {"note", "severity"}:
            typed = words = f"internal no {number}."
            self.private.append(words)
        if what == "severity":
            stored = await self.store.tickets.get(ticket)
            others = [one for one in "123" if stored and one != stored.ticket.severity]
            typed = f"{self.rng.choice(others or ['2'])} {words}"
        if words.endswith(f"no {number}."):
            self.tried.append(words)
        sent = await self.people.command(
            self.rng.choice(STAFF), TRIAGE, "/incident", f"{what} {ticket} {typed}"
        )
        self._note(sent.dispatch_id)
        if sent.ok and ":warning:" not in str(sent.body) and what != "snooze":
            self.done.append((ticket, words or what))

    async def _report(self) -> None:
        number, key = self._number(), self.rng.choice(KEYS)
        user, title = customer(key), f"broken no {number}."
        asked = await self.people.command(
            user, channel(key), "/incident", f"sev{self.rng.choice('1233')} {title}"
        )
        views = await self.people.views(user) if asked.ok else []
        if not views:
            return
        self.titles[title] = False
        for _ in range(3):
            sent = await self.people.submit(user, views[-1].id)
            self._note(sent.dispatch_id)
            if sent.ok and sent.action != "errors":
                self.titles[title] = True
                break
            await asyncio.sleep(0.5)  # the form stands there still, and they press again
        if await self.people.views(user):
            await self.people.close_view(user, views[-1].id, clear=True)
        for stored in await self.store.tickets.open_of(key):
            if stored.ticket.title == title:
                self.open.append(stored.ticket.id)

    async def _reply(self, *, staff: bool) -> None:
        if not self.open:
            return
        stored = await self.store.tickets.get(self.rng.choice(self.open))
        room = stored.ticket.customer if stored else None
        if stored is None or room is None or not stored.ticket.is_open:
            return
        ticket, words = stored.ticket, f"said no {self._number()}."
        self._talked.add(ticket.id)
        by = self.rng.choice(STAFF) if staff else ticket.opener.user
        ts = await self.people.say(by, room.channel, words, thread_ts=room.thread)
        self.said.append(Said(ticket.id, room, ts, by, words))

    async def _edit(self) -> None:
        theirs = [one for one in self.said if one.by not in STAFF]
        if theirs:
            one = self.rng.choice(theirs)
            one.edits.append(f"changed no {self._number()}.")
            await self.people.edit(one.by, one.room.channel, one.ts, one.edits[-1])

    def _note(self, dispatch: str) -> None:
        if dispatch:
            self._sent.append(dispatch)
            del self._sent[:-_REMEMBERED]

    async def settled(self) -> bool:
        """Whether every event has been taken, or given up."""
        await self.people.retry_now()
        return not any(one.pending for one in await self.people.dispatches("event"))

    async def confirmed_edits(self) -> set[str]:
        """What people changed their messages to, where the app took the event."""
        theirs = {words for one in self.said for words in one.edits}
        told = [one for one in await self.people.dispatches("event", "message") if one.delivered]
        changed = [one.payload["event"].get("message") or {} for one in told]
        return theirs & {str(message.get("text")) for message in changed}


def missing(crowd: Crowd, edits: set[str], histories: Sequence[History]) -> list[str]:
    """What people were told, or could take, to be kept and is not; what is kept twice."""
    problems: list[str] = []
    titles = [history.ticket.title for history in histories]
    for title, confirmed in crowd.titles.items():
        if titles.count(title) != 1 and (confirmed or titles.count(title)):
            problems.append(f"{titles.count(title)} tickets say {title!r}, confirmed: {confirmed}")
    entries = [entry for history in histories for entry in history.entries]
    worded = [words for entry in entries for words in words_of(entry)]
    problems += [f"{words!r} is kept twice" for words in crowd.tried if worded.count(words) > 1]
    by_ticket = {history.ticket.id: history.entries for history in histories}
    for one in crowd.said:
        kept = [
            entry.text
            for entry in by_ticket[one.ticket]
            if isinstance(entry, CustomerReplied)
            or (isinstance(entry, UpdatePosted) and entry.source is Source.THREAD)
            if entry.text in {one.words, *one.edits}
        ]
        if len(kept) != 1:
            problems.append(f"{one.ticket}: {one.words!r} was said by {one.by} and is kept as {kept}")
        changed = [entry.text for entry in by_ticket[one.ticket] if isinstance(entry, MessageEdited)]
        for words in one.edits:
            # An edit that came before its message is the message.
            told = changed.count(words) + (words in kept)
            if changed.count(words) > 1 or (words in edits and not told):
                problems.append(f"{one.ticket}: {words!r} was an edit, kept {changed.count(words)} times")
    return problems
