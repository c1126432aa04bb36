"""What travels together, as it is sent: where Redis has one command for many, many become one."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, Protocol

_SCRIPT_HEAD: Final = 3
"""`EVALSHA sha keys`: what comes before the keys of a script, the last of it being how many there are."""


class Wanted(Protocol):
    """A command that somebody waits for; its keys are in `slot`."""

    words: tuple[Any, ...]
    slot: int
    asking: bool


class Journey:
    """A command as it is sent, for one or more that were asked for. `part` makes the reply of one of them from its
    part of the whole reply (None: the whole is the reply)."""

    __slots__ = ("_asked", "_part", "asking", "words")

    def __init__(
        self, words: Iterable[Any], part: Callable[[Any], Any] | None = None, *, asking: bool = False
    ) -> None:
        self.words = list(words)
        self.asking = asking
        self._asked: list[Any] = []
        self._part = part

    def join(self, asked: Wanted, words: Iterable[Any] = ()) -> None:
        """Stand for this one too; `words` are what it adds at the end."""
        self._asked.append(asked)
        self.words += words

    def join_keys(self, asked: Wanted, found: Sequence[Any]) -> None:
        """Stand for this call of the same script as well, which has keys of its own."""
        end = _SCRIPT_HEAD + self.words[2]
        self.words[end:end] = found
        self.words[2] += len(found)
        self._asked.append(asked)

    def replies(self, reply: Any) -> Iterator[tuple[Any, Any]]:
        """Everyone it stands for, with the reply to them."""
        if self._part is None or isinstance(reply, Exception):
            return zip(self._asked, [reply] * len(self._asked), strict=True)
        return zip(self._asked, map(self._part, reply), strict=True)


class Together:
    """All GETs in a slot as one MGET, all attempts in one shard as one call of that script (by its sha), all like
    claims in a slot as one call of theirs; the rest as they are. Without a cluster there is one slot for all."""

    def __init__(self, *, attempt: str, claim: str) -> None:
        self._attempt = attempt
        self._claim = claim

    def journeys(self, batch: Sequence[Wanted]) -> list[Journey]:
        found: dict[Any, Journey] = {}
        for place, asked in enumerate(batch):
            words = asked.words
            if asked.asking:
                journey = found[place] = Journey(words, asking=True)
                journey.join(asked)
            elif words[0] == "GET":
                journey = found.setdefault(("MGET", asked.slot), Journey(["MGET"], _as_it_is))
                journey.join(asked, words[1:])
            elif words[0] == "EVALSHA" and words[1] == self._attempt:
                end = _SCRIPT_HEAD + words[2] + 1  # the length of the lease is common to them as well
                head = words[:end]
                found.setdefault(head, Journey(head, _alone)).join(asked, words[end:])
            elif words[0] == "EVALSHA" and words[1] == self._claim:
                end = _SCRIPT_HEAD + words[2]
                name = ("claim", asked.slot, words[end:])
                if name not in found:
                    found[name] = Journey((*words[:2], 0, *words[end:]), _alone)
                found[name].join_keys(asked, words[_SCRIPT_HEAD:end])
            else:
                journey = found[place] = Journey(words)
                journey.join(asked)
        return list(found.values())


def _as_it_is(record: Any) -> Any:
    return record


def _alone(answer: Any) -> list[Any]:
    """What the script would have answered to this one alone."""
    return [answer]
