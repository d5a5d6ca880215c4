"""Bulk import by the host: lines are independent, and the same lines again change nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from guazai.control.delivery import imports
from guazai.control.directory import queries
from guazai.control.directory.models import LegalEntity, Membership
from guazai.control.eligibility import queries as eligibility
from guazai.control.journal.models import AuditEvent
from guazai.control.kernel import clock
from tests.world import HOST, PASSING, Answer, World

LONG = "x" * 64


def lines(entity: str = "ent_a", app: str = "tt_a", account: str = "dy_a") -> list[dict[str, Any]]:
    """One line of every kind, in an order that knows what it refers to."""
    return [
        {"kind": "legal_entity", "entity_id": entity, "name": "山间茶业"},
        {
            "kind": "mini_program",
            "app_id": app,
            "entity_id": entity,
            "name": "Tea",
            "is_online": True,
            "credit_score": 92,
        },
        {"kind": "version", "app_id": app, "number": "1.0.0", "pages": ["pages/index/index"]},
        {
            "kind": "account",
            "aweme_id": account,
            "nickname": "Chen",
            "account_type": "personal",
            "owner_login": "chen",
        },
        {"kind": "employment", "entity_id": entity, "aweme_id": account, "ends_on": "2099-12-31"},
        {"kind": "member", "entity_id": entity, "login": "ann", "role": "owner"},
        {
            "kind": "facts",
            "aweme_id": account,
            "as_of": clock.today().isoformat(),
            "facts": PASSING,
        },
    ]


def jsonl(*objects: Any) -> bytes:
    return b"\n".join(
        each if isinstance(each, bytes) else json.dumps(each).encode() for each in objects
    )


def send(world: World, *objects: Any) -> Answer:
    return world.host_api().post("/host/import", jsonl(*objects))


def test_every_kind_of_line_is_imported_once(world: World) -> None:
    first = send(world, *lines())
    assert (first.status, first.body) == (
        200,
        {"created": 7, "updated": 0, "unchanged": 0, "refused": []},
    )
    account = queries.any_account("dy_a")
    assert eligibility.judgement(account).status == "passed"
    assert queries.pages(queries.any_mini_program("tt_a")) == ["pages/index/index"]
    assert queries.employment_end("ent_a", "dy_a") is not None
    assert Membership.objects.get().person.login == "ann"
    assert account.owner is not None
    assert account.owner.login == "chen"
    events = AuditEvent.objects.exclude(verb="directory.issue_token").count()
    again = send(world, *lines())
    assert again.body == {"created": 0, "updated": 0, "unchanged": 7, "refused": []}
    assert AuditEvent.objects.exclude(verb="directory.issue_token").count() == events


def test_a_change_is_counted_as_one(world: World) -> None:
    send(world, *lines())
    changed = lines()
    changed[0]["name"] = "景瓷文化"
    assert send(world, *changed).body == {
        "created": 0,
        "updated": 1,
        "unchanged": 6,
        "refused": [],
    }


BAD: dict[str, tuple[Any, str]] = {
    "no JSON": (b"{", "malformed_json"),
    "not UTF-8": (b"\xff\xfe", "malformed_json"),
    "deep": (b"[" * 50_000, "malformed_json"),
    "long": (b'"' + b"x" * imports.MAX_LINE_BYTES + b'"', "line_too_long"),
    "no object": ([1], "validation_failed"),
    "no kind": ({"entity_id": "e", "name": "E"}, "validation_failed"),
    "unknown kind": ({"kind": "planet"}, "validation_failed"),
    "list as kind": ({"kind": []}, "validation_failed"),
    "unknown field": (
        {"kind": "legal_entity", "entity_id": "e", "name": "E", "[/red]": 1},
        "validation_failed",
    ),
    "wrong type": ({"kind": "legal_entity", "entity_id": "e", "name": 1}, "validation_failed"),
    "bad id": ({"kind": "legal_entity", "entity_id": "a b", "name": "E"}, "validation_failed"),
    "NUL": ({"kind": "legal_entity", "entity_id": "e", "name": "a\0"}, "validation_failed"),
    "surrogate": (
        b'{"kind": "legal_entity", "entity_id": "e", "name": "\\ud800"}',
        "validation_failed",
    ),
    "unknown entity": (
        {"kind": "member", "entity_id": "ent_x", "login": "ann", "role": "owner"},
        "unknown_reference",
    ),
    "unknown account": (
        {"kind": "facts", "aweme_id": "dy_x", "as_of": "2026-01-01", "facts": {}},
        "not_found",
    ),
    "another version": (
        {"kind": "version", "app_id": "tt_a", "number": "1.0.0", "pages": ["other"]},
        "version_immutable",
    ),
    "unknown fact": (
        {"kind": "facts", "aweme_id": "dy_a", "as_of": "2026-01-01", "facts": {"phone": "1"}},
        "unknown_fact",
    ),
    "future facts": (
        {"kind": "facts", "aweme_id": "dy_a", "as_of": "2099-01-01", "facts": {}},
        "facts_in_future",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_a_refused_line_keeps_the_others(world: World, what: str) -> None:
    bad, code = BAD[what]
    after = {"kind": "legal_entity", "entity_id": "ent_after", "name": "After"}
    answer = send(world, *lines(), b"", bad, after)
    assert answer.status == 200
    assert answer.body["created"] == 8
    (refused,) = answer.body["refused"]
    assert (refused["line"], refused["code"]) == (9, code)
    assert refused["detail"]
    assert LegalEntity.objects.filter(pk="ent_after").exists()


def test_lines_may_end_as_on_any_system(world: World) -> None:
    body = b"\r\n".join(jsonl(each) for each in lines()) + b"\r\n\r\n"
    answer = world.host_api().post("/host/import", body)
    assert answer.body["created"] == 7


def test_an_empty_import_does_nothing(world: World) -> None:
    answer = world.host_api().post("/host/import", b"")
    assert answer.body == {"created": 0, "updated": 0, "unchanged": 0, "refused": []}


def test_a_call_takes_1000_lines(world: World) -> None:
    answer = send(world, *[b"{}"] * 1001)
    assert (answer.status, answer.code) == (413, "too_many_lines")
    assert answer.body["lines"] == 1001
    assert len(send(world, *[b"{}"] * 1000).body["refused"]) == 1000


def test_the_longest_ids_are_stored_everywhere(world: World) -> None:
    long = lines(LONG, LONG, LONG)
    long[2]["number"] = LONG
    answer = send(world, *long)
    assert answer.body == {"created": 7, "updated": 0, "unchanged": 0, "refused": []}


def test_a_file_of_many_lines_is_read_one_by_one(db: None) -> None:
    def endless() -> Any:
        yield json.dumps(lines()[0]).encode()
        yield b"{"
        raise AssertionError("read ahead")

    results = imports.run(HOST, endless())
    assert next(results) == "created"
    assert isinstance(next(results), imports.Refused)


def test_s2_only_the_host_imports(world: World) -> None:
    body = jsonl(*lines())
    app = world.mini_program()
    assert world.api().post("/host/import", body).status == 401
    assert world.api(world.operator()).post("/host/import", body).status == 401
    token = world.developer_token(app)
    assert world.api(token=token).post("/host/import", body).status == 403
    assert not LegalEntity.objects.filter(pk="ent_a").exists()


def test_health_says_how_much_waits(world: World) -> None:
    assert world.api().get("/health").body["status"] == "ok"
    before = world.api().get("/health").body["outbox"]
    world.api(world.operator()).post("/operator/denies", {"scope": "global", "reason": "x"})
    assert world.api().get("/health").body["outbox"] == before + 1
