"""What a call is sent: the query of a GET, the JSON of a POST, in every spelling that is about."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, NoReturn, TypeVar, get_args, get_origin

from django.core.exceptions import RequestDataTooBig
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, QueryDict, UnreadablePostError
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from guazai.control.kernel.http import is_storable

#: The largest body, in bytes.
MAX_BODY = 2 * 1024 * 1024
#: How much of a body that is too large is still taken in, so that its sender hears of it.
MAX_DRAINED = 64 * 1024 * 1024
FORM = "application/x-www-form-urlencoded"
DECIMAL = re.compile(r"-?\d{1,19}", re.ASCII)
A = TypeVar("A", bound="Args")


class Invalid(Exception):
    """What was sent is not what the call takes; `text` says what is wrong, in Chinese."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def _from_decimal(value: Any) -> Any:
    is_decimal = isinstance(value, str) and DECIMAL.fullmatch(value)
    return int(value) if is_decimal else value


def _from_word(value: Any) -> Any:
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


#: A whole number, which the official SDK sends as decimal text.
Int64 = Annotated[int, BeforeValidator(_from_decimal), Field(ge=-(2**63), le=2**63 - 1)]
#: True or false, in a query also as a word.
Flag = Annotated[bool, BeforeValidator(_from_word)]


class Args(BaseModel):
    """What a call takes. Types are strict; unknown fields are ignored, as the ecosystem does."""

    model_config = ConfigDict(extra="ignore", strict=True, populate_by_name=True)

    @field_validator("*")
    @classmethod
    def _is_storable(cls, value: Any) -> Any:
        if not is_storable(value):
            raise ValueError("NUL or an unpaired surrogate")
        return value


def from_query(model: type[A], query: QueryDict) -> A:
    """The arguments in a query. Raises `Invalid`, also for one that is sent twice."""
    found: dict[str, Any] = {}
    for name, is_list in names(model).items():
        texts = query.getlist(name)
        if is_list:
            texts = texts + query.getlist(f"{name}[]")
            if texts:
                found[name] = [each for text in texts for each in _split(text)]
        elif len(texts) > 1:
            raise Invalid(f"参数 {name} 重复")
        elif texts:
            found[name] = texts[0]
    return validated(model, found)


def from_body(model: type[A], request: HttpRequest, *, may_be_form: bool = False) -> A:
    """The arguments in a body: one JSON object, or a form where a call takes one too.

    No body at all stands for no arguments. Raises `Invalid`.
    """
    body = read(request)
    if may_be_form and request.content_type == FORM:
        return from_query(model, _form(body))
    if not body.strip():
        return validated(model, {})
    try:
        found = json.loads(body, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Invalid("请求体不是合法的 JSON") from None
    if not isinstance(found, dict):
        raise Invalid("请求体应为 JSON 对象")
    return validated(model, found)


def validated(model: type[A], found: Mapping[str, Any]) -> A:
    """`found` as the call takes it. Raises `Invalid` with the first thing that is wrong."""
    try:
        return model.model_validate(found)
    except ValidationError as error:
        raise Invalid(_say(dict(error.errors(include_url=False)[0]))) from None


def read(request: HttpRequest) -> bytes:
    """The body, also one that comes in chunks and does not say how long it is.

    Raises `Invalid` for one of more than `MAX_BODY` bytes.
    """
    length = request.META.get("CONTENT_LENGTH", "")
    try:
        if length:
            return request.body
        if isinstance(request, WSGIRequest) and "HTTP_TRANSFER_ENCODING" in request.META:
            # Django takes a body without a length for none.
            body: bytes = request.environ["wsgi.input"].read(MAX_BODY + 1)
            if len(body) <= MAX_BODY:
                return body
            raise RequestDataTooBig
    except RequestDataTooBig:
        _drain(request, min(MAX_DRAINED, int(length or MAX_DRAINED)))
        raise Invalid("请求体超过 2 MiB") from None
    except (UnreadablePostError, OSError):
        raise Invalid("请求体不完整") from None
    return b""


def _drain(request: HttpRequest, left: int) -> None:
    """Take in what is left: a sender that is cut off in the middle never reads the answer."""
    source = request.environ["wsgi.input"] if isinstance(request, WSGIRequest) else request
    while left > 0 and (part := source.read(min(left, MAX_BODY))):
        left -= len(part)


def _form(body: bytes) -> QueryDict:
    try:
        return QueryDict(body, encoding="utf-8")
    except (UnicodeDecodeError, ValueError):
        raise Invalid("请求体不是合法的表单") from None


@cache
def names(model: type[Args]) -> dict[str, bool]:
    """The arguments' names on the wire, and whether each is a list."""
    return {
        field.alias or name: any(
            get_origin(part) is list for part in (field.annotation, *get_args(field.annotation))
        )
        for name, field in model.model_fields.items()
    }


def _split(text: str) -> list[Any]:
    """The members of a list: `a,b`, `[a,b]` or `["a","b"]`."""
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            text = text[1:-1]
        else:
            return list(found)
    return [part for each in text.split(",") if (part := each.strip())]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


#: What is wrong, by how pydantic calls it; `{…}` are its own figures.
WRONG: Mapping[str, str] = {
    "missing": "缺少",
    "string_type": "应为字符串",
    "int_type": "应为整数",
    "int_from_float": "应为整数",
    "bool_type": "应为布尔值",
    "list_type": "应为数组",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
    "string_too_short": "至少 {min_length} 个字符",
    "string_too_long": "至多 {max_length} 个字符",
    "too_short": "至少 {min_length} 项",
    "too_long": "至多 {max_length} 项",
    "greater_than_equal": "不得小于 {ge}",
    "less_than_equal": "不得大于 {le}",
    "less_than": "应小于 {lt}",
    "greater_than": "应大于 {gt}",
    "literal_error": "应为 {expected} 之一",
}


def _say(error: Mapping[str, Any]) -> str:
    name = ".".join(str(part) for part in error["loc"])
    said = WRONG.get(error["type"], "不符合要求").format(**error.get("ctx", {}))
    return f"缺少参数 {name}" if error["type"] == "missing" else f"参数 {name} {said}"
