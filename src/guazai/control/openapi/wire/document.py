"""The wire as an OpenAPI document: every call, its arguments and answer, the codes it can give."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

import guazai
from guazai.control.openapi.wire import arguments, site
from guazai.control.openapi.wire.calls import Call, Door
from guazai.control.openapi.wire.codes import TEXTS
from guazai.control.openapi.wire.families import TOKENS

Schema = dict[str, Any]
Named = Mapping[Any, Schema]
TOKEN = "access-token"  # noqa: S105 - the name of a header
BOUNDS = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
DESCRIPTION = """\
开放平台生态接口:与抖音开放平台的客户端兼容,更换请求域名即可使用。业务错误同样返回 HTTP 200,\
以 `err_no` 区分;`log_id` 可用于在日志与审计中查找该请求。路径末尾的斜杠可有可无;\
GET 的数组以逗号分隔。

The ecosystem's calls: a client of the Douyin open platform works by changing its host. Business \
errors are HTTP 200 as well and told by `err_no`; `log_id` finds the request in logs and the audit \
log. The last slash of a path may be left out; arrays in a query are joined by commas."""


@cache
def document() -> Schema:
    """The document (OpenAPI 3.1); it takes a while to make, and is made once."""
    found = [call for router in site.routers() for call in router.calls]
    named, definitions = models_json_schema(
        list(dict.fromkeys((model, mode) for call in found for model, mode in _models(call))),
        ref_template="#/components/schemas/{model}",
    )
    paths: dict[str, Schema] = {}
    for call in found:
        paths.setdefault(f"{call.path}/", {})[call.method.lower()] = _operation(call, named)
    made = {
        "openapi": "3.1.0",
        "info": {
            "title": "Guazai open platform",
            "version": guazai.__version__,
            "description": DESCRIPTION,
        },
        "paths": paths,
        "components": {
            "schemas": dict(sorted(definitions.get("$defs", {}).items())),
            "securitySchemes": {TOKEN: {"type": "apiKey", "in": "header", "name": TOKEN}},
        },
    }
    _name_bounds(made)
    return made


@require_GET
def serve(request: HttpRequest) -> JsonResponse:
    """Serve the document to anybody."""
    return JsonResponse(document(), json_dumps_params={"ensure_ascii": False})


def _name_bounds(node: Any) -> None:
    """Call bounds by JSON Schema's names, as pydantic does not behind a validator of our own."""
    if isinstance(node, dict):
        if node.get("type") == "integer":
            for own, name in BOUNDS.items():
                if own in node:
                    node[name] = node.pop(own)
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            _name_bounds(each)


def _models(call: Call) -> list[tuple[type[BaseModel], JsonSchemaMode]]:
    found: list[tuple[type[BaseModel], JsonSchemaMode]] = []
    if call.arguments is not None:
        found.append((call.arguments, "validation"))
    if call.answer is not None:
        found.append((call.answer, "serialization"))
    return found


def _operation(call: Call, named: Named) -> Schema:
    operation: Schema = {
        "operationId": call.name.replace(".", "_"),
        "summary": call.summary,
        "description": _description(call),
        "tags": [call.name.partition(".")[0]],
        "responses": {"200": _response(call, named)},
    }
    if call.door is not Door.ANYBODY:
        operation["security"] = [{TOKEN: []}]
    if call.scope is not None:
        operation["x-scope"] = call.scope.value
    if call.permission is not None:
        operation["x-permission"] = call.permission.value
    if call.arguments is None:
        return operation
    if call.method == "GET":
        operation["parameters"] = _parameters(call.arguments)
        return operation
    schema = named[call.arguments, "validation"]
    content = {"application/json": {"schema": schema}}
    if call.may_be_form:
        content[arguments.FORM] = {"schema": schema}
    operation["requestBody"] = {"required": True, "content": content}
    return operation


def _description(call: Call) -> str:
    """What the function says of itself, and the codes that the call can give."""
    _, _, more = inspect.cleandoc(call.run.__doc__ or "").partition("\n")
    rows = "\n".join(f"| {err_no.value} | {TEXTS[err_no]} |" for err_no in call.errors)
    rate = f"{call.rate.amount} 次 / {call.rate.get_expiry()} 秒"
    limit = "" if call.door is Door.ANYBODY else f"频率上限:{rate}\n\n"
    return f"{more.strip()}\n\n{limit}| err_no | 说明 |\n|---|---|\n{rows}".strip()


def _parameters(model: type[arguments.Args]) -> list[Schema]:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "schema": each,
            **({"style": "form", "explode": False} if arguments.names(model)[name] else {}),
        }
        for name, each in schema["properties"].items()
    ]


def _response(call: Call, named: Named) -> Schema:
    data = {"type": "object"} if call.answer is None else named[call.answer, "serialization"]
    numbers = [err_no.value for err_no in call.errors]
    schemas = (
        (_object(data=data, message={"const": "success"}), _refused_token(numbers))
        if call.family is TOKENS
        else (
            _envelope({"const": 0}, {"const": "success"}, data),
            _envelope({"type": "integer", "enum": numbers}, {"type": "string"}, {"type": "object"}),
        )
    )
    return {
        "description": "err_no 0 为成功,其余为错误",
        "content": {"application/json": {"schema": {"oneOf": list(schemas)}}},
    }


def _envelope(err_no: Schema, err_msg: Schema, data: Schema) -> Schema:
    log_id = {"type": "string", "pattern": "^[0-9]{14}[0-9A-F]{20}$"}
    return _object(err_no=err_no, err_msg=err_msg, log_id=log_id, data=data)


def _refused_token(numbers: list[int]) -> Schema:
    data = _object(
        access_token={"const": ""},
        description={"type": "string"},
        error_code={"type": "integer", "enum": numbers},
        expires_in={"const": 0},
    )
    return _object(data=data, message={"const": "error"})


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties}
