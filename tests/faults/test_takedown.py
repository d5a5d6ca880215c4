"""R1: a takedown on one machine is served to nobody for long, under 1,000 page views a second.

Decision: the 400 takedowns are spread over 20 s, three times as dense as over the promise's 60 s,
to keep the quick tests quick; the 60 s themselves are a slow test.
"""

from __future__ import annotations

import http.client
import json
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from guazai.demo.caller import Caller
from guazai.demo.credentials import Login
from tests.platform import (
    PASSWORD,
    REPOSITORY,
    START_SECONDS,
    Platform,
    platform,
    run_program,
    with_group,
)

#: How many takedowns of each way, and on how many accounts: what can be undone is done again.
ONCE, AGAIN = 50, 150
ACCOUNTS_AGAIN = 10
TWIN_SECONDS = 5.0
VIEWS_PER_SECOND = 1000
P99_SECONDS = 0.3
MAX_SECONDS = 1.0
SURFACE = "surfaces/profile_mount"
#: The twin: it looks once a second, and takes keys as they come, takedowns or not.
NAIVE_RELAY = """
import django
django.setup()
from guazai.cli import app
from guazai.control.entry import relay
from guazai.control.journal.models import OutboxKey
relay.POLL_SECONDS = 1.0
relay.outbox.waiting = lambda limit: list(OutboxKey.objects.order_by("id")[:limit])
app(["relay"])
"""
Entry = dict[str, str]


Undo = tuple[str, Any]


def deny(caller: Caller, entry: Entry) -> Undo:
    body = {"scope": "account", "target": entry["aweme_id"], "reason": "R1"}
    made = caller.post("/operator/denies", body)
    return f"/operator/denies/{made['id']}/lift", {"reason": "R1"}


def revoke(caller: Caller, entry: Entry) -> Undo:
    path = f"/operator/mini-programs/{entry['app_id']}/{SURFACE}/capability"
    caller.post(f"{path}/revoke", {"reason": "R1"})
    return f"{path}/restore", {"reason": "R1"}


def unbind(caller: Caller, entry: Entry) -> None:
    path = f"/mini-programs/{entry['app_id']}/{SURFACE}/bindings/{entry['binding_id']}/unbind"
    caller.post(path)


def remove(caller: Caller, entry: Entry) -> None:
    path = f"/mini-programs/{entry['app_id']}/{SURFACE}/records/{entry['aweme_id']}/live"
    caller.call("DELETE", path)


@dataclass(frozen=True)
class Way:
    """Who takes an entry down, how, and how often; the act answers how it is undone, if it is."""

    role: str
    act: Callable[[Caller, Entry], Undo | None]
    times: int


WAYS = {
    "deny": Way("operator", deny, AGAIN),
    "revoke": Way("operator", revoke, AGAIN),
    "unbind": Way("developer", unbind, ONCE),
    "remove": Way("developer", remove, ONCE),
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
        counts = [ONCE, ACCOUNTS_AGAIN]
        made = run_program("tests.faults.takedowns", counts, running.env, seconds=180)
        running.start_all()
        running.await_told(START_SECONDS)
        running.people += [Login(role, role, PASSWORD, "") for role in ("operator", "developer")]
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
    found: dict[str, Any] = {}
    command = [sys.executable, "-m", "tests.faults.load", port, str(VIEWS_PER_SECOND), seed]
    with subprocess.Popen(
        command,
        cwd=REPOSITORY,
        env=running.env,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as load:
        assert load.stdin is not None
        assert load.stdout is not None
        try:
            load.stdin.write("\n".join(accounts))
            load.stdin.close()
            assert load.stdout.readline() == "asking\n"
            yield found
            load.terminate()
            found |= json.loads(load.stdout.read())
        finally:
            with_group(load, 9)


def take_down(
    stage: Stage, ways: dict[str, Way], seconds: float, *, is_undone: bool
) -> list[Takedown]:
    """Take entries down, evenly over `seconds`, each way by somebody of its own."""
    began = time.monotonic()

    def work(name: str) -> list[Takedown]:
        way, entries = ways[name], stage.entries[name]
        caller = stage.running.caller(way.role)
        done = []
        with closing(Visitor(stage.running)) as visitor:
            for turn in range(way.times):
                time.sleep(max(0.0, began + seconds * turn / way.times - time.monotonic()))
                entry = entries[turn % len(entries)]
                undo = way.act(caller, entry)
                accepted = time.monotonic()
                hidden = visitor.wait_for(204, entry["aweme_id"])
                undone = math.inf
                if undo is not None and is_undone:
                    undone = time.monotonic()
                    caller.post(*undo)
                    visitor.wait_for(200, entry["aweme_id"])
                done.append(Takedown(entry["aweme_id"], accepted, hidden, undone))
        return done

    with ThreadPoolExecutor(len(ways)) as pool:
        return [takedown for done in pool.map(work, ways) for takedown in done]


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


def p99(takedowns: list[Takedown]) -> float:
    return statistics.quantiles([each.seconds for each in takedowns], n=100)[98]


def describe(takedowns: list[Takedown]) -> str:
    median = statistics.median(each.seconds for each in takedowns)
    worst = max(each.seconds for each in takedowns)
    return (
        f"{len(takedowns)} takedowns, accepted to hidden: median {median * 1000:.0f} ms,"
        f" p99 {p99(takedowns) * 1000:.0f} ms, max {worst * 1000:.0f} ms"
    )


def hold_r1(stage: Stage, seconds: float, seed: str) -> None:
    accounts = [entry["aweme_id"] for each in stage.entries.values() for entry in each]
    with views(stage.running, accounts, seed) as found:
        takedowns = take_down(stage, WAYS, seconds, is_undone=True)
    shown = found.pop("shown")
    print(f"{describe(takedowns)}\nviews, seed {seed}: {found}")
    assert len(takedowns) == 400
    assert p99(takedowns) < P99_SECONDS
    assert max(each.seconds for each in takedowns) < MAX_SECONDS
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
    takedowns = take_down(shared_stage, TWIN_WAYS, TWIN_SECONDS, is_undone=False)
    print(f"the twin: {describe(takedowns)}")
    assert p99(takedowns) > P99_SECONDS
