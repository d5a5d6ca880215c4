"""Operators find anything by its id, and what has a name by how that begins."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models import Q

from guazai.control.binding import queries as bindings
from guazai.control.capability import queries as capability
from guazai.control.directory import actions as directory
from guazai.control.evaluation import actions as evaluation
from guazai.control.evaluation import drafting
from guazai.control.evaluation.states import RunKind
from guazai.control.governance import actions, finding
from guazai.control.journal import queries as journal
from guazai.control.kernel import clock
from guazai.control.kernel.prefixes import begins
from guazai.feed.records import Scope
from tests.evaluation.samples import draft_json
from tests.world import HOST, SURFACE, Api, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(world: World) -> Api:
    return world.api(world.operator())


def found(api: Api, asked: str) -> list[dict[str, Any]]:
    answer = api.get(f"/operator/find?q={asked}")
    assert answer.status == 200
    return list(answer.body["items"])


def test_everything_is_found_by_its_id_with_what_opens_it(world: World, api: Api) -> None:
    change = world.entry()
    app, account = change.mini_program, change.account
    place = {"app_id": app.pk, "aweme_id": account.pk, "surface": SURFACE.key}
    binding = bindings.active(app.pk, account.pk, SURFACE)
    assert binding is not None
    application = capability.applications(app, SURFACE).get()
    deny = actions.deny(HOST, Scope.ACCOUNT, account.pk, "fraud")
    takedown = journal.takedowns_of("deny", [deny.pk])[deny.pk]
    run = evaluation.start_run(
        HOST, evaluation.Tried(RunKind.FEED, clock.today(), "feeds", "f" * 64)
    )
    draft = drafting.create_draft(HOST, draft_json(), "stricter")
    entity = {"entity_id": app.entity_id}
    wanted: list[tuple[str, str, str, str | None, dict[str, Any]]] = [
        ("mini_program", app.pk, app.name, "online", {"app_id": app.pk, **entity}),
        ("legal_entity", app.entity_id, app.entity.name, None, entity),
        ("account", account.pk, account.nickname, None, {"aweme_id": account.pk}),
        ("binding", binding.pk, account.nickname, "active", place),
        (
            "application",
            application.pk,
            app.name,
            "approved",
            {"app_id": app.pk, "surface": SURFACE.key},
        ),
        ("landing_change", change.pk, change.page_path, "approved", place),
        ("deny", deny.pk, "fraud", "active", {"aweme_id": account.pk}),
        ("takedown", takedown.pk, "entry.deny", "accepted", {"aweme_id": account.pk}),
        ("run", run.pk, f"feed {clock.today().isoformat()}", "evaluating", {}),
        ("policy_draft", draft.pk, "stricter", "draft", {}),
        ("audit_event", takedown.event_id, "entry.deny", None, {}),
    ]
    nothing = dict.fromkeys(("app_id", "aweme_id", "entity_id", "surface"))
    for kind, asked, name, status, ids in wanted:
        first = found(api, asked)[0]
        told = {"kind": kind, "id": asked, "name": name, "status": status, **nothing, **ids}
        assert first == told


def test_a_policy_and_a_request_are_found(world: World, api: Api) -> None:
    actions.deny(world.actor(world.operator()), Scope.GLOBAL, "", "a fire")
    assert [(each["kind"], each["name"]) for each in found(api, "req_test")] == [
        ("request", "entry.deny")
    ]
    drafting.create_draft(HOST, draft_json(), "")
    assert found(api, "99") == []
    policies = [each for each in finding.find("1") if each.kind == "policy"]
    assert [(each.id, each.status) for each in policies] == [("1", "in_force")]


def test_the_whole_id_comes_first_then_ids_then_names(api: Api) -> None:
    for entity_id, name in (("abcd", "z"), ("abc", "y"), ("other", "abc Ltd"), ("ABC", "w")):
        directory.upsert_entity(HOST, entity_id, name=name)
    assert [each["id"] for each in found(api, "abc")] == ["abc", "abcd", "other"]


def test_signs_of_patterns_are_taken_as_they_are(api: Api) -> None:
    for entity_id, name in (("e1", "100% tea"), ("e2", "100 teas"), ("e3", "挂载 Ltd")):
        directory.upsert_entity(HOST, entity_id, name=name)
    assert [each["id"] for each in found(api, "100%25")] == ["e1"]
    assert found(api, "__") == []
    assert [each["id"] for each in found(api, "挂载")] == ["e3"]


def test_at_most_twenty_are_told(api: Api) -> None:
    for number in range(25):
        directory.upsert_entity(HOST, f"many{number:02}", name=f"many {number}")
    told = [each["id"] for each in found(api, "many")]
    assert len(told) == len(set(told)) == 20


@pytest.mark.parametrize("asked", ["", "a", "x" * 65])
def test_what_is_too_short_or_long_is_refused_at_its_field(api: Api, asked: str) -> None:
    answer = api.get(f"/operator/find?q={asked}")
    assert (answer.status, answer.code) == (422, "validation_failed")
    assert [error["at"] for error in answer.body["errors"]] == ["q"]


def test_operators_alone_find(world: World) -> None:
    for person in (world.reviewer(), world.developer(world.entity()), world.person()):
        assert world.api(person).get("/operator/find?q=any").status == 403
    assert world.api().get("/operator/find?q=any").status == 401


def is_sought(source: Any, what: Q) -> bool:
    """Whether the database seeks the rows in an index, instead of looking through all."""
    # What is joined to the rows is sought by their keys anyhow.
    rows = source.rows().select_related(None).filter(what)[: finding.MOST]
    table = rows.model._meta.db_table
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        plan = rows.explain()
        return f"Seq Scan on {table}" not in plan and "Index Cond" in plan
    return f"SEARCH {table} USING" in rows.explain()


def lookups(source: Any) -> list[Q]:
    names = [begins(source.name, "abc")] if source.name else []
    return [Q(pk="abc"), begins("pk", "abc"), *names]


@pytest.mark.database
def test_every_lookup_is_sought_in_an_index() -> None:
    for source in finding.SOURCES:
        for what in lookups(source):
            assert is_sought(source, what), (source, what)
    requests = finding.SOURCES[-1]
    assert is_sought(requests, Q(request_id="req_any"))


@pytest.mark.database
def test_twin_that_looks_anywhere_in_a_text_is_found() -> None:
    for source in finding.SOURCES:
        assert not is_sought(source, Q(pk__contains="abc"))
        assert not source.name or not is_sought(source, Q(**{f"{source.name}__contains": "abc"}))
