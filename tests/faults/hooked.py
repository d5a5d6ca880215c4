"""A server for webhooks, in a process of its own: it fails, hangs, and writes down all."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HANG = "hang"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request: for whom, its Msg-Id and body, when it came, and what was answered."""

    app_id: str
    message_id: str
    body: str
    at: float
    status: int


#: How long an answer takes, so that many requests are under way whenever a worker dies.
LATENCY_SECONDS = 0.05


class Hooked:
    """Answers what comes to `listening`, a socket that was there before its process."""

    def __init__(self, listening: socket.socket, log: Path, seed: str, failing: float) -> None:
        self._listening = listening
        self._log = log
        self._rng = random.Random(f"{seed}:answers")
        self._failing = failing

    def run(self) -> None:
        """Answer until killed."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        with self._log.open("a", buffering=1) as self._file:
            server = await asyncio.start_server(self._answer, sock=self._listening, backlog=1024)
            await server.serve_forever()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            lines = head.split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
            sent = await reader.readexactly(int(headers["content-length"]))
            app_id = lines[0].split(" ")[1].strip("/")
            is_hanging = app_id.startswith(HANG)
            status = 0 if is_hanging else 500 if self._rng.random() < self._failing else 200
            line = [app_id, headers["msg-id"], sent.decode(), time.time(), status]
            self._file.write(json.dumps(line) + "\n")
            if is_hanging:
                await reader.read()
            else:
                await asyncio.sleep(LATENCY_SECONDS)
                writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 2\r\n\r\n{{}}".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


def arrivals(log: Path) -> list[Arrival]:
    """What came, as far as it is written down."""
    lines: list[Any] = log.read_text().splitlines()
    return [
        Arrival(app_id, message_id.upper(), body, at, status)
        for app_id, message_id, body, at, status in map(json.loads, lines)
    ]
