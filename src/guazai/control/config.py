"""The only reader of the environment: one frozen `Config`, checked when it is made."""

from __future__ import annotations

import hmac
import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import unquote, urlsplit

from guazai.feed.seal import EdgeKey

DEFAULT_STATE = ".guazai"
DEFAULT_PORT_BASE = 8640
DEFAULT_BIND = "127.0.0.1"
#: Where the nightly evaluation runs unless it is told of a cluster.
LOCAL_ENGINE = "local"
#: The feed comes from the relay itself, over HTTP, where no broker is named.
DIRECT = "direct"
MAX_NODE_NAME = 128
MIN_SECRET = 32
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
#: Names that listen on every address, and that nobody can call.
EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not listened on
#: Where clients of the ecosystem call, unless they are told otherwise: the TLS front answers to it.
ECOSYSTEM_HOSTS = ("open.douyin.com", "developer.toutiao.com", "open-sandbox.douyin.com")
#: The gaps between tries to deliver an event or a mail, in seconds: up to a day.
DEFAULT_GAPS = "10,30,120,600,1800,3600,10800,21600,43200,86400"
#: What `guazai start` remembers beside the secret, so that later commands find the same platform.
REMEMBERED = "settings.json"


class ConfigError(Exception):
    """The configuration cannot be used; the message says which setting and what to do."""


class OnIsolation(StrEnum):
    """What a resolver does while it is not in rotation."""

    SERVE = "serve"
    HIDE = "hide"


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server: TLS from the start, `starttls`, or neither, for one on the same machine."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    has_tls: bool
    has_starttls: bool


