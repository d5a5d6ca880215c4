"""Secrets of a credential: shown once, two at most, ended with their tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from guazai.control.journal import queries as journal
from guazai.control.kernel import clock
from guazai.control.openapi import queries
from guazai.control.openapi.actions import credentials, tokens
from guazai.control.openapi.models import ClientSecret
from tests.openapi.calling import CAPABILITIES, TESTER, Wire, client_token, secret_of
from tests.world import Api

if TYPE_CHECKING:
    from guazai.control.directory.models import LegalEntity, MiniProgram
    from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def entity(world: World) -> LegalEntity:
    return world.entity()


@pytest.fixture
def app(world: World, entity: LegalEntity) -> MiniProgram:
    return world.mini_program(entity)


@pytest.fixture
def api(world: World, entity: LegalEntity) -> Api:
    return world.api(world.developer(entity))


def path(app: MiniProgram, rest: str = "") -> str:
    return f"/mini-programs/{app.pk}/credential{rest}"


def asked(token: str) -> int:
    """What a call with the token is told."""
    return Wire(token).get(CAPABILITIES).err_no


def test_a_mini_program_begins_without_secrets_and_with_every_scope(
    app: MiniProgram, api: Api
) -> None:
    answer = api.get(path(app))
    assert answer.status == 200
    assert (answer.body["client_key"], answer.body["secrets"]) == (app.pk, [])
    assert answer.body["allowed_networks"] == []
    assert len(answer.body["scopes"]) == 7
    assert all(each["is_granted"] for each in answer.body["scopes"])
    assert answer.body["available_actions"] == [
        "create_secret",
        "set_scopes",
        "set_allowed_networks",
    ]


def test_a_secret_is_shown_once(world: World, app: MiniProgram, entity: LegalEntity) -> None:
    person = world.developer(entity)
    api = world.api(person)
    answer = api.post(path(app, "/secrets"), {})
    assert answer.status == 201
    raw = answer.body.pop("secret")
    assert raw.startswith("gzs_")
    assert len(raw) == 47
    assert answer.body["hint"] == f"…{raw[-4:]}"
    assert answer.body["created_by_name"] == person.login
    assert (answer.body["last_used_at"], answer.body["expires_at"]) == (None, None)
    shown = api.get(path(app))
    assert shown.body["secrets"] == [answer.body]
    assert raw not in str(shown.body)
    (event,) = journal.search(verb="openapi.create_secret", subject_id=app.pk)
    assert event.actor_id == person.pk
    assert raw not in repr(event.after)
    client_token(app.pk, raw)
    assert api.get(path(app)).body["secrets"][0]["last_used_at"]


def test_a_secret_is_not_kept_for_repeated_writes(app: MiniProgram, api: Api) -> None:
    first = api.call("POST", path(app, "/secrets"), {}, Idempotency_Key="once")
    again = api.call("POST", path(app, "/secrets"), {}, Idempotency_Key="once")
    assert (first.status, again.code) == (201, "idempotency_answer_not_kept")
    assert ClientSecret.objects.count() == 1


def test_two_are_live_during_a_rotation_and_no_more(app: MiniProgram, api: Api) -> None:
    first, second = (api.post(path(app, "/secrets")).body for _ in range(2))
    assert "create_secret" not in api.get(path(app)).body["available_actions"]
    answer = api.post(path(app, "/secrets"))
    assert (answer.status, answer.code) == (409, "two_secrets_live")
    before = [client_token(app.pk, each["secret"]) for each in (first, second)]
    assert [asked(each) for each in before] == [0, 0]
    assert api.delete(path(app, f"/secrets/{first['id']}")).status == 204
    assert [asked(each) for each in before] == [28001003, 0]
    assert [each["id"] for each in api.get(path(app)).body["secrets"]] == [second["id"]]
    assert api.delete(path(app, f"/secrets/{first['id']}")).status == 404
    assert api.post(path(app, "/secrets")).status == 201


def test_the_last_one_may_be_ended_too(app: MiniProgram, api: Api) -> None:
    made = api.post(path(app, "/secrets")).body
    token = client_token(app.pk, made["secret"])
    assert api.delete(path(app, f"/secrets/{made['id']}")).status == 204
    assert asked(token) == 28001003
    assert api.get(path(app)).body["secrets"] == []
    (event,) = journal.search(verb="openapi.end_secret", subject_id=app.pk)
    assert event.after == {"secret": made["id"]}


def test_the_older_one_ends_by_itself_when_it_was_said(app: MiniProgram, api: Api) -> None:
    older = api.post(path(app, "/secrets")).body
    token = client_token(app.pk, older["secret"])
    with time_machine.travel(clock.now(), tick=False) as traveller:
        newer = api.post(path(app, "/secrets"), {"keep_hours": 1}).body
        shown = {each["id"]: each["expires_at"] for each in api.get(path(app)).body["secrets"]}
        assert shown[newer["id"]] is None
        assert shown[older["id"]] is not None
        traveller.shift(timedelta(minutes=59, seconds=59))
        assert (asked(token), len(queries.signing_secrets(app.pk))) == (0, 2)
        traveller.shift(1)
        assert asked(token) == 28001003
        assert queries.signing_secrets(app.pk) == (newer["secret"],)
        assert api.post(path(app, "/secrets")).status == 201


@pytest.mark.parametrize("hours", [0, 168])
def test_the_older_one_is_kept_from_none_to_a_hundred_and_sixty_eight_hours(
    app: MiniProgram, api: Api, hours: int
) -> None:
    api.post(path(app, "/secrets"))
    assert api.post(path(app, "/secrets"), {"keep_hours": hours}).status == 201
    assert len(api.get(path(app)).body["secrets"]) == (2 if hours else 1)


@pytest.mark.parametrize("wrong", [{"keep_hours": 169}, {"keep_hours": -1}, {"keep_hours": "1"}])
def test_other_hours_are_refused(app: MiniProgram, api: Api, wrong: dict[str, object]) -> None:
    assert api.post(path(app, "/secrets"), wrong).code == "validation_failed"


def test_webhooks_find_the_live_secrets_oldest_first(world: World, app: MiniProgram) -> None:
    assert queries.signing_secrets(app.pk) == ()
    made, first = credentials.create_secret(TESTER, app)
    second = secret_of(app)
    secret_of(world.mini_program())
    assert queries.signing_secrets(app.pk) == (first, second)
    credentials.end_secret(TESTER, made)
    assert queries.signing_secrets(app.pk) == (second,)


def test_the_seal_of_a_secret_that_is_over_is_broken_up(app: MiniProgram) -> None:
    ended, _ = credentials.create_secret(TESTER, app)
    credentials.end_secret(TESTER, ended)
    ended.refresh_from_db()
    assert bytes(ended.sealed) == b""
    expires, _ = credentials.create_secret(TESTER, app)
    credentials.create_secret(TESTER, app, keep_hours=0)
    tokens.forget_old()
    expires.refresh_from_db()
    assert bytes(expires.sealed) == b""
    assert len(queries.signing_secrets(app.pk)) == 1


def test_a_secret_of_another_mini_program_is_not_found(
    world: World, app: MiniProgram, api: Api, entity: LegalEntity
) -> None:
    sibling = world.mini_program(entity)
    made, _ = credentials.create_secret(TESTER, sibling)
    assert api.delete(path(app, f"/secrets/{made.pk}")).status == 404
    outsider = world.api(world.developer(world.entity()))
    assert outsider.get(path(app)).status == 404
    assert outsider.post(path(app, "/secrets")).status == 404
    assert outsider.delete(path(sibling, f"/secrets/{made.pk}")).status == 404
    assert len(queries.signing_secrets(sibling.pk)) == 1


def test_a_developers_token_makes_no_secret(world: World, app: MiniProgram) -> None:
    machine = world.api(token=world.developer_token(app))
    assert machine.post(path(app, "/secrets")).status == 401
