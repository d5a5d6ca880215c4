"""The only reader of the environment: one frozen `Config`, checked when it is made."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from urllib.parse import urlsplit

DEFAULT_STATE = ".guazai"
DEFAULT_PORT_BASE = 8640
#: Where the nightly evaluation runs unless it is told of a cluster.
LOCAL_ENGINE = "local"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
#: What `guazai start` remembers beside the secret, so that later commands find the same platform.
REMEMBERED = "settings.json"


class ConfigError(Exception):
    """The configuration cannot be used; the message says which setting and what to do."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that can be set from outside. Environment wins over what `start` remembered."""

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
    max_feed_age_seconds: int
    resolver_workers: int
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
        return self.port_base + 1

    @property
    def edge_store(self) -> Path:
        """The folder of this node's LMDB."""
        return self.state / "edge"

    @property
    def masks(self) -> Path:
        """The folder of the nightly evaluation's verdict masks."""
        return self.state / "masks"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Config:
        """Read `GUAZAI_*`; raises `ConfigError` naming the setting and the mend."""
        env = os.environ if environ is None else environ
        state = Path(env.get("GUAZAI_STATE", DEFAULT_STATE)).absolute()
        kept = remembered(state)
        port_base = _int(
            env.get("GUAZAI_PORT_BASE") or kept.get("port_base") or DEFAULT_PORT_BASE,
            "GUAZAI_PORT_BASE",
            1024,
            65000,
        )
        bind = env.get("GUAZAI_BIND", "127.0.0.1")
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
            log_level=env.get("GUAZAI_LOG_LEVEL", "INFO").upper(),
            max_feed_age_seconds=_int(
                env.get("GUAZAI_MAX_FEED_AGE", 60), "GUAZAI_MAX_FEED_AGE", 1, 86400
            ),
            resolver_workers=_int(
                env.get("GUAZAI_RESOLVER_WORKERS", 1), "GUAZAI_RESOLVER_WORKERS", 1, 64
            ),
            feeds=Path(env.get("GUAZAI_FEEDS") or state / "feeds").absolute(),
            feed_secret=feed_secret(env),
            feed_due=_clock(env.get("GUAZAI_FEED_DUE", "09:00"), "GUAZAI_FEED_DUE"),
            evaluation_engine=_engine(env.get("GUAZAI_ENGINE", LOCAL_ENGINE)),
            failpoint=env.get("GUAZAI_FAILPOINT", ""),
        )


def feed_secret(environ: Mapping[str, str] | None = None) -> bytes | None:
    """The secret that feeds are signed with, if any; readable also where no platform is."""
    secret = (os.environ if environ is None else environ).get("GUAZAI_FEED_SECRET", "")
    if secret and len(secret) < 32:
        raise ConfigError("GUAZAI_FEED_SECRET has fewer than 32 characters; use a longer secret.")
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


def _secret(env: Mapping[str, str], state: Path) -> str:
    secret = env.get("GUAZAI_SECRET_KEY", "")
    path = state / "secret"
    if not secret and path.exists():
        secret = path.read_text().strip()
    if len(secret) < 32:
        raise ConfigError(
            "no secret of at least 32 characters: set GUAZAI_SECRET_KEY,"
            f" or run `guazai start`, which makes one in {path}."
        )
    return secret


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
