"""R4: publishing survives crashes of the relay.

Decision: of the 1,000 kills at random points 500 fall on SQLite and 500 on PostgreSQL, as the relay
is the same; each failpoint ends it 20 times on each of the two. A twin runs on one of them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.platform import DATABASES, database, environment, folder, run_program

KILLS = 500
DEATHS_AT_EACH_FAILPOINT = 20
TWIN_KILLS = 20
TWIN_ROUNDS = 5
Findings = dict[str, Any]


def crash(
    kind: str, paths: pytest.TempPathFactory, seed: str, kills: int, *options: object
) -> Findings:
    """What came of killing relays on a platform of its own."""
    state = folder(paths)
    with database(kind) as url:
        arguments = [state, seed, "--kills", kills, *options]
        env = environment(state, url)
        found = run_program("tests.faults.crashing", arguments, env, seconds=300)
    print(f"{kind}, seed {seed}: { {k: v for k, v in found.items() if k != 'final'} }")
    return found


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, seed: str) -> dict[str, Findings]:
    """The same writes on both databases, at the same time, each under kills of its own."""
    deaths = ("--deaths", DEATHS_AT_EACH_FAILPOINT)
    with ThreadPoolExecutor(len(DATABASES)) as pool:
        results = pool.map(
            lambda kind: crash(kind, tmp_path_factory, seed, KILLS, *deaths), DATABASES
        )
        return dict(zip(DATABASES, results, strict=True))


@pytest.mark.parametrize("kind", DATABASES)
def test_r4_kills_lose_repeat_and_reverse_nothing(runs: dict[str, Findings], kind: str) -> None:
    found = runs[kind]
    assert sum(found["kills"].values()) == KILLS
    # A third of the relays came as far as to settle a batch: kills fell on all that they do.
    assert len(found["kills"]) > 1
    assert found["died_at_failpoints"] == 2 * DEATHS_AT_EACH_FAILPOINT
    assert found["changes_seen"] > KILLS / 4
    assert found["lost"] == []
    assert found["duplicate"] == []
    assert found["backward"] == []
    assert found["differences"] == []
    assert found["failures"] == 0


def test_r4_both_databases_end_in_the_same_state(runs: dict[str, Findings]) -> None:
    sqlite, postgresql = (runs[kind] for kind in DATABASES)
    assert sqlite["writes"] == postgresql["writes"]
    assert _saying_something(sqlite["final"]) == _saying_something(postgresql["final"])


def _saying_something(final: dict[str, str]) -> dict[str, str]:
    """Without tombstones and lifted denies, which are the same as nothing."""
    return {key: said for key, said in final.items() if not said.startswith(("[false", "false"))}


def test_r4_a_relay_that_settles_before_it_tells_loses_some(
    tmp_path_factory: pytest.TempPathFactory, seed: str
) -> None:
    twin = ("--twin", "settle_first", "--rounds", TWIN_ROUNDS)
    found = crash("postgresql", tmp_path_factory, seed, TWIN_KILLS, *twin)
    assert found["lost"], f"none lost in {TWIN_ROUNDS * TWIN_KILLS} kills"
    assert found["differences"]


def test_r4_a_relay_that_revises_at_each_telling_repeats_some(
    tmp_path_factory: pytest.TempPathFactory, seed: str
) -> None:
    twin = ("--twin", "always_revise", "--rounds", TWIN_ROUNDS)
    found = crash("sqlite", tmp_path_factory, seed, TWIN_KILLS, *twin)
    assert found["duplicate"], f"none repeated in {TWIN_ROUNDS * TWIN_KILLS} kills"
