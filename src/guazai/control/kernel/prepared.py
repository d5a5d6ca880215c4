"""Queries that every call asks: compiled once for each thread, as compiling costs most of them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=Model)


class _Compiled(Generic[M]):
    """SQL with the place of one value, and what makes its row a model with its relations.

    It does what `QuerySet` does with a row; Django has no way to keep a compiled query.
    """

    def __init__(self, rows: QuerySet[M]) -> None:
        self.compiler = rows.query.get_compiler(connection=connection)
        self.sql, self.params = self.compiler.as_sql()
        select, info = self.compiler.select, self.compiler.klass_info
        if select is None or info is None:
            raise TypeError("a prepared query is for models")
        self.model: type[M] = info["model"]
        first, *_, last = info["select_fields"]
        self.columns = slice(first, last + 1)
        self.names = [column.target.attname for column, *_ in select[self.columns]]
        self.converters = self.compiler.get_converters([column for column, *_ in select])
        # The stubs are those of a later Django.
        self.populators = get_related_populators(info, select, rows.db)  # type: ignore[call-arg]

    def one(self, value: str) -> M | None:
        with connection.cursor() as cursor:
            cursor.execute(self.sql, (value,))
            found = cursor.fetchone()
        if found is None:
            return None
        (row,) = self.compiler.apply_converters([found], self.converters)
        made = self.model.from_db(connection.alias, self.names, row[self.columns])
        for each in self.populators:
            each.populate(row, made)
        return made


class Prepared(Generic[M]):
    """One row by one value that is unique. `rows` makes the query for a value."""

    def __init__(self, rows: Callable[[str], QuerySet[M]]) -> None:
        self._rows = rows
        self._mine = threading.local()

    def one(self, value: str) -> M | None:
        """The row, or None."""
        mine = connections[DEFAULT_DB_ALIAS]
        if getattr(self._mine, "connection", None) is not mine:
            self._mine.connection = mine
            self._mine.compiled = _Compiled(self._rows(value))
        compiled: _Compiled[M] = self._mine.compiled
        return compiled.one(value)
