"""The frame around every call: its log_id, who makes it, its arguments, envelope and log line."""

from __future__ import annotations

import secrets
import time

import structlog
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from guazai.control.kernel import clock
from guazai.control.kernel.errors import Problem
from guazai.control.openapi.wire import arguments
from guazai.control.openapi.wire.admission import admit
from guazai.control.openapi.wire.calls import Call, Caller
from guazai.control.openapi.wire.codes import Refused, told_as

log = structlog.get_logger(__name__)
EMPTY = b"{}"


def new_log_id() -> str:
    """14 digits of the time in Shanghai, and 20 upper-case hexadecimal ones."""
    now = clock.now().astimezone(clock.SHANGHAI)
    return f"{now:%Y%m%d%H%M%S}{secrets.token_hex(10).upper()}"


def answer(call: Call, request: HttpRequest, log_id: str) -> HttpResponse:
    """Make `call` and answer it: HTTP 200 whatever becomes of it, `err_no` says what."""
    started = time.perf_counter()
    caller: Caller | None = None
    refused: Refused | None = None
    data = EMPTY
    # Texts are Chinese on the wire, whoever was served by this thread before.
    translation.activate("zh-hans")
    try:
        caller = admit(call, request, log_id)
        data = _run(call, caller, request)
    except arguments.Invalid as error:
        refused = Refused(call.family.bad_parameter, error.text)
    except Refused as error:
        refused = error
    except SuspiciousOperation:
        # Django's, of a query or form with more than a thousand fields.
        refused = Refused(call.family.bad_parameter, "参数过多,请检查请求参数")
    except Problem as problem:
        refused = told_as(problem, call.refusals)
        if refused is None:
            log.exception("openapi.unmapped", call=call.name, code=problem.code.name)
            refused = Refused(call.family.internal)
    except Exception:
        log.exception("unhandled", route=call.path)
        refused = Refused(call.family.internal)
    note(call.name, caller, refused, time.perf_counter() - started)
    return json_answer(call.family.envelope(refused, log_id, data), log_id)


def note(call: str, caller: Caller | None, refused: Refused | None, seconds: float = 0.0) -> None:
    """Log a call: who made it and what became of it, and nothing that was sent."""
    log.info(
        "openapi.call",
        call=call,
        client_key=caller.client_key if caller else "",
        provider=caller.provider if caller else "",
        err_no=refused.err_no.value if refused else 0,
        ms=round(seconds * 1000, 1),
    )


def _run(call: Call, caller: Caller, request: HttpRequest) -> bytes:
    if call.arguments is None:
        answered = call.run(caller)
    else:
        args = (
            arguments.from_query(call.arguments, request.GET)
            if call.method == "GET"
            else arguments.from_body(call.arguments, request, may_be_form=call.may_be_form)
        )
        answered = call.run(caller, args)
    if answered is None:
        return EMPTY
    return answered.model_dump_json(by_alias=True).encode()


def json_answer(body: bytes, log_id: str, status: int = 200) -> HttpResponse:
    """`body` as the wire answers it."""
    return HttpResponse(
        body,
        status=status,
        content_type="application/json",
        headers={
            "X-Request-Id": log_id,
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )
