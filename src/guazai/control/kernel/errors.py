"""Errors that people and machines meet: a stable code, an HTTP status, a text, and its details.

A context declares its codes in its own `errors.py` as `Code` constants and raises them by calling
them: ``raise SLOT_OCCUPIED()``. The catalogue in docs/reference/errors.md is made from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from guazai.control.kernel import clock
from guazai.control.kernel.texts import Text


@dataclass(frozen=True, slots=True)
class FieldError:
    """One reason among several, with the place it concerns (a field path or a condition)."""

    code: str
    text: Text | str
    at: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The form that stands in `errors[]` of a problem."""
        return {"code": self.code, "detail": str(self.text), "at": self.at, **self.values}


class Problem(Exception):
    """A refusal that the caller can understand. Rendered as problem+json by delivery."""

    def __init__(
        self,
        code: Code,
        detail: Text | None = None,
        errors: Sequence[FieldError] = (),
        **extra: Any,
    ) -> None:
        super().__init__(code.name)
        self.code = code
        self.detail = detail or code.text
        self.errors = tuple(errors)
        self.extra = extra


CATALOGUE: dict[str, Code] = {}


@dataclass(frozen=True, slots=True)
class Code:
    """A stable error code. Declaring one puts it into `CATALOGUE`; a name is declared once."""

    name: str
    status: int
    text: Text

    def __post_init__(self) -> None:
        if self.name in CATALOGUE:
            raise ValueError(f"error code declared twice: {self.name}")
        CATALOGUE[self.name] = self

    def __call__(
        self, detail: Text | None = None, errors: Sequence[FieldError] = (), **extra: Any
    ) -> Problem:
        """A `Problem` with this code, ready to be raised."""
        return Problem(self, detail, errors, **extra)

    def until(self, next_at: datetime, **extra: Any) -> Problem:
        """A refusal that passes by itself: it says when, and gives machines `next_at`."""
        when = clock.minute_of(next_at)
        detail = Text(
            f"{self.text.zh},{when} 之后可再试",
            f"{self.text.en}; it is possible again after {when} (Shanghai)",
        )
        return Problem(self, detail, next_at=next_at.isoformat(), **extra)


NOT_FOUND = Code("not_found", 404, Text("未找到", "Not found"))
UNAUTHENTICATED = Code(
    "unauthenticated", 401, Text("请先登录或提供有效令牌", "Log in, or send a valid bearer token")
)
FORBIDDEN = Code("forbidden", 403, Text("当前身份无权执行此操作", "Your role does not allow this"))
SECOND_PERSON_REQUIRED = Code(
    "second_person_required",
    403,
    Text(
        "此操作需由另一位运营确认,提议人不能自行确认",
        "This is confirmed by another operator than the one who proposed it",
    ),
)
CSRF_FAILED = Code(
    "csrf_failed",
    403,
    Text("缺少或错误的 CSRF 令牌,请刷新后重试", "CSRF token missing or wrong; reload and retry"),
)
VALIDATION_FAILED = Code(
    "validation_failed", 422, Text("请求内容不符合要求", "The request does not fit its schema")
)
MALFORMED_JSON = Code(
    "malformed_json", 400, Text("请求体不是合法的 JSON", "The request body is not valid JSON")
)
BAD_REQUEST = Code("bad_request", 400, Text("无法理解该请求", "The request cannot be understood"))
BODY_TOO_LARGE = Code(
    "body_too_large", 413, Text("请求体超过 2 MiB", "The request body is larger than 2 MiB")
)
METHOD_NOT_ALLOWED = Code(
    "method_not_allowed", 405, Text("不支持该请求方法", "This method is not supported here")
)
WRONG_STATE = Code(
    "wrong_state",
    409,
    Text("当前状态不允许此操作", "The current state does not allow this"),
)
CURSOR_INVALID = Code(
    "cursor_invalid",
    400,
    Text("分页游标无效,请从第一页重新开始", "The cursor is not valid; start from the first page"),
)
RATE_LIMITED = Code(
    "rate_limited", 429, Text("请求过于频繁,请稍后再试", "Too many requests; try again later")
)
INTERNAL = Code(
    "internal",
    500,
    Text("服务内部错误,请凭请求编号联系平台", "Internal error; quote the request id to us"),
)
