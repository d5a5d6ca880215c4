"""The registry for everybody, its settings for operators."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Router
from pydantic import StringConstraints

from guazai.control.kernel import doors
from guazai.control.kernel.http import Body, Out, actor
from guazai.control.surfaces import actions, queries, registry
from guazai.control.surfaces.registry import Surface

router = Router(tags=["surfaces"])
Industry = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class SurfaceOut(Out):
    """One surface as declared, with what an operator set."""

    key: str
    name: str
    hosts: list[str]
    min_credit_score: int
    quotas: dict[str, int]
    unbinds_per_month: int
    review_working_days: int
    title_length: int
    closed_industries: list[str]
    available_actions: list[str]


class IndustriesIn(Body):
    """Industries whose visitors get no entry; empty opens all."""

    closed_industries: list[Industry] = Field(max_length=200)
    reason: str = Field(min_length=1, max_length=500)


def _render(surface: Surface, *, is_operator: bool) -> SurfaceOut:
    return SurfaceOut(
        key=surface.key,
        name=str(surface.name),
        hosts=list(surface.hosts),
        min_credit_score=surface.min_credit_score,
        quotas={kind.value: quota for kind, quota in surface.quotas.items()},
        unbinds_per_month=surface.unbinds_per_month,
        review_working_days=surface.review_working_days,
        title_length=surface.title_length,
        closed_industries=sorted(queries.closed_industries(surface)),
        available_actions=["close_industries"] if is_operator else [],
    )


@router.get("/surfaces", response=list[SurfaceOut], auth=doors.person)
def list_surfaces(request: HttpRequest) -> list[SurfaceOut]:
    """Every declared surface (S1)."""
    is_operator = actor(request).is_operator
    return [_render(surface, is_operator=is_operator) for surface in registry.SURFACES.values()]


@router.put("/operator/surfaces/{surface}/industries", response=SurfaceOut, auth=doors.operator)
def set_industries(request: HttpRequest, surface: str, body: IndustriesIn) -> SurfaceOut:
    """Close or open industries for visitors (C2)."""
    found = registry.get(surface)
    actions.close_industries(actor(request), found, body.closed_industries, body.reason)
    return _render(found, is_operator=True)
