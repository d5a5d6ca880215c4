"""R10: a node is rebuilt from nothing, and beside a store that goes on, whatever is killed."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import statistics
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from guazai.feed.codec import Sealed
from guazai.feed.digest import is_blank
from guazai.resolver.board import Board, Cell
from guazai.resolver.follower import REBUILD_WISH
from guazai.resolver.node import current_store
from tests.faults import ways
from tests.faults.entries import name_of
from tests.faults.fleet import broken, children, is_follower, send
from tests.faults.ways import Cast, Entry
from tests.platform import (
    START_SECONDS,
    EdgeNode,
    Platform,
    platform,
    program_beside,
    run_program,
    within,
)

REBUILD_SECONDS = 20.0
MAX_HIDDEN_SECONDS = 1.0
CHANGES_PER_SECOND, VIEWS_PER_SECOND = 200, 200
CHANGED, DENIED = 100, 20
SAMPLE = 2000
LOOK_SECONDS = 0.01
#: How often it is looked at a store after it has taken over.
LOOKS = 20
#: A store that was rebuilt takes over at once, however far behind it is.
HASTY_FLIP = """
from guazai.resolver.rebuild import Rebuilder
Rebuilder._replace = lambda self, store, bad, is_fed: self._replica.take_over(
    store, is_forced=True
)
"""


@dataclass(frozen=True)
class Trial:
    """How many entries, and how often the follower is killed."""

    entries: int
    kills: int
    #: How long after a rebuild was asked for a kill comes, at most.
    longest: float


SMALL = Trial(entries=20_000, kills=3, longest=1.0)
FULL = Trial(entries=1_000_000, kills=20, longest=10.0)


@dataclass
class Stage:
    """A platform with many entries, and a node that has not been started."""

    running: Platform
    node: EdgeNode
    entries: dict[str, list[Entry]]
    trial: Trial
    #: How far the node said to be, one after the other.
    seen: list[tuple[int, int]] = field(default_factory=list)

    def start(self, program: Sequence[str] = ()) -> float:
        """Start the node with nothing; how long until it is in rotation."""
        began = time.monotonic()
        self.running.start(self.node.name, program)
        within(START_SECONDS, lambda: self.is_ready() or None, "the node is in rotation")
        return time.monotonic() - began

    def is_ready(self) -> bool:
        with suppress(httpx.TransportError):
            answer = httpx.get(f"{self.node.url}/readyz", timeout=5, trust_env=False)
            return answer.status_code == 200
        return False

    def ask_for_rebuild(self) -> None:
        (self.node.folder / REBUILD_WISH).touch()

    def kill_follower(self) -> None:
        """Kill the follower that runs, once one does: it is started again after a while."""
        pid = self.running.running[self.node.name].pid

        def find() -> list[int] | None:
            return [each for each in children(pid) if is_follower(each)] or None

        send(within(START_SECONDS, find, "a follower runs"), signal.SIGKILL)

    def board(self) -> Board:
        return Board.open(self.node.folder)

    def is_equal(self) -> bool | None:
        """Whether the node holds what the log says, tombstones apart."""
        with closing(sqlite3.connect(self.running.state / "guazai.sqlite3")) as connection:
            rows = connection.execute("SELECT key, value FROM entry_edgerecord")
            log = checksum(Sealed(key, value) for key, value in rows)
        store = current_store(self.node.folder)
        assert store is not None
        try:
            return checksum(store.dump()) == log or None
        finally:
            store.close()


def checksum(records: Iterable[Sealed]) -> tuple[int, int]:
    """How many records there are, and a sum over them in any order."""
    number = total = 0
    for each in records:
        if not is_blank(each):
            number += 1
            total ^= int.from_bytes(blake2b(b"\0\0".join(each), digest_size=16).digest())
    return number, total


@contextmanager
def stage(state: Path, trial: Trial) -> Iterator[Stage]:
    with platform("sqlite", state, is_started=False) as running:
        counts = [f"deny={DENIED}", f"change={CHANGED}"]
        entries = run_program("tests.faults.takedowns", counts, running.env, seconds=180)
        run_program("tests.faults.filling", [trial.entries], running.env, seconds=600)
        ways.let_in(running)
        running.start("control")
        running.start("relay")
        running.await_healthy()
        running.await_told(START_SECONDS)
        yield Stage(running, running.add_node("rebuilt"), entries, trial)
        print(running.logs())


@contextmanager
def watched(stage: Stage) -> Iterator[None]:
    """Look all the time how far the node says to be."""
    is_over = threading.Event()

    def look() -> None:
        with httpx.Client(timeout=5, trust_env=False) as client:
            while not is_over.wait(LOOK_SECONDS):
                said = client.get(f"{stage.node.url}/readyz").json()
                stage.seen.append((said["epoch"], said["revision"]))

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield
    finally:
        is_over.set()
        looking.join()


def take_down(stage: Stage, cast: Cast, entry: Entry) -> float:
    """Deny an account; how long until nobody is shown it whom a load balancer sends there."""
    ways.deny(cast, entry)
    accepted = time.monotonic()
    address = f"{stage.node.url}/v1/entries/{entry['aweme_id']}"

    def is_over() -> bool | None:
        is_hidden = httpx.get(address, timeout=5, trust_env=False).status_code == 204
        return (is_hidden or not stage.is_ready()) or None

    within(10 * MAX_HIDDEN_SECONDS, is_over, "it is hidden")
    return time.monotonic() - accepted


def went_back(seen: list[tuple[int, int]]) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where a node was less far than before."""
    return [(a, b) for a, b in pairwise(seen) if b < a]


