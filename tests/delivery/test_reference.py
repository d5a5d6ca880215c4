"""The committed references are what the code says; `make openapi` writes them again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, get_args

import pytest
from django.test import Client
from pydantic import BaseModel, create_model
from typer.testing import CliRunner

from guazai.cli import app
from guazai.control.delivery.http import api
from guazai.control.kernel.errors import CATALOGUE
from guazai.control.kernel.http import Out
from scripts import write_reference

OPENAPI = Path(__file__).resolve().parents[2] / "docs" / "reference" / "openapi.json"
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(OPENAPI.read_text(encoding="utf-8"))
    return parsed


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        assert methods.keys() <= METHODS, path
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_the_openapi_snapshot_is_what_the_command_writes(tmp_path: Path) -> None:
    written = tmp_path / "openapi.json"
    result = CliRunner().invoke(app, ["openapi", "--output", str(written)])
    assert result.exit_code == 0, result.output
    assert written.read_text(encoding="utf-8") == OPENAPI.read_text(encoding="utf-8")


def test_the_openapi_command_prints_the_same() -> None:
    result = CliRunner().invoke(app, ["openapi"])
    assert result.stdout == OPENAPI.read_text(encoding="utf-8")


def test_the_platform_serves_the_same_document(document: dict[str, Any]) -> None:
    assert Client().get("/api/v1/openapi.json").json() == document


def test_the_document_is_openapi_3_1_with_unique_ids(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    ids = [operation["operationId"] for _, operation in operations(document)]
    assert len(ids) == len(set(ids)) > 60


def test_every_operation_says_how_it_answers_and_refuses(document: dict[str, Any]) -> None:
    problem = {"schema": {"$ref": "#/components/schemas/ProblemOut"}}
    for name, operation in operations(document):
        responses = operation["responses"]
        assert any(str(status).startswith("2") for status in responses), name
        assert responses["default"]["content"] == {"application/problem+json": problem}, name
        assert operation["summary"], name
        assert operation["tags"], name


def test_every_reference_in_the_document_leads_somewhere(document: dict[str, Any]) -> None:
    def references(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                yield node["$ref"]
            for each in node.values():
                yield from references(each)
        elif isinstance(node, list):
            for each in node:
                yield from references(each)

    schemas = document["components"]["schemas"]
    for reference in set(references(document)):
        assert reference.removeprefix("#/components/schemas/") in schemas, reference


def test_every_route_of_the_api_is_in_the_document(document: dict[str, Any]) -> None:
    served = {
        f"{method} /api/v1{path}"
        for router in api._get_bound_routers()
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
    }
    assert {name for name, _ in operations(document)} == served


def test_the_reference_of_errors_is_what_the_script_writes() -> None:
    assert write_reference.ERRORS.read_text(encoding="utf-8") == write_reference.errors()


def test_every_code_is_in_the_reference() -> None:
    text = write_reference.ERRORS.read_text(encoding="utf-8")
    for name, code in CATALOGUE.items():
        row = f"| `{name}` | {code.status} | {code.text.zh} | {code.text.en} |"
        assert row in text.splitlines(), name


def classes(annotation: Any, found: set[type]) -> set[type]:
    """Every model and enum that a schema of `annotation` names."""
    if isinstance(annotation, type) and annotation not in found:
        if issubclass(annotation, Enum):
            found.add(annotation)
        elif issubclass(annotation, BaseModel):
            found.add(annotation)
            for field in annotation.model_fields.values():
                classes(field.annotation, found)
    for part in get_args(annotation):
        classes(part, found)
    return found


def used_by_the_api() -> set[type]:
    found: set[type] = set()
    for router in api._get_bound_routers():
        for view in router.path_operations.values():
            for operation in view.operations:
                for model in (*operation.models, *operation.response_models.values()):
                    for field in getattr(model, "model_fields", {}).values():
                        classes(field.annotation, found)
    return found


def of_one_name(found: set[type]) -> list[str]:
    names = Counter(each.__name__ for each in found)
    return sorted(
        f"{each.__module__}.{each.__name__}" for each in found if names[each.__name__] > 1
    )


def test_no_two_classes_of_the_document_share_a_name() -> None:
    found = used_by_the_api()
    assert len(found) > 100
    assert of_one_name(found) == []


def test_twin_of_a_name_is_found() -> None:
    found = used_by_the_api()
    known = next(each for each in found if each.__name__ == "AccountOut")
    twin = type("AccountOut", (Out,), {"__module__": "elsewhere"})
    nested = create_model("TwinsHolderOut", twins=(list[twin | None], ...))  # type: ignore[valid-type]
    doubled = ["elsewhere.AccountOut", f"{known.__module__}.AccountOut"]
    assert of_one_name(classes(nested, found)) == doubled


def test_operations_are_named_by_their_context_and_verb(document: dict[str, Any]) -> None:
    ids = {operation["operationId"] for _, operation in operations(document)}
    assert {"directory_read_session", "landing_submit_change", "delivery_health"} <= ids
