"""All calls of the wire, and which of them a request asks for."""

from __future__ import annotations

from functools import cache
from importlib import import_module

import structlog
from django.http import HttpRequest, HttpResponse

from guazai.control.openapi.wire import frame
from guazai.control.openapi.wire.calls import Call, Calls
from guazai.control.openapi.wire.codes import Refused
from guazai.control.openapi.wire.families import MODERN, envelope

#: What begins so is the wire's, whether there is such a call or not.
BASES = ("/oauth/", "/api/apps/", "/api/tpapp/")
#: The modules that declare calls in a `router`, in the order of the reference.
MODULES = (
    "tokens",
    "providers",
    "capacity",
    "templates",
    "aweme",
    "relations",
    "profile_mount",
    "mounts",
    "links",
    "credit",
)


@cache
def routers() -> tuple[Calls, ...]:
    """The calls of every module."""
    found = (import_module(f"{__package__}.{module}").router for module in MODULES)
    return tuple(found)


@cache
def calls() -> dict[str, dict[str, Call]]:
    """Every call, by its path without the last slash and its method."""
    found: dict[str, dict[str, Call]] = {}
    for router in routers():
        for call in router.calls:
            if call.method in found.setdefault(call.path, {}):
                raise ValueError(f"declared twice: {call.method} {call.path}")
            found[call.path][call.method] = call
    return found


def is_wire(path: str) -> bool:
    """Whether an address is the wire's."""
    return path.startswith(BASES)


def serve(request: HttpRequest) -> HttpResponse:
    """Answer a request below `BASES`."""
    log_id = frame.new_log_id()
    request.request_id = log_id  # type: ignore[attr-defined]
    with structlog.contextvars.bound_contextvars(request_id=log_id):
        found = calls().get(request.path_info.removesuffix("/"))
        if found is None:
            return _no_such_call(log_id)
        call = found.get(request.method or "")
        return frame.answer(call, request, log_id) if call else _wrong_method(found, log_id)


def _no_such_call(log_id: str) -> HttpResponse:
    refused = Refused(MODERN.bad_parameter, "没有这个接口,请检查请求路径")
    frame.note("none", None, refused)
    return frame.json_answer(envelope(refused, log_id, frame.EMPTY), log_id, status=404)


def _wrong_method(found: dict[str, Call], log_id: str) -> HttpResponse:
    family = next(iter(found.values())).family
    text = f"请求方法不正确,请使用 {'、'.join(sorted(found))}"
    refused = Refused(family.bad_parameter, text)
    frame.note("wrong_method", None, refused)
    return frame.json_answer(family.envelope(refused, log_id, frame.EMPTY), log_id)
