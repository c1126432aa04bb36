"""Every setting: the environment (and `.env`) for secrets and places, `supportbot.toml` for the rest.

Errors:
    BadSettings    a setting is missing or wrong; `problems` says for each, in a line, which and how to mend it
"""

import datetime
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from commands.names import DEFAULT_NAMES, CommandNames
from policy.durations import parse_elapsed
from policy.entitlement import Addresses
from policy.load import BadPolicy, load_policy
from policy.schema import Language, Policy
from policy.times_of_day import BadTimeOfDay, TimeOfDay, is_zone, read_time_of_day
from policy.versions import Release, by_date, same_version

ON_CALL_EXPECTED: Final = "the id of a Slack user (U...) or user group (S...)"


class BadSettings(Exception):
    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def _id(first: str, what: str) -> Callable[[str], str]:
    """Checks that a value is an id of Slack's whose kind is one of these letters."""

    def checked(value: str) -> str:
        if not re.fullmatch(f"[{first}][A-Z0-9]{{2,}}", value):
            raise ValueError(f"expected the id of {what}, such as {first[0]}0123456789, got {value!r}")
        return value

    return checked


Channel = Annotated[str, AfterValidator(_id("CG", "a channel"))]
User = Annotated[str, AfterValidator(_id("UW", "a user"))]


def _zone(value: str) -> str:
    if not is_zone(value):
        raise ValueError(f"expected the name of a zone such as Asia/Tokyo, got {value!r}")
    return value


Zone = Annotated[str, AfterValidator(_zone)]
UserGroup = Annotated[str, AfterValidator(_id("S", "a user group"))]
CommandName = Annotated[str, Field(pattern="^/[a-z0-9_-]{1,31}$")]
Team = Annotated[str, AfterValidator(_id("TE", "a workspace"))]


