"""R1: a takedown on one machine is served to nobody for long, under 1,000 page views a second.

Decision: the 400 takedowns are spread over 20 s, three times as dense as over the promise's 60 s,
to keep the quick tests quick; the 60 s themselves are a slow test.
"""

from __future__ import annotations

import http.client
import math
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.faults import ways
from tests.faults.ways import Cast, Entry, Undo
from tests.platform import (
    START_SECONDS,
    Platform,
    platform,
    program_beside,
    run_program,
)

#: How many takedowns of each way, and on how many accounts: what can be undone is done again.
ONCE, AGAIN = 50, 100
ACCOUNTS_AGAIN = 10
APPROVALS = 20
TWIN_SECONDS = 5.0
VIEWS_PER_SECOND = 1000
P99_SECONDS = 0.3
MAX_SECONDS = 1.0
#: No promise but that it comes: to write it down the relay waits for the database as others do.
EFFECTIVE_SECONDS = 5.0
#: The twin: no node hears of takedowns before the feed tells them, which looks once a second.
NAIVE_RELAY = """
import django
django.setup()
from guazai.cli import app
from guazai.control.entry import relay, takedowns
from guazai.control.journal.models import OutboxKey
takedowns.Takedowns._find_new = lambda self: []
relay.POLL_SECONDS = 1.0
relay.outbox.waiting = lambda limit: list(OutboxKey.objects.order_by("id")[:limit])
app(["relay"])
"""


@dataclass(frozen=True)
class Way:
    """How an entry is taken down, and how often; the act answers how it is undone, if it is."""

    act: Callable[[Cast, Entry], Undo | None]
    times: int


WAYS = {
    "deny": Way(ways.deny, AGAIN),
    "deny_app": Way(ways.deny_app, AGAIN),
    "revoke": Way(ways.revoke, AGAIN),
    "unbind": Way(ways.unbind, ONCE),
    "remove": Way(ways.remove, ONCE),
}
#: The twin's takedowns are left as they are: each account has one.
TWIN_WAYS = {name: replace(WAYS[name], times=ACCOUNTS_AGAIN) for name in ("deny", "revoke")}


@dataclass(frozen=True)
class Takedown:
    """When the API answered that it was accepted, and from when until when its entry was hidden."""

    aweme_id: str
    accepted: float
    hidden: float
    undone: float
    shown_again: float

    @property
    def seconds(self) -> float:
        return self.hidden - self.accepted


@dataclass
class Stage:
    """A running platform with entries to take down."""

    running: Platform
    entries: dict[str, list[Entry]]


@contextmanager
def stage(state: Path) -> Iterator[Stage]:
    with platform("sqlite", state, is_started=False) as running:
        accounts = {
            name: ONCE if way.times == ONCE else ACCOUNTS_AGAIN for name, way in WAYS.items()
        }
        counts = [f"{name}={count}" for name, count in {**accounts, "approve": APPROVALS}.items()]
        made = run_program("tests.faults.takedowns", counts, running.env, seconds=180)
        running.start_all()
        running.await_told(START_SECONDS)
        ways.let_in(running)
        yield Stage(running, made)
        print(running.logs())


@pytest.fixture(scope="module")
def shared_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("state")) as made:
        yield made


@contextmanager
def views(running: Platform, accounts: list[str], seed: str) -> Iterator[dict[str, Any]]:
    """Page views by a process of its own; what it found is there when the block ends."""
    port = str(running.port_base + 1)
    arguments = [port, VIEWS_PER_SECOND, seed]
    with program_beside("tests.faults.load", arguments, running.env, accounts) as found:
        yield found


def take_down(
    stage: Stage, by: dict[str, Way], seconds: float, *, is_undone: bool
) -> list[Takedown]:
    """Take entries down, evenly over `seconds`, each way by people of its own."""
    began = time.monotonic()

    def work(name: str) -> list[Takedown]:
        way, entries, cast = by[name], stage.entries[name], Cast(stage.running)
        done = []
        with closing(Visitor(stage.running)) as visitor:
            for turn in range(way.times):
                time.sleep(max(0.0, began + seconds * turn / way.times - time.monotonic()))
                entry = entries[turn % len(entries)]
                undo = way.act(cast, entry)
                accepted = time.monotonic()
                hidden = visitor.wait_for(204, entry["aweme_id"])
                undone = shown_again = math.inf
                if undo is not None and is_undone:
                    undone = time.monotonic()
                    undo()
                    lifted = time.monotonic()
                    shown_again = visitor.wait_for(200, entry["aweme_id"]) - lifted
                done.append(Takedown(entry["aweme_id"], accepted, hidden, undone, shown_again))
        return done

    with ThreadPoolExecutor(len(by)) as pool:
        return [takedown for done in pool.map(work, by) for takedown in done]


