"""Row locks that mean the same on both databases."""

from __future__ import annotations

from typing import TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


def is_single_writer() -> bool:
    """Whether a writer keeps all others out until its transaction ends, as on SQLite."""
    return not connection.features.has_select_for_update


def locked(rows: QuerySet[M]) -> QuerySet[M]:
    """`rows`, locked until the transaction ends.

    SQLite needs none: IMMEDIATE transactions already let one writer in at a time.
    """
    return rows if is_single_writer() else rows.select_for_update()
