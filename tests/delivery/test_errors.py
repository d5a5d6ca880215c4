"""Every refusal is problem+json with a stable code, in the reader's language, and says no more."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.test import Client

from guazai.control.journal import queries as journal
from guazai.control.kernel.errors import CATALOGUE
from tests.world import Answer, Api, World

MEMBERS = {"type", "title", "status", "code", "detail", "errors"}
SECRET = "hunter2 at psql.internal"


def is_problem(answer: Answer, status: int, code: str) -> dict[str, Any]:
    """The body, once it is known to be a problem as it should be."""
    assert (answer.status, answer.code) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Request-Id"]
    body: dict[str, Any] = answer.body
    assert body.keys() >= MEMBERS
    assert body["type"] == f"urn:guazai:problem:{code}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert all(error.keys() >= {"code", "detail", "at"} for error in body["errors"])
    return body


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"name": }', b"[" * 100_000])
def test_what_is_not_json_is_malformed(world: World, body: bytes) -> None:
    is_problem(world.host_api().put("/host/legal-entities/e", body), 400, "malformed_json")


@pytest.mark.parametrize("body", [{"name": "A", "more": 1}, {"name": 1}, {}, [], "x", b""])
def test_json_of_another_shape_fails_validation(world: World, body: Any) -> None:
    answer = world.host_api().put("/host/legal-entities/e", body)
    assert is_problem(answer, 422, "validation_failed")["errors"]


@pytest.mark.parametrize("key", [None, "a-key"])
def test_a_body_of_10_mb_is_too_large(world: World, key: str | None) -> None:
    headers = {"Idempotency_Key": key} if key else {}
    body = b'{"name": "' + b"x" * 10_000_000 + b'"}'
    answer = world.host_api().put("/host/legal-entities/e", body, **headers)
    is_problem(answer, 413, "body_too_large")


@pytest.mark.parametrize("path", ["/nothing", "/operator/denies/dny_0", "/mini-programs/%00"])
def test_an_unknown_address_is_not_found(world: World, path: str) -> None:
    api = world.api(world.operator())
    body = {"reason": "x"}
    suffix = "/lift" if "dny" in path else ""
    answer = api.post(f"{path}{suffix}", body) if suffix else api.get(path)
    is_problem(answer, 404, "not_found")


@pytest.mark.parametrize("method", ["POST", "PATCH", "TRACE", "BREW"])
def test_a_wrong_method_is_told_the_right_ones(world: World, method: str) -> None:
    answer = world.api(world.operator()).call(method, "/host/legal-entities/e/members/m")
    is_problem(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "DELETE, PUT"


def test_head_is_answered_as_get_without_a_body(world: World) -> None:
    api = world.api(world.operator())
    for path, status in (("/health", 200), ("/operator/denies", 200), ("/nothing", 404)):
        told, head = api.get(path), api.call("HEAD", path)
        assert (head.status, head.body) == (status, b"")
        assert head.headers["Content-Type"] == told.headers["Content-Type"]
        assert int(head.headers["Content-Length"]) > 0
    assert world.api().call("HEAD", "/operator/denies").status == 401
    assert api.call("HEAD", "/host/accounts/a/facts").status == 405


def test_a_write_without_the_csrf_token_is_forbidden(world: World) -> None:
    api = world.api(world.operator())
    body = {"scope": "global", "reason": "x"}
    for token in ("", "x" * 64):
        answer = api.post("/operator/denies", body, **{"X-CSRFToken": token})
        is_problem(answer, 403, "csrf_failed")
    assert api.post("/operator/denies", body).status == 201


def test_another_role_is_forbidden(world: World) -> None:
    answer = world.api(world.reviewer()).get("/operator/denies")
    is_problem(answer, 403, "forbidden")


@pytest.mark.parametrize("token", ["", "x", "gz_" + "A" * 43])
def test_nobody_is_told_to_log_in(world: World, token: str) -> None:
    answer = world.api(token=token).get("/mini-programs")
    is_problem(answer, 401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="guazai"'


def test_a_bug_is_internal_and_tells_nothing_secret(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> int:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(journal, "backlog", fail)
    with caplog.at_level(logging.ERROR):
        answer = world.api().get("/health?token=public", **{"X-Request-Id": "req-of-a-bug"})
    body = is_problem(answer, 500, "internal")
    assert body["errors"] == []
    assert SECRET not in json.dumps(body)
    assert "Traceback" not in json.dumps(body)
    assert answer.headers["X-Request-Id"] == "req-of-a-bug"
    assert "api/v1/health" in caplog.text
    assert "token=public" not in caplog.text


def test_a_bug_outside_of_the_api_is_internal_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr("guazai.control.directory.queries.actor_of_token", fail)
    api = Api(token="any")
    api.client.raise_request_exception = False
    answer = api.post("/mini-programs", {}, **{"Idempotency-Key": "a-key"})
    assert SECRET not in json.dumps(is_problem(answer, 500, "internal"))


def test_a_foreign_host_name_is_refused_as_a_problem(world: World) -> None:
    answer = world.api().get("/health", Host="elsewhere.invalid")
    is_problem(answer, 400, "bad_request")


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("zh-CN", "未找到"),
        ("zh-hans", "未找到"),
        ("en", "Not found"),
        ("en-GB,zh;q=0.5", "Not found"),
        ("fr", "未找到"),
        ("", "未找到"),
    ],
)
def test_a_problem_is_in_the_readers_language(db: None, language: str, title: str) -> None:
    response = Client().get("/api/v1/nothing", headers={"Accept-Language": language})
    assert response.json()["title"] == title


@pytest.mark.parametrize("sent", ["short", "x" * 65, "with space", "line\nbreak", ""])
def test_a_request_id_that_cannot_be_one_is_replaced(world: World, sent: str) -> None:
    answer = world.api().get("/health", **{"X-Request-Id": sent})
    assert answer.headers["X-Request-Id"].startswith("req_")


def test_every_code_has_both_texts_and_an_error_status() -> None:
    assert len(CATALOGUE) > 40
    for name, code in CATALOGUE.items():
        assert code.name == name
        assert name.replace("_", "").isalnum(), name
        assert name == name.lower()
        assert 400 <= code.status <= 599, name
        assert any("\u4e00" <= char <= "\u9fff" for char in code.text.zh), name
        assert code.text.en.isascii() or "“" in code.text.en, name
        assert str(code.text.en).strip(), name
