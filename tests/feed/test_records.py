from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guazai.feed import ConfigRecord, DenyRecord, Scope, VerdictRecord, Watermark
from tests.feed.strategies import counters, days, epochs, live_configs, verdicts

LIVE = ConfigRecord("profile_mount", "douyin", "dy_1", 1, 1, True, "tt01", "le01", b"{}")


def test_a_tombstone_carries_nothing() -> None:
    with pytest.raises(ValueError, match="tombstone"):
        replace(LIVE, live=False)
    assert not replace(LIVE, live=False, app_id="", entity_id="", body=b"").live


@pytest.mark.parametrize("field", ["surface", "host", "aweme_id", "app_id", "entity_id"])
@pytest.mark.parametrize("value", ["", "a\0b", "a" * 129, "挂" * 43])
def test_identifiers_fit_their_place_in_a_key(field: str, value: str) -> None:
    change: dict[str, Any] = {field: value}
    with pytest.raises(ValueError, match="identifier"):
        replace(LIVE, **change)


def test_a_live_config_has_a_body() -> None:
    with pytest.raises(ValueError, match="body"):
        replace(LIVE, body=b"")


@pytest.mark.parametrize("change", [{"epoch": -1}, {"epoch": 2**32}, {"version": 2**64}])
def test_ranks_fit_their_bytes(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="epoch is 32 bits"):
        replace(LIVE, **change)


def test_a_global_deny_has_no_target_and_others_have_one() -> None:
    with pytest.raises(ValueError, match="no target"):
        DenyRecord(Scope.GLOBAL, "profile_mount", "dy_1", 1, 1, True)
    with pytest.raises(ValueError, match="identifier"):
        DenyRecord(Scope.ACCOUNT, "profile_mount", "", 1, 1, True)


def test_records_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        LIVE.version = 2  # type: ignore[misc]


@given(live_configs, epochs, counters)
def test_a_config_is_newer_by_epoch_then_version(
    record: ConfigRecord, epoch: int, version: int
) -> None:
    other = replace(record, epoch=epoch, version=version)
    newer = epoch > record.epoch or (epoch == record.epoch and version > record.version)
    assert (other.rank > record.rank) == newer


@given(verdicts, days, counters)
def test_a_verdict_is_newer_by_day_then_revision(
    record: VerdictRecord, as_of: date, revision: int
) -> None:
    other = replace(record, as_of=as_of, revision=revision)
    newer = as_of > record.as_of or (as_of == record.as_of and revision > record.revision)
    assert (other.rank > record.rank) == newer


@given(st.lists(st.builds(Watermark, epochs, counters, counters), min_size=1))
def test_watermarks_are_ordered_by_epoch_revision_and_time(marks: list[Watermark]) -> None:
    greatest = max(marks)
    assert (greatest.epoch, greatest.revision, greatest.at_ms) == max(
        (mark.epoch, mark.revision, mark.at_ms) for mark in marks
    )
