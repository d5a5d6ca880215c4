"""S7: webhooks are delivered at least once whatever dies, and one that hangs delays no other.

Decision: of the 1,000 events and 100 kills half fall on SQLite and half on PostgreSQL, as the
sender is the same; a smaller share of both is in every run. The delays are compared on one of them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.platform import DATABASES, database, environment, folder, run_program

GAPS = ",".join(["0.1", "0.2", *["0.3"] * 60])
SMALL = ("--events", 160, "--kills", 10, "--apps", 6, "--deadline", 1)
LARGE = ("--events", 500, "--kills", 50)
TWIN = ("--events", 200, "--kills", 20, "--deadline", 1, "--patience", 4, "--twin", "no_lease")
#: Acts at a pace that everybody can follow, so that a delay is somebody's doing.
PACED = ("--events", 150, "--failing", 0, "--pace", 0.05, "--deadline", 3)
#: How much later others' events may come beside one that hangs: the noise of a shared machine.
NOISE_MS = 1000
Findings = dict[str, Any]


def told(kind: str, state: Path, seed: str, arguments: tuple[object, ...]) -> Findings:
    """What came of telling on a platform of its own."""
    with database(kind) as url:
        reach = {"webhook_networks": "127.0.0.1/32", "webhook_gaps": GAPS}
        env = environment(state, url, **reach)
        found = run_program("tests.faults.hooking", [state, seed, *arguments], env, seconds=400)
    print(f"{kind}, seed {seed}, {arguments}: {found}")
    return found


def require_all_delivered(found: Findings, events: int, kills: int) -> None:
    assert (found["acts"], found["told"]) == (events, events)
    assert found["kills"] == kills
    assert found["lost"] == []
    # Each event has one Msg-Id and one body, however often it came.
    assert (found["twice"], found["changed"], found["unknown"]) == (0, [], [])
    assert found["requests"] > events
    assert found["hanging_requests"] > 0


def both(paths: pytest.TempPathFactory, seed: str, arguments: tuple[object, ...]) -> list[Findings]:
    """The same on both databases, at the same time."""
    with ThreadPoolExecutor(len(DATABASES)) as pool:
        return list(pool.map(lambda kind: told(kind, folder(paths), seed, arguments), DATABASES))


def test_s7_kills_lose_nothing(tmp_path_factory: pytest.TempPathFactory, seed: str) -> None:
    for found in both(tmp_path_factory, seed, SMALL):
        require_all_delivered(found, 160, 10)


@pytest.mark.slow
def test_s7_a_hundred_kills_lose_nothing(
    tmp_path_factory: pytest.TempPathFactory, seed: str
) -> None:
    for found in both(tmp_path_factory, seed, LARGE):
        require_all_delivered(found, 500, 50)


@pytest.mark.slow
def test_s7_a_sender_without_leases_loses_some(tmp_path: Path, seed: str) -> None:
    assert told("sqlite", tmp_path, seed, TWIN)["lost"], "none lost in 20 kills"


@pytest.mark.slow
def test_s7_one_that_never_answers_delays_no_other(
    tmp_path_factory: pytest.TempPathFactory, seed: str
) -> None:
    def run(*arguments: object) -> Findings:
        state = tmp_path_factory.mktemp("state")
        return told("sqlite", state, seed, (*PACED, *arguments))

    alone = run("--hanging", 0)
    beside = run()
    assert beside["hanging_requests"] > 0
    assert beside["lost"] == []
    assert beside["p95_ms"] <= alone["p95_ms"] + NOISE_MS
    queued = run("--twin", "one_queue")
    assert queued["p95_ms"] > alone["p95_ms"] + NOISE_MS, "the twin with one queue is disturbed"