@dataclass(frozen=True, slots=True)
class Node:
    """What a resolver node is told from outside: neither a database nor the secret.

    `name` is the node's among all nodes. `brokers` are the servers that bring the feed; without one
    it comes from the relay. `resolvers` are all nodes' addresses, for denies by break-glass.
    """

    state: Path
    bind: str
    port: int
    workers: int
    edge_key: EdgeKey = field(repr=False)
    relay_url: str
    brokers: tuple[str, ...] = field(repr=False)
    name: str
    resolvers: tuple[str, ...]
    on_isolation: OnIsolation
    max_feed_age_seconds: int
    log_level: str

    @property
    def folder(self) -> Path:
        """The folder of this node's LMDB."""
        return self.state / "edge"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Node:
        """Read `GUAZAI_*`; raises `ConfigError` naming the setting and the mend."""
        env = os.environ if environ is None else environ
        state = _state(env)
        port_base = _port_base(env, state)
        relay_url = env.get("GUAZAI_RELAY_URL") or f"http://127.0.0.1:{port_base + 2}"
        return cls(
            state=state,
            bind=env.get("GUAZAI_BIND", DEFAULT_BIND),
            port=port_base + 1,
            workers=_int(env.get("GUAZAI_RESOLVER_WORKERS", 1), "GUAZAI_RESOLVER_WORKERS", 1, 64),
            edge_key=_edge_key(env, state),
            relay_url=_http(relay_url, "GUAZAI_RELAY_URL"),
            brokers=_brokers(env.get("GUAZAI_FEED", DIRECT)),
            name=_node_name(env.get("GUAZAI_NODE") or socket.gethostname()),
            resolvers=_resolvers(env.get("GUAZAI_NODES") or f"http://127.0.0.1:{port_base + 1}"),
            on_isolation=_on_isolation(env.get("GUAZAI_ON_ISOLATION", OnIsolation.SERVE)),
            max_feed_age_seconds=_int(
                env.get("GUAZAI_MAX_FEED_AGE", 60), "GUAZAI_MAX_FEED_AGE", 1, 86400
            ),
            log_level=_log_level(env),
        )


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that can be set from outside. Environment wins over what `start` remembered.

    `node` is what a resolver beside the control plane is told. `has_tls` says that the control
    plane is also served over TLS, on `tls_port`, by the names in `tls_names`.
    """

    state: Path
    database_url: str
    secret_key: str
    bind: str
    port_base: int
    public_url: str
    resolver_url: str
    allowed_hosts: tuple[str, ...]
    is_demo: bool
    log_level: str
    node: Node
    feeds: Path
    feed_secret: bytes | None
    feed_due: time
    evaluation_engine: str
    failpoint: str
    redis_url: str = field(repr=False)
    web_workers: int
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    has_tls: bool
    tls_port: int
    webhook_networks: tuple[IPv4Network | IPv6Network, ...]
    gaps: tuple[float, ...]
    smtp: Smtp | None
    mail_from: str

    @property
    def port(self) -> int:
        """The control plane's port."""
        return self.port_base

    @property
    def resolver_port(self) -> int:
        """The resolver's port: the one after the control plane's."""
        return self.node.port

    @property
    def relay_port(self) -> int:
        """The port on which the relay serves nodes: the one after the resolver's."""
        return self.port_base + 2

    @property
    def local_host(self) -> str:
        """The address by which this machine reaches what listens on `bind`."""
        return DEFAULT_BIND if self.bind in EVERYWHERE else self.bind

    @property
    def tls_names(self) -> tuple[str, ...]:
        """The host names and addresses that the certificate of the TLS front is for."""
        public = urlsplit(self.public_url).hostname or DEFAULT_BIND
        return tuple(dict.fromkeys((*ECOSYSTEM_HOSTS, public, *sorted(LOOPBACK), self.local_host)))

    @property
    def masks(self) -> Path:
        """The folder of the nightly evaluation's verdict masks."""
        return self.state / "masks"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Config:
        """Read `GUAZAI_*`; raises `ConfigError` naming the setting and the mend."""
        env = os.environ if environ is None else environ
        state = _state(env)
        kept = remembered(state)
        port_base = _port_base(env, state)
        bind = env.get("GUAZAI_BIND", DEFAULT_BIND)
        public_url = env.get("GUAZAI_PUBLIC_URL", f"http://127.0.0.1:{port_base}").rstrip("/")
        is_demo = _bool(env.get("GUAZAI_DEMO", kept.get("demo", False)), "GUAZAI_DEMO")
        if is_demo and bind not in LOOPBACK:
            raise ConfigError(
                f"demo mode refuses to listen on {bind}: its passwords are public."
                " Use 127.0.0.1, or start with --no-demo."
            )
        redis_url = _redis(env.get("GUAZAI_REDIS", ""))
        has_tls = _bool(env.get("GUAZAI_TLS", kept.get("tls", False)), "GUAZAI_TLS")
        tls_port = env.get("GUAZAI_TLS_PORT") or kept.get("tls_port") or port_base + 3
        return cls(
            state=state,
            database_url=_database(
                env.get("GUAZAI_DATABASE")
                or str(kept.get("database") or "")
                or f"sqlite:///{state / 'guazai.sqlite3'}"
            ),
            secret_key=_secret(env, state),
            bind=bind,
            port_base=port_base,
            public_url=public_url,
            resolver_url=env.get("GUAZAI_RESOLVER_URL", f"http://127.0.0.1:{port_base + 1}").rstrip(
                "/"
            ),
            allowed_hosts=_hosts(
                env.get("GUAZAI_ALLOWED_HOSTS", ""),
                (urlsplit(public_url).hostname or DEFAULT_BIND, DEFAULT_BIND, "localhost"),
                (
                    *(() if bind in EVERYWHERE else (bind,)),
                    *((*ECOSYSTEM_HOSTS, "[::1]") if has_tls else ()),
                ),
            ),
            is_demo=is_demo,
            log_level=_log_level(env),
            node=Node.from_env(env),
            feeds=Path(env.get("GUAZAI_FEEDS") or state / "feeds").absolute(),
            feed_secret=feed_secret(env),
            feed_due=_clock(env.get("GUAZAI_FEED_DUE", "09:00"), "GUAZAI_FEED_DUE"),
            evaluation_engine=_engine(env.get("GUAZAI_ENGINE", LOCAL_ENGINE)),
            failpoint=env.get("GUAZAI_FAILPOINT", ""),
            redis_url=redis_url,
            web_workers=_web_workers(env.get("GUAZAI_WEB_WORKERS", 1), redis_url),
            trusted_proxies=_networks(
                env.get("GUAZAI_TRUSTED_PROXIES", ""), "GUAZAI_TRUSTED_PROXIES"
            ),
            has_tls=has_tls,
            tls_port=_int(tls_port, "GUAZAI_TLS_PORT", 1, 65535),
            webhook_networks=_networks(
                env.get("GUAZAI_WEBHOOK_NETWORKS", "127.0.0.1/32,::1/128" if is_demo else ""),
                "GUAZAI_WEBHOOK_NETWORKS",
            ),
            gaps=_gaps(env.get("GUAZAI_WEBHOOK_GAPS") or DEFAULT_GAPS),
            smtp=_smtp(env.get("GUAZAI_SMTP", "")),
            mail_from=_mail_from(env),
        )


