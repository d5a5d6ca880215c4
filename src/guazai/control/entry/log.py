"""Reading the log as nodes need it: what came after a revision, everything, or some buckets.

`moment()` reads as of one moment and keeps no writer waiting, however long it takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet

from guazai.control.entry.models import EdgeRecord, FeedHead
from guazai.control.kernel.batches import batched
from guazai.control.kernel.locks import is_single_writer
from guazai.feed.codec import Sealed
from guazai.feed.digest import weight
from guazai.feed.seal import BUCKETS

#: How many rows are fetched at a time; between two such, other threads get their turn.
FETCH = 2000


class Head(NamedTuple):
    """How far the log has come; `purged` is up to where tombstones may be gone."""

    epoch: int
    revision: int
    purged: int


class LogGoneError(Exception):
    """The log does not continue from there: only a snapshot does."""


class Moment:
    """The log as of one moment."""

    def __init__(self, head: Head) -> None:
        self.head = head

    def tail(self, epoch: int, after: int) -> Iterator[list[Sealed]]:
        """The records revised after a revision, in order. Raises LogGoneError."""
        if epoch != self.head.epoch or not self.head.purged <= after <= self.head.revision:
            raise LogGoneError
        return _sealed(EdgeRecord.objects.filter(revision__gt=after).order_by("revision"))

    def count(self, buckets: Sequence[int] | None = None) -> int:
        """How many records there are, in all or in some buckets."""
        return _inside(buckets).count()

    def records(self, buckets: Sequence[int] | None = None) -> Iterator[list[Sealed]]:
        """The records of all or of some buckets, in key order."""
        return _sealed(_inside(buckets).order_by("key"))

    def digests(self) -> list[int]:
        """The digest of every bucket."""
        found = [0] * BUCKETS
        rows = EdgeRecord.objects.values_list("bucket", "key", "value")
        for bucket, key, value in rows.iterator(FETCH):
            found[bucket] ^= weight(Sealed(bytes(key), bytes(value)))
        return found


def head() -> Head:
    """How far the log has come. Raises `FeedHead.DoesNotExist` before any relay has started."""
    return Head(*FeedHead.objects.values_list("epoch", "revision", "purged").get(pk=1))


@contextmanager
def moment() -> Iterator[Moment]:
    """Read as of one moment; inside a transaction, as of that one's.

    Not `transaction.atomic`: on SQLite that takes the writers' lock at once.
    """
    if connection.in_atomic_block:
        yield Moment(head())
        return
    with connection.cursor() as cursor:
        level = "" if is_single_writer() else " ISOLATION LEVEL REPEATABLE READ READ ONLY"
        cursor.execute(f"BEGIN{level}")
        try:
            yield Moment(head())
        finally:
            cursor.execute("ROLLBACK")


def _inside(buckets: Sequence[int] | None) -> QuerySet[EdgeRecord]:
    rows = EdgeRecord.objects.all()
    return rows if buckets is None else rows.filter(bucket__in=buckets)


def _sealed(rows: QuerySet[EdgeRecord]) -> Iterator[list[Sealed]]:
    """Some at a time, however many there are."""
    for found in batched(rows.values_list("key", "value").iterator(FETCH), FETCH):
        yield [Sealed(bytes(key), bytes(value)) for key, value in found]
