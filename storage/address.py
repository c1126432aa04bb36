"""A Redis URL, taken apart.

redis://[[user]:pass@]host[:6379][/db]                           rediss:// for TLS
unix:///path/to.sock[?db=N]
redis+sentinel://[[user]:pass@]h1[:26379][,h2...]/service[/db]   rediss+sentinel:// for TLS
redis+cluster://[[user]:pass@]h1[:6379][,h2...]                  rediss+cluster:// for TLS
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from storage.errors import BadRedisUrl

__all__ = ["TLS_OPTIONS", "Address", "parse_url"]

_SCHEMES: Final[Mapping[str, tuple[Literal["single", "unix", "sentinel", "cluster"], bool, int]]] = {
    "redis": ("single", False, 6379),
    "rediss": ("single", True, 6379),
    "unix": ("unix", False, 0),
    "redis+sentinel": ("sentinel", False, 26379),
    "rediss+sentinel": ("sentinel", True, 26379),
    "redis+cluster": ("cluster", False, 6379),
    "rediss+cluster": ("cluster", True, 6379),
}
TLS_OPTIONS: Final = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs")
_OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "single": ("db",),
    "unix": ("db", "username", "password"),
    "sentinel": ("db", "sentinel_username", "sentinel_password"),
    "cluster": (),
}


@dataclass(frozen=True, slots=True)
class Address:
    """A Redis URL, taken apart and found to be sound."""

    kind: Literal["single", "unix", "sentinel", "cluster"]
    tls: bool
    hosts: tuple[tuple[str, int], ...]
    """Servers, Sentinels or cluster nodes; empty for a Unix socket."""
    path: str
    """The Unix socket; empty otherwise."""
    service: str
    """The name under which Sentinel knows the primary; empty otherwise."""
    db: int
    username: str | None
    password: str | None = field(repr=False)
    options: Mapping[str, str] = field(repr=False)
    """What the query says beside the above: TLS files, the Sentinels' own credentials."""

    def __str__(self) -> str:
        """For people: no password."""
        where = self.path or ",".join(f"{host}:{port}" for host, port in self.hosts)
        return f"{self.kind} {where}{f' ({self.service})' if self.service else ''}"


def parse_url(url: str) -> Address:
    """Take a Redis URL apart. Raises BadRedisUrl, which says in one line what was expected."""
    scheme, separator, _ = url.partition("://")
    if not separator or scheme.lower() not in _SCHEMES:
        raise BadRedisUrl(
            f"A Redis URL starts with {', '.join(f'{name}://' for name in _SCHEMES)}, "
            f"not {f'{scheme}://' if separator else 'like this one'}."
        )
    kind, tls, default_port = _SCHEMES[scheme.lower()]
    parts = urlsplit(url)
    credentials, _, hosts = parts.netloc.rpartition("@")
    options = _options(kind, parts.query, tls=tls)
    username, password = _credentials(credentials)
    path = unquote(parts.path)
    service, db = "", options.pop("db", "0")
    if kind == "unix":
        if hosts or len(path) < 2:
            raise BadRedisUrl("A unix:// URL names a socket by its full path: unix:///run/redis.sock[?db=N].")
        username = options.pop("username", username or "") or None
        password = options.pop("password", password or "") or None
    elif kind == "single":
        db = path.strip("/") or db
    elif kind == "sentinel":
        service, _, given = path.strip("/").partition("/")
        db = given or db
        if not service:
            raise BadRedisUrl(
                f"A {scheme}:// URL names the service: {scheme}://[user:pass@]h1:26379,h2/service[/db]."
            )
    elif path.strip("/"):
        raise BadRedisUrl(f"A {scheme}:// URL has no path: a cluster has database 0 only.")
    if not db.isdecimal():
        raise BadRedisUrl(f"The database of a Redis URL is a number, not {db!r}.")
    return Address(
        kind=kind,
        tls=tls,
        hosts=() if kind == "unix" else _hosts(hosts, scheme, default_port, many=kind != "single"),
        path=path if kind == "unix" else "",
        service=service,
        db=int(db),
        username=username,
        password=password,
        options=options,
    )


def _options(kind: str, query: str, *, tls: bool) -> dict[str, str]:
    allowed = (*_OPTIONS[kind], *(TLS_OPTIONS if tls else ()))
    options = dict(parse_qsl(query, keep_blank_values=True))
    for name in options:
        if name not in allowed:
            known = ", ".join(allowed) or "none"
            raise BadRedisUrl(f"A Redis URL of this kind knows no option {name!r}; it knows: {known}.")
    return options


def _credentials(text: str) -> tuple[str | None, str | None]:
    username, separator, password = text.partition(":")
    if text and not (separator and password):
        raise BadRedisUrl("Credentials in a Redis URL are `user:password@` or `:password@`.")
    return unquote(username) or None, unquote(password) or None


def _hosts(text: str, scheme: str, default_port: int, *, many: bool) -> tuple[tuple[str, int], ...]:
    found = []
    for part in text.split(","):
        # The standard library knows the brackets of IPv6 addresses.
        try:
            one = urlsplit(f"//{part}")
            host, port = one.hostname, one.port
        except ValueError:
            host, port = None, None
        if not host or port == 0 or part.endswith(":"):
            raise BadRedisUrl(
                f"A {scheme}:// URL needs a host, and a port from 1 to 65535: {scheme}://host:6379."
            )
        found.append((host, port or default_port))
    if len(found) > 1 and not many:
        raise BadRedisUrl(
            f"A {scheme}:// URL names one host; several make it redis+sentinel:// or redis+cluster://."
        )
    return tuple(found)