def _times_of_day(value: object) -> object:
    """One time, or several."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list | tuple):
        return texts
    try:
        return tuple(read_time_of_day(text) if isinstance(text, str) else text for text in texts)
    except BadTimeOfDay as bad:
        raise ValueError(str(bad)) from None


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


class Environment(BaseSettings):
    """The environment. Everything has a default; `missing_for_slack` says what a real workspace needs."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    slack_bot_token: str = Field(default="", repr=False)
    slack_app_token: str = Field(default="", repr=False)
    slack_signing_secret: str = Field(default="", repr=False)
    slack_api_url: str = "https://slack.com/api/"
    redis_url: str = Field(default="", repr=False)
    supportbot_pagerduty_key: str = Field(default="", repr=False)
    supportbot_paging_secret: str = Field(default="", repr=False)
    supportbot_data_dir: Path = Path(".supportbot")
    supportbot_config: Path = Path("supportbot.toml")
    supportbot_host: str = "127.0.0.1"
    supportbot_port: int = Field(default=3000, ge=0, le=65535)
    supportbot_log: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = "info"

    @field_validator("slack_api_url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
            sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            sound = False
        if not sound:
            raise ValueError(f"expected an address such as https://slack.com/api/, got {value!r}")
        return value

    @classmethod
    def of(cls, **values: Any) -> "Environment":
        """These values, and of the machine's environment and `.env` nothing."""
        return _Alone(**values)

    @property
    def api_url(self) -> str:
        """With the slash at the end that the Slack client wants."""
        return self.slack_api_url.rstrip("/") + "/"

    @property
    def socket_mode(self) -> bool:
        return bool(self.slack_app_token)

    def missing_for_slack(self) -> list[str]:
        """What is still to be set before the bot can talk to a workspace, a line each."""
        missing = []
        if not self.slack_bot_token:
            missing.append(
                "SLACK_BOT_TOKEN is not set: your app's page, OAuth & Permissions, Bot User OAuth Token (xoxb-...)"
            )
        if not self.slack_app_token and not self.slack_signing_secret:
            missing.append(
                "SLACK_APP_TOKEN (Socket Mode: Basic Information, App-Level Tokens, xapp-...) or "
                "SLACK_SIGNING_SECRET (HTTP: Basic Information, App Credentials) is not set: set one of them"
            )
        return missing


class _Alone(Environment):
    @classmethod
    def settings_customise_sources(
        cls, settings_cls: Any, init_settings: PydanticBaseSettingsSource, *others: Any, **named: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del settings_cls, others, named
        return (init_settings,)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Vendor(_Table):
    name: str = "our"
    home_team: Team | None = None
    portal: str | None = None
    hotline: str | None = Field(default=None, repr=False)
    consulting: str | None = None

    @property
    def named(self) -> str | None:
        """The vendor's name; None where nobody has set one."""
        return self.name if "name" in self.model_fields_set else None

    @property
    def addresses(self) -> Addresses:
        """Where the vendor is reached. The number is for people who are entitled to it alone."""
        return Addresses(portal=self.portal, hotline=self.hotline, partners=self.consulting)


class StaffTable(_Table):
    """`zones`: where people's clocks stand whose profile in Slack says otherwise, by user id. `digest_at`: when the
    note at the change of a shift goes out, each day; `digest_channel` is where (None: triage)."""

    engineers: tuple[User, ...] = ()
    engineers_group: UserGroup | None = None
    tams: tuple[User, ...] = ()
    admins: tuple[User, ...] = ()
    triage_channel: Channel | None = None
    language: Language = "en"
    zones: dict[User, Zone] = {}
    digest_at: Annotated[tuple[TimeOfDay, ...], BeforeValidator(_times_of_day)] = ()
    digest_channel: Channel | None = None

    def missing(self, file: Path) -> list[str]:
        """What is still to be set before anybody can be called or can answer, a line each."""
        missing = []
        if self.triage_channel is None:
            missing.append(
                f"staff.triage_channel is not set in {file}: "
                "the id of the private channel where staff are called, such as C0123456789"
            )
        if not (self.engineers or self.engineers_group or self.tams or self.admins):
            missing.append(
                f"staff.engineers_group and staff.engineers are not set in {file}: nobody could answer a ticket; "
                'set the id of a user group, such as "S0123456789", or of users, such as ["U0123456789"]'
            )
        return missing


class CommandsTable(_Table):
    """What people type. Slack gives a name to the app that was installed last, so that one may be taken."""

    incident: CommandName = DEFAULT_NAMES.incident
    support: CommandName = DEFAULT_NAMES.support
    tam: CommandName = DEFAULT_NAMES.tam

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if len({self.incident, self.support, self.tam}) < 3:
            raise ValueError("expected three names that differ")
        return self

    @property
    def names(self) -> CommandNames:
        return CommandNames(self.incident, self.support, self.tam)


class WorkerTable(_Table):
    """`concurrency`: items in hand at most. `channel_interval`: the least time between two messages in a
    channel, `0s` for no limit (Slack asks for about a second).

    `slack_timeout`: how long a call to Slack may take. `lease`: how long a worker that says nothing keeps what
    it has in hand. A lease is renewed before each post, and must last for the call and for what is written
    after it: at least twice `slack_timeout`, or another worker might look for a message that is still on its way.
    """

    concurrency: int = Field(default=128, ge=1, le=1000)
    channel_interval: str = "1s"
    slack_timeout: str = "10s"
    lease: str = "30s"

    @field_validator("channel_interval")
    @classmethod
    def _a_duration(cls, value: str) -> str:
        if value != "0s":
            parse_elapsed(value)
        return value

    @field_validator("slack_timeout", "lease")
    @classmethod
    def _some_time(cls, value: str) -> str:
        parse_elapsed(value)
        return value

    @model_validator(mode="after")
    def _lease_outlasts_a_call(self) -> Self:
        if parse_elapsed(self.lease) < 2 * parse_elapsed(self.slack_timeout):
            raise ValueError(
                f"lease: expected at least twice slack_timeout ({self.slack_timeout}), got {self.lease}"
            )
        return self

    @property
    def channel_interval_ms(self) -> int:
        return 0 if self.channel_interval == "0s" else _ms(self.channel_interval)

    @property
    def slack_timeout_s(self) -> float:
        return parse_elapsed(self.slack_timeout).total_seconds()

    @property
    def lease_ms(self) -> int:
        return _ms(self.lease)


def _url(value: str) -> str:
    try:
        parts = urlsplit(value)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise ValueError(f"expected an address such as https://pager.example.com/hook, got {value!r}")
    return value


Url = Annotated[str, AfterValidator(_url)]


class PagingTable(_Table):
    """Who is told outside of Slack. `pagerduty` is where PagerDuty takes events (used where SUPPORTBOT_PAGERDUTY_KEY
    is set), `webhook` any other receiver, signed with SUPPORTBOT_PAGING_SECRET. `late_after`: from when reminders
    run late. `heartbeat` is called every minute by a worker that is well."""

    pagerduty: Url = "https://events.pagerduty.com/v2/enqueue"
    webhook: Url | None = Field(default=None, repr=False)
    heartbeat: Url | None = Field(default=None, repr=False)
    late_after: str = "5m"

    @field_validator("late_after")
    @classmethod
    def _some_time(cls, value: str) -> str:
        parse_elapsed(value)
        return value

    @property
    def late_after_s(self) -> float:
        return parse_elapsed(self.late_after).total_seconds()


class ReleaseTable(_Table):
    """A release of the product: its version, and the date (`2026-06-01`) on which it was made available to all."""

    version: str = Field(min_length=1, max_length=50, pattern=r"\S")
    date: datetime.date = Field(ge=datetime.date(1970, 1, 1), le=datetime.date(2099, 12, 31))

    @field_validator("date", mode="before")
    @classmethod
    def _a_date(cls, value: object) -> object:
        if isinstance(value, datetime.datetime) or not isinstance(value, datetime.date | str):
            raise ValueError(f"expected a date such as 2026-06-01, got {value}")
        return value


def _ms(duration: str) -> int:
    return round(parse_elapsed(duration).total_seconds() * 1000)


class _File(_Table):
    vendor: Vendor = Vendor()
    staff: StaffTable = StaffTable()
    commands: CommandsTable = CommandsTable()
    worker: WorkerTable = WorkerTable()
    paging: PagingTable = PagingTable()
    policy: dict[str, Any] = {}
    regions: dict[str, Any] = {}
    releases: tuple[ReleaseTable, ...] = ()


class Settings(_Table):
    """All settings, checked. `releases` has the oldest first."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    environment: Environment
    vendor: Vendor
    staff: StaffTable
    commands: CommandNames
    worker: WorkerTable
    paging: PagingTable
    policy: Policy
    releases: tuple[Release, ...] = ()

    @property
    def on_call(self) -> dict[str, str]:
        """Who is woken for each region that has somebody."""
        return {key: region.on_call for key, region in self.policy.regions.items() if region.on_call}


def read_settings(environ: Mapping[str, Any] | None = None) -> Settings:
    """The settings as they are now; `environ` overrides the environment, by field name. Raises BadSettings."""
    try:
        environment = Environment(**(environ or {}))
    except ValidationError as error:
        raise BadSettings(_lines(error, "environment", upper=True)) from None
    except UnicodeDecodeError as error:
        raise BadSettings([f".env: expected UTF-8: {error}"]) from None
    except OSError as error:
        raise BadSettings([f".env: {error}"]) from None
    path = environment.supportbot_config
    if not path.exists():
        if "supportbot_config" in environment.model_fields_set:
            raise BadSettings([f"{path}: there is no such file (SUPPORTBOT_CONFIG names it)"])
        return settings_of(environment, {}, str(path))
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSettings([f"{path}: {error}"]) from None
    return settings_of(environment, tables, str(path))


def settings_of(environment: Environment, tables: Mapping[str, Any], file: str) -> Settings:
    """The settings that the tables of a `supportbot.toml` say. Raises BadSettings."""
    try:
        read = _File.model_validate(dict(tables))
    except ValidationError as error:
        raise BadSettings(_lines(error, file)) from None
    if read.regions and "regions" in read.policy:
        raise BadSettings(
            [f"{file}: policy.regions: expected regions in one place, [regions.NAME] has them too"]
        )
    overrides = {**read.policy, **({"regions": read.regions} if read.regions else {})}
    try:
        policy = load_policy(overrides, file=file)
    except BadPolicy as error:
        raise BadSettings([str(error)]) from None
    wrong = [
        f"{file}: regions.{key}.on_call: expected {ON_CALL_EXPECTED}, got {region.on_call!r}"
        for key, region in policy.regions.items()
        if region.on_call and region.on_call[0] not in "UWS"
    ]
    releases = [Release(release.version.strip(), release.date) for release in read.releases]
    for number, release in enumerate(releases):
        twin = next((i for i in range(number) if same_version(releases[i].version, release.version)), None)
        if twin is not None:
            wrong.append(
                f"{file}: releases.{number}.version: expected a version of its own, "
                f"{release.version!r} is releases.{twin} too"
            )
    if read.paging.webhook and not environment.supportbot_paging_secret:
        wrong.append(
            f"{file}: paging.webhook: SUPPORTBOT_PAGING_SECRET is not set, with which each call is signed: "
            "set it to a long secret that the receiver knows too"
        )
    if wrong:
        raise BadSettings(wrong)
    return Settings(
        environment=environment,
        vendor=read.vendor,
        staff=read.staff,
        commands=read.commands.names,
        worker=read.worker,
        paging=read.paging,
        policy=policy,
        releases=by_date(releases),
    )


def _lines(error: ValidationError, file: str, *, upper: bool = False) -> list[str]:
    lines = []
    for problem in error.errors():
        path = ".".join(str(part) for part in problem["loc"])
        cause = problem.get("ctx", {}).get("error")
        said = str(cause) if isinstance(cause, ValueError) else problem["msg"]
        if problem["type"] == "extra_forbidden":
            said = "no such key"
        lines.append(f"{file}: {path.upper() if upper else path}: {said[0].lower()}{said[1:]}")
    return lines
