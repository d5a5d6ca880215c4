"""R8: only what a reviewer has seen is approved, however developers and reviewers race."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.faults import arena
from tests.platform import DATABASES

RACES = 1000
SECONDS = 600.0
Found = dict[str, Any]


@pytest.fixture(scope="module")
def on_each(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Found]:
    return arena.play("tests.faults.review_races", tmp_path_factory, SECONDS, RACES)


@pytest.fixture(params=DATABASES)
def found(request: pytest.FixtureRequest, on_each: dict[str, Found]) -> Found:
    return on_each[request.param]


def test_r8_only_what_was_seen_is_approved(found: Found) -> None:
    print(f"{found['races']} races in {found['seconds']} s: {found['outcomes']}")
    assert found["races"] >= RACES
    assert found["faults"] == []


def test_r8_each_side_wins_often_enough_to_have_raced(found: Found) -> None:
    ended = Counter[str]()
    for outcome, races in found["outcomes"].items():
        ended[outcome.partition(",")[0]] += races
    assert set(ended) == {"approved", "rejected", "withdrawn"}
    assert min(ended.values()) >= RACES // 50
    assert any("content_changed" in outcome for outcome in found["outcomes"])


@pytest.mark.parametrize("name", ["save_after_check", "approve_newest"])
def test_r8_twin_approves_what_nobody_has_seen(found: Found, name: str) -> None:
    races, faults = found["twins"][name]
    print(f"broken within {races} races: {faults}")
    assert faults
