"""docs/reference/resolver.md names every code by which a node or the relay's server refuses."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import guazai

SOURCE = Path(guazai.__file__).parent
REFERENCE = SOURCE.parents[1] / "docs" / "reference" / "resolver.md"
REFUSING = {"Problem", "_Problem", "bad_request", "_malformed", "_refuse", "FieldError"}
CODE = re.compile(r"[a-z]+(_[a-z]+)*")


def codes(path: Path) -> Iterator[str]:
    """Every first text that has the form of a code, of calls that refuse something."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", _name(node.func)) in REFUSING:
            texts = [each.value for each in node.args if isinstance(each, ast.Constant)]
            found = [each for each in texts if isinstance(each, str) and CODE.fullmatch(each)]
            yield from found[:1]


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else ""


def test_every_code_of_a_refusal_is_in_the_reference() -> None:
    files = [*(SOURCE / "resolver").glob("*.py"), SOURCE / "control/entry/edge_server.py"]
    found = {code for path in files for code in codes(path)}
    assert len(found) > 20
    named = set(re.findall(r"`([a-z_]+)`", REFERENCE.read_text()))
    assert found - named == set()
