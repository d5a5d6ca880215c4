"""The broker that carries the feed to many nodes: NATS with JetStream, as both planes meet it.

The stream holds the relay's frames in order, one a message. Heartbeats and checkpoints have
subjects of their own, on which only the last is kept. What the stream has stored it also tells, on
TOLD, to whoever listens; what a listener missed it asks for by position, of any replica.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from nats.aio.client import Client
from nats.errors import Error, SecureConnWantedError, UnexpectedEOF

STREAM = "GUAZAI_FEED"
SUBJECTS = "guazai.feed.>"
RECORDS_SUBJECT = "guazai.feed.records"
BEAT_SUBJECT = "guazai.feed.beat"
CHECKPOINT_SUBJECT = "guazai.feed.checkpoint"
TOLD = "guazai.told"
TOLD_SUBJECTS = f"{TOLD}.>"
#: Where any replica answers what is stored at a position, or next after it.
GET_SUBJECT = f"$JS.API.DIRECT.GET.{STREAM}"
#: The header that says a message's position in the stream.
POSITION_HEADER = "Nats-Sequence"
DEFAULT_PORT = 4222
CONNECT_SECONDS = 2
#: A server that is gone without a word is noticed after three of these.
PING_SECONDS = 2


class BrokerError(Exception):
    """No server can be used; the message says why, and never a password."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Servers of one cluster, and how to log in to them."""

    servers: tuple[str, ...]
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, urls: Sequence[str]) -> Broker:
        """Read `nats://[user:password@|token@]host[:port]`, or `tls://…`; at least one.

        The login of the first serves for all.
        """
        parts = [urlsplit(each) for each in urls]
        servers = tuple(
            f"{each.scheme}://{_bracketed(each.hostname or '')}:{each.port or DEFAULT_PORT}"
            for each in parts
        )
        first = parts[0]
        if first.username is None:
            return cls(servers)
        if first.password is None:
            return cls(servers, token=unquote(first.username))
        return cls(servers, unquote(first.username), unquote(first.password))

    @asynccontextmanager
    async def connected(self, name: str) -> AsyncIterator[Client]:
        """A connection to any server, for as long as the block runs or the server does.

        A connection that is lost is not made again: every request then raises nats' Error. Raises
        BrokerError where no server lets anybody in.
        """
        client = await self._connect(name)
        try:
            yield client
        finally:
            with suppress(Error, OSError):
                await client.close()

    async def _connect(self, name: str) -> Client:
        refused = []
        for server in random.sample(self.servers, len(self.servers)):
            client, failures = _Client(), deque[Exception](maxlen=1)

            async def note(failure: Exception, failures: deque[Exception] = failures) -> None:
                failures.append(failure)

            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    await client.connect(
                        servers=[server],
                        name=name,
                        allow_reconnect=False,
                        # It would try the one server again and again, without end by default.
                        max_reconnect_attempts=1,
                        reconnect_time_wait=0,
                        ping_interval=PING_SECONDS,
                        error_cb=note,
                        **self._login(),
                    )
                if not client.is_connected:
                    raise UnexpectedEOF
            except (Error, OSError, TimeoutError) as error:
                why = failures[0] if failures else error
                refused.append(f"{server}: {str(why) or type(why).__name__}")
                with suppress(Error, OSError):
                    await client.close()
            else:
                return client
        raise BrokerError("; ".join(refused))

    def _login(self) -> dict[str, Any]:
        found = {"user": self.user, "password": self.password, "token": self.token}
        return {name: value for name, value in found.items() if value is not None}


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


class _Client(Client):
    """A client that tells a server that ought to have TLS nothing without it."""

    def _connect_command(self) -> bytes:
        server = self._current_server
        is_wanted = server is not None and server.uri.scheme == "tls"
        if is_wanted and not self._server_info.get("tls_required"):
            raise SecureConnWantedError
        return super()._connect_command()
