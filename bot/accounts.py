"""Reading an accounts file, TOML or CSV, into the directory's accounts.

Errors:
    BadAccounts    the file cannot be used; `problems` has a line for each mistake, with its place
"""

import csv
import datetime
import io
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError

from policy.contacts import contact_limit
from policy.directory import Account, Contact
from policy.entitlement import NO_HOTLINE, NO_LIMIT
from policy.read_plans import read_targets
from policy.reading import BadPolicy, Reader
from policy.schema import LANGUAGES, Language, Policy
from policy.support_time import ANY_HOUR

Key = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{1,11}$")]
Channel = Annotated[str, StringConstraints(pattern=r"^[CG][A-Z0-9]{2,}$")]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{2,}$")]


Email = Annotated[str, StringConstraints(pattern=r"^\S+@\S+$", max_length=254)]
Link = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^https://[^\s<>|\"\\]+$", max_length=500)
]
Number = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^(none|.*\d.*)$", max_length=50)]


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
    email: Email | None = None
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


def _targets(value: object) -> object:
    """In CSV a target is `SEVERITY.KEY=VALUE`, such as `1.respond=1h; 1.update_every=30m`."""
    if not isinstance(value, str):
        return value
    found: dict[str, dict[str, str]] = {}
    for text in _listed(value):  # type: ignore[attr-defined]
        match = re.fullmatch(r"([^.=]+)\.(\w+)\s*=\s*(.+)", text)
        if not match:
            raise ValueError(f"expected `SEVERITY.KEY=VALUE`, such as `1.respond=1h`, got {text!r}")
        found.setdefault(match[1].strip(), {})[match[2]] = match[3]
    return found


def _limit(value: object) -> object:
    if value == NO_LIMIT or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,4}", value.strip()):
        return int(value)
    raise ValueError(f"expected a number of contacts, or {NO_LIMIT!r}, got {value!r}")


class _Account(_Row):
    key: Key
    name: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    plan: str
    region: str
    channel: Channel
    language: Language = "en"
    tier: Annotated[Literal[1, 2, 3], BeforeValidator(lambda v: int(v) if isinstance(v, str) else v)] = 2
    edition: str | None = None
    team_ids: Annotated[tuple[Id, ...], BeforeValidator(_listed)] = ()
    contacts: Annotated[tuple[_Contact, ...], BeforeValidator(_contacts)] = ()
    tam_service: bool = False
    tam: Id | None = None
    escalation: Id | None = None
    portal: str | None = None
    hotline: Number | None = None
    practice: bool = False
    hours: str | None = None
    targets: Annotated[dict[str, dict[str, str]], BeforeValidator(_targets)] = {}
    contact_limit: Annotated[int | Literal["none"] | None, BeforeValidator(_limit)] = None
    hotline_severities: Annotated[tuple[str, ...] | None, BeforeValidator(_listed)] = None
    refuse_non_contacts: bool = False
    offer_form: bool = True
    call: Link | None = None
    tam_since: datetime.date | None = None
    weekly_summary: bool = False


def read_accounts(path: Path, policy: Policy) -> dict[str, Account]:
    """The accounts of a file, by key, checked against the policy. Raises BadAccounts."""
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
        try:
            account = _account(read, policy, place)
        except BadPolicy as error:
            problems.append(str(error))
            continue
        problems += [f"{place}: {misfit}" for misfit in misfits(account, policy)]
        if read.key in found:
            problems.append(f"{place}: key: stands in the file twice")
        other = channels.setdefault(read.channel, read.key)
        if other != read.key:
            problems.append(f"{place}: channel: {read.channel} is {other}'s already")
        found[read.key] = account
    if problems:
        raise BadAccounts(problems)
    return found


def misfits(account: Account, policy: Policy) -> list[str]:
    """What of an account the policy does not have or allow, a line each: also after the policy was edited."""
    found = []
    hours = (ANY_HOUR, *policy.hours)
    wanted: tuple[tuple[str, Iterable[str], Iterable[str]], ...] = (
        ("plan", [account.plan], policy.plans),
        ("region", [account.region], policy.regions),
        ("edition", [account.edition], policy.editions),
        ("hours", [account.hours] if account.hours else [], hours),
        ("targets", account.targets, policy.severities),
        ("hotline_severities", account.hotline_severities or (), policy.severities),
    )
    for column, values, known in wanted:
        found += [
            f"{column}: expected one of {', '.join(known)}, got {value!r}"
            for value in values
            if value not in known
        ]
    found += _contact_misfits(account, policy)
    if account.hotline == NO_HOTLINE and account.hotline_severities:
        found.append(f"hotline_severities: expected none beside hotline = {NO_HOTLINE!r}")
    return found


def in_triage(accounts: Iterable[Account], triage: str | None) -> list[str]:
    """The accounts whose channel is the one where staff are called, a line each: customers would read there what
    is for staff alone."""
    return [
        f"account {account.key}: channel: expected the account's own, {account.channel} is staff.triage_channel"
        for account in accounts
        if account.channel == triage
    ]


def unfit(accounts: Iterable[Account], policy: Policy, triage: str | None) -> list[str]:
    """Why accounts that are kept cannot be served with these settings, a line each; none when all can."""
    accounts = list(accounts)
    found = [
        f"account {account.key}: {misfit}" for account in accounts for misfit in misfits(account, policy)
    ]
    return found + in_triage(accounts, triage)


def _contact_misfits(account: Account, policy: Policy) -> list[str]:
    found = []
    seen: set[str] = set()
    for number, contact in enumerate(account.contacts):
        if not contact.user and not contact.email:
            found.append(f"contacts.{number}: expected a user id or an e-mail address for {contact.name}")
        for known in (contact.user, contact.email and contact.email.casefold()):
            if known in seen:
                found.append(f"contacts.{number}: expected another person, {known} is a contact already")
            seen |= {known} if known else set()
    limit = contact_limit(policy, account) if account.plan in policy.plans else None
    if limit is not None and len(account.contacts) > limit:
        whose = "the account's contact_limit" if account.contact_limit is not None else f"plan {account.plan}"
        found.append(f"contacts: expected at most {limit} ({whose}), found {len(account.contacts)}")
    if account.refuse_non_contacts and not account.contacts:
        found.append("refuse_non_contacts: expected contacts to name in the refusal, found none")
    return found


def _account(read: _Account, policy: Policy, place: str) -> Account:
    """Raises BadPolicy for a target that is none."""
    targets = read_targets(Reader(place), read.targets, policy.severities, "targets")
    contacts = tuple(Contact(**contact.model_dump()) for contact in read.contacts)
    edition = read.edition or next(iter(policy.editions))
    given = read.model_dump(exclude={"contacts", "targets", "edition"})
    return Account(**given, contacts=contacts, targets=targets, edition=edition)


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
    rows = csv.DictReader(io.StringIO(text), restkey="(a value beyond the last column)")
    return [
        {name: value for name, value in row.items() if name and any(value or ())}  # an empty cell is no value
        for row in rows
    ]


def _said(problem: Any) -> str:
    shapes = {
        "key": "2 to 12 capital letters and digits, such as ACME",
        "channel": "the id of a Slack channel, such as C0123456789",
        "language": f"one of {', '.join(LANGUAGES)}",
        "call": "the https:// address of a call, at most 500 characters",
        "tam_since": "a date such as 2026-04-01",
    }
    if problem["loc"] == ("hotline",):
        return f"expected a phone number of at most 50 characters, or {NO_HOTLINE!r}"
    expected = shapes.get(str(problem["loc"][0])) if problem["loc"] else None
    if problem["type"] == "missing":
        return f"expected {expected or 'a value'}, found none"
    if problem["type"] == "extra_forbidden":
        return "no such column"
    if expected:
        return f"expected {expected}, got {problem['input']!r}"
    if problem["type"] == "value_error":
        return str(problem["ctx"]["error"])
    said = str(problem["msg"])
    return said[0].lower() + said[1:]
