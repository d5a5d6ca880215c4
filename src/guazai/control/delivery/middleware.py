"""What every request passes: a request id, security headers, and who is asking."""

from __future__ import annotations

import re
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.functional import SimpleLazyObject

from guazai.control.delivery import errors
from guazai.control.directory import queries as directory
from guazai.control.kernel import ids
from guazai.control.kernel.actor import Actor
from guazai.control.openapi.wire import site

log = structlog.get_logger(__name__)
Handler = Callable[[HttpRequest], HttpResponse]
REQUEST_ID = re.compile(r"^[A-Za-z0-9_.-]{8,64}$")
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; img-src 'self' https: data:; style-src 'self'; script-src 'self';"
    " font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-src 'self'; frame-ancestors 'self'"
)


def wire(get_response: Handler) -> Handler:
    """Answer calls of the ecosystem's wire, which have a door, ids and errors of their own."""

    def handle(request: HttpRequest) -> HttpResponse:
        return site.serve(request) if site.is_wire(request.path_info) else get_response(request)

    return handle


def request_context(get_response: Handler) -> Handler:
    """Name each request, in its logs, its audit events and its answer."""

    def handle(request: HttpRequest) -> HttpResponse:
        sent = request.headers.get("X-Request-Id", "")
        request_id = sent if REQUEST_ID.match(sent) else ids.new("req")
        request.request_id = request_id  # type: ignore[attr-defined]
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = get_response(request)
        response["X-Request-Id"] = request_id
        return response

    handle.process_exception = _log_exception  # type: ignore[attr-defined]
    return handle


def _log_exception(request: HttpRequest, error: Exception) -> None:
    log.error("unhandled", route=errors.route_of(request), exc_info=error)


def security_headers(get_response: Handler) -> Handler:
    """No inline scripts, no framing by others, and nothing private in a cache."""

    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("X-Frame-Options", "SAMEORIGIN")
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return handle


def problems(get_response: Handler) -> Handler:
    """Answer what ninja has no handler for: NUL and wrong methods as errors, HEAD as GET."""

    def handle(request: HttpRequest) -> HttpResponse:
        # No id holds a NUL, and PostgreSQL does not even take one as a question.
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return errors.not_found(request)
        response = get_response(request)
        if not isinstance(response, HttpResponseNotAllowed):
            return response
        problem = errors.method_not_allowed(request)
        problem["Allow"] = ", ".join(sorted(response["Allow"].split(", ")))
        return problem

    def handle_head(request: HttpRequest) -> HttpResponse:
        if request.method != "HEAD" or not request.path.startswith("/api/"):
            return handle(request)
        request.method = "GET"
        response = handle(request)
        response["Content-Length"] = str(len(response.content))
        response.content = b""
        return response

    return handle_head


def identity(get_response: Handler) -> Handler:
    """Resolve `request.actor` when a door first asks for it."""

    def handle(request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: _resolve(request))  # type: ignore[attr-defined]
        return get_response(request)

    return handle


def _resolve(request: HttpRequest) -> Actor | None:
    request_id: str = request.request_id  # type: ignore[attr-defined]
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return directory.actor_of_token(token.strip(), request_id)
    if request.user.is_authenticated:
        return directory.actor_of_person(request.user, request_id)
    return None
