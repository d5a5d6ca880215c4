"""Bodies are strict: what is not asked for, or is of another type, is refused with its place."""

from __future__ import annotations

from typing import Any

import pytest

from guazai.control.kernel.http import Body, Day, Instant
from tests.world import World

PATH = "/host/mini-programs/tt_new"
GOOD = {"entity_id": "ent", "name": "App", "is_online": True, "credit_score": 80}


@pytest.fixture
def body(world: World) -> dict[str, Any]:
    return {**GOOD, "entity_id": world.entity().pk}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("colour", "red", "extra_forbidden"),
        ("name", 1, "string_type"),
        ("name", None, "string_type"),
        ("name", "", "string_too_short"),
        ("name", "   ", "string_too_short"),
        ("is_online", 1, "bool_type"),
        ("is_online", "true", "bool_type"),
        ("credit_score", "80", "int_type"),
        ("credit_score", True, "int_type"),
        ("credit_score", 80.5, "int_type"),
        ("credit_score", -1, "greater_than_equal"),
        ("entity_id", "../x", "string_pattern_mismatch"),
        ("icon_url", "javascript:alert(1)", "string_pattern_mismatch"),
    ],
)
def test_a_wrong_field_is_refused_with_its_place(
    world: World, body: dict[str, Any], field: str, value: Any, code: str
) -> None:
    answer = world.host_api().put(PATH, {**body, field: value})
    assert (answer.status, answer.code) == (422, "validation_failed")
    (error,) = answer.body["errors"]
    assert (error["code"], error["at"].rpartition(".")[2]) == (code, field)


def test_a_missing_field_is_refused(world: World, body: dict[str, Any]) -> None:
    del body["name"]
    answer = world.host_api().put(PATH, body)
    assert [error["code"] for error in answer.body["errors"]] == ["missing"]


@pytest.mark.parametrize("whole", [[], "text", 1, None])
def test_a_body_that_is_no_object_is_refused(world: World, whole: Any) -> None:
    answer = world.host_api().put(PATH, whole)
    assert answer.status in {400, 422}


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
def test_text_that_no_database_can_hold_is_refused(
    world: World, body: dict[str, Any], text: str
) -> None:
    answer = world.host_api().put(PATH, {**body, "industry": text})
    assert (answer.status, answer.code) == (422, "validation_failed")


def test_text_is_stripped(world: World, body: dict[str, Any]) -> None:
    assert world.host_api().put(PATH, {**body, "name": "  App  "}).status == 200
    answer = world.host_api().put(PATH, {**body, "name": "App"})
    assert answer.body == {"outcome": "unchanged"}


class Times(Body):
    day: Day
    instant: Instant


TIMES = {"day": "2024-08-15", "instant": "2024-08-15T00:00:00+08:00"}


@pytest.mark.parametrize("instant", ["2024-08-14T16:00:00Z", "2024-08-15T00:00:00.000+08:00"])
def test_days_and_instants_are_written_in_iso_8601(instant: str) -> None:
    found = Times.model_validate({**TIMES, "instant": instant})
    assert found == Times.model_validate(TIMES)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("day", 1699920000),
        ("day", "1699920000"),
        ("day", "2024-08-15T00:00:00"),
        ("day", "20240815"),
        ("day", "2024-02-30"),
        ("day", None),
        ("instant", 1699920000),
        ("instant", 1.5),
        ("instant", "1699920000"),
        ("instant", "2024-08-15"),
        ("instant", "2024-08-15T00:00:00"),
        ("instant", "2024-08-15T25:00:00Z"),
    ],
)
def test_no_number_or_other_form_passes_for_a_time(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=field):
        Times.model_validate({**TIMES, field: value})
