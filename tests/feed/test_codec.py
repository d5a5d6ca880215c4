"""Records as bytes: one written form, keys apart, ranks in order, and MACs that nobody forges."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from guazai.feed import (
    CodecError,
    ConfigRecord,
    DenyRecord,
    EdgeKey,
    ProgramRecord,
    Record,
    VerdictRecord,
    seal,
    unseal,
)
from guazai.feed.codec import RANK, decode, encode, is_genuine
from guazai.feed.seal import BUCKETS, bucket_of
from tests.feed.strategies import records

KEY = EdgeKey("an edge key that only tests know " * 2)


@given(records)
def test_a_record_survives_sealing_and_the_wire(record: Record) -> None:
    sealed = seal(record, KEY)
    assert unseal(sealed) == record
    assert decode(encode(sealed)) == sealed
    assert is_genuine(sealed, KEY)


@given(st.lists(records, max_size=20))
def test_components_have_distinct_keys(several: list[Record]) -> None:
    named = {seal(each, KEY).key for each in several}
    assert len(named) == len({_component(each) for each in several})


def _component(record: Record) -> tuple[object, ...]:
    match record:
        case ConfigRecord():
            return ("config", record.surface, record.host, record.aweme_id)
        case ProgramRecord():
            return ("program", record.surface, record.app_id)
        case VerdictRecord():
            return ("verdict", record.aweme_id)
        case DenyRecord():
            return ("deny", record.scope, record.surface, record.target)


@given(st.tuples(records, records))
def test_bytes_of_rank_are_ordered_as_ranks(pair: tuple[Record, Record]) -> None:
    left, right = pair
    left_bytes, right_bytes = seal(left, KEY).value[RANK], seal(right, KEY).value[RANK]
    assert (left_bytes < right_bytes) == (left.rank < right.rank)
    assert (left_bytes == right_bytes) == (left.rank == right.rank)


@given(st.binary(max_size=200))
def test_foreign_bytes_are_refused(data: bytes) -> None:
    try:
        sealed = decode(data)
        unseal(sealed)
    except CodecError:
        return
    assert encode(sealed) == data


@given(records, st.data())
def test_a_changed_record_is_not_genuine(record: Record, data: st.DataObject) -> None:
    """R11: whatever byte is changed, of key, rank, flag or text, the MAC says so."""
    written = bytearray(encode(seal(record, KEY)))
    at = data.draw(st.integers(0, len(written) - 1))
    written[at] ^= data.draw(st.integers(1, 255))
    try:
        read = decode(bytes(written))
    except CodecError:
        return
    assert not is_genuine(read, KEY)


@given(records)
def test_a_record_of_another_key_is_not_genuine(record: Record) -> None:
    assert not is_genuine(seal(record, EdgeKey("another edge key " * 3)), KEY)


@given(records, st.data())
def test_a_truncated_record_is_not_genuine(record: Record, data: st.DataObject) -> None:
    written = encode(seal(record, KEY))
    try:
        read = decode(written[: data.draw(st.integers(0, len(written) - 1))])
    except CodecError:
        return
    assert not is_genuine(read, KEY)


@given(records)
def test_all_records_of_an_account_are_in_one_bucket(record: Record) -> None:
    key = seal(record, KEY).key
    assert 0 <= bucket_of(key) < BUCKETS
    if key.startswith(b"a"):
        assert bucket_of(key) == bucket_of(key.partition(b"\0")[0] + b"\0v")


def test_programs_and_wide_denies_are_spread_over_buckets() -> None:
    keys = [b"pprofile_mount\0tt%05d" % number for number in range(2000)]
    assert len({bucket_of(key) for key in keys}) > 1000


def test_each_use_has_a_key_of_its_own() -> None:
    tokens = {KEY.token("edge"), KEY.token("other"), KEY.sign("edge", b""), KEY.identifier()}
    assert len(tokens) == 4
    assert KEY.token("edge") == EdgeKey("an edge key that only tests know " * 2).token("edge")
