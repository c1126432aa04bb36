"""What reads a policy file's tables into values: each mistake is told with its file, its key, what was expected.

Errors:
    BadPolicy    a file cannot be used; says which file, which key and what was expected there
"""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from difflib import get_close_matches
from itertools import pairwise
from typing import Any, Final, NoReturn, TypeVar

import msgspec

from policy.durations import BadDuration, BusinessDays, Duration, parse_duration
from policy.words import LANGUAGES, Words

NAME_LIMIT: Final = 50
"""Names stand in menus, where Slack takes 75 characters with what is put around them."""

TEXT_LIMIT: Final = 1_000
"""Texts stand in messages, where Slack takes 3,000 characters with what is put around them."""

T = TypeVar("T")


class BadPolicy(ValueError):
    """A policy file that cannot be used: `file`, the `path` of the key, and what was `expected` there."""

    def __init__(self, file: str, path: str, expected: str) -> None:
        super().__init__(f"{file}: {path}: {expected}")
        self.file = file
        self.path = path
        self.expected = expected


class Named(msgspec.Struct, forbid_unknown_fields=True):
    """A table that says no more than a name."""

    name: Words


class Told(msgspec.Struct, forbid_unknown_fields=True):
    """A table with a name and a text for people."""

    name: Words
    text: Words


class Reader:
    """Reads the tables of one file. Every method raises BadPolicy; `path` is the key of what it reads."""

    def __init__(self, file: str) -> None:
        self.file = file

    def table(self, value: Any, kind: type[T], path: str) -> T:
        """A table in the shape of `kind`; a `name` and a `text` in it are short enough to be shown."""
        try:
            found = msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            what, _, where = str(error).partition(" - at `$")
            key = (path + where.rstrip("`")).lstrip(".")
            if unknown := re.search(r"unknown field `(.*)`", what):
                self.fail(f"{key}.{unknown[1]}".lstrip("."), _no_such_key(kind, unknown[1]))
            if missing := re.search(r"missing required field `(.*)`", what):
                self.fail(f"{key}.{missing[1]}".lstrip("."), "expected a value, found none")
            self.fail(key or "the file", what[0].lower() + what[1:])
        for field, limit in (("name", NAME_LIMIT), ("label", NAME_LIMIT), ("text", TEXT_LIMIT)):
            self.words(getattr(found, field, None), f"{path}.{field}", limit)
        return found

    def tables(self, raw: Mapping[str, Any], kind: type[T], path: str) -> dict[str, T]:
        """A table of tables of one shape."""
        return {key: self.table(table, kind, f"{path}.{key}") for key, table in raw.items()}

    def words(self, words: Words | None, path: str, limit: int = TEXT_LIMIT) -> None:
        """Words that are to be shown: in every language some, and not too many."""
        for language in LANGUAGES if words else ():
            fits = words is not None and len(words[language].strip()) > 0 and len(words[language]) <= limit
            self.demand(fits, f"{path}.{language}", f"expected 1 to {limit} characters")

    def duration(self, text: str, path: str) -> Duration:
        try:
            return parse_duration(text)
        except BadDuration as error:
            self.fail(path, str(error))

    def elapsed(self, text: str, path: str) -> timedelta:
        """A duration that is not in business days."""
        duration = self.duration(text, path)
        if isinstance(duration, BusinessDays):
            self.fail(path, f"expected a duration in hours or minutes, got {text!r}")
        return duration

    def fractions(self, at: Iterable[float], path: str) -> tuple[float, ...]:
        found = tuple(at)
        inside = all(0 < fraction < 1 for fraction in found)
        rising = all(a < b for a, b in pairwise(found))
        self.demand(inside and rising, path, "expected ascending fractions inside 0..1, such as [0.5, 0.8]")
        return found

    def known(self, values: Iterable[str], among: Collection[str], what: str, path: str) -> None:
        """Every one of these values is a key of `among`, the file's `what`."""
        for value in values:
            self.demand(value in among, path, f"expected one of the {what} {', '.join(among)}, got {value!r}")

    def demand(self, holds: bool, path: str, expected: str) -> None:
        if not holds:
            self.fail(path, expected)

    def fail(self, path: str, expected: str) -> NoReturn:
        raise BadPolicy(self.file, path, expected)


def _no_such_key(kind: type[Any], key: str) -> str:
    known = [field.encode_name for field in msgspec.structs.fields(kind)]
    near = get_close_matches(key, known, n=1)
    return f"no such key; {f'did you mean {near[0]}?' if near else 'expected ' + ', '.join(known)}"
