"""Rebuild what the edge should hold from the current state, and compare it with what it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from guazai.control.eligibility import queries as eligibility
from guazai.control.entry.models import Deny, EdgeRecord
from guazai.control.entry.projection import Projected, project
from guazai.control.journal import keys
from guazai.control.journal.keys import Key
from guazai.control.landing import queries as landing
from guazai.feed.codec import record_key
from guazai.feed.records import ConfigRecord, DenyRecord, Record, Scope, VerdictRecord


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where the edge does not hold what it should."""

    key: str
    what: str


def expected() -> Iterator[Projected]:
    """Everything that the edge should hold, read from the contexts and not from the feed."""
    for key in dict.fromkeys(_keys()):
        yield from (each for each in project(key) if not each.is_blank)


def compare(held: Iterable[Record]) -> Iterator[Difference]:
    """Every difference between the expected edge state and the records `held`.

    A tombstone, or a deny that is lifted, is the same as nothing.
    """
    unmatched = {record_key(record): record for record in held}
    for wanted in expected():
        pattern = wanted.record(epoch=0, version=0)
        record = unmatched.pop(record_key(pattern), None)
        if record is None:
            yield Difference(wanted.key, "missing at the edge")
        elif record != _with_rank_of(wanted, record):
            yield Difference(wanted.key, "different at the edge")
    for record in unmatched.values():
        if not _says_nothing(record):
            yield Difference(repr(record_key(record)), "at the edge, but not expected")


def _keys() -> Iterator[Key]:
    live = landing.live_slots().values_list("account_id", "live_change__mini_program_id")
    for aweme_id, app_id in live.iterator():
        yield keys.entry(aweme_id)
        yield keys.deny(Scope.MINI_PROGRAM, app_id)
    for aweme_id in eligibility.judged():
        yield keys.verdict(aweme_id)
    for scope, target in Deny.objects.values_list("scope", "target").iterator():
        yield keys.deny(Scope(scope), target)
    # Mini programs are also closed by what happens before anything is live.
    for key in EdgeRecord.objects.filter(key__startswith="deny:").values_list("key", flat=True):
        _, _, scope, target = key.split(":", 3)
        yield keys.deny(Scope(scope), target)


def _with_rank_of(wanted: Projected, record: Record) -> Record:
    if isinstance(record, VerdictRecord):
        return wanted.record(0, 0)
    return wanted.record(record.epoch, record.version)


def _says_nothing(record: Record) -> bool:
    if isinstance(record, ConfigRecord):
        return not record.live
    return isinstance(record, DenyRecord) and not record.denied
