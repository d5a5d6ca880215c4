"""R5: the outbox skips nothing, however late a writer commits.

Decision: on SQLite, where one writer waits for another, commits are delayed by 2 ms at most instead
of 30, so that all 16 get their turns. The twin is right there, so it is held to PostgreSQL.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.platform import DATABASES, database, environment, folder, run_program

WRITERS = 16
SECONDS = 8
TWIN_SECONDS = 3
LONGEST_DELAY = {"sqlite": 0.002, "postgresql": 0.03}


def write_and_read(
    kind: str, paths: pytest.TempPathFactory, seed: str, reader: str, seconds: float
) -> dict[str, Any]:
    """What came of writers and a reader on a platform of its own."""
    state = folder(paths)
    options = {
        "reader": reader,
        "writers": WRITERS,
        "seconds": seconds,
        "delay": LONGEST_DELAY[kind],
    }
    given = [part for name, value in options.items() for part in (f"--{name}", value)]
    with database(kind) as url:
        env = environment(state, url)
        found = run_program("tests.faults.outboxing", [state, seed, *given], env, seconds=120)
    print(f"{kind}, {reader}, seed {seed}: {found}")
    return found


@pytest.mark.parametrize("kind", DATABASES)
def test_r5_the_relay_misses_nothing(
    tmp_path_factory: pytest.TempPathFactory, seed: str, kind: str
) -> None:
    found = write_and_read(kind, tmp_path_factory, seed, "relay", SECONDS)
    assert found["committed"] > 4 * WRITERS
    assert found["undone"] > found["committed"] / 10
    assert found["missing"] == 0
    assert found["of_undone_seen"] == 0


def test_r5_a_poller_that_remembers_the_last_id_misses_some(
    tmp_path_factory: pytest.TempPathFactory, seed: str
) -> None:
    found = write_and_read("postgresql", tmp_path_factory, seed, "cursor", TWIN_SECONDS)
    assert found["missing"] > 0
