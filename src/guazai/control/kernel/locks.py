"""Row locks that mean the same on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


def is_single_writer() -> bool:
    """Whether a writer keeps all others out until its transaction ends, as on SQLite."""
    return not connection.features.has_select_for_update


@contextmanager
def one_snapshot() -> Iterator[None]:
    """A transaction whose every query sees the state of one moment.

    PostgreSQL would else show each query what was committed by then, and a state read by several
    queries may be one that never was. It refuses to lock what has changed since that moment.
    """
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost and not is_single_writer():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def locked(rows: QuerySet[M]) -> QuerySet[M]:
    """`rows`, locked until the transaction ends.

    SQLite needs none: IMMEDIATE transactions already let one writer in at a time. Rows that refer
    to locked ones may be written meanwhile: PostgreSQL looks at what they refer to when they
    commit, which is after the journal's lock, and would wait for somebody who waits for that.
    """
    return rows if is_single_writer() else rows.select_for_update(no_key=True)


def keep_table(model: type[Model]) -> None:
    """Keep a small table as it is until the transaction ends; others may keep it too.

    Whoever waits to change it is next: those who come to keep it meanwhile wait behind. A shared
    row lock would let them pass, and keep the one who waits waiting.
    """
    _lock_table(model, "SHARE")


def change_table(model: type[Model]) -> None:
    """Wait until nobody keeps a small table any more, and keep others off until the end.

    Not in a transaction that keeps it: two such would wait for each other.
    """
    _lock_table(model, "SHARE ROW EXCLUSIVE")


def _lock_table(model: type[Model], mode: str) -> None:
    if not is_single_writer():
        table = connection.ops.quote_name(model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN {mode} MODE")
