"""R15: a verdict follows from the masks that are current when it commits, whoever comes first."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults import arena
from tests.platform import DATABASES

SECONDS = 120.0
Found = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def on_each(tmp_path_factory: pytest.TempPathFactory) -> Found:
    return arena.play("tests.faults.adopting", tmp_path_factory, SECONDS)


@pytest.mark.parametrize("kind", DATABASES)
def test_r15_who_judges_while_masks_are_adopted_judges_by_the_new(
    on_each: Found, kind: str
) -> None:
    assert on_each[kind]["waiting_judge"] == "failed"


@pytest.mark.parametrize("kind", DATABASES)
def test_r15_who_adopts_while_somebody_judges_waits_and_judges_again(
    on_each: Found, kind: str
) -> None:
    assert on_each[kind]["adopt_waited"] is True
    assert on_each[kind]["after_adopt"] == "failed"


@pytest.mark.parametrize("kind", DATABASES)
def test_r15_who_comes_to_judge_does_not_keep_the_run_waiting(on_each: Found, kind: str) -> None:
    """Events arrive all the time; a run must not wait until there are none."""
    assert on_each[kind]["late_waited"] is True


def test_r15_the_twin_without_the_lock_leaves_a_stale_verdict(on_each: Found) -> None:
    """On SQLite one writer keeps all others out, lock or no lock."""
    assert on_each["postgresql"]["twin"] == "passed"
    assert on_each["sqlite"]["twin"] == "failed"
