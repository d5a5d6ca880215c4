"""Machines' tokens: hashed, scoped, short-lived, ended at once, shown once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from guazai.control.directory import actions, queries
from guazai.control.directory.models import Token
from guazai.control.journal import queries as journal
from guazai.control.kernel import clock
from guazai.control.kernel.actor import ActorKind, Scope, system
from tests.world import Answer, Api, World

PATH = "/operator/tokens"


def issue(world: World, by: Api | None = None, **fields: Any) -> Answer:
    body = {"name": "host", "scopes": ["host:write"], **fields}
    return (by or world.api(world.operator())).post(PATH, body)


def test_a_token_is_shown_once_and_kept_as_its_hash(world: World) -> None:
    operator = world.operator()
    answer = issue(world, world.api(operator))
    assert answer.status == 201
    raw = answer.body["token"]
    assert raw.startswith("gz_")
    assert len(raw) > 40
    token = Token.objects.get()
    assert token.hash == queries.hash_token(raw) != raw
    assert token.created_by == operator.pk
    assert abs(token.expires_at - token.created_at - timedelta(days=30)) < timedelta(seconds=5)
    (listed,) = world.api(operator).get(PATH).body["items"]
    assert "token" not in listed
    assert listed["available_actions"] == ["revoke"]
    event = journal.search(verb="directory.issue_token").get()
    assert event.after == {"name": "host", "scopes": ["host:write"], "app_id": None, "days": 30}


def test_two_tokens_differ(world: World) -> None:
    assert issue(world).body["token"] != issue(world).body["token"]


def test_a_token_opens_the_doors_of_its_scopes_alone(world: World) -> None:
    app = world.mini_program()
    base = f"/mini-programs/{app.pk}"
    share_links = f"{base}/share-links"
    host, reader, writer = (
        world.host_api(),
        world.api(token=world.developer_token(app, Scope.DEVELOPER_READ)),
        world.api(token=world.developer_token(app)),
    )
    link = {"name": "Home", "page_path": "pages/index/index"}
    statuses = {
        name: (
            api.put("/host/legal-entities/ent", {"name": "E"}).status,
            api.get(base).status,
            api.post(share_links, link).status,
        )
        for name, api in {"host": host, "reader": reader, "writer": writer}.items()
    }
    assert statuses == {
        "host": (200, 403, 403),
        "reader": (403, 200, 403),
        "writer": (403, 200, 201),
    }


@pytest.mark.parametrize(
    ("scopes", "is_bound"),
    [
        (["host:write"], True),
        (["developer:read"], False),
        (["developer:write", "host:write"], True),
        (["developer:write", "host:write"], False),
    ],
)
def test_a_developers_token_is_bound_to_one_mini_program_and_a_hosts_to_none(
    world: World, scopes: list[str], is_bound: bool
) -> None:
    app = world.mini_program()
    answer = issue(world, scopes=scopes, app_id=app.pk if is_bound else None)
    assert (answer.status, answer.code) == (422, "token_scope_invalid")
    assert not Token.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [{"scopes": []}, {"scopes": ["all"]}, {"days": 0}, {"days": 366}, {"name": ""}],
)
def test_a_token_that_makes_no_sense_is_refused(world: World, fields: dict[str, Any]) -> None:
    assert issue(world, **fields).status == 422


def test_a_token_for_an_unknown_mini_program_is_refused(world: World) -> None:
    answer = issue(world, scopes=["developer:read"], app_id="tt_absent")
    assert (answer.status, answer.code) == (422, "unknown_reference")


def test_an_expired_token_opens_nothing(world: World) -> None:
    _, raw = actions.issue_token(system("test"), "host", [Scope.HOST_WRITE], days=1)
    api = world.api(token=raw)
    entity = {"name": "E"}
    with time_machine.travel(clock.now() + timedelta(hours=23, minutes=59), tick=False):
        assert api.put("/host/legal-entities/ent", entity).status == 200
    with time_machine.travel(clock.now() + timedelta(days=1, seconds=1), tick=False):
        answer = api.put("/host/legal-entities/ent", entity)
        assert (answer.status, answer.code) == (401, "unauthenticated")


def test_a_revoked_token_opens_nothing_from_then_on(world: World) -> None:
    operator = world.operator()
    made = issue(world, world.api(operator)).body
    api = world.api(token=made["token"])
    assert api.put("/host/legal-entities/ent", {"name": "E"}).status == 200
    answer = world.api(operator).delete(f"{PATH}/{made['id']}")
    assert answer.status == 200
    assert answer.body["revoked_at"]
    assert answer.body["available_actions"] == []
    assert api.put("/host/legal-entities/ent", {"name": "E"}).status == 401
    again = world.api(operator).delete(f"{PATH}/{made['id']}")
    assert (again.status, again.body["revoked_at"]) == (200, answer.body["revoked_at"])
    event = journal.search(verb="directory.revoke_token", subject_id=made["id"])[0]
    assert event.actor_id == operator.pk
    assert world.api(operator).delete(f"{PATH}/tok_absent").status == 404


def test_only_the_token_itself_opens(world: World) -> None:
    token, raw = actions.issue_token(system("test"), "host", [Scope.HOST_WRITE])
    assert queries.actor_of_token(raw, "req") is not None
    for other in (raw.upper(), raw[:-1], raw + "A", "", token.hash, token.pk):
        assert queries.actor_of_token(other, "req") is None


def test_a_machine_stands_for_what_its_token_says(world: World) -> None:
    app = world.mini_program()
    who = queries.actor_of_token(world.developer_token(app, Scope.DEVELOPER_READ), "req_1")
    assert who is not None
    assert (who.kind, who.app_id, who.request_id) == (ActorKind.MACHINE, app.pk, "req_1")
    assert who.scopes == {"developer:read"}
    assert not who.entities
    assert not who.accounts
    assert not who.is_operator
    assert not who.is_reviewer


def test_s2_only_operators_deal_in_tokens(world: World) -> None:
    made = issue(world).body
    for person in (world.developer(world.entity()), world.reviewer()):
        api = world.api(person)
        assert issue(world, api).status == 403
        assert api.get(PATH).status == 403
        assert api.delete(f"{PATH}/{made['id']}").status == 403
    machine = world.api(token=made["token"])
    assert issue(world, machine).status == 401
    assert Token.objects.filter(revoked_at=None).count() == 1
