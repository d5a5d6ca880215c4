"""Fuzz a resolver process over sockets: `python -m tests.resolver.fuzz --seconds 1800`.

Inputs are made from a grammar of HTTP, right and wrong, then mutated, then sent in pieces on many
connections. Every input is made of the seed and its number alone, so `--seed S --first N --inputs
1` sends that one again. After every answer the bytes that came back must be whole answers, none of
them a 5xx; all the while a well-formed request on a connection of its own must get its right
answer, and the process must stay alive within a bound of memory and descriptors.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import httptools
import psutil
import uvloop

from guazai.resolver import app, http, server
from guazai.resolver.node import Node
from tests.resolver.serving import body_of, free_port, mark, shown

CONNECTIONS = 48
CHECK_SECONDS = 0.25
ANSWER_SECONDS = 20.0
START_SECONDS = 20.0
MAX_GROWTH_BYTES = 48 * 2**20
MAX_DESCRIPTORS = 3 * CONNECTIONS
GET = b"GET /v1/entries/dy_1 HTTP/1.1\r\nHost: x\r\n\r\n"
_ANSWER_HEAD = re.compile(
    rb"HTTP/1\.1 (?P<status>\d{3}) [A-Za-z -]+\r\n"
    rb"(?P<headers>(?:[a-z-]+: [ -~]*\r\n)*)\r\n"
)
_LENGTH = re.compile(rb"^content-length: (\d+)\r$", re.MULTILINE)
_BODILESS = {100, 204}


class FindingError(AssertionError):
    """What the resolver did wrong."""


# --- inputs ---

_METHODS = (
    b"GET",
    b"GET",
    b"GET",
    b"HEAD",
    b"POST",
    b"POST",
    b"PUT",
    b"OPTIONS",
    b"CONNECT",
    b"PRI",
)
_ODD_METHODS = (b"get", b"FOO", b"", b"GET\t", b"G\0T", b"M-SEARCH", b"SOURCE", b"\r\nGET")
_TARGETS = (
    b"/v1/entries/dy_1",
    b"/v1/entries/dy_2",
    b"/v1/entries",
    b"/v1/entries/",
    b"/healthz",
    b"/readyz",
    b"/metrics",
    b"/v1/entries/dy_1?surface=profile_mount&host=douyin",
    b"/v1/entries/dy%5F1",
    b"/v1/entries/%00",
    b"/v1/entries/%",
    b"/v1/entries/dy_1#x",
    b"http://x/v1/entries/dy_1",
    b"http://[",
    b"*",
    b"x:1",
    b"//v1",
    b"/v1/entries/dy_1 x",
    b"/" + b"a" * 9_000,
    b"",
)
_VERSIONS = (b"HTTP/1.1",) * 60 + (
    b"HTTP/1.0",
    b"HTTP/2.0",
    b"HTTP/0.9",
    b"HTTP/1.",
    b"http/1.1",
    b"",
)
_LINE_ENDS = (b"\r\n",) * 80 + (b"\n", b"\r", b"\r\r\n", b"\n\r", b" \r\n", b"\0\r\n")
_NAMES = (
    b"Host",
    b"Connection",
    b"Content-Length",
    b"Transfer-Encoding",
    b"Expect",
    b"Upgrade",
    b"Trailer",
    b"X",
    b"Accept",
    b"X-Forwarded-For",
)
_ODD_NAMES = (b"Content-Length ", b" Content-Length", b"X\0", b"", b"Trans\tfer-Encoding")
_VALUES: dict[bytes, tuple[bytes, ...]] = {
    b"Connection": (b"keep-alive", b"close", b"upgrade", b"close, keep-alive", b"Content-Length"),
    b"Content-Length": (b"0", b"5", b"22", b"70000", b"-1", b"+5", b"5, 5", b"0x5", b"9" * 30, b""),
    b"Transfer-Encoding": (
        b"chunked",
        b"chunked, gzip",
        b"gzip, chunked",
        b"identity",
        b"xchunked",
    ),
    b"Expect": (b"100-continue", b"100-Continue", b"200-ok"),
    b"Upgrade": (b"h2c", b"websocket"),
}
_PLAIN_VALUES = (b"x", b"*/*", b"", b"a" * 200, b"a" * 2_000)
_ODD_VALUES = (b"x", b"", b"a" * 200, b"y\r\n z", b"\xff\xfe", b"\0", b"a\rb", b"a\nb: c", b"\x7f")
_BODIES = (
    b"",
    b"{}",
    b'{"aweme_ids":["dy_1"]}',
    b'{"aweme_ids":["dy_1","dy_2"],"surface":"profile_mount"}',
    b'{"aweme_ids":' + b"[" * 2_000,
    b"\xff\xfe",
    GET,
    b"0\r\n\r\n" + GET,
    b" " * 70_000,
    b'{"aweme_ids":["dy_1"]}'.ljust(60_000),
)
_PIECES = (
    b"\r\n",
    b"\r\n\r\n",
    b"\0",
    b"%",
    b"\xff",
    b": ",
    b"0\r\n\r\n",
    b"Content-Length: 3\r\n",
    GET,
)


def _chunked(rng: random.Random, body: bytes) -> bytes:
    parts = []
    while body:
        size = rng.randrange(1, len(body) + 1)
        extension = rng.choice((b"",) * 12 + (b";x", b";x=y", b';x="\r\n"', b" ", b"g"))
        length = rng.choice((b"%x",) * 24 + (b"0%x", b"%X", b"0x%x", b"-%x", b"1%x")) % size
        parts.append(length + extension + rng.choice(_LINE_ENDS) + body[:size] + b"\r\n")
        body = body[size:]
    trailer = rng.choice((b"",) * 6 + (b"X: y\r\n", b"Content-Length: 9\r\n", b"bad\r\n"))
    return (
        b"".join(parts)
        + rng.choice((b"0",) * 6 + (b"00", b"", b"0;x"))
        + b"\r\n"
        + trailer
        + b"\r\n"
    )


def _request(rng: random.Random) -> bytes:
    """One request of the grammar, most of them nearly right."""
    is_odd = rng.random() < 0.05
    method = rng.choice(_ODD_METHODS if is_odd else _METHODS)
    lines = [b"%b %b %b" % (method, rng.choice(_TARGETS), rng.choice(_VERSIONS))]
    body = rng.choice(_BODIES) if method == b"POST" or rng.random() < 0.1 else b""
    if rng.random() < 0.9:
        lines.append(b"Host: x")
    if body and rng.random() < 0.8:
        if rng.random() < 0.5:
            lines.append(b"Content-Length: %d" % len(body))
        else:
            lines.append(b"Transfer-Encoding: chunked")
            body = _chunked(rng, body)
    for _ in range(rng.choice((0, 0, 0, 1, 1, 2, 3))):
        name = rng.choice(_NAMES if rng.random() < 0.95 else _ODD_NAMES)
        is_odd = rng.random() < 0.05
        value = rng.choice(_ODD_VALUES if is_odd else _VALUES.get(name, _PLAIN_VALUES))
        lines.append(name + rng.choice((b": ",) * 40 + (b":", b" : ", b":\t", b"")) + value)
    if rng.random() < 0.02:
        lines += rng.choice(([b"X: y"] * 98, [b"X: y"] * 120, [b"X: " + b"a" * 40_000]))
    end = rng.choice(_LINE_ENDS)
    return end.join(lines) + end + (b"\r\n" if rng.random() < 0.95 else end) + body


def _mutate(rng: random.Random, sent: bytearray) -> bytearray:
    at = rng.randrange(len(sent) + 1)
    match rng.randrange(6):
        case 0 if at < len(sent):
            sent[at] = rng.randrange(256)
        case 1:
            del sent[at : at + rng.randrange(1, 9)]
        case 2:
            sent[at:at] = rng.choice(_PIECES)
        case 3:
            del sent[at:]
        case 4:
            begin = rng.randrange(len(sent) + 1)
            sent[at:at] = sent[begin : begin + rng.randrange(1, 200)]
        case _ if at < len(sent):
            sent[at] ^= 1 << rng.randrange(8)
    return sent


@dataclass(frozen=True, slots=True)
class Input:
    """What one client does: bytes in pieces, then an end."""

    pieces: tuple[bytes, ...]
    is_reset: bool


def make_input(seed: int, number: int) -> Input:
    """Make an input of the seed and its number alone."""
    rng = random.Random(f"{seed} {number}")
    sent = bytearray()
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 6))):
        sent += GET if rng.random() < 0.2 else _request(rng)
    for _ in range(rng.choice((0, 0, 0, 0, 0, 1, 1, 2, 4, 8))):
        sent = _mutate(rng, sent)
    cuts = sorted(rng.randrange(len(sent) + 1) for _ in range(rng.choice((0, 0, 1, 2, 5))))
    edges = [0, *cuts, len(sent)]
    pieces = tuple(bytes(sent[a:b]) for a, b in pairwise(edges) if a < b)
    return Input(pieces, is_reset=rng.random() < 0.05)


# --- answers ---


def read_answers(got: bytes, *, is_whole: bool = True) -> list[int]:
    """Part what came back into answers; their statuses. Raises FindingError when it is not that."""
    statuses: list[int] = []
    at = 0
    while at < len(got):
        head = _ANSWER_HEAD.match(got, at)
        if head is None:
            if is_whole:
                raise FindingError(f"no answer at {at}: {got[at : at + 200]!r}")
            return statuses
        status, at = int(head["status"]), head.end()
        statuses.append(status)
        if status >= 500 and status != 503:
            raise FindingError(f"answered {status}: {got[head.start() : at + 200]!r}")
        length = _LENGTH.search(head["headers"])
        if (length is None) != (status in _BODILESS):
            raise FindingError(f"a length where none belongs, or none: {head[0]!r}")
        # After the head of an answer to HEAD the next answer follows at once, or nothing.
        if length is not None and at < len(got) and not got.startswith(b"HTTP/1.1 ", at):
            at += int(length[1])
            if at > len(got) and is_whole:
                raise FindingError(f"an answer is cut short: {got[-200:]!r}")
    return statuses


async def _send(port: int, given: Input) -> list[int]:
    """Do as the input says; the statuses of the answers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in given.pieces:
            writer.write(piece)
            await writer.drain()
            # The next piece comes in a packet of its own.
            await asyncio.sleep(0)
        if given.is_reset:
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            return []
        writer.write_eof()
        return read_answers(await reader.read(-1))
    except ConnectionError:
        # Cut off after a refusal, with bytes of ours unread.
        return []
    finally:
        writer.close()


