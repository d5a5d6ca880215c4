"""Facts and policies that the tests of eligibility share."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from guazai.control.journal.keys import KeyKind
from guazai.control.journal.models import AuditEvent, OutboxKey
from guazai.control.kernel import clock
from guazai.policy import POLICY_2024_08_15

FIFTH_RULE: Mapping[str, Any] = {
    "fact": "days_since_registration",
    "op": "gte",
    "value": 30,
    "reason": "account_too_young",
    "label": {"zh": "注册满 30 天", "en": "Registered for 30 days"},
    "how_to_fix": {"zh": "请等待", "en": "Wait"},
}


def policy_json(effective_at: datetime | None = None, **changes: Any) -> dict[str, Any]:
    """The shipped policy as somebody would publish it anew, tomorrow where not said otherwise."""
    written = copy.deepcopy(POLICY_2024_08_15.to_json())
    del written["version"]
    at = effective_at or clock.now() + timedelta(days=1)
    return {**written, "effective_at": at.isoformat(), **copy.deepcopy(changes)}


def five_rules(effective_at: datetime | None = None) -> dict[str, Any]:
    """The shipped policy with a fifth condition (E1)."""
    written = policy_json(effective_at)
    written["facts"]["days_since_registration"] = "int"
    written["rules"].append(dict(FIFTH_RULE))
    return written


def events(verb: str) -> list[AuditEvent]:
    """The audit events of one verb, in no order: they stand in many chains."""
    return list(AuditEvent.objects.filter(verb=verb))


def verdict_keys() -> list[tuple[str, bool]]:
    """Which verdicts wait to be published, and whether urgently."""
    rows = OutboxKey.objects.filter(kind=KeyKind.VERDICT).order_by("id")
    return list(rows.values_list("key", "is_urgent"))
