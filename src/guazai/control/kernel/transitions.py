"""How a status changes: by one conditional UPDATE, never by read-then-save."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db.models import Model, Q, QuerySet

from guazai.control.kernel.errors import NOT_FOUND, WRONG_STATE


class Transition(NamedTuple):
    """Statuses a verb may start from, and the one it ends in."""

    sources: frozenset[str]
    target: str


Table = Mapping[str, Transition]


def step(sources: str | tuple[str, ...], target: str) -> Transition:
    """A row of a context's transition table."""
    return Transition(frozenset((sources,) if isinstance(sources, str) else sources), target)


def verbs(table: Table, status: str) -> list[str]:
    """The verbs that `status` allows, in the table's order."""
    return [verb for verb, transition in table.items() if status in transition.sources]


def move(obj: Model, table: Table, verb: str, *, where: Q | None = None, **fields: Any) -> None:
    """Take `obj` through `verb`, setting `fields` with it, if its stored status allows that.

    `where` narrows the UPDATE further (an expiry, a content hash). Raises `wrong_state` (409) with
    the current state, or `not_found` where the row is gone. `obj` is refreshed in memory.
    """
    transition = table[verb]
    manager = type(obj)._default_manager
    rows = manager.filter(
        *([where] if where is not None else []), pk=obj.pk, status__in=transition.sources
    ).update(status=transition.target, **fields)
    if not rows:
        current = manager.filter(pk=obj.pk).values_list("status", flat=True).first()
        if current is None:
            raise NOT_FOUND()
        raise WRONG_STATE(current=current, verb=verb, allowed_from=sorted(transition.sources))
    for name, value in {"status": transition.target, **fields}.items():
        setattr(obj, name, value)


def move_all(rows: QuerySet[Any], table: Table, verb: str, **fields: Any) -> int:
    """Take those of `rows` through `verb` whose stored status allows it; returns how many.

    One conditional UPDATE: of two that race for a row, one finds it moved.
    """
    transition = table[verb]
    allowed = rows.filter(status__in=transition.sources)
    return allowed.update(status=transition.target, **fields)