def approve(stage: Stage, seconds: float) -> list[float]:
    """Approve pages, evenly over `seconds`; how long each then took to be served."""
    cast, began, took = Cast(stage.running), time.monotonic(), []
    with closing(Visitor(stage.running)) as visitor:
        for turn, entry in enumerate(stage.entries["approve"]):
            time.sleep(max(0.0, began + seconds * turn / APPROVALS - time.monotonic()))
            ways.approve(cast, entry)
            accepted = time.monotonic()
            took.append(visitor.wait_for(200, entry["aweme_id"]) - accepted)
    return took


class Visitor:
    """Looks at a profile page until it shows what it should."""

    def __init__(self, running: Platform) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", running.port_base + 1, timeout=5)

    def wait_for(self, status: int, aweme_id: str) -> float:
        """When the resolver first answered with `status`."""
        until = time.monotonic() + 10 * MAX_SECONDS
        while True:
            self.connection.request("GET", f"/v1/entries/{aweme_id}")
            answer = self.connection.getresponse()
            answer.read()
            now = time.monotonic()
            if answer.status == status:
                return now
            assert answer.status in {200, 204}
            assert now < until, f"{aweme_id} still answers {answer.status}"
            time.sleep(0.002)

    def close(self) -> None:
        self.connection.close()


def p99(seconds: Sequence[float]) -> float:
    return statistics.quantiles(seconds, n=100, method="inclusive")[98]


def describe(what: str, seconds: Sequence[float]) -> str:
    median, worst = statistics.median(seconds) * 1000, max(seconds) * 1000
    return (
        f"{len(seconds)} {what}: median {median:.0f} ms, p99 {p99(seconds) * 1000:.0f} ms,"
        f" max {worst:.0f} ms"
    )


def effective(stage: Stage) -> list[float]:
    """How long each takedown that the API tells of took from accepted to effective."""
    told = list(ways.takedowns(Cast(stage.running).as_("operator")))
    assert [each for each in told if each.effective_at is None] == []
    return [each.effective_at - each.accepted_at for each in told if each.effective_at]


def hold_r1(stage: Stage, seconds: float, seed: str) -> None:
    accounts = [
        entry["aweme_id"] for way, each in stage.entries.items() for entry in each if way in WAYS
    ]
    with views(stage.running, accounts, seed) as found, ThreadPoolExecutor(1) as pool:
        approving = pool.submit(approve, stage, seconds)
        takedowns = take_down(stage, WAYS, seconds, is_undone=True)
        approved = approving.result()
    hidden = [each.seconds for each in takedowns]
    again = [each.shown_again for each in takedowns if each.shown_again < math.inf]
    shown = found.pop("shown")
    print(describe("takedowns, accepted to hidden", hidden))
    print(describe("takedowns, accepted to effective", effective(stage)))
    print(describe("undone to shown again", again))
    print(describe("approvals, accepted to served", approved))
    print(f"views, seed {seed}, load {os.getloadavg()[0]:.1f}: {found}")
    assert len(takedowns) == 400
    assert p99(hidden) < P99_SECONDS
    assert max(hidden) < MAX_SECONDS
    assert max(approved) < MAX_SECONDS
    assert max(effective(stage)) < EFFECTIVE_SECONDS
    assert found["wrong"] == []
    assert found["by_status"].keys() == {"200", "204"}
    assert found["rate"] > 0.95 * VIEWS_PER_SECOND
    # Nor was anybody shown the entry who asked once it was hidden.
    assert [
        each
        for each in takedowns
        if any(each.hidden < asked < each.undone for asked in shown.get(each.aweme_id, ()))
    ] == []


def test_r1_takedowns_are_quick_under_load(shared_stage: Stage, seed: str) -> None:
    hold_r1(shared_stage, 20.0, seed)


@pytest.mark.slow
def test_r1_takedowns_are_quick_under_load_for_a_minute(tmp_path: Path, seed: str) -> None:
    with stage(tmp_path) as made:
        hold_r1(made, 60.0, seed)


def test_r1_a_relay_that_looks_once_a_second_is_too_slow(shared_stage: Stage) -> None:
    shared_stage.running.stop("relay")
    shared_stage.running.start("relay", ("-c", NAIVE_RELAY))
    shared_stage.running.await_healthy()
    takedowns = take_down(shared_stage, TWIN_WAYS, TWIN_SECONDS, is_undone=False)
    seconds = [each.seconds for each in takedowns]
    print(describe("takedowns of the twin, accepted to hidden", seconds))
    assert p99(seconds) > P99_SECONDS
