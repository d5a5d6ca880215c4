"""What the resolver answers to a request it cannot take (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field or parameter, named by `at`."""

    at: str
    code: str
    detail: str


class Problem(Exception):
    """A request refused, with a stable code."""

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        allow: str = "",
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = tuple(errors)
        self.allow = allow

    def body(self) -> bytes:
        """Write the problem as application/problem+json."""
        return json.dumps(
            {
                "type": f"urn:guazai:problem:{self.code}",
                "title": self.status.phrase,
                "status": self.status.value,
                "code": self.code,
                "detail": self.detail,
                "errors": [
                    {"code": each.code, "detail": each.detail, "at": each.at}
                    for each in self.errors
                ],
            },
            separators=(",", ":"),
        ).encode()


def bad_request(code: str, detail: str, at: str = "") -> Problem:
    """Refuse a request for what it says; `at` names the field or parameter."""
    errors = [FieldError(at, code, detail)] if at else []
    return Problem(HTTPStatus.BAD_REQUEST, code, detail, errors=errors)
