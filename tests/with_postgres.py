"""Run a command beside a private PostgreSQL: `python -m tests.with_postgres [--unit] COMMAND …`.

The command finds the server's URL in GUAZAI_TEST_POSTGRES and opens databases of its own there.
With --unit the URL is in GUAZAI_DATABASE, and the server trades durability for speed. The server
runs as an unprivileged user, listens on loopback only, and is stopped and removed in every case.
Exit status: the command's own; 1 when there is no server to be had.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, NoReturn

from tests.system_packages import MissingPackageError, install

USER = "guazai"
DEBIAN_PROGRAMS = Path("/usr/lib/postgresql")
TRIES = 5
GRACE_SECONDS = 10
SETTINGS = ("max_connections=200", "log_min_messages=warning")
UNIT_SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class ServerError(Exception):
    """PostgreSQL could not be made or started; carries its own words."""


class Account(NamedTuple):
    """The user that the server runs as; PostgreSQL refuses root."""

    uid: int
    gid: int


def unprivileged() -> Account | None:
    """The account to change to, or None when this process is not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            found = pwd.getpwnam(name)
            return Account(found.pw_uid, found.pw_gid)
    raise ServerError("no unprivileged user (postgres or nobody) to run PostgreSQL as")


def find_program(name: str) -> Path | None:
    """A PostgreSQL program: the newest of Debian's, else the one on PATH."""
    versions = sorted(
        DEBIAN_PROGRAMS.glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]), reverse=True
    )
    if versions:
        return versions[0]
    on_path = shutil.which(name)
    return Path(on_path) if on_path else None


def program(name: str) -> Path:
    """A PostgreSQL program, installed first if need be. Raises MissingPackageError."""
    found = find_program(name)
    if found is None:
        install(["postgresql"])
        found = find_program(name)
    if found is None:
        raise MissingPackageError(f"PostgreSQL's {name} is neither on PATH nor Debian's")
    return found


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run_as(account: Account | None, command: list[str], cwd: Path) -> str:
    """Run one of PostgreSQL's programs. Raises ServerError with its output."""
    log = cwd / "programs.log"
    with log.open("w") as output:
        done = subprocess.run(
            command,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    said = log.read_text()
    if done.returncode:
        raise ServerError(f"{' '.join(command)} ended with status {done.returncode}:\n{said}")
    return said


def start(account: Account | None, folder: Path, *, is_unit: bool, port: int = 0) -> int:
    """Start the server of `folder` and return its port, another free one for 0.

    Raises ServerError.
    """
    settings = [*SETTINGS, *(UNIT_SETTINGS if is_unit else ())]
    settings += ["listen_addresses=127.0.0.1", f"unix_socket_directories={folder}"]
    log = folder / "server.log"
    for attempt in range(1, TRIES + 1):
        found = port or free_port()
        options = " ".join(f"-c {setting}" for setting in [*settings, f"port={found}"])
        command = [str(program("pg_ctl")), "start", "--wait", "--pgdata", str(folder / "data")]
        try:
            run_as(account, [*command, "--log", str(log), "--options", options], folder)
        except ServerError as error:
            said = log.read_text() if log.exists() else ""
            # Another process may have taken the port since it was found free.
            if port or "already in use" not in said or attempt == TRIES:
                raise ServerError(f"{error}\n{said}") from None
            log.unlink()
        else:
            return found
    raise AssertionError("the last try returns or raises")


@dataclass
class Server:
    """A private server; it runs from the beginning, and may be stopped and started again."""

    account: Account | None
    folder: Path
    password: str
    is_unit: bool
    port: int = 0
    is_running: bool = False

    @property
    def url(self) -> str:
        """Its URL, the same however often it is started."""
        return f"postgres://{USER}:{self.password}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it. Raises ServerError."""
        self.port = start(self.account, self.folder, is_unit=self.is_unit, port=self.port)
        self.is_running = True

    def stop(self, mode: str) -> None:
        """Stop it, where it runs, in one of PostgreSQL's modes. Raises ServerError."""
        if not self.is_running:
            return
        command = [str(program("pg_ctl")), "stop", "--wait", "--mode", mode]
        run_as(self.account, [*command, "--pgdata", str(self.folder / "data")], self.folder)
        self.is_running = False


@contextlib.contextmanager
def server(*, is_unit: bool) -> Iterator[Server]:
    """A private server, for as long as the block runs. Raises ServerError."""
    initdb = program("initdb")
    account = unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="guazai-pg-"))
    data, password_file = folder / "data", folder / "password"
    try:
        password = secrets.token_urlsafe(24)
        password_file.write_text(password)
        if account:
            os.chown(folder, *account)
            os.chown(password_file, *account)
        command = [str(initdb), "--pgdata", str(data), "--username", USER, "--encoding", "UTF8"]
        command += ["--locale", "C", "--auth", "scram-sha-256", "--pwfile", str(password_file)]
        run_as(account, [*command, "--no-sync"], folder)
        made = Server(account, folder, password, is_unit)
        made.start()
        try:
            yield made
        finally:
            try:
                made.stop("fast")
            except ServerError:
                made.stop("immediate")
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def postgres(*, is_unit: bool) -> Iterator[str]:
    """A private server's URL, for as long as the block runs. Raises ServerError."""
    with server(is_unit=is_unit) as made:
        yield made.url


def end(number: int, frame: object) -> NoReturn:
    """Turn a signal into an exit, so that the server is stopped on the way out."""
    sys.exit(128 + number)


def main(arguments: list[str]) -> int:
    """Run the command in the arguments beside a server; its exit status."""
    is_unit = arguments[:1] == ["--unit"]
    command = arguments[1:] if is_unit else arguments
    if not command or command[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    try:
        with postgres(is_unit=is_unit) as url:
            variable = "GUAZAI_DATABASE" if is_unit else "GUAZAI_TEST_POSTGRES"
            print(f"PostgreSQL is up; {variable} names it", flush=True)
            with subprocess.Popen(command, env={**os.environ, variable: url}) as child:
                try:
                    return child.wait()
                except KeyboardInterrupt:
                    return child.wait()  # the terminal has told it as well
                except SystemExit:
                    child.send_signal(signal.SIGINT)  # pytest tidies up on this one
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        child.wait(GRACE_SECONDS)
                    child.kill()
                    raise
    except (MissingPackageError, ServerError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return end(signal.SIGINT, None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
