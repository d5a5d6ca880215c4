"""People log in by a session; tries are counted; no secret is kept in the clear (S9)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from guazai.control.directory import actions, queries
from guazai.control.directory.models import Person
from guazai.control.directory.states import MemberRole
from guazai.control.journal import queries as journal
from guazai.control.kernel.actor import system
from tests.world import Answer, Api, World

PASSWORD = "correct horse battery staple"


def with_password(world: World, *, is_operator: bool = False) -> Person:
    login = world.person().login
    return actions.save_person(system("test"), login, password=PASSWORD, is_operator=is_operator)


def fresh() -> Api:
    """Somebody who has opened the page, and so has a CSRF token."""
    api = Api()
    api.headers["X-CSRFToken"] = api.get("/session").body["csrf_token"]
    return api


def log_in(api: Api, login: str, password: str = PASSWORD) -> Answer:
    return api.post("/session", {"login": login, "password": password})


def test_a_person_logs_in_and_out(world: World) -> None:
    person = with_password(world, is_operator=True)
    account = world.account(owner=person)
    entity = world.entity()
    actions.upsert_member(system("test"), entity.pk, person.login, role=MemberRole.OWNER)
    api = fresh()
    before = api.get("/session").body
    assert (before["person"], before["available_actions"]) == (None, ["login"])
    answer = log_in(api, person.login)
    assert answer.status == 200
    token = answer.body.pop("csrf_token")
    assert answer.body == {
        "person": person.login,
        "display_name": "",
        "is_reviewer": False,
        "is_operator": True,
        "entities": [entity.pk],
        "accounts": [account.pk],
        "available_actions": ["logout"],
    }
    api.headers["X-CSRFToken"] = token
    assert api.get("/operator/denies").status == 200
    assert api.delete("/session").status == 204
    assert api.get("/operator/denies").status == 401
    assert api.get("/session").body["person"] is None


def test_s10_logging_in_changes_the_session_and_the_csrf_token(world: World) -> None:
    person = with_password(world)
    api = fresh()
    api.client.cookies["sessionid"] = "chosenbyanattacker00000000000000"
    before = api.headers["X-CSRFToken"]
    answer = log_in(api, person.login)
    assert answer.status == 200
    assert api.client.cookies["sessionid"].value != "chosenbyanattacker00000000000000"
    assert api.client.cookies["sessionid"]["httponly"]
    assert api.client.cookies["sessionid"]["samesite"] == "Lax"
    stale = {"X-CSRFToken": before}
    assert api.call("DELETE", "/session", None, **stale).code == "csrf_failed"


@pytest.mark.parametrize("wrong", ["", "Correct horse battery staple", PASSWORD + " ", "x" * 256])
def test_a_wrong_password_is_refused_as_an_unknown_login_is(world: World, wrong: str) -> None:
    person = with_password(world)
    refused = log_in(fresh(), person.login, wrong)
    unknown = log_in(fresh(), f"{person.login}-not", wrong or "x")
    if wrong:
        assert (refused.status, refused.code) == (401, "login_failed")
        assert refused.body == unknown.body
        assert refused.headers["WWW-Authenticate"]
    else:
        assert refused.code == "validation_failed"
    assert log_in(fresh(), person.login).status == 200


def test_a_person_without_a_password_does_not_log_in(world: World) -> None:
    person = world.person()
    for password in ("!", "x"):
        assert log_in(fresh(), person.login, password).code == "login_failed"


def test_somebody_who_left_does_not_log_in(world: World) -> None:
    person = with_password(world)
    Person.objects.filter(pk=person.pk).update(is_active=False)
    assert log_in(fresh(), person.login).code == "login_failed"


def test_s10_logging_in_needs_the_csrf_token(world: World) -> None:
    person = with_password(world)
    api = Api()
    answer = log_in(api, person.login)
    assert (answer.status, answer.code) == (403, "csrf_failed")
    assert api.get("/session").body["person"] is None


def test_s10_the_eleventh_try_in_five_minutes_waits(world: World) -> None:
    person = with_password(world)
    for _ in range(10):
        assert log_in(fresh(), person.login, "wrong").status == 401
    answer = log_in(fresh(), person.login)
    assert (answer.status, answer.code) == (429, "rate_limited")
    assert answer.headers["Retry-After"] == "300"
    assert log_in(fresh(), with_password(world).login).status == 200


def test_a_changed_password_ends_sessions(world: World) -> None:
    person = with_password(world)
    api = fresh()
    log_in(api, person.login)
    assert api.get("/session").body["person"] == person.login
    actions.save_person(system("test"), person.login, password="another long password")
    assert api.get("/session").body["person"] is None


def test_roles_are_read_with_every_request(world: World) -> None:
    person = world.operator()
    api = world.api(person)
    assert api.get("/operator/denies").status == 200
    actions.save_person(system("test"), person.login, is_operator=False)
    assert api.get("/operator/denies").status == 403
    event = journal.search(verb="directory.save_person", subject_id=person.pk)
    assert {json.dumps(each.after, sort_keys=True) for each in event} == {
        '{"is_operator": false, "is_reviewer": false}',
        '{"is_operator": true, "is_reviewer": false}',
    }


def stored() -> str:
    """Every value in every table."""
    rows: list[Any] = []
    for model in apps.get_models():
        rows += model._default_manager.values_list()
    return "\n".join(
        str([bytes(cell) if isinstance(cell, memoryview) else cell for cell in row]) for row in rows
    )


def test_s9_no_password_or_token_is_in_any_table_or_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        operator = with_password(world, is_operator=True)
        api = fresh()
        log_in(api, operator.login, "a wrong password")
        answer = log_in(api, operator.login)
        api.headers["X-CSRFToken"] = answer.body["csrf_token"]
        made = api.post(
            "/operator/tokens", {"name": "h", "scopes": ["host:write"]}, Idempotency_Key="key-1"
        )
        machine = Api(token=made.body["token"])
        machine.put("/host/legal-entities/ent", {"name": "E"}, Idempotency_Key="key-2")
        machine.put("/host/legal-entities/ent", b"not json")
        machine.get(f"/nothing/{made.body['token']}")
        session = api.client.cookies["sessionid"].value
    everywhere = stored() + caplog.text
    assert operator.login in everywhere
    for secret in (PASSWORD, "a wrong password", made.body["token"]):
        assert secret not in everywhere
    assert session not in caplog.text


def test_s9_the_scan_finds_what_is_there(world: World) -> None:
    person = world.person()
    Person.objects.filter(pk=person.pk).update(display_name=PASSWORD)
    assert PASSWORD in stored()


def test_an_actor_has_what_it_had_when_the_request_came(world: World) -> None:
    entity, person = world.entity(), world.person()
    who = queries.actor_of_person(person, "req_1")
    actions.upsert_member(system("test"), entity.pk, person.login, role=MemberRole.OWNER)
    assert who.entities == frozenset()
    assert world.actor(person).entities == {entity.pk}


def test_the_session_of_nobody_is_public_and_not_cached(db: None) -> None:
    response = Client().get("/api/v1/session")
    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