def feed_secret(environ: Mapping[str, str] | None = None) -> bytes | None:
    """The secret that feeds are signed with, if any; readable also where no platform is."""
    secret = (os.environ if environ is None else environ).get("GUAZAI_FEED_SECRET", "")
    if secret and len(secret) < MIN_SECRET:
        raise ConfigError(
            f"GUAZAI_FEED_SECRET has fewer than {MIN_SECRET} characters; use a longer secret."
        )
    return secret.encode() or None


def export(**values: object) -> None:
    """Set `GUAZAI_<NAME>` for this process and those it starts: how command options become config.

    None leaves a setting as it is.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guazai.control.settings")
    for name, value in values.items():
        if value is not None:
            text = str(int(value)) if isinstance(value, bool) else str(value)
            os.environ[f"GUAZAI_{name.upper()}"] = text


def remember(state: Path, **values: object) -> None:
    """Keep settings in the state folder, for commands that are run there later."""
    path = state / REMEMBERED
    path.write_text(json.dumps(remembered(state) | values, indent=2) + "\n")


def remembered(state: Path) -> dict[str, object]:
    """What `guazai start` kept in the state folder; empty where it has not run."""
    path = state / REMEMBERED
    if not path.exists():
        return {}
    try:
        return dict(json.loads(path.read_text()))
    except ValueError as error:
        raise ConfigError(f"{path} is not JSON ({error}); delete it and start again.") from error


def _state(env: Mapping[str, str]) -> Path:
    return Path(env.get("GUAZAI_STATE", DEFAULT_STATE)).absolute()


def _port_base(env: Mapping[str, str], state: Path) -> int:
    given = env.get("GUAZAI_PORT_BASE") or remembered(state).get("port_base") or DEFAULT_PORT_BASE
    return _int(given, "GUAZAI_PORT_BASE", 1024, 65000)


def _log_level(env: Mapping[str, str]) -> str:
    return env.get("GUAZAI_LOG_LEVEL", "INFO").upper()


def _kept_secret(env: Mapping[str, str], state: Path) -> str:
    path = state / "secret"
    return env.get("GUAZAI_SECRET_KEY") or (path.read_text().strip() if path.exists() else "")


def _secret(env: Mapping[str, str], state: Path) -> str:
    secret = _kept_secret(env, state)
    if len(secret) < MIN_SECRET:
        raise ConfigError(
            f"no secret of at least {MIN_SECRET} characters: set GUAZAI_SECRET_KEY,"
            f" or run `guazai start`, which makes one in {state / 'secret'}."
        )
    return secret


def _edge_key(env: Mapping[str, str], state: Path) -> EdgeKey:
    given = env.get("GUAZAI_EDGE_KEY", "")
    if not given and (secret := _kept_secret(env, state)):
        given = hmac.digest(secret.encode(), b"guazai edge key", "sha256").hex()
    if len(given) < MIN_SECRET:
        raise ConfigError(
            f"GUAZAI_EDGE_KEY has fewer than {MIN_SECRET} characters; use the control plane's."
        )
    return EdgeKey(given)


def _http(url: str, name: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError(f"{name} is {url!r}; use http://host:port or https://host:port.")
    return url.rstrip("/")


def _resolvers(value: str) -> tuple[str, ...]:
    found = (each.strip() for each in value.split(","))
    return tuple(_http(each, "GUAZAI_NODES") for each in found if each)


def _brokers(value: str) -> tuple[str, ...]:
    if value == DIRECT:
        return ()
    servers = tuple(each.strip() for each in value.split(",") if each.strip())
    if not servers or not all(map(_is_broker, servers)):
        # What is there is not repeated: it may have a password in it.
        raise ConfigError(
            f"GUAZAI_FEED is neither {DIRECT} nor brokers; use nats://host:port,nats://…"
        )
    return servers


def _is_broker(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"nats", "tls"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _node_name(value: str) -> str:
    if not 0 < len(value) <= MAX_NODE_NAME or not value.isprintable():
        raise ConfigError(f"GUAZAI_NODE is {value!r}; use 1 to {MAX_NODE_NAME} characters.")
    return value


def _on_isolation(value: str) -> OnIsolation:
    try:
        return OnIsolation(value)
    except ValueError:
        raise ConfigError(f"GUAZAI_ON_ISOLATION is {value!r}; use serve or hide.") from None


def _database(url: str) -> str:
    scheme = urlsplit(url).scheme
    if scheme not in {"sqlite", "postgres", "postgresql"}:
        raise ConfigError(
            f"GUAZAI_DATABASE has the scheme {scheme!r}; use sqlite:///path or postgres://…"
        )
    return url


def _redis(url: str) -> str:
    # What is there is not repeated: it may have a password in it.
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in {"redis", "rediss"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    if url and not is_usable:
        raise ConfigError(
            "GUAZAI_REDIS is no address of Redis; use redis://host:port/0 or rediss://…"
        )
    return url


def _web_workers(value: object, redis_url: str) -> int:
    workers = _int(value, "GUAZAI_WEB_WORKERS", 1, 64)
    if workers > 1 and not redis_url:
        raise ConfigError(
            f"GUAZAI_WEB_WORKERS is {workers}, and without Redis each process would count the"
            " limits of calls by itself: set GUAZAI_REDIS=redis://host:port/0, or use 1."
        )
    return workers


def _networks(value: str, name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    found = []
    for each in filter(None, (part.strip() for part in value.split(","))):
        try:
            found.append(ip_network(each))
        except ValueError:
            raise ConfigError(
                f"{name} has {each!r}; use addresses or networks such as 10.0.0.0/8,"
                " with commas between."
            ) from None
    return tuple(found)


def _gaps(value: str) -> tuple[float, ...]:
    try:
        found = tuple(float(each) for each in value.split(","))
    except ValueError:
        found = ()
    if not found or not all(0 < each <= 86400 for each in found):
        raise ConfigError(
            f"GUAZAI_WEBHOOK_GAPS is {value!r}; use seconds up to a day, such as 10,60,3600."
        )
    return found


def _smtp(url: str) -> Smtp | None:
    if not url:
        return None
    # What is there is not repeated: it may have a password in it.
    try:
        parts = urlsplit(url)
        has_tls, has_starttls = parts.scheme == "smtps", parts.query == "tls=starttls"
        port = parts.port or (465 if has_tls else 587 if has_starttls else 25)
        is_usable = parts.scheme in {"smtp", "smtps"} and (not parts.query or has_starttls)
    except ValueError:
        is_usable = False
    if not is_usable or not parts.hostname or (has_tls and has_starttls):
        raise ConfigError(
            "GUAZAI_SMTP is no mail server; use smtps://user:password@host,"
            " or smtp://user:password@host:587?tls=starttls"
        )
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Smtp(parts.hostname, port, user, password, has_tls, has_starttls)


def _mail_from(env: Mapping[str, str]) -> str:
    sender = env.get("GUAZAI_MAIL_FROM", "")
    if env.get("GUAZAI_SMTP") and ("@" not in sender or not sender.isprintable()):
        raise ConfigError(
            f"GUAZAI_MAIL_FROM is {sender!r}; set who mail is from: Guazai <guazai@example.com>."
        )
    return sender


def _hosts(given: str, default: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    named = tuple(each.strip() for each in given.split(",") if each.strip())
    return tuple(dict.fromkeys((*(named or default), *more)))


def _bool(value: object, name: str) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).lower()
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"", "0", "false", "no", "off"}:
        return False
    raise ConfigError(f"{name} is {value!r}; use 1 or 0.")


def _clock(value: str, name: str) -> time:
    try:
        return datetime.strptime(value, "%H:%M").time()  # noqa: DTZ007 - a time of day in Shanghai
    except ValueError:
        raise ConfigError(f"{name} is {value!r}; use a time of day such as 09:00.") from None


def _engine(value: str) -> str:
    if value == LOCAL_ENGINE or value.startswith(("spark://", "local-cluster[", "local[")):
        return value
    raise ConfigError(
        f"GUAZAI_ENGINE is {value!r}; use {LOCAL_ENGINE}, or a Spark master such as spark://host:7077."
    )


def _int(value: object, name: str, low: int, high: int) -> int:
    try:
        number = int(str(value))
    except ValueError:
        raise ConfigError(f"{name} is {value!r}; use a whole number.") from None
    if not low <= number <= high:
        raise ConfigError(f"{name} is {number}; use {low} to {high}.")
    return number