async def _check_answer(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for _ in range(2):
            writer.write(GET)
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(len(body_of("dy_1")))
            if not head.startswith(b"HTTP/1.1 200 ") or body != body_of("dy_1"):
                raise FindingError(f"a well-formed request got {head + body!r}")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError) as error:
        raise FindingError(f"a well-formed request got no answer: {error}") from error
    finally:
        writer.close()


# --- the run ---


@dataclass(slots=True)
class Findings:
    """What a run came to."""

    inputs: int = 0
    checks: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    base_bytes: int = 0
    peak_bytes: int = 0
    peak_descriptors: int = 0


class Fuzzer:
    """Sends inputs to one process until the time or the inputs are over."""

    def __init__(
        self, port: int, process: psutil.Process, seed: int, numbers: Iterator[int]
    ) -> None:
        self._port = port
        self._process = process
        self._seed = seed
        self._numbers = numbers
        self.found = Findings()

    async def run(self, seconds: float) -> Findings:
        """Raises FindingError, naming the seed and the inputs that were under way."""
        await _check_answer(self._port)
        self.found.base_bytes = self._process.memory_info().rss
        deadline = time.monotonic() + seconds
        ended = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            watcher = tasks.create_task(self._watch(ended))
            senders = [tasks.create_task(self._send(deadline)) for _ in range(CONNECTIONS)]
            await asyncio.wait(senders)
            ended.set()
            await watcher
        return self.found

    async def _send(self, deadline: float) -> None:
        for number in self._numbers:
            given = make_input(self._seed, number)
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    self.found.statuses.update(await _send(self._port, given))
            except (FindingError, TimeoutError) as error:
                raise FindingError(f"seed {self._seed}, input {number}: {error!r}") from error
            self.found.inputs += 1
            if time.monotonic() > deadline:
                return

    async def _watch(self, ended: asyncio.Event) -> None:
        while True:
            is_last = ended.is_set()
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await _check_answer(self._port)
                self._check_process()
            except (FindingError, TimeoutError, psutil.Error) as error:
                about = f"seed {self._seed}, after {self.found.inputs} inputs"
                raise FindingError(f"{about}: {error!r}") from error
            self.found.checks += 1
            if is_last:
                return
            await asyncio.wait((asyncio.ensure_future(ended.wait()),), timeout=CHECK_SECONDS)

    def _check_process(self) -> None:
        held, descriptors = self._process.memory_info().rss, self._process.num_fds()
        self.found.peak_bytes = max(self.found.peak_bytes, held)
        self.found.peak_descriptors = max(self.found.peak_descriptors, descriptors)
        if held > self.found.base_bytes + MAX_GROWTH_BYTES:
            raise FindingError(f"it holds {held:,} bytes, {self.found.base_bytes:,} at first")
        if descriptors > MAX_DESCRIPTORS:
            raise FindingError(f"it holds {descriptors} descriptors")


