"""The frame around every call: envelope, log_id, tokens, methods, paths, rates, failures."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from guazai.control.journal import queries as journal
from guazai.control.kernel import clock
from guazai.control.kernel.errors import CURSOR_INVALID
from guazai.control.openapi.models import ClientToken
from guazai.control.openapi.wire import site
from guazai.control.openapi.wire.calls import Call, Door
from tests.openapi.calling import (
    CAPABILITIES,
    CREDIT,
    RELATIONS,
    Wire,
    client_token,
    secret_of,
    wire,
)
from tests.world import Api

if TYPE_CHECKING:
    from guazai.control.directory.models import MiniProgram
    from tests.world import World

pytestmark = pytest.mark.django_db
LOG_ID = re.compile(r"\d{14}[0-9A-F]{20}")
APPLY = "/api/apps/v1/capacity/apply_capacity/"
APPLYING = {"capacity_key": "profile_mount", "apply_reason": "visitors ask", "apply_info": {}}
CALLS = [call for router in site.routers() for call in router.calls]
WITH_TOKEN = [call for call in CALLS if call.door is not Door.ANYBODY]
MALFORMED = {
    "none": "",
    "no kind": "x" * 43,
    "another kind": "act." + "x" * 43,
    "a refresh token": "isvrft." + "x" * 43,
    "an unknown client token": "clt." + "x" * 43,
    "an unknown provider's": "isvact." + "x" * 43,
    "a kind alone": "clt.",
    "too long": "clt." + "x" * 10_000,
    "blanks": "clt. " + "x" * 43,
    "bearer": "Bearer clt." + "x" * 43,
    "not ASCII": "clt.\xff\xfe",
}


@pytest.fixture
def app(world: World) -> MiniProgram:
    return world.mini_program()


def name(call: Call) -> str:
    return call.name


def ask(wire: Wire, call: Call, **headers: str) -> Any:
    """The call without arguments."""
    return wire.send(call.method, f"{call.path}/", **headers)


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """The log lines of calls."""
    found = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    return [each for each in found if each.get("event") == "openapi.call"]


def test_a_success(app: MiniProgram) -> None:
    told = wire(app).get(CAPABILITIES)
    assert list(told.body) == ["err_no", "err_msg", "log_id", "data"]
    assert (told.body["err_no"], told.body["err_msg"]) == (0, "success")
    assert told.headers["Cache-Control"] == "no-store"
    assert told.headers["X-Content-Type-Options"] == "nosniff"


def test_a_refusal_says_what_to_do_in_chinese(app: MiniProgram) -> None:
    told = Wire().get(CAPABILITIES, Accept_Language="en")
    assert (told.status, told.err_no, told.data) == (200, 28001003, {})
    assert told.body["err_msg"] == "access-token 无效,请重新获取"


@pytest.mark.parametrize("call", WITH_TOKEN, ids=name)
@pytest.mark.parametrize("raw", MALFORMED.values(), ids=MALFORMED)
def test_28001003_every_call_refuses_what_is_no_token(raw: str, call: Call) -> None:
    told = ask(Wire(raw), call)
    assert told.err_no == (11016 if call.path.startswith("/api/apps/v2") else 28001003)


def test_28001003_tokens_of_the_platforms_own_api(world: World, app: MiniProgram) -> None:
    for raw in (world.developer_token(app), f"clt.{world.developer_token(app)}"):
        assert Wire(raw).get(CAPABILITIES).err_no == 28001003


def test_a_token_in_the_query_or_as_bearer_is_none(app: MiniProgram) -> None:
    raw = client_token(app.pk, secret_of(app))
    assert Wire().get(CAPABILITIES, {"access_token": raw}).err_no == 28001003
    assert Wire().get(CAPABILITIES, Authorization=f"Bearer {raw}").err_no == 28001003
    assert Api(token=raw).get("/mini-programs").status == 401


def test_a_token_of_another_row_does_not_open(app: MiniProgram) -> None:
    client_token(app.pk, secret_of(app))
    row = ClientToken.objects.get()
    for raw in (row.hash, row.pk, f"clt.{row.hash}", f"clt.{row.pk}"):
        assert Wire(raw).get(CAPABILITIES).err_no == 28001003


def test_the_log_id_finds_the_call_in_the_log_and_the_audit(
    app: MiniProgram, caplog: pytest.LogCaptureFixture
) -> None:
    calls = wire(app)
    caplog.clear()
    with caplog.at_level("INFO"):
        told = calls.post(APPLY, APPLYING, X_Request_Id="chosen-by-the-client")
    log_id = told.body["log_id"]
    assert told.err_no == 0, told
    assert LOG_ID.fullmatch(log_id)
    assert told.headers["X-Request-Id"] == log_id
    (event,) = journal.search(verb="capability.apply")
    assert (event.request_id, event.actor_id) == (log_id, app.pk)
    (line,) = lines(caplog)
    assert line["request_id"] == log_id
    assert (line["call"], line["client_key"], line["provider"], line["err_no"]) == (
        "capacity.apply_capacity",
        app.pk,
        "",
        0,
    )
    assert line["ms"] >= 0


def test_a_log_id_begins_with_the_time_in_shanghai(app: MiniProgram) -> None:
    with time_machine.travel("2026-01-31T18:30:05Z", tick=False):
        told = Wire().get(CAPABILITIES)
        again = Wire().get(CAPABILITIES)
    assert told.body["log_id"].startswith("20260201023005")
    assert told.body["log_id"] != again.body["log_id"]


def test_refused_calls_are_in_the_log_too(
    app: MiniProgram, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        Wire().get(CAPABILITIES)
        Wire().post(CAPABILITIES)
        Wire().get("/api/apps/v1/nothing/")
    assert [(line["call"], line["err_no"]) for line in lines(caplog)] == [
        ("capacity.query_capacity_list", 28001003),
        ("wrong_method", 28001007),
        ("none", 28001007),
    ]


@pytest.mark.parametrize("call", CALLS, ids=name)
def test_with_and_without_the_last_slash(db: None, call: Call) -> None:
    told = [Wire().send(call.method, path) for path in (call.path, f"{call.path}/")]
    assert told[0].err_no == told[1].err_no != 0
    assert Wire().send(call.method, f"{call.path}//").status == 404


@pytest.mark.parametrize("call", CALLS, ids=name)
def test_28001007_a_wrong_method(db: None, call: Call) -> None:
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - set(
        site.calls()[call.path]
    ):
        told = Wire().send(method, f"{call.path}/")
        assert told.status == 200
        assert told.err_no == call.family.bad_parameter


def test_head_is_a_wrong_method(db: None) -> None:
    assert Client().head(CAPABILITIES).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/oauth/",
        "/oauth/nothing/",
        "/api/apps/",
        "/api/apps/v1/",
        "/api/apps/v1/capacity/",
        "/api/apps/v1/capacity/query_capacity_list/more/",
        "/api/apps/v1/CAPACITY/query_capacity_list/",
        "/api/tpapp/v2/auth/nothing",
        "/api/apps/v1/capacity/%00",
        "/api/apps/v1/capacity/%ff",
    ],
)
def test_404_an_unknown_path(db: None, path: str) -> None:
    for method in ("GET", "POST"):
        told = Wire().send(method, path)
        assert (told.status, told.err_no) == (404, 28001007)
        assert LOG_ID.fullmatch(told.body["log_id"])


def test_what_is_not_the_wires_goes_on_to_the_platform(db: None) -> None:
    assert Client().get("/oauth").status_code == 404
    assert Client().get("/api/v1/health").json()["status"] == "ok"
    assert "log_id" not in Client().get("/api/application").json()


def test_28003017_the_eleventh_call_in_a_second(world: World, app: MiniProgram) -> None:
    start = clock.now()
    with time_machine.travel(start, tick=False) as traveller:
        calls, other = wire(app), wire(world.mini_program())
        told = [calls.get(CAPABILITIES).err_no for _ in range(12)]
        assert told == [0] * 10 + [28003017] * 2
        assert calls.get(CREDIT).err_no == 0
        assert other.get(CAPABILITIES).err_no == 0
        traveller.shift(0.9)
        assert calls.get(CAPABILITIES).err_no == 28003017
        traveller.shift(0.2)
        assert calls.get(CAPABILITIES).err_no == 0


def test_a_call_that_is_refused_at_the_door_uses_up_no_rate(app: MiniProgram) -> None:
    with time_machine.travel(clock.now(), tick=False):
        calls = wire(app)
        for _ in range(20):
            Wire("clt." + "x" * 43).get(CAPABILITIES)
        assert calls.get(CAPABILITIES).err_no == 0


def test_the_token_is_found_by_one_query(app: MiniProgram) -> None:
    calls = wire(app)
    with CaptureQueriesContext(connection) as seen:
        assert calls.get(CREDIT).err_no == 0
    assert len(seen) == 1


def test_a_thousand_fields_and_one_are_a_bad_parameter(app: MiniProgram) -> None:
    calls = wire(app)
    query = "&".join(f"a{number}=1" for number in range(1001))
    assert calls.get(RELATIONS, query).err_no == 28001007
    kind = "application/x-www-form-urlencoded"
    told = Wire().post("/oauth/client_token/", query.encode(), content_type=kind)
    assert told.err_no == 10002


def failing(error: Exception) -> Callable[..., Any]:
    def fail(*_: Any) -> Any:
        raise error

    return fail


@pytest.mark.parametrize("path", [CAPABILITIES, CREDIT])
def test_a_bug_is_told_without_its_trace_and_logged_with_it(
    app: MiniProgram, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    calls = wire(app)
    call = site.calls()[path.rstrip("/")]["GET"]
    broken = failing(RuntimeError("a secret detail"))
    broken.__doc__ = call.run.__doc__
    monkeypatch.setitem(site.calls(), call.path, {"GET": replaced(call, broken)})
    with caplog.at_level("INFO"):
        told = calls.get(path)
    assert told.err_no == (-1 if path == CREDIT else 28001005)
    assert "a secret detail" not in json.dumps(told.body)
    assert "a secret detail" in caplog.text
    assert "Traceback" in caplog.text


def test_a_code_without_a_number_is_a_bug(
    app: MiniProgram, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    calls = wire(app)
    call = site.calls()[CAPABILITIES.rstrip("/")]["GET"]
    unmapped = replaced(call, failing(CURSOR_INVALID()))
    monkeypatch.setitem(site.calls(), call.path, {"GET": unmapped})
    with caplog.at_level("INFO"):
        assert calls.get(CAPABILITIES).err_no == 28001005
    assert "openapi.unmapped" in caplog.text


def replaced(call: Call, run: Callable[..., Any]) -> Call:
    return replace(call, run=run, arguments=None)


def test_no_cookie_is_set_and_none_is_looked_at(app: MiniProgram) -> None:
    calls = wire(app)
    calls.client.cookies["sessionid"] = "x" * 32
    calls.client.cookies["guazai_language"] = "en"
    told = calls.get(RELATIONS, {"type": "unknown"})
    assert told.err_no == 28001007
    assert "Set-Cookie" not in told.headers
    assert not told.body["err_msg"].isascii()


def test_a_write_needs_no_csrf_token(app: MiniProgram) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(APPLY, {}, content_type="application/json").json()["err_no"] == 28001003
