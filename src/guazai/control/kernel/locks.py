"""Row locks that mean the same on both databases."""

from __future__ import annotations

from typing import TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


def locked(rows: QuerySet[M]) -> QuerySet[M]:
    """`rows`, locked until the transaction ends.

    SQLite needs none: IMMEDIATE transactions already let one writer in at a time.
    """
    return rows.select_for_update() if connection.features.has_select_for_update else rows
