"""Which policies apply at an instant, and to which accounts (E2, R16)."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guazai.policy import POLICY_2024_08_15, Policy, Stage, applying, bucket, in_play

BOUNDARY = datetime.fromisoformat("2024-08-15T00:00:00+08:00")
#: One account in each hundredth.
IN_BUCKET = {bucket(f"dy{number}"): f"dy{number}" for number in range(2000)}


def in_force(policies: Iterable[Policy], at: datetime) -> Policy | None:
    """The only policy in play; it applies to every account."""
    found = in_play(policies, at)
    everywhere = {applying(policies, aweme_id, at) for aweme_id in IN_BUCKET.values()}
    assert everywhere
    assert everywhere <= {*found, None}
    assert len(found) <= 1
    return found[0] if found else None


def staged(version: int, start: datetime, *steps: tuple[int, int]) -> Policy:
    """A version whose stages are pairs of hours after `start` and percent."""
    stages = tuple(Stage(percent, start + timedelta(hours=hours)) for hours, percent in steps)
    return replace(POLICY_2024_08_15, version=version, effective_at=start, stages=stages)


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
    naive = BOUNDARY.replace(tzinfo=None)
    with pytest.raises(ValueError, match="aware"):
        in_play([POLICY_2024_08_15], naive)
    with pytest.raises(ValueError, match="aware"):
        applying([POLICY_2024_08_15], "dy1", naive)
    with pytest.raises(ValueError, match="aware"):
        POLICY_2024_08_15.share(naive)


def test_e2_buckets_are_stable_and_even() -> None:
    """They are told nobody, but who is in a stage may not change with a release."""
    assert [bucket(each) for each in ("dy1", "dy2", "抖音号", "")] == [91, 65, 68, 0]
    assert set(IN_BUCKET) == set(range(100))
    counts = Counter(bucket(f"{number:011}") for number in range(20_000))
    assert min(counts.values()) > 120
    assert max(counts.values()) < 280


def test_e2_a_staged_policy_takes_in_ever_more_accounts() -> None:
    start = BOUNDARY + timedelta(days=100)
    new = staged(2, start, (0, 1), (24, 10), (48, 50), (72, 100))
    policies = [new, POLICY_2024_08_15]
    tick = timedelta(microseconds=1)
    shares = [(start, 1), (start + timedelta(hours=24), 10), (start + timedelta(hours=48), 50)]
    before = 0
    for at, percent in [*shares, (start + timedelta(hours=72), 100)]:
        for instant, expected in ((at - tick, before), (at, percent), (at + tick, percent)):
            assert new.share(instant) == expected
            covered = [
                place
                for place, aweme_id in IN_BUCKET.items()
                if applying(policies, aweme_id, instant) == new
            ]
            assert sorted(covered) == list(range(expected))
            wanted = [new] * (expected > 0) + [POLICY_2024_08_15] * (expected < 100)
            assert in_play(policies, instant) == wanted
        before = percent


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "UTC", "America/Los_Angeles", "Pacific/Apia"])
def test_r16_a_stage_begins_at_one_instant_in_every_zone(zone: str) -> None:
    start = BOUNDARY + timedelta(days=100)
    new = staged(2, start, (0, 10), (24, 100))
    local = (start + timedelta(hours=24)).astimezone(ZoneInfo(zone))
    assert new.share(local) == 100
    assert new.share(local - timedelta(microseconds=1)) == 10
    # A clock that is set back an hour shows the stage before again, one set on the same stage.
    assert new.share(local - timedelta(hours=1)) == 10
    assert new.share(local + timedelta(hours=1)) == 100
    moved = staged(2, start.astimezone(ZoneInfo(zone)), (0, 10), (24, 100))
    assert (moved, moved.content_hash) == (new, new.content_hash)


def test_e2_three_versions_at_once_each_have_their_part() -> None:
    start = BOUNDARY + timedelta(days=100)
    second = staged(2, start, (0, 50), (240, 100))
    third = staged(3, start + timedelta(hours=24), (0, 10), (24, 100))
    policies = [second, POLICY_2024_08_15, third]
    at = start + timedelta(hours=25)
    assert in_play(policies, at) == [third, second, POLICY_2024_08_15]
    found = [applying(policies, IN_BUCKET[place], at) for place in (0, 9, 10, 49, 50, 99)]
    assert found == [third, third, second, second, POLICY_2024_08_15, POLICY_2024_08_15]
    # The third has overtaken the second, which never takes in all.
    assert in_play(policies, start + timedelta(hours=48)) == [third]


def test_e2_a_wider_version_hides_a_narrower_one_before_it() -> None:
    start = BOUNDARY + timedelta(days=100)
    second = staged(2, start, (0, 10), (240, 100))
    third = staged(3, start + timedelta(hours=1), (0, 20), (240, 100))
    at = start + timedelta(hours=2)
    assert in_play([POLICY_2024_08_15, second, third], at) == [third, POLICY_2024_08_15]


def test_e2_one_stage_is_all_at_once() -> None:
    start = BOUNDARY + timedelta(days=1)
    plain = replace(POLICY_2024_08_15, version=2, effective_at=start)
    single = staged(2, start, (0, 100))
    assert single == plain
    assert "stages" not in plain.to_json()
    assert single.content_hash == plain.content_hash


@given(
    st.lists(
        st.tuples(
            st.integers(1, 9), st.integers(-20, 20), st.lists(st.integers(1, 99), max_size=3)
        ),
        unique_by=lambda each: each[0],
        max_size=5,
    ),
    st.integers(-24, 30),
)
def test_e2_in_play_are_exactly_those_that_apply_somewhere(
    drawn: list[tuple[int, int, list[int]]], hours: int
) -> None:
    policies = []
    for version, start, percents in drawn:
        steps = enumerate([*sorted(set(percents)), 100])
        policies.append(staged(version, BOUNDARY + timedelta(hours=start), *steps))
    at = BOUNDARY + timedelta(hours=hours)
    found = {applying(policies, aweme_id, at) for aweme_id in IN_BUCKET.values()}
    assert found - {None} == set(in_play(policies, at))
    ranks = [(each.effective_at, each.version) for each in in_play(policies, at)]
    assert ranks == sorted(ranks, reverse=True)


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
