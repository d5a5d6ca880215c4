"""An open loop of requests: `python -m bench.open_loop PORT RATE SECONDS IDS SEED`.

Requests are due at random times of a given rate, whether or not the server keeps up, and each
counts from when it was due: time that a slow server makes others wait is not omitted.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import re
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from typing import cast

import uvloop

CONNECTIONS = 64
# A server that is so far behind has been shown to be past its limit.
GIVE_UP_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Latency:
    """Of one server at one rate, in milliseconds; `lag` is how late requests were sent."""

    p50: float
    p99: float
    lag: float


class _Client(asyncio.Protocol):
    """One connection: one request at a time; all answers are of one size."""

    def __init__(self, load: OpenLoop) -> None:
        self._load = load
        self._transport: asyncio.Transport
        self._due = 0.0
        self._got = b""
        self.size = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def ask(self, request: bytes, due: float) -> None:
        self._due = due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._got += data
        if not self.size:
            self.size = _size_of(self._got)
        if len(self._got) == self.size:
            self._got = b""
            self._load.answered(self, self._due)
        elif self.size and len(self._got) > self.size:
            self._load.fail(f"an answer of another size: {self._got!r}")

    def connection_lost(self, error: Exception | None) -> None:
        self._load.fail(f"a connection ended: {error}, {self._got!r}")


def _size_of(answer: bytes) -> int:
    """How long an answer will be; 0 while its head is not whole."""
    head, end, _ = answer.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: (\d+)", head, re.IGNORECASE)
    return len(head) + len(end) + int(length[1]) if end and length else 0


class OpenLoop:
    """Asks when it is time to, on whichever connection is free, and counts from that time."""

    def __init__(self, rate: int, seconds: float, ids: int, seed: int) -> None:
        rng = random.Random(seed)
        gaps = (rng.expovariate(rate) for _ in range(int(rate * seconds)))
        self._times = list(accumulate(gaps))
        self._requests = [
            b"GET /v1/entries/%b HTTP/1.1\r\nHost: x\r\n\r\n" % b"dy_%012d" % rng.randrange(ids)
            for _ in self._times
        ]
        self._next = 0
        self._free: deque[_Client] = deque()
        self._took: list[float] = []
        self._lags: list[float] = []
        self._warm = asyncio.Event()
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._clock = time.perf_counter
        self._began = 0.0

    async def run(self, port: int) -> Latency:
        loop = asyncio.get_running_loop()
        clients = []
        for _ in range(CONNECTIONS):
            _, client = await loop.create_connection(lambda: _Client(self), "127.0.0.1", port)
            clients.append(client)
        # Each learns the size of an answer first.
        self._began = self._clock()
        for client in clients:
            client.ask(self._requests[0], 0.0)
        warm = asyncio.ensure_future(self._warm.wait())
        await asyncio.wait((warm, self._done), return_when=asyncio.FIRST_COMPLETED)
        self._took.clear()
        gc.disable()
        self._began = self._clock() + 0.01
        loop.call_soon(self._spin, loop)
        await self._done
        gc.enable()
        took, lags = sorted(self._took), sorted(self._lags)
        return Latency(
            *(round(each * 1000, 3) for each in (_at(took, 50), _at(took, 99), _at(lags, 99)))
        )

    def _spin(self, loop: asyncio.AbstractEventLoop) -> None:
        now = self._clock() - self._began
        times, free = self._times, self._free
        if now - (times[self._next] if self._next < len(times) else now) > GIVE_UP_SECONDS:
            # What was never asked has waited so long already.
            self._took += [now - due for due in times[self._next :] if due < now]
            self._finish()
            return
        while free and self._next < len(times) and times[self._next] <= now:
            due = times[self._next]
            free.popleft().ask(self._requests[self._next], due)
            self._next += 1
            if free:
                self._lags.append(now - due)
        if self._next == len(times) and len(free) == CONNECTIONS:
            self._finish()
        elif not self._done.done():
            loop.call_soon(self._spin, loop)

    def answered(self, client: _Client, due: float) -> None:
        """Take note of an answer, from when it should have been asked for."""
        self._took.append(self._clock() - self._began - due)
        self._free.append(client)
        if len(self._free) == CONNECTIONS:
            self._warm.set()

    def fail(self, why: str) -> None:
        """End without a figure, unless all figures are there."""
        if not self._done.done():
            self._done.set_exception(RuntimeError(why))

    def _finish(self) -> None:
        if not self._done.done():
            self._done.set_result(None)


def _at(ordered: Sequence[float], percent: int) -> float:
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else 0.0


async def _load(port: int, rate: int, seconds: float, ids: int, seed: int) -> Latency:
    return await OpenLoop(rate, seconds, ids, seed).run(port)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("port", type=int)
    arguments.add_argument("rate", type=int)
    arguments.add_argument("seconds", type=float)
    arguments.add_argument("ids", type=int)
    arguments.add_argument("seed", type=int)
    given = arguments.parse_args()
    found = uvloop.run(_load(given.port, given.rate, given.seconds, given.ids, given.seed))
    print(json.dumps(asdict(found)))


if __name__ == "__main__":
    main()
