from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guazai.feed import (
    ConfigRecord,
    DenyRecord,
    ProgramRecord,
    Scope,
    VerdictRecord,
    Watermark,
)
from tests.feed.strategies import counters, days, epochs, live_configs, verdicts

LIVE = ConfigRecord("profile_mount", "douyin", "dy_1", 1, 1, True, "tt01", "点单", "pages/a", "x=1")
PROGRAM = ProgramRecord("profile_mount", "tt01", 1, 1, "le01", "咖啡", "", "{start_page}")


def test_a_tombstone_carries_nothing() -> None:
    with pytest.raises(ValueError, match="tombstone"):
        replace(LIVE, live=False)
    empty: dict[str, Any] = {"app_id": "", "title": "", "page_path": "", "query": ""}
    assert not replace(LIVE, live=False, **empty).live


@pytest.mark.parametrize("field", ["surface", "host", "aweme_id", "app_id"])
@pytest.mark.parametrize("value", ["", "a\0b", "a" * 129, "挂" * 43])
def test_identifiers_fit_their_place_in_a_key(field: str, value: str) -> None:
    change: dict[str, Any] = {field: value}
    with pytest.raises(ValueError, match="identifier"):
        replace(LIVE, **change)


@pytest.mark.parametrize("value", ['dy"1', "dy\\1", "dy\n1"])
def test_an_account_id_stands_in_json_as_it_is(value: str) -> None:
    with pytest.raises(ValueError, match="JSON"):
        replace(LIVE, aweme_id=value)


@pytest.mark.parametrize("field", ["title", "page_path", "query"])
def test_texts_have_a_limit(field: str) -> None:
    change: dict[str, Any] = {field: "挂" * 2731}
    with pytest.raises(ValueError, match="at most"):
        replace(LIVE, **change)


@pytest.mark.parametrize("field", ["surface", "app_id", "entity_id"])
def test_a_program_names_itself_and_its_entity(field: str) -> None:
    change: dict[str, Any] = {field: ""}
    with pytest.raises(ValueError, match="identifier"):
        replace(PROGRAM, **change)


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
