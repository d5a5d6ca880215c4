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
from pathlib import Path
from urllib.parse import urlsplit

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
#: What `guazai start` remembers beside the secret, so that later commands find the same platform.
REMEMBERED = "settings.json"


class ConfigError(Exception):
    """The configuration cannot be used; the message says which setting and what to do."""


class OnIsolation(StrEnum):
    """What a resolver does while it is not in rotation."""

    SERVE = "serve"
    HIDE = "hide"


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

    `node` is what a resolver beside the control plane is told.
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
        hosts = env.get("GUAZAI_ALLOWED_HOSTS")
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
            allowed_hosts=tuple(h.strip() for h in hosts.split(",") if h.strip())
            if hosts
            else (urlsplit(public_url).hostname or "127.0.0.1", "127.0.0.1", "localhost"),
            is_demo=is_demo,
            log_level=_log_level(env),
            node=Node.from_env(env),
            feeds=Path(env.get("GUAZAI_FEEDS") or state / "feeds").absolute(),
            feed_secret=feed_secret(env),
            feed_due=_clock(env.get("GUAZAI_FEED_DUE", "09:00"), "GUAZAI_FEED_DUE"),
            evaluation_engine=_engine(env.get("GUAZAI_ENGINE", LOCAL_ENGINE)),
            failpoint=env.get("GUAZAI_FAILPOINT", ""),
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
