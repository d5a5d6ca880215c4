"""Which policy is in force at an instant (E2, R16)."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guazai.policy import POLICY_2024_08_15, in_force

BOUNDARY = datetime.fromisoformat("2024-08-15T00:00:00+08:00")


@pytest.mark.parametrize(
    ("zone", "local"),
    [
        ("Asia/Shanghai", "2024-08-15T00:00:00"),
        ("UTC", "2024-08-14T16:00:00"),
        ("America/Los_Angeles", "2024-08-14T09:00:00"),
        ("Pacific/Kiritimati", "2024-08-15T06:00:00"),
    ],
)
def test_r16_the_boundary_is_one_instant_in_every_zone(zone: str, local: str) -> None:
    at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone))
    assert at == BOUNDARY
    policies = [POLICY_2024_08_15]
    assert in_force(policies, at) is POLICY_2024_08_15
    assert in_force(policies, at - timedelta(microseconds=1)) is None
    assert in_force(policies, at + timedelta(microseconds=1)) is POLICY_2024_08_15
    assert in_force(policies, at - timedelta(hours=1)) is None
    assert in_force(policies, at + timedelta(hours=1)) is POLICY_2024_08_15


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_r16_a_naive_reading_of_the_boundary_is_another_instant(zone: str) -> None:
    """The twin: midnight on the local wall clock is not the boundary, and says otherwise."""
    midnight = datetime(2024, 8, 15, tzinfo=ZoneInfo(zone))
    assert midnight != BOUNDARY
    moved = replace(POLICY_2024_08_15, effective_at=midnight)
    instants = [BOUNDARY + timedelta(minutes=30 * step) for step in range(-48, 49)]
    assert any(
        (in_force([moved], at) is None) != (in_force([POLICY_2024_08_15], at) is None)
        for at in instants
    )


def test_e2_nothing_is_in_force_before_the_first_or_without_policies() -> None:
    assert in_force([], BOUNDARY) is None
    assert in_force([POLICY_2024_08_15], datetime(2020, 1, 1, tzinfo=UTC)) is None


def test_e2_the_latest_effective_policy_is_in_force_whatever_its_version() -> None:
    early = replace(POLICY_2024_08_15, version=9, effective_at=BOUNDARY - timedelta(days=1))
    late = replace(POLICY_2024_08_15, version=2, effective_at=BOUNDARY + timedelta(days=1))
    policies = [late, POLICY_2024_08_15, early]
    assert in_force(policies, BOUNDARY - timedelta(seconds=1)) is early
    assert in_force(policies, BOUNDARY) is POLICY_2024_08_15
    assert in_force(policies, late.effective_at) is late


def test_e2_of_two_at_one_instant_the_higher_version_is_in_force() -> None:
    newer = replace(POLICY_2024_08_15, version=2)
    assert in_force([newer, POLICY_2024_08_15], BOUNDARY) is newer
    assert in_force([POLICY_2024_08_15, newer], BOUNDARY) is newer


def test_e2_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        in_force([POLICY_2024_08_15], BOUNDARY.replace(tzinfo=None))


@given(
    st.lists(st.tuples(st.integers(-72, 72), st.integers(1, 9)), unique=True, max_size=6),
    st.integers(-80, 80),
    st.randoms(use_true_random=False),
)
def test_e2_in_force_is_the_last_of_the_timeline(
    starts: list[tuple[int, int]], hours: int, rng: random.Random
) -> None:
    policies = [
        replace(POLICY_2024_08_15, version=version, effective_at=BOUNDARY + timedelta(hours=start))
        for start, version in starts
    ]
    rng.shuffle(policies)
    found = in_force(policies, BOUNDARY + timedelta(hours=hours))
    timeline = [start for start in sorted(starts) if start[0] <= hours]
    if not timeline:
        assert found is None
    else:
        assert found is not None
        assert found.version == timeline[-1][1]
        assert found.effective_at == BOUNDARY + timedelta(hours=timeline[-1][0])
