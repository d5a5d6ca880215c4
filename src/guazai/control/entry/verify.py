"""Rebuild what the edge should hold from the current state, and compare it with what it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from guazai.control.eligibility import queries as eligibility
from guazai.control.entry import log
from guazai.control.entry.models import Deny
from guazai.control.entry.projection import Projected, project
from guazai.control.journal import keys
from guazai.control.journal.keys import Key
from guazai.control.kernel.batches import batched
from guazai.control.landing import queries as landing
from guazai.feed.codec import (
    ACCOUNT_PREFIX,
    CodecError,
    Sealed,
    is_genuine,
    is_same,
    record_key,
    seal,
    unseal,
)
from guazai.feed.digest import is_blank
from guazai.feed.records import DenyRecord, ProgramRecord, Scope
from guazai.feed.seal import EdgeKey

#: How many keys are read from the contexts together.
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where the edge does not hold what it should; `key` as the feed writes it."""

    key: str
    what: str


def log_held() -> dict[bytes, bytes]:
    """What the log says the edge was told, by key."""
    with log.moment() as moment:
        return {key: value for records in moment.records() for key, value in records}


def compare_with_contexts(held: Mapping[bytes, bytes], edge_key: EdgeKey) -> Iterator[Difference]:
    """Every difference between what the contexts say now and the records `held`.

    A tombstone, or a deny that is lifted, is the same as nothing.
    """
    expected = _expected(held)
    for key, each in expected.items():
        value = held.get(key)
        if value is None:
            if not each.is_optional:
                yield Difference(_name(key), "missing")
        elif not is_genuine(Sealed(key, value), edge_key):
            yield Difference(_name(key), "not sealed with this platform's key")
        elif not is_same(key, seal(each.record, edge_key).value, value):
            yield Difference(_name(key), "different")
    for key, value in held.items():
        if key not in expected and not is_blank(Sealed(key, value)):
            yield Difference(_name(key), "not expected")


def compare_with_log(told: Mapping[bytes, bytes], held: Iterable[Sealed]) -> Iterator[Difference]:
    """Every difference between what was told and a store's records, tombstones left aside."""
    unmatched = dict(told)
    for record in held:
        value = unmatched.pop(record.key, None)
        if value == record.value or (value is None and is_blank(record)):
            continue
        yield Difference(_name(record.key), "not told" if value is None else "different")
    for key, value in unmatched.items():
        if not is_blank(Sealed(key, value)):
            yield Difference(_name(key), "missing")


def _expected(held: Mapping[bytes, bytes]) -> dict[bytes, Projected]:
    """Everything that the edge should hold, read from the contexts and not from the feed."""
    found: dict[bytes, Projected] = {}
    for wanted in batched(dict.fromkeys(_keys(held)), CHUNK):
        for each in project(wanted):
            # A mini program is optional by its own key, and required by its entries'.
            key = record_key(each.record)
            if key not in found or not each.is_optional:
                found[key] = each
    return found


def _keys(held: Mapping[bytes, bytes]) -> Iterator[Key]:
    live = landing.live_slots().values_list("account_id", "live_change__mini_program_id")
    for aweme_id, app_id in live.iterator():
        yield keys.entry(aweme_id)
        yield keys.mini_program(app_id)
        yield keys.deny(Scope.MINI_PROGRAM, app_id)
    for aweme_id in eligibility.judged():
        yield keys.verdict(aweme_id)
    for scope, target in Deny.objects.values_list("scope", "target").iterator():
        yield keys.deny(Scope(scope), target)
    # Mini programs are also closed, and named, where nothing of them is live.
    for key, value in held.items():
        if not key.startswith(ACCOUNT_PREFIX):
            yield from _key_of(Sealed(key, value))


def _key_of(record: Sealed) -> Iterator[Key]:
    try:
        found = unseal(record)
    except CodecError:
        return
    if isinstance(found, DenyRecord):
        yield keys.deny(found.scope, found.target)
    elif isinstance(found, ProgramRecord):
        yield keys.mini_program(found.app_id)


def _name(key: bytes) -> str:
    return key.decode(errors="replace").replace("\0", " ")
