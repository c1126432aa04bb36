"""Reading an accounts file, TOML or CSV, into the directory's accounts.

Errors:
    BadAccounts    the file cannot be used; `problems` has a line for each mistake, with its place
"""

import csv
import io
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError

from policy.directory import Account, Contact
from policy.schema import LANGUAGES, Language, Policy

Key = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{1,11}$")]
Channel = Annotated[str, StringConstraints(pattern=r"^[CG][A-Z0-9]{2,}$")]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{2,}$")]


class BadAccounts(Exception):
    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def _listed(value: object) -> object:
    """CSV has lists as words between semicolons."""
    return [part.strip() for part in value.split(";") if part.strip()] if isinstance(value, str) else value


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Contact(_Row):
    name: str
    user: Id | None = None
    email: str | None = None
    trained: bool = False


def _contacts(value: object) -> object:
    """In CSV a contact is `Name <e-mail or user id>`, with `*` behind when trained."""
    found = []
    for text in _listed(value) if isinstance(value, str) else ():  # type: ignore[attr-defined]
        match = re.fullmatch(r"(.+?)\s*<(\S+)>\s*(\*?)", text)
        if not match:
            raise ValueError(f"expected `Name <e-mail or user id>`, got {text!r}")
        where = "email" if "@" in match[2] else "user"
        found.append({"name": match[1], where: match[2], "trained": bool(match[3])})
    return found if isinstance(value, str) else value


class _Account(_Row):
    key: Key
    name: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    plan: str
    region: str
    channel: Channel
    language: Language = "en"
    tier: Annotated[Literal[1, 2, 3], BeforeValidator(lambda v: int(v) if isinstance(v, str) else v)] = 2
    edition: Literal["hosted", "enterprise"] = "hosted"
    team_ids: Annotated[tuple[Id, ...], BeforeValidator(_listed)] = ()
    contacts: Annotated[tuple[_Contact, ...], BeforeValidator(_contacts)] = ()
    tam_service: bool = False
    tam: Id | None = None
    escalation: Id | None = None
    portal: str | None = None
    hotline: str | None = None
    practice: bool = False


def read_accounts(path: Path, policy: Policy) -> dict[str, Account]:
    """The accounts of a file, by key, checked against the policy's plans and regions. Raises BadAccounts."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadAccounts([f"{path}: {error}"]) from None
    rows = _csv_rows(text) if path.suffix.lower() == ".csv" else _toml_rows(text, path)
    return accounts_of(rows, policy, str(path))


def accounts_of(rows: Iterable[Mapping[str, Any]], policy: Policy, file: str) -> dict[str, Account]:
    """Accounts from rows, each a mapping of column to value. Raises BadAccounts."""
    problems: list[str] = []
    found: dict[str, Account] = {}
    channels: dict[str, str] = {}
    for number, row in enumerate(rows, 1):
        place = f"{file}: account {row.get('key') or number}"
        try:
            read = _Account.model_validate(dict(row))
        except ValidationError as error:
            for problem in error.errors():
                path = ".".join(str(part) for part in problem["loc"])
                problems.append(f"{place}: {path}: {_said(problem)}")
            continue
        for name, value, known in (
            ("plan", read.plan, policy.plans),
            ("region", read.region, policy.regions),
        ):
            if value not in known:
                problems.append(f"{place}: {name}: expected one of {', '.join(known)}, got {value!r}")
        if read.key in found:
            problems.append(f"{place}: key: stands in the file twice")
        other = channels.setdefault(read.channel, read.key)
        if other != read.key:
            problems.append(f"{place}: channel: {read.channel} is {other}'s already")
        contacts = tuple(Contact(**contact.model_dump()) for contact in read.contacts)
        found[read.key] = Account(**{**read.model_dump(), "contacts": contacts})
    if problems:
        raise BadAccounts(problems)
    return found


def _toml_rows(text: str, path: Path) -> list[Mapping[str, Any]]:
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadAccounts([f"{path}: {error}"]) from None
    rows = tables.get("account")
    if not isinstance(rows, list) or set(tables) != {"account"}:
        raise BadAccounts([f"{path}: expected [[account]] tables and nothing else"])
    return rows


def _csv_rows(text: str) -> list[Mapping[str, Any]]:
    rows = csv.DictReader(io.StringIO(text))
    return [{name: value for name, value in row.items() if name and value not in {None, ""}} for row in rows]


def _said(problem: Any) -> str:
    shapes = {
        "key": "2 to 12 capital letters and digits, such as ACME",
        "channel": "the id of a Slack channel, such as C0123456789",
        "language": f"one of {', '.join(LANGUAGES)}",
    }
    expected = shapes.get(str(problem["loc"][0])) if problem["loc"] else None
    if problem["type"] == "missing":
        return f"expected {expected or 'a value'}, found none"
    if problem["type"] == "extra_forbidden":
        return "no such column"
    if expected:
        return f"expected {expected}, got {problem['input']!r}"
    said = str(problem["msg"])
    return said[0].lower() + said[1:]