def _unread(target: bytes) -> tuple[str, str]:
    return str(httptools.parse_url(target).path), ""


TWINS: dict[str, Callable[[], None]] = {
    # A target that is no URL is not expected.
    "target": lambda: setattr(app, "read_target", _unread),
    # Connections that ended are kept.
    "leak": lambda: setattr(http.Hub, "forget", lambda *_: None),
}


def _serve(folder: Path, port: int, twin: str | None) -> None:
    """Run the resolver, or a broken twin of it."""
    if twin is not None:
        TWINS[twin]()
    server.run(folder, "127.0.0.1", port)


@contextmanager
def _running(twin: str | None) -> Iterator[tuple[int, psutil.Process]]:
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name) / "node", free_port()
        with closing(Node(folder)) as node:
            node.apply(shown("dy_1"), mark())
        command = [sys.executable, "-m", "tests.resolver.fuzz", "--serve", str(folder)]
        command += ["--port", str(port), *(["--twin", twin] if twin else [])]
        with subprocess.Popen(command) as process:
            try:
                _await_listening(process, port)
                yield port, psutil.Process(process.pid)
                process.terminate()
                if process.wait(START_SECONDS) != 0:
                    raise FindingError(f"it ended with {process.returncode}")
            finally:
                process.send_signal(signal.SIGKILL)


