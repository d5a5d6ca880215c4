"""One request to a webhook: where it may go, how long it may take, and what is kept of the answer.

A name is resolved at every attempt, each of its addresses is checked, and one of those that were
checked is connected to (S3): a name that leads elsewhere a moment later changes nothing. TLS still
checks the certificate against the name. Redirects are not followed, and no proxy is asked.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx

from guazai.control.webhooks import addresses
from guazai.control.webhooks.addresses import Address, Networks, UrlError
from guazai.control.webhooks.states import Failure

#: How long an attempt may take in all: resolving, connecting, sending, and the whole answer.
DEADLINE_SECONDS = 5.0
#: How much of an answer is read, and how much of it is kept.
READ_BYTES = 64 * 1024
KEPT_BYTES = 4 * 1024
#: How many of a host's addresses are tried.
TRIED_ADDRESSES = 3
RESOLVERS = 64

Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]


class NotResolvedError(Exception):
    """The host's name has no address."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request: an answer, or why there is none. `text` is how it begins."""

    ms: int
    http_status: int | None = None
    failure: Failure | None = None
    text: str = ""


class System:
    """The system's resolver, in threads of its own: one that hangs keeps nobody else waiting."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(RESOLVERS, thread_name_prefix="resolve")

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        """The addresses of a host. Raises `NotResolvedError`."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._threads, _look_up, host, port)
        except (OSError, UnicodeError) as error:
            raise NotResolvedError(host) from error
        return [addresses.plain(text) for text in found]

    def close(self) -> None:
        """End the threads; those that hang end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


class GuardedTransport(httpx.AsyncBaseTransport):
    """Connects to addresses that were checked, and to no others."""

    def __init__(
        self, networks: Networks, resolve: Resolve, trusted: ssl.SSLContext | None = None
    ) -> None:
        self._networks = networks
        self._resolve = resolve
        # No connection is kept: those to one address may be for different names.
        self._inner = httpx.AsyncHTTPTransport(
            verify=trusted or httpx.create_ssl_context(),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            trust_env=False,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to its host. Raises `UrlError`, `NotResolvedError`, httpx's errors."""
        host = request.url.raw_host.decode("ascii")
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        found = await self._resolve(host, port)
        if not found:
            raise NotResolvedError(host)
        self.check(found, request.url.scheme)
        tried = found[:TRIED_ADDRESSES]
        for address in tried[:-1]:
            try:
                return await self._send(request, host, address)
            except httpx.ConnectError:
                continue
        return await self._send(request, host, tried[-1])

    def check(self, found: Sequence[Address], scheme: str) -> None:
        """Refuse a host unless each of its addresses is allowed. Raises `UrlError`."""
        addresses.require(found, scheme, self._networks)

    async def _send(self, request: httpx.Request, host: str, address: Address) -> httpx.Response:
        pinned = httpx.Request(
            request.method,
            request.url.copy_with(host=str(address)),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": host},
        )
        return await self._inner.handle_async_request(pinned)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._inner.aclose()


def client(transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
    """A client over `transport`, for `post`."""
    return httpx.AsyncClient(
        transport=transport,
        timeout=DEADLINE_SECONDS,
        follow_redirects=False,
        trust_env=False,
    )


async def post(
    over: httpx.AsyncClient, url: str, body: bytes, headers: Mapping[str, str]
) -> Answer:
    """Post `body`; whatever goes wrong is an answer with its failure."""
    began = time.monotonic()
    http_status, failure, text = None, None, ""
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            http_status, text = await _ask(over, url, body, headers)
    except TimeoutError:
        failure = Failure.TIMED_OUT
    except (UrlError, NotResolvedError, httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        failure = _failure(error)
    else:
        failure = _of_status(http_status)
    ms = int((time.monotonic() - began) * 1000)
    return Answer(ms, http_status, failure, text)


async def _ask(
    over: httpx.AsyncClient, url: str, body: bytes, headers: Mapping[str, str]
) -> tuple[int, str]:
    kept, read = b"", 0
    async with over.stream("POST", url, content=body, headers=dict(headers)) as response:
        async for chunk in response.aiter_raw():
            kept += chunk[: KEPT_BYTES - len(kept)]
            read += len(chunk)
            if read >= READ_BYTES:
                break
        return response.status_code, kept.decode(errors="replace").replace("\0", "\ufffd")


def _failure(error: Exception) -> Failure:
    if isinstance(error, UrlError):
        is_address = error.code in {"url_address", "url_scheme"}
        return Failure.ADDRESS_FORBIDDEN if is_address else Failure.URL_INVALID
    kinds: tuple[tuple[type[Exception], Failure], ...] = (
        (NotResolvedError, Failure.NOT_RESOLVED),
        (httpx.TimeoutException, Failure.TIMED_OUT),
        (httpx.InvalidURL, Failure.URL_INVALID),
        (httpx.UnsupportedProtocol, Failure.URL_INVALID),
    )
    for kind, failure in kinds:
        if isinstance(error, kind):
            return failure
    if isinstance(error, httpx.ConnectError):
        return Failure.TLS_FAILED if _is_tls(error) else Failure.NOT_CONNECTED
    return Failure.ANSWER_BROKEN


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _of_status(http_status: int) -> Failure | None:
    if 200 <= http_status < 300:
        return None
    return Failure.REDIRECTED if 300 <= http_status < 400 else Failure.REFUSED
