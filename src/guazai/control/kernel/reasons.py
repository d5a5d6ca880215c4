"""Structured reasons for a reviewer's or operator's decision (C4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was rejected: a stable code, the text, how to fix it, optional evidence."""

    code: str
    text: str
    how_to_fix: str
    evidence: str = ""


def as_json(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    """The form in which reasons are stored and answered."""
    return [asdict(reason) for reason in reasons]