def _await_listening(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            time.sleep(0.01)
        else:
            return
    raise FindingError("the resolver did not start")


def fuzz(
    seconds: float, seed: int, numbers: Sequence[int] = range(2**62), twin: str | None = None
) -> Findings:
    """Fuzz a process of our own; raises FindingError at the first finding."""
    with _running(twin) as (port, process):
        try:
            return uvloop.run(Fuzzer(port, process, seed, iter(numbers)).run(seconds))
        except BaseExceptionGroup as group:
            findings, others = group.split(FindingError)
            if findings is None or others is not None:
                raise
            raise findings.exceptions[0] from group


def main() -> None:
    """Fuzz, or serve as the process that is fuzzed."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=20.0)
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    arguments.add_argument("--first", type=int, default=0, help="number of the first input")
    arguments.add_argument(
        "--inputs", type=int, default=2**62, help="send no more inputs than this"
    )
    arguments.add_argument("--twin", choices=TWINS, help="fuzz a broken twin")
    arguments.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    arguments.add_argument("--port", type=int, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.serve is not None:
        _serve(given.serve, given.port, given.twin)
        return
    print(f"seed {given.seed}", flush=True)
    numbers = range(given.first, given.first + given.inputs)
    found = fuzz(given.seconds, given.seed, numbers, given.twin)
    print(
        json.dumps(
            {
                "seed": given.seed,
                "inputs": found.inputs,
                "checks": found.checks,
                "answers": dict(sorted(found.statuses.items())),
                "base_bytes": found.base_bytes,
                "peak_bytes": found.peak_bytes,
                "peak_descriptors": found.peak_descriptors,
            }
        )
    )


if __name__ == "__main__":
    main()
