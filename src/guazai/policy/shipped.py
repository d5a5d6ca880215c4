"""The policies that come with Guazai."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Final

from guazai.policy.policy import Policy


def _load(name: str) -> Policy:
    text = files("guazai.policy").joinpath("data", name).read_text(encoding="utf-8")
    return Policy.from_json(json.loads(text))


POLICY_2024_08_15: Final = _load("2024-08-15.json")
"""The creator rules in force since 2024-08-15T00:00+08:00 (E1)."""
