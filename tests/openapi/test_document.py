"""The wire's OpenAPI document: what the command writes, what is served, and nothing left out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pydantic import BaseModel
from typer.testing import CliRunner

from guazai.cli import app
from guazai.control.openapi.wire import site
from guazai.control.openapi.wire.calls import Call, Door
from tests.openapi.calling import Wire

SNAPSHOT = Path(__file__).resolve().parents[2] / "docs" / "reference" / "open-platform.json"
CALLS = [call for router in site.routers() for call in router.calls]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    return parsed


def name(call: Call) -> str:
    return call.name


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Every object in the document."""
    if isinstance(node, dict):
        yield node
        for each in node.values():
            yield from nodes(each)
    elif isinstance(node, list):
        for each in node:
            yield from nodes(each)


def test_the_snapshot_is_what_the_command_writes(tmp_path: Path) -> None:
    written = tmp_path / "open-platform.json"
    result = CliRunner().invoke(app, ["openapi", "--wire", "--output", str(written)])
    assert result.exit_code == 0, result.output
    assert written.read_text(encoding="utf-8") == SNAPSHOT.read_text(encoding="utf-8")


def test_the_platform_serves_the_same_document(document: dict[str, Any]) -> None:
    response = Client().get("/open-platform.json")
    assert response.json() == document
    assert Client().post("/open-platform.json").status_code == 405


def test_every_call_is_in_it(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    written = {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method in operations
    }
    assert written == {(call.method, f"{call.path}/") for call in CALLS}
    ids = [each["operationId"] for found in document["paths"].values() for each in found.values()]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("call", CALLS, ids=name)
def test_it_names_the_codes_of_each_call(document: dict[str, Any], call: Call) -> None:
    operation = document["paths"][f"{call.path}/"][call.method.lower()]
    for err_no in call.errors:
        assert f"| {err_no.value} |" in operation["description"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    enums = [each["enum"] for each in nodes(schema) if "enum" in each]
    assert [err_no.value for err_no in call.errors] in enums
    assert operation["summary"] == call.summary
    assert ("security" in operation) is (call.door is not Door.ANYBODY)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for node in nodes(document):
        if isinstance(node.get("$ref"), str):
            assert node["$ref"].removeprefix("#/components/schemas/") in schemas


def test_no_two_schemas_share_a_name(document: dict[str, Any]) -> None:
    # pydantic puts the module into the name of each of two that do.
    assert [each for each in document["components"]["schemas"] if "__" in each] == []


@pytest.mark.parametrize("call", CALLS, ids=name)
def test_everything_that_is_sent_has_an_end(document: dict[str, Any], call: Call) -> None:
    operation = document["paths"][f"{call.path}/"][call.method.lower()]
    sent = [operation.get("parameters", []), operation.get("requestBody", {})]
    if call.arguments is not None:
        named = call.arguments.model_json_schema().get("$defs", {})
        sent += [document["components"]["schemas"][each] for each in named]
        sent.append(document["components"]["schemas"].get(call.arguments.__name__, {}))
    for node in nodes(sent):
        kind = node.get("type")
        if kind == "string":
            is_bounded = {"maxLength", "enum", "const", "pattern"} & node.keys()
            assert is_bounded, f"{call.name}: {node}"
        if kind == "array":
            assert "maxItems" in node, f"{call.name}: {node}"
        if kind == "integer":
            assert {"minimum", "maximum"} <= node.keys(), f"{call.name}: {node}"


def test_answers_keep_what_the_document_says(db: None, document: dict[str, Any]) -> None:
    told = Wire().get(f"{CALLS[-1].path}/")
    operation = document["paths"][f"{CALLS[-1].path}/"][CALLS[-1].method.lower()]
    _, refusal = operation["responses"]["200"]["content"]["application/json"]["schema"]["oneOf"]
    assert set(told.body) == set(refusal["required"])
    assert all(issubclass(call.answer, BaseModel) for call in CALLS if call.answer)
