"""A running platform: the real processes on free ports, with a state and a database of their own.

On SQLite, or on a fresh database of the private PostgreSQL that `tests.with_postgres` names.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psycopg
import pytest
from psycopg import sql

from guazai.demo.caller import Caller
from guazai.demo.credentials import Credentials, Login

DATABASES = ("sqlite", "postgresql")
PROCESSES = ("control", "relay", "worker", "evaluator", "resolver")
PASSWORD = "a password that only tests know"
EDGE_KEY = "an edge key of this platform alone " * 2
REPOSITORY = Path(__file__).parents[1]
START_SECONDS = 60.0
STOP_SECONDS = 15.0
POLL_SECONDS = 0.004
T = TypeVar("T")
_MAKING = threading.Lock()


def within(seconds: float, question: Callable[[], T | None], what: str) -> T:
    """The first answer to `question` that is not None; fails where there is none in `seconds`."""
    began = time.monotonic()
    while True:
        answer = question()
        took = time.monotonic() - began
        assert took <= seconds or answer is not None, f"{what}: not within {seconds} s"
        if answer is not None:
            assert took <= seconds, f"{what}: only after {took:.3f} s, not within {seconds} s"
            return answer
        time.sleep(POLL_SECONDS)


@contextmanager
def database(kind: str) -> Iterator[str]:
    """The URL of a fresh database, dropped at the end; empty for SQLite, which is in the state."""
    if kind == "sqlite":
        yield ""
        return
    server = os.environ.get("GUAZAI_TEST_POSTGRES")
    if not server:
        pytest.fail("run it beside PostgreSQL: python -m tests.with_postgres python -m pytest …")
    name = f"guazai_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield f"{server.rpartition('/')[0]}/{name}"
        finally:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            connection.execute(drop)


def folder(paths: pytest.TempPathFactory) -> Path:
    """A folder of its own for one of several threads: pytest's factory serves one at a time."""
    with _MAKING:
        return paths.mktemp("state")


def environment(state: Path, database_url: str = "", **settings: object) -> dict[str, str]:
    """The environment of a process of the platform."""
    secrets_of_ours = {"secret_key": "a secret of this platform alone " * 2, "edge_key": EDGE_KEY}
    given = {"state": state, **secrets_of_ours, **settings}
    if database_url:
        given["database"] = database_url
    return bare_environment(**given)


def bare_environment(**settings: object) -> dict[str, str]:
    """An environment that has nothing of the test's own Guazai, but these settings."""
    own = {k: v for k, v in os.environ.items() if not k.startswith("GUAZAI_")}
    return own | variables(**settings)


def variables(**settings: object) -> dict[str, str]:
    """Settings as variables of an environment."""
    return {f"GUAZAI_{name.upper()}": str(value) for name, value in settings.items()}


def free_port_base() -> int:
    """A port that was free a moment ago, and the three after it too.

    Below those that the system gives to connections, or one of these might take it meanwhile.
    """
    while True:
        base = random.SystemRandom().randrange(10_000, 30_000)
        with suppress(OSError):
            for port in range(base, base + 4):
                socket.create_server(("127.0.0.1", port)).close()
            return base


