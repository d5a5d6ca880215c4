"""Visitors of what was taken down: `python -m tests.faults.effective RATE SEED NODE:PORT …`.

A program without any of Guazai's code. Its input says, line by line, which accounts are taken down
now (`+dy1`) and which not any more (`-dy1`); it asks every node RATE times a second for one of
those, by lot, also while answers are outstanding. Its last line is JSON: how many answers each node
gave, and those that showed an entry, with when they were asked and answered by `time.time` and
whether a load balancer that asked `/readyz` before and after would have sent somebody there.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

TICK_SECONDS = 0.005
#: While so many answers are outstanding few questions are added: the node may be stopped.
MANY, MOST = 12, 60
ANSWER_SECONDS = 8.0
Reply = tuple[int, bytes]


@dataclass
class Node:
    """One node, as its visitors see it."""

    name: str
    port: int
    free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = field(default_factory=list)
    outstanding: int = 0


@dataclass
class Visits:
    """What is taken down, and who was shown it."""

    rng: random.Random
    accounts: list[str] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    shown: list[tuple[str, str, float, float, bool]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    async def visit(self, node: Node) -> None:
        """Ask a node for one account."""
        aweme_id = self.rng.choice(self.accounts)
        node.outstanding += 1
        try:
            reader, writer = node.free.pop() if node.free else await _connect(node.port)
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self._ask(node, aweme_id, reader, writer)
            except BaseException:
                writer.transport.abort()
                raise
            node.free.append((reader, writer))
        except (OSError, EOFError, TimeoutError) as error:
            self.answers[f"{node.name} {type(error).__name__}"] += 1
        finally:
            node.outstanding -= 1

    async def _ask(
        self,
        node: Node,
        aweme_id: str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        before, _ = await _get(reader, writer, "/readyz")
        asked = time.time()
        status, body = await _get(reader, writer, f"/v1/entries/{aweme_id}")
        answered = time.time()
        self.answers[f"{node.name} {status} {before}"] += 1
        if status == 200:
            after, _ = await _get(reader, writer, "/readyz")
            is_ready = before == after == 200
            self.shown.append((node.name, aweme_id, asked, answered, is_ready))
            if json.loads(body)["aweme_id"] != aweme_id:
                self.wrong.append(f"{aweme_id}: {body[:200]!r}")
        elif status != 204 or body:
            self.wrong.append(f"{aweme_id}: {status} {body[:200]!r}")


async def _connect(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    async with asyncio.timeout(ANSWER_SECONDS):
        return await asyncio.open_connection("127.0.0.1", port)


async def _get(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> Reply:
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    _, is_sized, rest = head.partition(b"\r\ncontent-length:")
    length = int(rest.split(b"\r\n", 1)[0]) if is_sized else 0
    return int(head[9:12]), await reader.readexactly(length)


async def listen(visits: Visits) -> None:
    """Take what the input says until it ends."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := (await reader.readline()).decode().strip():
        if line[0] == "+":
            visits.accounts.append(line[1:])
        else:
            visits.accounts.remove(line[1:])


async def main(rate: float, seed: str, nodes: list[Node]) -> None:
    """Visit until the input ends, then print."""
    visits = Visits(random.Random(seed))
    told = asyncio.create_task(listen(visits))
    visiting: set[asyncio.Task[None]] = set()
    began, turns, skipped = time.monotonic(), 0, 0
    while not told.done():
        due = int((time.monotonic() - began) * rate)
        for turn in range(turns, due):
            for node in nodes if visits.accounts else ():
                is_slow = node.outstanding >= MANY and turn % 8
                if is_slow or node.outstanding >= MOST:
                    skipped += 1
                    continue
                task = asyncio.create_task(visits.visit(node))
                visiting.add(task)
                task.add_done_callback(visiting.discard)
        turns = due
        await asyncio.sleep(TICK_SECONDS)
    told.result()
    if visiting:
        await asyncio.wait(visiting)
    found = {
        "answers": dict(sorted(visits.answers.items())),
        "skipped": skipped,
        "wrong": visits.wrong[:20],
        "shown": visits.shown,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    named = (each.partition(":") for each in sys.argv[3:])
    asked = [Node(name, int(port)) for name, _, port in named]
    asyncio.run(main(float(sys.argv[1]), sys.argv[2], asked))
