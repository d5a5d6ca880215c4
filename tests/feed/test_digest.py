"""Digests differ where what is shown differs, and nowhere else (R11)."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from guazai.feed import EdgeKey, Record, VerdictRecord, seal
from guazai.feed.codec import is_same, is_verdict, record_key
from guazai.feed.digest import is_blank, weight
from guazai.feed.records import ConfigRecord, DenyRecord, Scope
from guazai.feed.seal import BUCKETS, bucket_of
from tests.feed.strategies import accounts, records

KEY = EdgeKey("the key of these tests alone " * 2)


def digests(found: list[Record]) -> list[int]:
    numbers = [0] * BUCKETS
    for each in found:
        sealed = seal(each, KEY)
        numbers[bucket_of(sealed.key)] ^= weight(sealed)
    return numbers


def says_nothing(record: Record) -> bool:
    if isinstance(record, ConfigRecord):
        return not record.live
    return isinstance(record, DenyRecord) and not record.denied


@given(records)
def test_only_tombstones_and_lifted_denies_are_blank(record: Record) -> None:
    sealed = seal(record, KEY)
    assert is_blank(sealed) is says_nothing(record)
    assert is_verdict(sealed.key) is isinstance(record, VerdictRecord)


@given(st.lists(records, unique_by=record_key), st.integers())
def test_r11_the_order_does_not_matter_and_what_is_blank_neither(
    found: list[Record], seed: int
) -> None:
    shuffled = [each for each in found if not says_nothing(each)]
    random.Random(seed).shuffle(shuffled)
    assert digests(shuffled) == digests(found)


@given(st.lists(records, unique_by=record_key, min_size=1), st.data())
def test_r11_a_lost_record_is_seen(found: list[Record], data: st.DataObject) -> None:
    lost = data.draw(st.sampled_from(found))
    rest = [each for each in found if each is not lost]
    assert (digests(rest) == digests(found)) is says_nothing(lost)


@given(records)
def test_another_version_says_the_same_but_of_a_verdict(record: Record) -> None:
    if isinstance(record, VerdictRecord):
        other: Record = replace(record, revision=record.revision ^ 1)
    else:
        other = replace(record, version=record.version ^ 1)
    one, two = seal(record, KEY), seal(other, KEY)
    assert is_same(one.key, one.value, two.value) is not isinstance(record, VerdictRecord)


@given(aweme_id=accounts, first=st.booleans(), second=st.booleans())
def test_a_turned_deny_says_something_else(aweme_id: str, *, first: bool, second: bool) -> None:

    one, two = (
        seal(DenyRecord(Scope.ACCOUNT, "s", aweme_id, 1, 1, denied=each), KEY)
        for each in (first, second)
    )
    assert is_same(one.key, one.value, two.value) is (first is second)
