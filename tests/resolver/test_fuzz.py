"""Fuzzing by `tests.resolver.fuzz`: 20 seconds, or as many as GUAZAI_TEST_FUZZ_SECONDS says."""

from __future__ import annotations

import os

import pytest

from tests.resolver.fuzz import FindingError, fuzz, make_input

SECONDS = float(os.environ.get("GUAZAI_TEST_FUZZ_SECONDS", "20"))
TWIN_SECONDS = 30.0
MIN_INPUTS_A_SECOND = 50


@pytest.fixture
def seed() -> int:
    """The run's, which its header says how to repeat."""
    return int(os.environ["GUAZAI_TEST_SEED"])


def test_fuzzing_finds_nothing(seed: int) -> None:
    found = fuzz(SECONDS, seed)
    print(found)
    assert found.inputs > SECONDS * MIN_INPUTS_A_SECOND
    assert {200, 204, 400, 404, 405, 413, 414, 431} <= set(found.statuses)


@pytest.mark.parametrize("twin", ["target", "leak"])
def test_fuzzing_finds_what_a_broken_twin_does(seed: int, twin: str) -> None:
    with pytest.raises(FindingError, match=f"seed {seed}"):
        fuzz(TWIN_SECONDS, seed, twin=twin)


def test_an_input_can_be_sent_again(seed: int) -> None:
    first = [make_input(seed, number) for number in range(200)]
    assert first == [make_input(seed, number) for number in range(200)]
    assert len(set(first)) > 100