def hold_r10(state: Path, seed: str, trial: Trial) -> None:
    rng = random.Random(seed)
    with stage(state, trial) as made:
        changed = [each["aweme_id"] for each in made.entries["change"]]
        env = made.running.env
        changing = program_beside(
            "tests.faults.rebuilding", [CHANGES_PER_SECOND, seed], env, changed
        )
        with changing as changes:
            from_nothing = made.start()
            accounts = [name_of(rng.randrange(trial.entries)) for _ in range(SAMPLE)]
            load = [made.node.port, VIEWS_PER_SECOND, seed]
            with program_beside("tests.faults.load", load, env, accounts) as views, watched(made):
                hidden = kill_and_take_down(made, rng)
                rebuilt = rebuild(made)
        made.running.await_told(START_SECONDS)
        within(10 + trial.entries / 20_000, made.is_equal, "node and log are equal")
        board = made.board()
        failures, starts = board[Cell.REBUILD_FAILURES], board[Cell.FOLLOWER_STARTS]
    views.pop("shown")
    print(
        f"{trial.entries} entries from nothing: {from_nothing:.1f} s; beside a running store:"
        f" {rebuilt:.1f} s; {starts} starts of the follower, {failures} rebuilds failed"
    )
    print(
        f"{len(hidden)} takedowns: median {statistics.median(hidden) * 1000:.0f} ms,"
        f" max {max(hidden) * 1000:.0f} ms; changes {changes}"
    )
    print(f"views {views}; seed {seed}; load {os.getloadavg()[0]:.1f}")
    assert from_nothing < REBUILD_SECONDS
    assert rebuilt < REBUILD_SECONDS
    assert max(hidden) < MAX_HIDDEN_SECONDS
    assert views["wrong"] == []
    assert views["by_status"].keys() <= {"200", "204"}
    assert went_back(made.seen) == []
    assert starts > trial.kills
    assert changes["changes"] / changes["seconds"] > 0.5 * CHANGES_PER_SECOND


def kill_and_take_down(stage: Stage, rng: random.Random) -> list[float]:
    """Kill the follower in the midst of rebuilds, and take entries down meanwhile."""
    cast, hidden = Cast(stage.running), []
    left = iter(stage.entries["deny"])
    for _ in range(stage.trial.kills):
        stage.ask_for_rebuild()
        time.sleep(rng.uniform(0, stage.trial.longest))
        hidden.append(take_down(stage, cast, next(left)))
        stage.kill_follower()
        within(START_SECONDS, lambda: stage.is_ready() or None, "the node is back in rotation")
    return [*hidden, *(take_down(stage, cast, entry) for entry in left)]


def rebuild(stage: Stage) -> float:
    """Have the store rebuilt beside the one that answers; how long it takes."""
    board = stage.board()
    done, began = board[Cell.REBUILDS], time.monotonic()
    stage.ask_for_rebuild()
    within(START_SECONDS, lambda: board[Cell.REBUILDS] > done or None, "the store is rebuilt")
    took, looks = time.monotonic() - began, len(stage.seen)
    within(START_SECONDS, lambda: len(stage.seen) > looks + LOOKS or None, "it is looked at")
    return took


@pytest.mark.slow
def test_r10_a_node_is_rebuilt_while_all_goes_on(tmp_path: Path, seed: str) -> None:
    hold_r10(tmp_path, seed, SMALL)


@pytest.mark.slow
def test_r10_a_million_entries_are_rebuilt_while_all_goes_on(tmp_path: Path, seed: str) -> None:
    hold_r10(tmp_path, seed, FULL)


@pytest.mark.slow
def test_r10_a_store_that_takes_over_too_soon_goes_back(tmp_path: Path, seed: str) -> None:
    with stage(tmp_path, SMALL) as made:
        changed = [each["aweme_id"] for each in made.entries["change"]]
        env = made.running.env
        with program_beside("tests.faults.rebuilding", [CHANGES_PER_SECOND, seed], env, changed):
            made.start(broken("resolver", HASTY_FLIP))
            with watched(made):
                rebuild(made)
    assert went_back(made.seen) != []
