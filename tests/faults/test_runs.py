"""R15: applying a feed is atomic and monotone, whenever the evaluator dies.

Decision: of the 200 kills 100 fall on SQLite and 100 on PostgreSQL; a fifth of them in every run.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.platform import DATABASES, database, environment, folder, run_program

KILLS, QUICK_KILLS = 100, 20
TWIN_KILLS = 60


def crash(
    kind: str, paths: pytest.TempPathFactory, seed: str, kills: int, twin: str = "none"
) -> dict[str, Any]:
    """What came of killing evaluators on a platform of its own."""
    state = folder(paths)
    with database(kind) as url:
        arguments = [state, seed, "--kills", kills, "--twin", twin]
        env = environment(state, url)
        found = run_program("tests.faults.evaluating", arguments, env, seconds=600)
    print(f"{kind}, seed {seed}: {found}")
    return found


def is_as_promised(found: dict[str, Any], kills: int) -> None:
    """Nothing is wrong, after so many kills."""
    assert found["faults"] == []
    assert sum(found["kills"].values()) == kills


def test_r15_a_killed_run_is_all_old_or_completes(
    tmp_path_factory: pytest.TempPathFactory, seed: str
) -> None:
    is_as_promised(crash("sqlite", tmp_path_factory, seed, QUICK_KILLS), QUICK_KILLS)


@pytest.mark.slow
@pytest.mark.parametrize("kind", DATABASES)
def test_r15_through_all_kills(
    kind: str, tmp_path_factory: pytest.TempPathFactory, seed: str
) -> None:
    is_as_promised(crash(kind, tmp_path_factory, seed, KILLS), KILLS)


@pytest.mark.slow
@pytest.mark.parametrize("twin", ["cursor_apart", "adopt_apart"])
def test_r15_a_twin_that_is_not_atomic_is_caught(
    twin: str, tmp_path_factory: pytest.TempPathFactory, seed: str
) -> None:
    found = crash("sqlite", tmp_path_factory, seed, TWIN_KILLS, twin)
    assert found["faults"], f"nothing wrong in {TWIN_KILLS} kills"
