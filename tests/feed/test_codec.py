from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guazai.feed import (
    CodecError,
    ConfigRecord,
    DenyRecord,
    Record,
    VerdictRecord,
    decode,
    encode,
    entry_body,
)
from guazai.feed.codec import RANK_BYTES, read_record, record_key, record_value
from tests.feed.strategies import records


@given(records)
def test_a_record_survives_the_wire(record: Record) -> None:
    assert decode(encode(record)) == record


@given(records)
def test_a_record_survives_key_and_value(record: Record) -> None:
    assert read_record(record_key(record), record_value(record)) == record


@given(st.lists(records, max_size=20))
def test_components_have_distinct_keys(several: list[Record]) -> None:
    named = {record_key(each) for each in several}
    assert len(named) == len({_component(each) for each in several})


def _component(record: Record) -> tuple[object, ...]:
    match record:
        case ConfigRecord():
            return ("config", record.surface, record.host, record.aweme_id)
        case VerdictRecord():
            return ("verdict", record.aweme_id)
        case DenyRecord():
            return ("deny", record.scope, record.surface, record.target)


@given(st.tuples(records, records))
def test_bytes_of_rank_are_ordered_as_ranks(pair: tuple[Record, Record]) -> None:
    left, right = pair
    left_bytes, right_bytes = record_value(left)[:RANK_BYTES], record_value(right)[:RANK_BYTES]
    assert (left_bytes < right_bytes) == (left.rank < right.rank)
    assert (left_bytes == right_bytes) == (left.rank == right.rank)


@given(st.binary(max_size=200))
def test_foreign_bytes_are_refused(data: bytes) -> None:
    try:
        record = decode(data)
    except CodecError:
        return
    assert encode(record) == data


@given(records, st.data())
def test_a_changed_record_is_refused_or_another_record(record: Record, data: st.DataObject) -> None:
    written = bytearray(encode(record))
    at = data.draw(st.integers(0, len(written) - 1))
    written[at] ^= data.draw(st.integers(1, 255))
    try:
        read = decode(bytes(written))
    except CodecError:
        return
    assert read != record


@given(records, st.data())
def test_a_truncated_record_is_never_the_record(record: Record, data: st.DataObject) -> None:
    written = encode(record)
    try:
        read = decode(written[: data.draw(st.integers(0, len(written) - 1))])
    except CodecError:
        return
    assert read != record


def test_entry_body_is_canonical_json() -> None:
    fields = {
        "surface": "profile_mount",
        "host": "douyin",
        "aweme_id": "dy_1",
        "app_id": "tt01",
        "app_name": "挂载咖啡",
        "icon_url": "https://cdn.example.com/i.png",
        "title": '点"单',
        "page_path": "pages/index/index",
        "query": "from=profile",
        "link": "sslocal://microapp?app_id=tt01",
        "version": 7,
    }
    body = entry_body(**fields)  # type: ignore[arg-type]
    assert json.loads(body) == fields
    assert list(json.loads(body)) == list(fields)
    assert "挂载咖啡".encode() in body
    assert b": " not in body
    with pytest.raises(UnicodeEncodeError):
        entry_body(**{**fields, "title": "\ud800"})  # type: ignore[arg-type]
