from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from guazai.resolver.problems import Problem
from guazai.resolver.requests import (
    MAX_IDS,
    MAX_VERSION,
    Batch,
    Question,
    is_identifier,
    read_aweme_id,
    read_batch,
    read_question,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
almost_batches = st.fixed_dictionaries(
    {},
    optional={
        "surface": st.text() | json_values,
        "host": st.text() | json_values,
        "aweme_ids": st.lists(st.from_regex(r"[A-Za-z0-9_.-]{0,70}") | json_values) | json_values,
        "more": json_values,
    },
)


def problem_of(read: Callable[..., object], sent: object) -> Problem | None:
    """Read; give the problem, which must be the caller's fault and can be written down."""
    try:
        read(sent)
    except Problem as raised:
        problem = raised
    else:
        return None
    assert 400 <= problem.status < 500
    written = json.loads(problem.body())
    assert written["type"] == f"urn:guazai:problem:{problem.code}"
    assert set(written) == {"type", "title", "status", "code", "detail", "errors"}
    return problem


@given(st.text())
@example("a\n")
@example("１２３")
@example("\ud800")
def test_any_path_is_an_id_or_a_problem(text: str) -> None:
    problem = problem_of(read_aweme_id, text)
    assert (problem is None) == (is_identifier(text) is not None)


@given(st.text() | st.from_regex(r"((surface|host|x)=[a-z%0-9]{0,9}&?){0,4}"))
@example("surface=%ff")
@example("surface=%00")
@example("=&=")
@example("surface=a;host=b")
@example("\ud800=1")
def test_any_query_is_a_question_or_a_problem(query: str) -> None:
    if problem_of(read_question, query) is None:
        asked = read_question(query)
        assert is_identifier(asked.surface)
        assert is_identifier(asked.host)
        assert 0 <= asked.min_version <= MAX_VERSION


@given(st.binary() | json_values.map(lambda v: json.dumps(v).encode()))
@example(b"[" * 60_000)
@example(b'{"a":' * 10_000)
@example(b"9" * 60_000)
@example(b'"\\ud800"')
@example(b'{"aweme_ids":["\\ud800"]}')
@example(b'{"\\ud800":1}')
@example(b"\xef\xbb\xbf{}")
@example(b'{"aweme_ids":[],"aweme_ids":[]}')
@example(b'{"aweme_ids":[NaN]}')
def test_any_body_is_a_batch_or_a_problem(body: bytes) -> None:
    problem_of(read_batch, body)


@given(almost_batches)
def test_an_almost_right_body_is_a_batch_or_a_problem(sent: dict[str, object]) -> None:
    body = json.dumps(sent).encode()
    if problem_of(read_batch, body) is None:
        batch = read_batch(body)
        assert is_identifier(batch.surface)
        assert is_identifier(batch.host)
        assert len(batch.aweme_ids) <= MAX_IDS
        assert all(is_identifier(each) for each in batch.aweme_ids)


def test_surface_and_host_have_defaults() -> None:
    assert read_question("") == Question("profile_mount", "douyin", 0)
    assert read_question("host=toutiao") == Question("profile_mount", "toutiao", 0)
    expected = Batch("profile_mount", "douyin", 0, ["dy_1"])
    assert read_batch(b'{"aweme_ids":["dy_1"]}') == expected


def test_a_version_may_be_demanded() -> None:
    assert read_question("min_version=17&host=toutiao").min_version == 17
    assert read_batch(b'{"aweme_ids":[],"min_version":17}').min_version == 17


@pytest.mark.parametrize(
    ("query", "code", "at"),
    [
        ("surface=a&surface=a", "parameter_duplicate", "surface"),
        ("surface=a&host=", "host_invalid", "host"),
        ("surface=%2e%2e%2f", "surface_invalid", "surface"),
        ("page=1", "parameter_unknown", "page"),
        ("min_version=-1", "min_version_invalid", "min_version"),
        ("min_version=", "min_version_invalid", "min_version"),
        (f"min_version={MAX_VERSION + 1}", "min_version_invalid", "min_version"),
        ("surface", "query_malformed", None),
        ("surface=%ff", "query_malformed", None),
        ("host=" + "a" * 600, "query_too_long", None),
    ],
)
def test_a_bad_query_is_named(query: str, code: str, at: str | None) -> None:
    problem = problem_of(read_question, query)
    assert problem is not None
    assert problem.code == code
    assert [error.at for error in problem.errors] == ([] if at is None else [at])


@pytest.mark.parametrize(
    ("body", "code", "at"),
    [
        (b"", "malformed_json", None),
        (b"{", "malformed_json", None),
        (b"\xff", "malformed_json", None),
        (b'{"host":"a","host":"b"}', "malformed_json", None),
        (b"[]", "wrong_type", "body"),
        (b"{}", "field_required", "aweme_ids"),
        (b'{"aweme_ids":["a"],"page":1}', "unknown_field", "page"),
        (b'{"aweme_ids":"a"}', "wrong_type", "aweme_ids"),
        (b'{"aweme_ids":["a",1]}', "wrong_type", "aweme_ids[1]"),
        (b'{"aweme_ids":["a","b c"]}', "aweme_id_invalid", "aweme_ids[1]"),
        (b'{"aweme_ids":["a"],"surface":1}', "wrong_type", "surface"),
        (b'{"aweme_ids":["a"],"host":""}', "host_invalid", "host"),
        (b'{"aweme_ids":["a"],"min_version":true}', "min_version_invalid", "min_version"),
        (b'{"aweme_ids":["a"],"min_version":"1"}', "min_version_invalid", "min_version"),
        (json.dumps({"aweme_ids": ["a"] * 101}).encode(), "too_many_ids", "aweme_ids"),
    ],
)
def test_a_bad_body_is_named(body: bytes, code: str, at: str | None) -> None:
    problem = problem_of(read_batch, body)
    assert problem is not None
    assert problem.code == code
    assert [error.at for error in problem.errors] == ([] if at is None else [at])
