"""The one place where errors become answers: problem+json with stable codes, pages for people."""

from __future__ import annotations

import json
from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import ConfigDict

from guazai.control.delivery.pages import layout
from guazai.control.kernel import errors
from guazai.control.kernel.errors import FieldError, Problem
from guazai.control.kernel.http import Out

log = structlog.get_logger(__name__)
PROBLEM_TYPE = "application/problem+json"


class FieldErrorOut(Out):
    """One reason among several: `at` is the field or the condition that it concerns."""

    model_config = ConfigDict(extra="allow")

    code: str
    detail: str
    at: str


class ProblemOut(Out):
    """A refusal (RFC 9457). Codes, and what some add, are in docs/reference/errors.md."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldErrorOut]


def route_of(request: HttpRequest) -> str:
    """The pattern that `request` matched: its path may hold a secret, a consent code."""
    return request.resolver_match.route if request.resolver_match else "none"


def render(problem: Problem) -> HttpResponse:
    """`problem` as problem+json (RFC 9457) in the reader's language."""
    body: dict[str, Any] = {
        "type": f"urn:guazai:problem:{problem.code.name}",
        "title": str(problem.code.text),
        "status": problem.code.status,
        "code": problem.code.name,
        "detail": str(problem.detail),
        "errors": [error.as_json() for error in problem.errors],
        **problem.extra,
    }
    response = HttpResponse(
        json.dumps(body, ensure_ascii=False, default=str),
        status=problem.code.status,
        content_type=PROBLEM_TYPE,
    )
    if problem.code.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="guazai"'
    if "retry_after" in problem.extra:
        response["Retry-After"] = str(problem.extra["retry_after"])
    return response


def install(api: NinjaAPI) -> None:
    """Give `api` the mapper for every kind of error."""

    @api.exception_handler(Problem)
    def on_problem(request: HttpRequest, error: Problem) -> HttpResponse:
        return render(error)

    @api.exception_handler(ValidationError)
    def on_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        found = [
            FieldError(
                str(item["type"]), str(item["msg"]), at=".".join(str(p) for p in item["loc"][1:])
            )
            for item in error.errors
        ]
        return render(errors.VALIDATION_FAILED(errors=found))

    @api.exception_handler(AuthenticationError)
    def on_nobody(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return render(errors.UNAUTHENTICATED())

    @api.exception_handler(Http404)
    def on_missing(request: HttpRequest, error: Http404) -> HttpResponse:
        return render(errors.NOT_FOUND())

    @api.exception_handler(RequestDataTooBig)
    def on_too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
        return render(errors.BODY_TOO_LARGE())

    @api.exception_handler(HttpError)
    def on_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
        # ninja raises it for a body that is not JSON, and for nothing else that reaches here.
        return render(errors.MALFORMED_JSON() if error.status_code == 400 else errors.INTERNAL())

    @api.exception_handler(Exception)
    def on_bug(request: HttpRequest, error: Exception) -> HttpResponse:
        log.error("unhandled", route=route_of(request), exc_info=error)
        return render(errors.INTERNAL())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF middleware answers through here."""
    return _answer(request, errors.CSRF_FAILED())


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer for what is refused before it reaches a view: a foreign host name, a large body."""
    is_large = isinstance(exception, RequestDataTooBig)
    return _answer(request, (errors.BODY_TOO_LARGE if is_large else errors.BAD_REQUEST)())


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer for an address that nothing serves."""
    return _answer(request, errors.NOT_FOUND())


def method_not_allowed(request: HttpRequest) -> HttpResponse:
    """Answer for a method that an address does not know."""
    return _answer(request, errors.METHOD_NOT_ALLOWED())


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer where a page failed; the API answers for itself."""
    return _answer(request, errors.INTERNAL())


def _answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    if request.path.startswith("/api/"):
        return render(problem)
    return layout.refuse(request, problem)
