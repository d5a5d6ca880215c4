"""Codes of governance."""

from __future__ import annotations

from guazai.control.kernel.errors import Code
from guazai.control.kernel.texts import Text

DENY_TARGET_UNKNOWN = Code(
    "deny_target_unknown",
    422,
    Text("要封禁的对象不存在", "There is nothing by this id to deny"),
)
SECOND_PERSON_REQUIRED = Code(
    "second_person_required",
    403,
    Text(
        "解除范围大于单个账号的封禁需另一位运营确认,提议人不能自行确认",
        "Lifting anything wider than one account is confirmed by another operator"
        " than the one who proposed it",
    ),
)
LIFT_ALREADY_PROPOSED = Code(
    "lift_already_proposed",
    409,
    Text("已有待确认的解除提议", "A proposal to lift this waits for confirmation already"),
)
