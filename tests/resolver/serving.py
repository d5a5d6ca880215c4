"""A real resolver process on a free port, and records to feed it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import quote

from guazai.feed import (
    ConfigRecord,
    EdgeKey,
    ProgramRecord,
    Record,
    Sealed,
    VerdictRecord,
    Watermark,
    seal,
)

SURFACE = "profile_mount"
HOST = "douyin"
EDGE_KEY = EdgeKey("an edge key that only tests know " * 2)
START_SECONDS = 15.0
_PROGRAM = """
import sys
from pathlib import Path
from guazai.resolver.server import run
run(Path(sys.argv[1]), "127.0.0.1", int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
"""


def body_of(
    aweme_id: str,
    version: int = 1,
    app_id: str = "tt01",
    *,
    title: str = "点单",
    page_path: str = "pages/index/index",
    query: str = "",
    place: tuple[str, str] = (SURFACE, HOST),
) -> bytes:
    """The whole answer for `live` of the same arguments, by a JSON encoder."""
    page = quote(f"{page_path}?{query}" if query else page_path, safe="")
    fields = {
        "surface": place[0],
        "host": place[1],
        "aweme_id": aweme_id,
        "app_id": app_id,
        "app_name": "挂载咖啡",
        "icon_url": "https://cdn.example.com/i.png",
        "title": title or "挂载咖啡",
        "page_path": page_path,
        "query": query,
        "link": f"sslocal://microapp?app_id={app_id}&start_page={page}&scene={place[0]}",
        "version": version,
    }
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def live(
    aweme_id: str,
    version: int = 1,
    app_id: str = "tt01",
    *,
    title: str = "点单",
    page_path: str = "pages/index/index",
    query: str = "",
    place: tuple[str, str] = (SURFACE, HOST),
) -> ConfigRecord:
    return ConfigRecord(
        *place, aweme_id, 1, version, True, app_id, title=title, page_path=page_path, query=query
    )


def program(
    app_id: str = "tt01", version: int = 1, entity_id: str = "le01", surface: str = SURFACE
) -> ProgramRecord:
    return ProgramRecord(
        surface,
        app_id,
        1,
        version,
        entity_id,
        "挂载咖啡",
        "https://cdn.example.com/i.png",
        f"sslocal://microapp?app_id={app_id}&start_page={{start_page}}&scene={surface}",
    )


def removed(aweme_id: str, version: int) -> ConfigRecord:
    return ConfigRecord(SURFACE, HOST, aweme_id, 1, version, live=False)


def verdict(aweme_id: str, revision: int = 1, *, passed: bool = True) -> VerdictRecord:
    return VerdictRecord(aweme_id, date(2024, 8, 15), revision, passed)


def sealed(*records: Record) -> list[Sealed]:
    """Records as the relay seals them."""
    return [seal(each, EDGE_KEY) for each in records]


def shown(aweme_id: str) -> list[Sealed]:
    """All that it takes for an account to show its entry."""
    return sealed(live(aweme_id), verdict(aweme_id), program())


def mark(revision: int = 1, epoch: int = 1) -> Watermark:
    return Watermark(epoch, revision, int(time.time() * 1000))


@dataclass(frozen=True)
class Response:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, object]:
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found


@dataclass(frozen=True)
class Resolver:
    port: int
    process: subprocess.Popen[bytes]

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Response:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Response(answer.status, found, answer.read())
        finally:
            connection.close()

    def get(self, path: str) -> Response:
        return self.ask("GET", path)

    def post(self, sent: object) -> Response:
        return self.ask("POST", "/v1/entries", json.dumps(sent).encode())

    def raw(self, sent: bytes) -> bytes:
        """Send bytes on a socket of their own; give the status line, or b"" when refused."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(sent)
            with connection.makefile("rb") as lines:
                try:
                    return lines.readline()
                except ConnectionResetError:
                    return b""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def serving(path: Path, *, workers: int = 1, max_age_seconds: float = 60) -> Iterator[Resolver]:
    """Run a resolver on the node in `path`; it is asked to end, and must, when left."""
    port = free_port()
    arguments = [str(path), str(port), str(workers), str(max_age_seconds)]
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, *arguments],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            await_answer(port, process)
            yield Resolver(port, process)
            process.terminate()
            assert process.wait(10) == 0
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def await_answer(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "the resolver ended while starting"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            time.sleep(0.01)
        else:
            return
    raise AssertionError("the resolver did not start in time")
