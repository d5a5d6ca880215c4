"""The corpus of hostile HTTP in `hostile.jsonl`: one case a line.

`sent` is what a client sends, as Latin-1; a pair repeats a text. Where `ends` is given, the client
says that no more will come. `ours` and `granian` are the statuses of the answers, and whether the
connection is open afterwards; `granian` and `why` stand only where the two differ.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from guazai.resolver import http
from guazai.resolver.app import App
from guazai.resolver.http import Hub
from guazai.resolver.metrics import Counts
from guazai.resolver.node import Node
from guazai.resolver.reading import Resolver
from tests.resolver.fuzz import read_answers
from tests.resolver.serving import Resolver as Standing
from tests.resolver.serving import free_port, mark, shown

CORPUS = Path(__file__).parent / "hostile.jsonl"
AT_ONCE = 32
ANSWER_SECONDS = 15.0
# How long a connection must stay open, and silent, to be called open.
OPEN_SECONDS = 0.3
START_SECONDS = 30.0
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")
UNSETTLED = "unsettled"
# Whatever is as long may be cut off before its refusal is read.
LONG_BYTES = http.MAX_HEAD_BYTES
MAX_CUT_BYTES = 400


@dataclass(frozen=True)
class Case:
    name: str
    sent: bytes
    ends: bool
    ours: str
    granian: str
    why: str

    @classmethod
    def read(cls, line: str) -> Case:
        given = json.loads(line)
        parts = (each if isinstance(each, str) else each[0] * each[1] for each in given["sent"])
        return cls(
            given["name"],
            "".join(parts).encode("latin-1"),
            given.get("ends", False),
            given["ours"],
            given.get("granian", given["ours"]),
            given.get("why", ""),
        )


CASES = [Case.read(line) for line in CORPUS.read_text().splitlines()]


def test_the_corpus_is_whole_and_says_why_servers_differ() -> None:
    assert len(CASES) >= 120
    assert len({case.name for case in CASES}) == len(CASES)
    assert [case.name for case in CASES if (case.granian != case.ours) != bool(case.why)] == []


# --- over sockets ---


async def outcome(port: int, case: Case, expected: str) -> str:
    """What becomes of a case, in the words of the corpus."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    # Read while writing, or two full buffers would wait for each other.
    sending = asyncio.ensure_future(_send(writer, case))
    got, end = b"", "open"
    deadline = time.monotonic() + ANSWER_SECONDS
    try:
        while True:
            is_done = _describe(got, end) == expected
            left = OPEN_SECONDS if is_done else deadline - time.monotonic()
            part = await asyncio.wait_for(reader.read(65536), max(left, 0.0))
            if not part:
                end = "closed"
                break
            got += part
    except TimeoutError:
        pass
    except ConnectionError:
        end = "closed"
    finally:
        sending.cancel()
        writer.close()
    found = _describe(got, end)
    is_cut_off = len(case.sent) > LONG_BYTES and end == "closed" and expected.endswith(found)
    return expected if is_cut_off else found


async def _send(writer: asyncio.StreamWriter, case: Case) -> None:
    try:
        writer.write(case.sent)
        await writer.drain()
        if case.ends:
            writer.write_eof()
    except ConnectionError:
        return


def _describe(got: bytes, end: str) -> str:
    statuses = [found.decode() for found in _STATUS.findall(got)]
    return " ".join([*statuses, end])


