"""S2: nine principals at every route, with objects that are theirs or are not.

What is somebody else's reads as what is not there; whoever is refused changes nothing; who
succeeds is named in an audit event; and no answer holds what is none of the asker's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from guazai.control.directory import queries as directory
from guazai.control.directory.models import LegalEntity, MiniProgram
from guazai.control.journal import actions as journal
from guazai.control.kernel import doors
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.errors import FORBIDDEN, NOT_FOUND
from tests.matrix import asking
from tests.matrix.stage import Principal, Stage, Whose
from tests.matrix.table import APP, ON, ROUTES, Route

pytestmark = pytest.mark.django_db
Refused = dict[tuple[Principal, Whose], str]


def name(route: Route) -> str:
    return f"{'page ' if route.is_page else ''}{route.name} {route.audit}".strip()


def ask_all(stage: Stage, route: Route, whose: Whose, refused: Refused) -> None:
    with asking.undone():
        values = asking.values_of(stage, route, whose)
        for who in Principal:
            expected = asking.allowed(route, who, whose, is_revoked=False)
            refused[who, whose] = asking.ask(stage, who, route, values, expected)


@pytest.mark.parametrize("route", ROUTES, ids=name)
def test_s2_every_principal_at_every_route(stage: Stage, route: Route) -> None:
    refused: Refused = {}
    for whose in Whose if route.who.of else [Whose.OWN]:
        ask_all(stage, route, whose, refused)
    if route.who.of in {"app", "account"}:
        for who in Principal:
            told = {refused[who, whose] for whose in (Whose.FOREIGN, Whose.ABSENT)}
            assert len(told) == 1, f"{route.name}: {who} can tell foreign from absent: {told}"


@pytest.mark.parametrize("route", ROUTES, ids=name)
def test_s2_what_was_taken_away_opens_nothing(stage: Stage, route: Route) -> None:
    with asking.undone():
        values = asking.values_of(stage, route, Whose.OWN)
        for who in Principal:
            expected = asking.allowed(route, who, Whose.OWN, is_revoked=True)
            asking.ask(stage, who, route, values, expected, is_revoked=True)


CROSSED = [route for route in ROUTES if asking.inside(route)]


@pytest.mark.parametrize("route", CROSSED, ids=name)
def test_s2_ones_own_mini_program_does_not_lead_to_others_objects(
    stage: Stage, route: Route
) -> None:
    told: dict[Principal, set[str]] = {who: set() for who in Principal}
    for whose in (Whose.SIBLING, Whose.FOREIGN, Whose.ABSENT):
        with asking.undone():
            values = asking.values_of(stage, route, whose)
            values["app_id"] = stage.targets[Whose.OWN].app.pk
            for who in Principal:
                refusal = asking.at_the_door(route, who, is_revoked=False)
                told[who].add(asking.ask(stage, who, route, values, refusal or 404))
    assert {len(bodies) for bodies in told.values()} == {1}


PAGES = sorted({route.path for route in ROUTES if route.is_page})
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})


@pytest.mark.parametrize("path", PAGES)
def test_s2_a_page_is_served_by_no_method_without_a_line(stage: Stage, path: str) -> None:
    found = [route for route in ROUTES if route.is_page and route.path == path]
    values = asking.values_of(stage, found[0], Whose.OWN)
    before = asking.state()
    for method in sorted(METHODS - {route.method for route in found}):
        other = Route(method, path, found[0].who, is_page=True)
        answer = asking.send(stage.callers[Principal.ACCOUNT_OWNER], other, values)
        assert answer.status == 405, f"{method} {path}"
    assert asking.state() == before


# --- Twins: with one guard off, the matrix fails -------------------------------------------------


def unscoped(_: Actor) -> Any:
    return MiniProgram.objects.select_related("entity", "published_version")


def telling(who: Actor, app_id: str) -> MiniProgram:
    """Says of what is somebody else's that it is there."""
    found = directory.any_mini_program(app_id)
    if not directory.mini_programs(who).filter(pk=app_id).exists():
        raise FORBIDDEN()
    return found


def leaving(who: Actor, app_id: str) -> MiniProgram:
    """Leaves something behind when it refuses."""
    found = directory.mini_programs(who).filter(pk=app_id).first()
    if found is None:
        LegalEntity.objects.create(entity_id="left-behind", name="")
        raise NOT_FOUND()
    return found


def admitting(request: Any, kinds: Any, check: Any) -> Actor | None:
    """Asks for the kind of actor, and not for the role."""
    actor = doors.actor_of(request)
    return actor if actor is not None and actor.kind in kinds else None


def line(method: str, path: str) -> Route:
    return next(route for route in ROUTES if (route.method, route.path) == (method, path))


TWINS: dict[str, tuple[object, str, Callable[..., Any], Route]] = {
    "reads are not scoped": (directory, "mini_programs", unscoped, line("GET", APP)),
    "foreign is told from absent": (directory, "mini_program", telling, line("GET", APP)),
    "a refusal leaves something": (directory, "mini_program", leaving, line("GET", f"{ON}/quota")),
    "a door asks for no role": (doors, "_admit", admitting, line("GET", "/operator/denies")),
    "an act leaves no event": (
        journal,
        "_write",
        lambda _: None,
        line("POST", f"{APP}/share-links"),
    ),
}


@pytest.mark.parametrize(("where", "name", "twin", "route"), TWINS.values(), ids=TWINS)
def test_s2_twin_is_caught_by_the_matrix(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    where: object,
    name: str,
    twin: Callable[..., Any],
    route: Route,
) -> None:
    test_s2_every_principal_at_every_route(stage, route)
    monkeypatch.setattr(where, name, twin)
    with pytest.raises(AssertionError):
        test_s2_every_principal_at_every_route(stage, route)
