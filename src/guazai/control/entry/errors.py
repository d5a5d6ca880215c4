"""Codes of entries."""

from __future__ import annotations

from guazai.control.kernel.errors import Code
from guazai.control.kernel.texts import Text

ALREADY_DENIED = Code("already_denied", 409, Text("该对象已被封禁入口", "This is denied already"))
NOTHING_TO_REMIND = Code(
    "nothing_to_remind",
    409,
    Text(
        "该账号当前满足《抖音经营规范》,无需提醒",
        "This account meets the creator rules; there is nothing to remind its owner of",
    ),
)
REMINDER_ALREADY_SENT = Code(
    "reminder_already_sent",
    429,
    Text("今天已提醒过该号主,请明天再试", "This owner was reminded today; try again tomorrow"),
)
