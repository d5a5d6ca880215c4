"""`guazai start`: check the machine, prepare the state, run all processes, say what is where."""

from __future__ import annotations

import secrets
import shutil
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
from honcho.manager import Manager
from honcho.printer import Printer
from rich.console import Console

from guazai.certificates import certificates
from guazai.control.config import Config, ConfigError

HEALTHY_WITHIN_SECONDS = 60
FREE_DISK_BYTES = 500 * 1024 * 1024
PYTHON = (3, 11)


class StartError(Exception):
    """Guazai cannot start; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process under the supervisor, and the address that tells when it is healthy."""

    name: str
    command: str
    health: str = ""


def make_secret(state: Path) -> None:
    """Make the state folder and, once, its secret, readable by its owner alone."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = state / "secret"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))


def preflight(config: Config) -> None:
    """Raise `StartError` with the mend for the first thing that would keep Guazai from running."""
    if sys.version_info < PYTHON:
        raise StartError(f"Python {PYTHON[0]}.{PYTHON[1]} or newer is needed; install it.")
    free = shutil.disk_usage(config.state).free
    if free < FREE_DISK_BYTES:
        raise StartError(
            f"only {free // 2**20} MiB are free where {config.state} is, 500 MiB are needed:"
            " free some, or choose another place with --state DIR."
        )
    by_base = "--port-base N"
    ports = [
        ("control plane", config.port, by_base),
        ("resolver", config.resolver_port, by_base),
        ("relay", config.relay_port, by_base),
    ]
    if config.has_tls:
        ports.append(("TLS front", config.tls_port, "--tls-port N"))
    for name, port, option in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((config.bind, port))
            except OSError as error:
                raise StartError(
                    f"port {port} for the {name} cannot be used ({error.strerror or error}):"
                    f" stop what uses it, or choose another with {option}."
                ) from None


def processes(config: Config) -> list[Process]:
    """What runs: the control plane, the relay, the worker, the evaluator, the resolver.

    With a TLS front the control plane runs a second time, over TLS.
    """
    guazai = f"{sys.executable} -m guazai"
    here = f"http://{config.local_host}"
    found = [
        Process("control", f"{guazai} control", f"{here}:{config.port}/api/v1/health"),
        Process("relay", f"{guazai} relay", f"{here}:{config.relay_port}/healthz"),
        Process("worker", f"{guazai} worker"),
        Process("evaluator", f"{guazai} evaluator"),
        Process("resolver", f"{guazai} resolver", f"{here}:{config.resolver_port}/readyz"),
    ]
    if config.has_tls:
        health = f"https://{config.local_host}:{config.tls_port}/api/v1/health"
        found.append(Process("tls", f"{guazai} control --tls", health))
    return found


def run(config: Config, console: Console, on_healthy: Callable[[], None], *, check: bool) -> int:
    """Run everything until it is told to stop, or until it is healthy where `check`.

    Returns the exit code: 0 after a clean stop, 1 where something died or never became healthy.
    """
    manager = Manager(Printer(sys.stderr))
    running = processes(config)
    for process in running:
        manager.add_process(process.name, process.command)
    outcome: list[bool] = []
    ended = threading.Event()

    def watch() -> None:
        trust = certificates(config.state).context() if config.has_tls else None
        outcome.append(_wait_until_healthy(running, ended, trust))
        if outcome[0]:
            on_healthy()
        elif not ended.is_set():
            console.print(
                f"[red]Not healthy within {HEALTHY_WITHIN_SECONDS} s;"
                " the log lines above say why.[/red]"
            )
        if check or not outcome[0]:
            manager.terminate()

    threading.Thread(target=watch, name="health", daemon=True).start()
    manager.loop()
    ended.set()
    was_asked = check or manager.returncode in {130, 143}
    return 0 if was_asked and outcome[:1] == [True] else 1


def _wait_until_healthy(
    running: list[Process], ended: threading.Event, trust: ssl.SSLContext | None
) -> bool:
    until = time.monotonic() + HEALTHY_WITHIN_SECONDS
    waiting = [process.health for process in running if process.health]
    with httpx.Client(timeout=2, trust_env=False, verify=trust or True) as client:
        while waiting and time.monotonic() < until:
            if ended.wait(0.05):
                return False
            waiting = [address for address in waiting if not _answers(client, address)]
    return not waiting


def _answers(client: httpx.Client, address: str) -> bool:
    try:
        return client.get(address).status_code == 200
    except httpx.HTTPError:
        return False


def forget(state: Path) -> None:
    """Delete what is in a state folder, but its secret."""
    if not (state / "secret").exists() and any(state.iterdir()):
        raise ConfigError(f"{state} is not a state folder of Guazai; nothing was deleted.")
    for path in state.iterdir():
        if path.name == "secret":
            continue
        shutil.rmtree(path) if path.is_dir() else path.unlink()
