"""Reading the log as nodes need it: what came after a revision, everything, or some buckets.

`moment()` reads as of one moment and keeps no writer waiting, however long it takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import BinaryField, QuerySet
from django.db.models.functions import Substr

from guazai.control.entry.models import EdgeRecord, FeedHead
from guazai.control.kernel.locks import is_single_writer
from guazai.feed.codec import Sealed
from guazai.feed.seal import BUCKETS, MAC_BYTES

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
        """The digest of every bucket (`feed.digest`)."""
        found = [0] * BUCKETS
        mac = Substr("value", 1, MAC_BYTES, output_field=BinaryField())
        telling = EdgeRecord.objects.filter(blank_since__isnull=True)
        for rows in _fetch(telling.values_list("bucket", mac)):
            for bucket, each in rows:
                found[bucket] ^= int.from_bytes(each)
        return found


def head() -> Head:
    """How far the log has come; nowhere before any relay has started."""
    found = FeedHead.objects.values_list("epoch", "revision", "purged").filter(pk=1).first()
    return Head(*(found or (0, 0, 0)))


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
    for found in _fetch(rows.values_list("key", "value")):
        yield list(map(Sealed._make, found))


def _fetch(rows: QuerySet[EdgeRecord, Any]) -> Iterator[list[tuple[Any, ...]]]:
    """Rows of a moment some at a time, as the database gives them: there may be millions."""
    query, values = rows.query.sql_with_params()
    if is_single_writer():
        cursor: Any = connection.cursor()
        options = {}
    else:
        # Not Django's cursor: it has bytes sent as text, which is twice as long.
        cursor = connection.connection.cursor(name="log")
        options = {"binary": True}
    with closing(cursor):
        cursor.execute(query, values, **options)
        while found := cursor.fetchmany(FETCH):
            yield found
