"""What every `api.py` shares: strict schemas and cursor pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Generic, TypeVar

import ninja
from django.core import signing
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from ninja import Query
from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field, field_validator

from guazai.control.kernel.actor import Actor
from guazai.control.kernel.errors import CURSOR_INVALID, UNAUTHENTICATED

T = TypeVar("T")
M = TypeVar("M", bound=Model)
MAX_PAGE = 100
CURSOR_SALT = "guazai.cursor"


def _written(form: str) -> BeforeValidator:
    """Lets in what is a time already, or text in `form`: no numbers, which would pass as times."""
    pattern = re.compile(form)

    def check(value: Any) -> Any:
        if not isinstance(value, date) and not (
            isinstance(value, str) and pattern.fullmatch(value)
        ):
            raise ValueError("a time is written in the form of ISO 8601")
        return value

    return BeforeValidator(check)


#: Strict bodies take no text for times; these two arrive as ISO 8601 text in JSON.
Day = Annotated[date, _written(r"\d{4}-\d\d-\d\d"), Field(strict=False)]
Instant = Annotated[
    AwareDatetime,
    _written(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)"),
    Field(strict=False),
]


def is_storable(value: Any) -> bool:
    """Whether every text in `value` can be stored: PostgreSQL has no NUL, UTF-8 no surrogates."""
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= char <= "\udfff" for char in value)
    if isinstance(value, dict):
        return all(is_storable(each) for pair in value.items() for each in pair)
    return not isinstance(value, list) or all(is_storable(each) for each in value)


class Body(ninja.Schema):
    """A request body: unknown fields and lax types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, str_strip_whitespace=True)

    @field_validator("*")
    @classmethod
    def _is_storable(cls, value: Any) -> Any:
        if not is_storable(value):
            raise ValueError("text must not hold NUL or unpaired surrogates")
        return value


def _every_field_is_there(schema: dict[str, Any]) -> None:
    schema["required"] = list(schema.get("properties", {}))


class Out(ninja.Schema):
    """An answer; every field of it is always sent."""

    model_config = ConfigDict(json_schema_extra=_every_field_is_there)


class ReasonOut(Out):
    """A structured reason of a decision, and how to mend it (C4)."""

    code: str
    text: str
    how_to_fix: str
    evidence: str


class Page(Out, Generic[T]):
    """One page of a list; `next_cursor` is null on the last one."""

    items: list[T]
    next_cursor: str | None = None


class PageQuery(ninja.Schema):
    """How a list is paged."""

    cursor: str | None = Field(None, max_length=512)
    limit: int = Field(20, ge=1, le=MAX_PAGE)


PageParams = Annotated[PageQuery, Query(...)]


def actor(request: HttpRequest) -> Actor:
    """The actor that a door let in."""
    found = getattr(request, "auth", None)
    if not isinstance(found, Actor):
        raise UNAUTHENTICATED()
    return found


def hide_answer(request: HttpRequest) -> None:
    """Say that the answer holds a secret, which is shown once and kept nowhere."""
    request.has_secret_answer = True  # type: ignore[attr-defined]


def page(
    rows: QuerySet[M], params: PageQuery, render: Callable[[M], T], *, order: str = "-pk"
) -> Page[T]:
    """A page of `rows` in keyset order; `order` names one field, ties broken by primary key.

    Raises `cursor_invalid` (400) where the cursor was not made here for this order.
    """
    field = order.lstrip("-")
    is_descending = order.startswith("-")
    if params.cursor is not None:
        value, pk = _decode(params.cursor, order)
        compare = "lt" if is_descending else "gt"
        if field == "pk":
            rows = rows.filter(**{f"pk__{compare}": pk})
        else:
            rows = rows.filter(
                Q(**{f"{field}__{compare}": value}) | Q(**{field: value, f"pk__{compare}": pk})
            )
    ordering = [order] if field == "pk" else [order, "-pk" if is_descending else "pk"]
    found = list(rows.order_by(*ordering)[: params.limit + 1])
    shown = found[: params.limit]
    has_more = len(found) > params.limit
    last = shown[-1] if has_more else None
    return Page(
        items=[render(row) for row in shown],
        next_cursor=None
        if last is None
        else _encode(order, None if field == "pk" else getattr(last, field), last.pk),
    )


def _encode(order: str, value: Any, pk: Any) -> str:
    plain = value.isoformat() if isinstance(value, date) else value
    return signing.dumps([order, plain, pk], salt=CURSOR_SALT)


def _decode(cursor: str, order: str) -> tuple[Any, Any]:
    try:
        made_for, value, pk = signing.loads(cursor, salt=CURSOR_SALT)
    except signing.BadSignature:
        raise CURSOR_INVALID() from None
    if made_for != order:
        raise CURSOR_INVALID()
    return value, pk
