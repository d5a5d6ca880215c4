"""Codes of governance."""

from __future__ import annotations

from guazai.control.kernel.errors import Code
from guazai.control.kernel.texts import Text

DENY_TARGET_UNKNOWN = Code(
    "deny_target_unknown",
    422,
    Text("要封禁的对象不存在", "There is nothing by this id to deny"),
)
LIFT_ALREADY_PROPOSED = Code(
    "lift_already_proposed",
    409,
    Text("已有待确认的解除提议", "A proposal to lift this waits for confirmation already"),
)
