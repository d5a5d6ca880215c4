"""URL scheme → implementation: the only place that chooses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import dj_database_url
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter

from guazai.control.kernel.windows import MemoryWindows

if TYPE_CHECKING:
    from django.core.mail.backends.smtp import EmailBackend

    from guazai.control.config import Smtp
    from guazai.control.entry.nats import Feed, Publisher
    from guazai.control.kernel.limits import Windows


def database(url: str) -> dict[str, Any]:
    """Django's settings for the database at `url`.

    SQLite runs in WAL with IMMEDIATE transactions: a writer waits at BEGIN instead of failing
    at its first write. PostgreSQL has a small pool, as persistent connections exhausted it.
    """
    if urlsplit(url).scheme == "sqlite":
        # Not through dj_database_url: it cannot tell a relative path from an absolute one.
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": url.removeprefix("sqlite://").removeprefix("/")
            if url == "sqlite:///:memory:"
            else url.removeprefix("sqlite://"),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-32000;"
                ),
            },
        }
    return {
        **dict(dj_database_url.parse(url)),
        "CONN_MAX_AGE": 0,
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 8, "timeout": 10}},
    }


def limits(url: str) -> Windows:
    """Where rate limits are counted: Redis at `url` (`GUAZAI_REDIS`), or this process's memory.

    Redis has a fifth of a second to answer, as a call waits for it; it is connected to when it is
    first asked. Its failures are `limits.errors.StorageError`.
    """
    if not url:
        return MemoryWindows()
    storage = RedisStorage(
        url,
        key_prefix="guazai",
        wrap_exceptions=True,
        socket_timeout=0.2,
        socket_connect_timeout=0.2,
    )
    return MovingWindowRateLimiter(storage)


def publisher(brokers: Sequence[str], feed: Feed) -> Publisher | None:
    """Whoever brings the feed to nodes' brokers (`GUAZAI_FEED`); None where there are none."""
    # Models cannot be imported with the settings, which come here for the database.
    from guazai.control.entry.nats import Publisher  # noqa: PLC0415
    from guazai.feed.broker import Broker  # noqa: PLC0415

    return Publisher(Broker.of(brokers), feed) if brokers else None


def mail(smtp: Smtp, timeout_seconds: float) -> EmailBackend:
    """A connection to the mail server (`GUAZAI_SMTP`), which is not open yet."""
    # It reads the settings, which come here for the database.
    from django.core.mail.backends.smtp import EmailBackend  # noqa: PLC0415

    return EmailBackend(
        host=smtp.host,
        port=smtp.port,
        username=smtp.user,
        password=smtp.password,
        use_tls=smtp.has_starttls,
        use_ssl=smtp.has_tls,
        timeout=timeout_seconds,
    )
