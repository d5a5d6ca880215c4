"""The judge of R4 sees what it is there to see."""

from __future__ import annotations

import pytest

from tests.faults.changes import Seen, Written, judge

WRITTEN = [Written(float(at), "key", content, is_blank=False) for at, content in enumerate("aba")]


def seen(*states: tuple[float, str, int]) -> list[Seen]:
    return [Seen(at, "key", content, (1, version)) for at, content, version in states]


@pytest.mark.parametrize(
    "states",
    [
        seen((0.5, "a", 1), (1.5, "b", 2), (2.5, "a", 3)),
        seen((0.5, "a", 1), (2.5, "a", 3)),
        seen((9, "a", 1)),
    ],
)
def test_r4_what_was_written_in_order_is_no_fault(states: list[Seen]) -> None:
    faults = judge(WRITTEN, states, {"key": "a"})
    assert (faults.lost, faults.duplicate, faults.backward) == ([], [], [])


def test_r4_the_last_state_missing_is_lost() -> None:
    assert judge(WRITTEN, [], {"key": "b"}).lost
    assert judge(WRITTEN, [], {}).lost
    blank = [*WRITTEN, Written(3, "key", "", is_blank=True)]
    assert not judge(blank, [], {}).lost


def test_r4_the_same_again_under_a_new_version_is_a_duplicate() -> None:
    repeated = seen((0.5, "a", 1), (0.7, "a", 2))
    assert judge(WRITTEN, repeated, {"key": "a"}).duplicate


@pytest.mark.parametrize(
    "states",
    [
        seen((1.5, "a", 2), (1.6, "b", 1)),
        seen((1.5, "b", 1), (1.6, "a", 2)),
        seen((0.5, "b", 1)),
        seen((0.5, "never written", 1)),
    ],
)
def test_r4_what_was_not_to_be_seen_then_is_backward(states: list[Seen]) -> None:
    assert judge(WRITTEN, states, {"key": "a"}).backward
