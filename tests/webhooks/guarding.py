"""What S3 is tried with: URL forms that lead to this machine, and listeners that count."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from guazai.control.webhooks import addresses, sending
from guazai.control.webhooks.addresses import Address, Networks
from guazai.control.webhooks.sending import Answer, GuardedTransport, NotResolvedError

#: Hosts that lead to this machine on a machine without a guard.
LOCAL = (
    "127.0.0.1",
    "127.0.0.2",
    "127.255.255.254",
    "127.1",
    "127.0.1",
    "0",
    "0.0.0.0",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0x7f.1",
    "0177.0.0.1",
    "0177.1",
    "017700000001",
    "127.0.0.0x1",
    "localhost",
    "LOCALHOST",
    "local.test",
    "both.test",
    "mapped.test",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:7f00:0001]",
    "[::ffff:0.0.0.0]",
)
#: Hosts that lead into private and reserved networks, or to IPv4 through a translator.
ELSEWHERE = (
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "192.168.1.254",
    "100.64.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "168.63.129.16",
    "192.0.0.8",
    "192.0.2.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.99.1",
    "192.175.48.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "3232235777",
    "0xa9fea9fe",
    "0xa9.0xfe.0xa9.0xfe",
    "0251.0376.0251.0376",
    "metadata.test",
    "private.test",
    "[::ffff:10.0.0.1]",
    "[::ffff:a9fe:a9fe]",
    "[::10.0.0.1]",
    "[::ffff:0:10.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::10.0.0.1]",
    "[64:ff9b:1::a00:1]",
    "[2002:7f00:1::]",
    "[2002:a00:1::1]",
    "[2001::1]",
    "[2001:0:53aa:64c:0:fbff:80ff:fffe]",
    "[2001:2::1]",
    "[2001:10::1]",
    "[2001:20::1]",
    "[2001:db8::1]",
    "[3fff::1]",
    "[5f00::1]",
    "[100::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[4000::1]",
)
#: Whole URLs that a parser may understand in another way; `{port}` is a listener's.
TRICKS = (
    "http://127.0.0.1:{port}@hooks.example.com/",
    "http://hooks.example.com@127.0.0.1:{port}/",
    "http://hooks.example.com:80@127.0.0.1:{port}/",
    "http://user:password@127.0.0.1:{port}/",
    "http://hooks.example.com#@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@hooks.example.com/",
    "http://127.0.0.1:{port}\\@hooks.example.com/",
    "http://hooks.example.com\\@127.0.0.1:{port}/",
    "http:\\\\127.0.0.1:{port}/",
    "http:/127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "http:///127.0.0.1:{port}/",
    "http://127.0.0.1 :{port}/",
    " http://127.0.0.1:{port}/",
    "http://127.0.0.1:{port}/ ",
    "http://127.0.0.1\t:{port}/",
    "ht\ntp://127.0.0.1:{port}/",
    "http://127.0.0.1\r\n:{port}/",
    "http://127.0.0.1\0:{port}/",
    "http://%31%32%37.0.0.1:{port}/",
    "http://127%2e0%2e0%2e1:{port}/",
    "http://127。0。0。1:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/",
    "http://１２７.0.0.1:{port}/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{port}/",
    "http://loc\u00adalhost:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://localhost.:{port}/",
    "http://[::1%25lo]:{port}/",
    "http://[::1]]:{port}/",
    "http://[[::1]]:{port}/",
    "http://::1:{port}/",
    "http://127.0.0.1:{port}:80/",
    "http://127.0.0.1:0{port}/",
    "http://127.0.0.1,hooks.example.com:{port}/",
    "http://127.0.0.1;hooks.example.com:{port}/",
    "ftp://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/_x",
    "file:///etc/passwd",
    "javascript://127.0.0.1:{port}/",
    "unix://127.0.0.1:{port}/",
)
#: What the names here are said to be at.
NAMES = {
    "local.test": ["127.0.0.1"],
    "both.test": ["93.184.215.14", "127.0.0.1"],
    "mapped.test": ["::ffff:127.0.0.1"],
    "metadata.test": ["169.254.169.254"],
    "private.test": ["10.0.0.1", "fd00::1"],
    "localhost": ["127.0.0.1", "::1"],
}


class Names:
    """A resolver: of names here, and of numbers, which the system reads without asking anybody."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = [list(each) for each in answers]
        self.asked = 0

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        self.asked += 1
        if self._answers:
            found = self._answers[min(self.asked, len(self._answers)) - 1]
        elif host.lower().rstrip(".") in NAMES:
            found = NAMES[host.lower().rstrip(".")]
        else:
            try:
                flags = socket.AI_NUMERICHOST
                rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
            except OSError as error:
                raise NotResolvedError(host) from error
            found = [str(sockaddr[0]) for *_, sockaddr in rows]
        return [addresses.plain(each) for each in found]


@dataclass
class Listener:
    """A socket on every address of this machine, and how often somebody came."""

    port: int
    hits: int = 0


@contextmanager
def listener() -> Iterator[Listener]:
    """A listener that closes whatever comes."""
    listening = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    found = Listener(listening.getsockname()[1])

    def count() -> None:
        while True:
            try:
                came, _ = listening.accept()
            except OSError:
                return
            found.hits += 1
            came.close()

    thread = threading.Thread(target=count, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


def post(url: str, transport: GuardedTransport, *, follow: bool = False) -> Answer:
    """One attempt over `transport`."""

    async def run() -> Answer:
        async with sending.client(transport) as over:
            over.follow_redirects = follow
            return await sending.post(over, url, b"{}", {})

    return asyncio.run(run())


def guarded(networks: Networks = (), names: Names | None = None) -> GuardedTransport:
    return GuardedTransport(networks, names or Names())


class Unguarded(GuardedTransport):
    """A twin: whatever the host is at, it is connected to."""

    def check(self, *_: object) -> None:
        return


class Rebound(GuardedTransport):
    """A twin: what was checked is the name; it is resolved once more to connect to it."""

    async def _send(self, request: httpx.Request, host: str, _: Address) -> httpx.Response:
        again = await self._resolve(host, request.url.port or 80)
        return await super()._send(request, host, again[0])
