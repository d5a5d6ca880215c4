"""A host with two nodes: `python -m tests.faults.alone RATE SEED PORT PORT … < ACCOUNTS`.

A program without any of Guazai's code. It asks one node after the other for a random account, RATE
times a second on connections that stay open. Where a connection is refused or lost before its
answer it asks another node at once; what no node answers is an error. It goes on until SIGTERM; its
last line is JSON: answers by status and node, errors, and of each answer when it was asked for
(`time.time`) and how long it took.
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sys
import time
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle

CONNECTIONS = 8
TICK_SECONDS = 0.005
RECONNECT_SECONDS = 0.05
TRIES = 4


@dataclass
class Question:
    """One page view."""

    aweme_id: str
    asked: float
    tries: int = 0


class Connection(asyncio.Protocol):
    """One connection to one node; answers come in the order of the questions."""

    def __init__(self, host: Host, port: int) -> None:
        self.host = host
        self.port = port
        self.waiting: deque[Question] = deque()
        self.buffer = b""
        self.transport: asyncio.Transport | None = None
        self.is_lost = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def ask(self, question: Question) -> None:
        assert self.transport is not None
        question.tries += 1
        self.waiting.append(question)
        head = f"GET /v1/entries/{question.aweme_id} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        self.transport.write(head.encode())

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].lower()
            _, is_sized, rest = head.partition(b"\r\ncontent-length:")
            whole = end + 4 + (int(rest.split(b"\r\n", 1)[0]) if is_sized else 0)
            if len(self.buffer) < whole:
                return
            self.buffer = self.buffer[whole:]
            self.host.take(self.port, self.waiting.popleft(), int(head[9:12]))

    def connection_lost(self, _: Exception | None) -> None:
        self.is_lost.set()
        self.host.lose(self)


@dataclass
class Host:
    """Who asks, over connections to all nodes."""

    ports: list[int]
    open: dict[int, list[Connection]] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    again: int = 0
    is_open: asyncio.Event = field(default_factory=asyncio.Event)
    errors: list[str] = field(default_factory=list)
    latencies: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.open = {port: [] for port in self.ports}

    def ask(self, question: Question, first: int) -> None:
        """Ask the node at `first`, or where there is no connection to it another one."""
        for port in (first, *self.ports):
            if self.open[port] and question.tries < TRIES:
                self.open[port][int(question.asked * 1e6) % len(self.open[port])].ask(question)
                return
        self.errors.append(f"{question.aweme_id}: no node after {question.tries} tries")

    def take(self, port: int, question: Question, status: int) -> None:
        self.answers[f"{port} {status}"] += 1
        self.latencies.append((question.asked, time.time() - question.asked))
        if status not in {200, 204}:
            self.errors.append(f"{question.aweme_id}: {status}")

    def lose(self, connection: Connection) -> None:
        """Ask another node for what this one did not answer."""
        self.open[connection.port].remove(connection)
        others = [port for port in self.ports if port != connection.port]
        for question in connection.waiting:
            self.again += 1
            self.ask(question, others[0])

    async def keep(self, port: int) -> None:
        """Keep one connection to a node open, whenever it listens."""
        loop = asyncio.get_running_loop()
        while True:
            with suppress(OSError):
                _, made = await loop.create_connection(
                    lambda: Connection(self, port), "127.0.0.1", port
                )
                self.open[port].append(made)
                if all(len(each) == CONNECTIONS for each in self.open.values()):
                    self.is_open.set()
                await made.is_lost.wait()
            await asyncio.sleep(RECONNECT_SECONDS)


async def ask_steadily(host: Host, rate: float, rng: random.Random, accounts: list[str]) -> None:
    """Ask `rate` times a second until SIGTERM, then wait for what is outstanding."""
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, told.set)
    keeping = [loop.create_task(host.keep(port)) for port in host.ports * CONNECTIONS]
    await host.is_open.wait()
    began, sent, ports = time.monotonic(), 0, cycle(host.ports)
    while not told.is_set():
        due = int((time.monotonic() - began) * rate)
        for _ in range(sent, due):
            host.ask(Question(rng.choice(accounts), time.time()), next(ports))
        sent = due
        await asyncio.sleep(TICK_SECONDS)
    until = time.monotonic() + 5
    while any(each.waiting for made in host.open.values() for each in made):
        await asyncio.sleep(TICK_SECONDS)
        if time.monotonic() > until:
            host.errors.append("some questions have no answer")
            break
    for each in keeping:
        each.cancel()


def main(rate: float, seed: str, ports: list[int]) -> None:
    """Ask, then print."""
    accounts = sys.stdin.read().split()
    print("asking", flush=True)
    host = Host(ports)
    asyncio.run(ask_steadily(host, rate, random.Random(seed), accounts))
    found = {
        "answers": host.answers,
        "asked_again": host.again,
        "errors": host.errors[:20],
        "latencies": host.latencies,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2], list(map(int, sys.argv[3:])))
