"""Profile page views at a steady rate: `python -m tests.faults.load PORT RATE SEED < ACCOUNTS`.

A program without any of Guazai's code: it asks the resolver on PORT for one random account after
the other, RATE times a second, on connections that stay open, until SIGTERM. Its last line is JSON:
the rate achieved, answers by status, those that were wrong, and when each account was asked for by
those who were shown its entry.
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sys
import time
from collections import Counter, deque
from dataclasses import dataclass, field

CONNECTIONS = 16
TICK_SECONDS = 0.005


@dataclass
class Answers:
    """What came back, over all connections."""

    by_status: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    shown: dict[str, list[float]] = field(default_factory=dict)
    bodies: dict[str, bytes] = field(default_factory=dict)

    def take(self, aweme_id: str, asked_at: float, status: int, body: bytes) -> None:
        """Note one answer; what is neither the account's one entry nor nothing is wrong."""
        now = time.monotonic()
        self.by_status[status] += 1
        self.latencies.append(now - asked_at)
        if status == 200 and self._is_entry(aweme_id, body):
            self.shown.setdefault(aweme_id, []).append(asked_at)
        elif status != 204 or body:
            self.wrong.append(f"{aweme_id}: {status} {body[:200]!r}")

    def _is_entry(self, aweme_id: str, body: bytes) -> bool:
        if aweme_id not in self.bodies and json.loads(body)["aweme_id"] == aweme_id:
            self.bodies[aweme_id] = body
        return self.bodies.get(aweme_id) == body


class Connection(asyncio.Protocol):
    """One connection; answers come in the order of the questions."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.asked: deque[tuple[str, float]] = deque()
        self.buffer = b""
        self.is_idle = asyncio.Event()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def ask(self, aweme_id: str) -> None:
        assert self.transport is not None
        self.asked.append((aweme_id, time.monotonic()))
        self.is_idle.clear()
        path = f"/v1/entries/{aweme_id}"
        self.transport.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].lower()
            _, is_sized, rest = head.partition(b"\r\ncontent-length:")
            length = int(rest.split(b"\r\n", 1)[0]) if is_sized else 0
            whole = end + 4 + length
            if len(self.buffer) < whole:
                return
            body, self.buffer = self.buffer[end + 4 : whole], self.buffer[whole:]
            self.answers.take(*self.asked.popleft(), int(head[9:12]), body)
        if not self.asked:
            self.is_idle.set()

    def connection_lost(self, exc: Exception | None) -> None:
        why = f"the connection was lost: {exc}"
        self.answers.wrong += [f"{aweme_id}: {why}" for aweme_id, _ in self.asked]


async def ask_steadily(port: int, rate: float, rng: random.Random, accounts: list[str]) -> Answers:
    """Ask `rate` times a second until SIGTERM; what came back."""
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, told.set)
    answers = Answers()
    made = [
        await loop.create_connection(lambda: Connection(answers), "127.0.0.1", port)
        for _ in range(CONNECTIONS)
    ]
    began, sent = time.monotonic(), 0
    while not told.is_set():
        due = int((time.monotonic() - began) * rate)
        for number in range(sent, due):
            made[number % CONNECTIONS][1].ask(rng.choice(accounts))
        sent = due
        await asyncio.sleep(TICK_SECONDS)
    await asyncio.wait_for(asyncio.gather(*(each.is_idle.wait() for _, each in made)), 10)
    for transport, _ in made:
        transport.close()
    return answers


def main(port: int, rate: float, seed: str) -> None:
    """Ask, then print."""
    accounts = sys.stdin.read().split()
    print("asking", flush=True)
    began, used = time.monotonic(), time.process_time()
    answers = asyncio.run(ask_steadily(port, rate, random.Random(seed), accounts))
    took = time.monotonic() - began
    latencies = sorted(answers.latencies)
    found = {
        "rate": sum(answers.by_status.values()) / took,
        "seconds": took,
        "cpu_seconds": time.process_time() - used,
        "by_status": answers.by_status,
        "median_ms": latencies[len(latencies) // 2] * 1000,
        "p99_ms": latencies[len(latencies) * 99 // 100] * 1000,
        "wrong": answers.wrong[:20],
        "shown": answers.shown,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3])
