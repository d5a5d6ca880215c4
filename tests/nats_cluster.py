"""Three real NATS servers with JetStream, on loopback: they are killed and started again by tests.

The servers are Debian's `nats-server`, installed first if need be.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from tests.platform import free_port_base, within
from tests.system_packages import MissingPackageError, install

SERVERS = 3
PASSWORD = "only tests: know@it"
#: What the relay may ask of JetStream, as docs/guides/resolvers.md has it.
RELAY_API = (
    *(f"$JS.API.STREAM.{verb}.GUAZAI_FEED" for verb in ("INFO", "CREATE", "UPDATE")),
    "$JS.API.STREAM.MSG.GET.GUAZAI_FEED",
)
START_SECONDS = 30.0
STOP_SECONDS = 10.0
CONFIG = """
server_name: n{number}
listen: 127.0.0.1:{port}
http: 127.0.0.1:{monitor}
jetstream {{ store_dir: "{store}", max_mem: 64MB, max_file: 1GB }}
authorization {{ users: [
  {{ user: admin, password: "{password}" }}
  {{ user: relay, password: "{password}", permissions: {{
    publish: ["guazai.feed.>", {relay_api}]
    subscribe: ["_INBOX.>"] }} }}
  {{ user: node, password: "{password}", permissions: {{
    publish: ["$JS.API.DIRECT.GET.GUAZAI_FEED"]
    subscribe: ["guazai.told.>", "_INBOX.>"] }} }}
] }}
cluster {{ name: tests, listen: 127.0.0.1:{route}, routes: [{routes}] }}
"""


def program() -> str:
    """The path of `nats-server`, installed first if need be. Raises MissingPackageError."""
    if shutil.which("nats-server") is None:
        install(["nats-server"])
    found = shutil.which("nats-server")
    if found is None:
        raise MissingPackageError("nats-server is not on PATH")
    return found


@dataclass
class Cluster:
    """Servers by number; those that were killed have a store that outlives them."""

    folder: Path
    bases: list[int] = field(default_factory=lambda: [free_port_base() for _ in range(SERVERS)])
    running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    def servers(self, user: str = "admin") -> tuple[str, ...]:
        """Where a user connects, as `GUAZAI_FEED` has it."""
        login = f"{user}:{quote(PASSWORD, safe='')}"
        return tuple(f"nats://{login}@127.0.0.1:{base}" for base in self.bases)

    def start(self, number: int) -> None:
        """Start one server, with what it has stored."""
        base = self.bases[number]
        config = self.folder / f"n{number}.conf"
        config.write_text(
            CONFIG.format(
                number=number,
                port=base,
                monitor=base + 1,
                route=base + 2,
                store=self.folder / f"n{number}",
                password=PASSWORD,
                relay_api=", ".join(f'"{each}"' for each in RELAY_API),
                routes=", ".join(f"nats://127.0.0.1:{each + 2}" for each in self.bases),
            )
        )
        with (self.folder / f"n{number}.log").open("ab") as log:
            self.running[number] = subprocess.Popen(
                [program(), "--config", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, number: int) -> None:
        """End one server as a power cut would."""
        process = self.running.pop(number)
        process.kill()
        process.wait(STOP_SECONDS)

    def renew(self, number: int) -> None:
        """Start one server anew without what it has stored: the others give it back."""
        self.kill(number)
        shutil.rmtree(self.folder / f"n{number}")
        self.start(number)

    def pause(self, number: int) -> None:
        """Stop one server's processes where they are, as a stall does."""
        self.running[number].send_signal(signal.SIGSTOP)

    def go_on(self, number: int) -> None:
        """Let a paused server go on."""
        self.running[number].send_signal(signal.SIGCONT)

    def start_all(self) -> None:
        """Start every server, and wait until they can store."""
        for number in range(SERVERS):
            self.start(number)
        within(START_SECONDS, self._has_leader, "the servers have a leader")

    def stream_leader(self, stream: str) -> int | None:
        """The server that leads a stream; None where there is none, or none is known."""
        for number in self.running:
            leader = self._stream(number, stream).get("cluster", {}).get("leader", "")
            if leader.startswith("n"):
                return int(leader[1:])
        return None

    def await_current(self, stream: str, seconds: float = START_SECONDS) -> None:
        """Wait until all servers run and hold the whole of a stream: one may be lost again."""
        within(seconds, partial(self._is_current, stream), "all replicas are current")

    def logs(self) -> str:
        """What the servers said."""
        found = sorted(self.folder.glob("n*.log"))
        return "\n".join(f"--- {path.stem}\n{path.read_text()}" for path in found)

    def stop_all(self) -> None:
        """End all, whatever they do."""
        for number in list(self.running):
            self.kill(number)

    def _has_leader(self) -> bool | None:
        said = [self._monitor(number, "/jsz") for number in range(SERVERS)]
        leaders = {each.get("meta_cluster", {}).get("leader", "") for each in said}
        sizes = {each.get("meta_cluster", {}).get("cluster_size", 0) for each in said}
        return (len(leaders) == 1 and "" not in leaders and sizes == {SERVERS}) or None

    def _is_current(self, stream: str) -> bool | None:
        leader = self.stream_leader(stream)
        if leader is None or len(self.running) < SERVERS:
            return None
        first = self._stream(leader, stream)
        replicas = first.get("cluster", {}).get("replicas") or ()
        if len(replicas) < SERVERS - 1 or not all(each["current"] for each in replicas):
            return None
        # A leader says so a little early: what it has now, the others must have too.
        held = [self._stream(number, stream) for number in self.running]
        reach = first["state"]["last_seq"]
        return all(each and each["state"]["last_seq"] >= reach for each in held) or None

    def _stream(self, number: int, stream: str) -> dict[str, Any]:
        """What a server says of a stream; nothing where it does not have it."""
        said = self._monitor(number, "/jsz?accounts=true&streams=true")
        for account in said.get("account_details") or ():
            for each in account.get("stream_detail") or ():
                if each["name"] == stream:
                    return dict(each)
        return {}

    def _monitor(self, number: int, path: str) -> dict[str, Any]:
        with suppress(httpx.TransportError, ValueError):
            url = f"http://127.0.0.1:{self.bases[number] + 1}{path}"
            return dict(httpx.get(url, timeout=2, trust_env=False).json())
        return {}


@contextmanager
def nats_cluster(folder: Path) -> Iterator[Cluster]:
    """A cluster that runs until the block ends, whatever happens in it."""
    folder.mkdir(exist_ok=True)
    found = Cluster(folder)
    try:
        found.start_all()
        yield found
    except BaseException:
        print(found.logs())
        raise
    finally:
        found.stop_all()
