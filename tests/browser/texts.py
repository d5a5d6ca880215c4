"""What the console says, by the keys of its own texts: a journey in both languages is one test."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

TEXTS = Path(__file__).parents[2] / "console" / "src" / "i18n"


@cache
def _namespace(language: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((TEXTS / language / f"{name}.json").read_text())
    return found


class Texts:
    """`texts("capability:apply.submit")`; values fill in what the text leaves open."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, key: str, **values: object) -> str:
        namespace, _, path = key.partition(":")
        found: Any = _namespace(self.language, namespace)
        for part in path.split("."):
            found = found[part]
        return re.sub(r"{{(\w+)}}", lambda hole: str(values[hole[1]]), found)