def run_program(
    module: str, arguments: Sequence[object], env: dict[str, str], seconds: float
) -> dict[str, Any]:
    """Run a test's program; its findings, which are the JSON of its last line. It must exit 0."""
    command = [sys.executable, "-m", module, *(str(each) for each in arguments)]
    with subprocess.Popen(
        command, env=env, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            said, _ = process.communicate(timeout=seconds)
        finally:
            # Whatever it forked is of its group, and ends with it.
            with_group(process, signal.SIGKILL)
    *notes, findings = said.splitlines() or [""]
    print("\n".join(notes))
    assert process.returncode == 0, f"{module} ended with {process.returncode}"
    return dict(json.loads(findings))


@contextmanager
def program_beside(
    module: str, arguments: Sequence[object], env: dict[str, str], lines: Iterable[str]
) -> Iterator[dict[str, Any]]:
    """A test's program that reads `lines`, says that it begins, and goes on until the block ends.

    What it found, the JSON that it ends with, is there then.
    """
    found: dict[str, Any] = {}
    with subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=REPOSITORY,
        env=env,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write("\n".join(lines))
            process.stdin.close()
            assert process.stdout.readline()
            yield found
            process.terminate()
            found |= json.loads(process.stdout.read())
        finally:
            with_group(process, signal.SIGKILL)


def with_group(process: subprocess.Popen[Any], number: int) -> None:
    """Send a signal to a process and to what it started; it leads a session of its own."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


@dataclass(frozen=True)
class EdgeNode:
    """A resolver node apart from the control plane's machine: it has a folder and a port alone."""

    name: str
    state: Path
    port: int
    env: dict[str, str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def folder(self) -> Path:
        """Where its LMDB is, beside the board and the overlay."""
        return self.state / "edge"


@dataclass
class Platform:
    """The processes of one Guazai, and what tests ask of it."""

    state: Path
    port_base: int
    env: dict[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    host_token: str = ""
    people: list[Login] = field(default_factory=list)
    callers: list[Caller] = field(default_factory=list)
    nodes: dict[str, EdgeNode] = field(default_factory=dict)

    @property
    def control_url(self) -> str:
        return f"http://127.0.0.1:{self.port_base}"

    @property
    def resolver_url(self) -> str:
        return f"http://127.0.0.1:{self.port_base + 1}"

    @property
    def relay_port(self) -> int:
        return self.port_base + 2

    def guazai(self, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """Run one of Guazai's commands to its end."""
        return subprocess.run(
            [sys.executable, "-m", "guazai", *arguments],
            env=self.env,
            cwd=REPOSITORY,
            input=typed,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            start_new_session=True,
            check=False,
        )

    def add_node(self, name: str, relay_url: str = "", **settings: object) -> EdgeNode:
        """A resolver node of that name, which `start` starts; it knows no secret but the edge key.

        It takes `relay_url` for its relay, where that is not the relay itself.
        """
        base, state = free_port_base(), self.state / name
        state.mkdir()
        env = bare_environment(
            state=state,
            port_base=base,
            edge_key=self.env["GUAZAI_EDGE_KEY"],
            relay_url=relay_url or f"http://127.0.0.1:{self.relay_port}",
            node=name,
            **settings,
        )
        self.nodes[name] = EdgeNode(name, state, base + 1, env)
        return self.nodes[name]

    def start(self, name: str, program: Sequence[str] = (), **settings: object) -> None:
        """Start a process of the platform or a node, or `program` in its place.

        `settings` are this process's own.
        """
        node = self.nodes.get(name)
        verb = name if node is None else "resolver"
        command = [sys.executable, *(program or ("-m", "guazai", verb))]
        with self._log(name).open("ab") as log:
            self.running[name] = subprocess.Popen(
                command,
                env=(self.env if node is None else node.env) | variables(**settings),
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start_all(self) -> None:
        """Start everything, and wait until it is healthy."""
        done = self.guazai("migrate")
        assert done.returncode == 0, done.stderr
        for name in PROCESSES:
            self.start(name)
        self.await_healthy()

    def await_healthy(self) -> None:
        """Wait until the control plane answers, and every resolver that runs is in rotation."""
        nodes = [each.url for name, each in self.nodes.items() if name in self.running]
        if "resolver" in self.running:
            nodes.append(self.resolver_url)
        ready = [f"{each}/readyz" for each in nodes]
        for address in (f"{self.control_url}/api/v1/health", *ready):
            within(START_SECONDS, partial(self._is_well, address), f"{address} answers")

    def await_told(self, seconds: float) -> None:
        """Wait until nothing waits to be told to the edge."""

        def is_empty() -> bool | None:
            health = httpx.get(f"{self.control_url}/api/v1/health", timeout=5, trust_env=False)
            return health.json()["outbox"] == 0 or None

        within(seconds, is_empty, "the outbox is empty")

    def _is_well(self, address: str) -> bool | None:
        for name, process in self.running.items():
            assert process.poll() is None, f"{name} ended with {process.returncode}"
        try:
            return httpx.get(address, timeout=5, trust_env=False).status_code == 200 or None
        except httpx.TransportError:
            return None

    def kill(self, name: str) -> None:
        """End a process as a power cut would."""
        process = self.running.pop(name)
        with_group(process, signal.SIGKILL)
        process.wait(STOP_SECONDS)

    def stop(self, name: str) -> None:
        """Ask a process to end; it must, and leave nothing behind."""
        process = self.running.pop(name)
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        finally:
            with_group(process, signal.SIGKILL)
            process.wait(STOP_SECONDS)

    def stop_all(self) -> None:
        for name in list(self.running):
            self.stop(name)

    def add_people(self, **logins: str) -> None:
        """Make people who can log in, by role, and give the host's server its token.

        An operator is among them: that one issues the token.
        """
        people = [f"{login}:{role}" for role, login in logins.items()]
        run_program("tests.people", [PASSWORD, *people], self.env, START_SECONDS)
        self.people += [Login(role, login, PASSWORD, "") for role, login in logins.items()]
        token = {"name": "host", "scopes": ["host:write"]}
        self.host_token = self.caller("operator").post("/operator/tokens", token)["token"]

    def caller(self, role: str) -> Caller:
        """Somebody who calls the API, with a session of their own until the platform ends."""
        people = tuple(self.people)
        known = Credentials(self.control_url, self.resolver_url, self.host_token, people)
        self.callers.append(Caller(known, role, language="zh-hans"))
        return self.callers[-1]

    def resolve(self, aweme_id: str) -> httpx.Response:
        """What a profile page view gets."""
        address = f"{self.resolver_url}/v1/entries/{aweme_id}"
        return httpx.get(address, timeout=5, trust_env=False)

    def logs(self) -> str:
        """What all processes said so far."""
        found = sorted(self.state.glob("*.log"))
        return "\n".join(f"--- {path.stem}\n{path.read_text()}" for path in found)

    def _log(self, name: str) -> Path:
        return self.state / f"{name}.log"


@contextmanager
def platform(
    kind: str, state: Path, *, is_started: bool = True, database_url: str = ""
) -> Iterator[Platform]:
    """A platform that runs until the block ends, whatever happens in it.

    On a fresh database of that kind, or on the one at `database_url`.
    """
    base = free_port_base()
    with nullcontext(database_url) if database_url else database(kind) as url:
        found = Platform(state, base, environment(state, url, port_base=base))
        try:
            if is_started:
                found.start_all()
            yield found
            found.stop_all()
        except BaseException:
            print(found.logs())
            raise
        finally:
            for caller in found.callers:
                caller.client.close()
            for name in list(found.running):
                found.kill(name)
