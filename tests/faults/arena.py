"""What the races share: a database of their own to race on, and the clients that do.

A race is a program that runs beside pytest: `python -m tests.faults.arena MODULE ARGUMENTS…` calls
the `main` of that module. What races is isolation and not durability, so on these databases alone
a commit does not wait for the disk.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any, TypeVar

import django
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections

from tests import platform

T = TypeVar("T")
PROCESSES = 2
#: The clients of SQLite queue for its one writer; none may give up in a long queue.
BUSY_SECONDS = 60


def play(
    module: str, states: pytest.TempPathFactory, seconds: float, *arguments: object
) -> dict[str, dict[str, Any]]:
    """Run a race on a fresh database of each kind, both at once; what was found on which."""

    def on(kind: str) -> dict[str, Any]:
        with platform.database(kind) as url:
            env = platform.environment(platform.folder(states), url)
            return platform.run_program("tests.faults.arena", [module, *arguments], env, seconds)

    with ThreadPoolExecutor() as pool:
        return dict(zip(platform.DATABASES, pool.map(on, platform.DATABASES), strict=True))


def crowd(
    work: Callable[[int], T], clients: int, *, processes: int = PROCESSES, at_once: int = 0
) -> list[T]:
    """`work(client)` of every one of `clients`, begun together; their answers in order.

    Clients are threads of forked processes, each with a connection of its own; at most `at_once`
    of a process are at work, where given. Fails where a client does.
    """
    connections.close_all()  # nothing open is carried across a fork
    fork = multiprocessing.get_context("fork")
    begin = fork.Barrier(clients)
    started = []
    for first in range(processes):
        ours, theirs = fork.Pipe(duplex=False)
        mine = range(first, clients, processes)
        process = fork.Process(target=_run, args=(work, mine, begin, at_once, theirs))
        process.start()
        theirs.close()
        started.append((process, ours))
    answers: dict[int, T] = {}
    failures: list[str] = []
    for process, port in started:
        try:
            done, failed = port.recv()
        except EOFError:
            done, failed = {}, ["a process of clients died"]
        answers.update(done)
        failures += failed
        process.join()
    # Those that waited for one that failed fail with it, and explain nothing.
    failures.sort(key=lambda text: "BrokenBarrierError" in text)
    assert not failures, f"{len(failures)} clients failed, one of them so:\n{failures[0]}"
    return [answers[client] for client in range(clients)]


def _run(
    work: Callable[[int], T], mine: Sequence[int], begin: Any, at_once: int, port: Any
) -> None:
    answers: dict[int, T] = {}
    failures: list[str] = []
    gate = threading.BoundedSemaphore(at_once or len(mine))

    def run(client: int) -> None:
        try:
            begin.wait()
            with gate:
                answers[client] = work(client)
                connection.close()
        except BaseException:  # noqa: BLE001 - the parent fails by it
            begin.abort()
            failures.append(traceback.format_exc())

    threads = [threading.Thread(target=run, args=(client,)) for client in mine]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    port.send((answers, failures))
    port.close()


def enter() -> None:
    """Make this process a Guazai on the database that its environment names."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "guazai.control.settings"
    database: dict[str, Any] = settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        options = database["OPTIONS"]
        options["timeout"] = BUSY_SECONDS
        options["init_command"] += " PRAGMA synchronous=OFF;"
    else:
        database["OPTIONS"] = {"options": "-c synchronous_commit=off"}
    django.setup()
    call_command("migrate", verbosity=0)


if __name__ == "__main__":
    enter()
    print(json.dumps(import_module(sys.argv[1]).main(*sys.argv[2:])))