def differences(port: int, expected: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Of every case whose outcome is another: what it is, and what it should be."""

    async def ask() -> dict[str, tuple[str, str]]:
        gate = asyncio.Semaphore(AT_ONCE)
        found: dict[str, tuple[str, str]] = {}

        async def one(case: Case) -> None:
            async with gate:
                said = await outcome(port, case, expected[case.name])
            if said != expected[case.name]:
                found[case.name] = said, expected[case.name]

        async with asyncio.TaskGroup() as tasks:
            for case in CASES:
                if expected[case.name] != UNSETTLED:
                    tasks.create_task(one(case))
        return found

    return asyncio.run(ask())


@pytest.fixture(scope="module")
def granian_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A granian in front of the same application."""
    folder, port = tmp_path_factory.mktemp("granian"), free_port()
    with closing(Node(folder)) as node:
        node.apply(shown("dy_1"), mark())
    command = [sys.executable, "-m", "bench.layers", "granian-rsgi", str(folder), str(port)]
    with subprocess.Popen(command) as process:
        try:
            asyncio.run(_await_answer(port))
            yield port
        finally:
            process.terminate()


async def _await_answer(port: int) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return


def test_ours_does_as_the_corpus_says(standing: Standing) -> None:
    assert differences(standing.port, {case.name: case.ours for case in CASES}) == {}
    assert standing.get("/v1/entries/dy_1").status == 200


def test_granian_does_as_the_corpus_says(granian_port: int) -> None:
    assert differences(granian_port, {case.name: case.granian for case in CASES}) == {}


# --- without sockets: packets cut exactly where we want ---


class Recorder(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.end = "open"

    def write(self, data: bytes | bytearray | memoryview[int]) -> None:
        self.written += data

    def write_eof(self) -> None:
        self.end = "closed"

    def abort(self) -> None:
        self.end = "closed"


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    folder, counts = tmp_path / "node", tmp_path / "counts"
    with closing(Node(folder)) as node:
        node.apply(shown("dy_1"), mark())
    counts.mkdir()
    app = App(Resolver(folder), Counts(counts), 60)
    hub = Hub(app.respond, app.refuse)
    hub.date = b"date: Thu, 15 Aug 2024 00:00:00 GMT\r\n"
    return hub


def say(hub: Hub, *packets: bytes) -> tuple[bytes, str]:
    """What a connection writes when these packets come, and whether it ends."""
    connection, recorder = hub.connect(), Recorder()
    connection.connection_made(recorder)
    for packet in packets:
        if packet:
            connection.data_received(packet)
    connection.connection_lost(None)
    return recorder.written, recorder.end


def found_otherwise(hub: Hub) -> list[str]:
    """Cases whose outcome is not the corpus', sent in one packet; answers must be whole."""
    found = []
    for case in CASES:
        # What is longer is counted by packets, and this is one.
        if not case.ends and len(case.sent) <= LONG_BYTES:
            written, end = say(hub, case.sent)
            statuses = [str(each) for each in read_answers(written)]
            if " ".join([*statuses, end]) != case.ours:
                found.append(case.name)
    return found


def test_one_packet_brings_what_the_corpus_says(hub: Hub) -> None:
    assert found_otherwise(hub) == []


@pytest.mark.parametrize("lines", [0, 1, 12, 98])
def test_a_whole_get_takes_the_short_way(hub: Hub, lines: int) -> None:
    headers = b"Host: x\r\n" + b"User-Agent: of some length\r\n" * (lines - 1) if lines else b""
    sent = b"GET /v1/entries/dy_1?host=douyin HTTP/1.1\r\n%b\r\n" % headers
    assert hub.read_plain(sent) == b"/v1/entries/dy_1?host=douyin"


def test_what_one_client_leaves_open_never_reaches_another(hub: Hub) -> None:
    usual = b"GET /v1/entries/dy_1 HTTP/1.1\r\nHost: x\r\n\r\n"
    right = say(hub, usual)
    for case in CASES:
        left, recorder = hub.connect(), Recorder()
        left.connection_made(recorder)
        if case.sent:
            left.data_received(case.sent)
        assert say(hub, usual) == right, case.name


def test_a_reader_that_trusts_the_shape_of_a_packet_is_found_out(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trust(data: bytes) -> bytes | None:
        if data.startswith(b"GET ") and data.endswith(b"\r\n\r\n"):
            return data.split(b" ")[1]
        return None

    monkeypatch.setattr(hub, "read_plain", trust)
    assert len(found_otherwise(hub)) > 20


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if len(case.sent) <= MAX_CUT_BYTES],
    ids=lambda case: case.name,
)
def test_where_packets_are_cut_changes_nothing(hub: Hub, case: Case) -> None:
    whole = say(hub, case.sent)
    for at in range(1, len(case.sent)):
        assert say(hub, case.sent[:at], case.sent[at:]) == whole, f"cut at {at}"
    assert say(hub, *(bytes([byte]) for byte in case.sent)) == whole
