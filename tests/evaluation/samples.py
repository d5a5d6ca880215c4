"""Feeds, policies and runs that the tests of evaluation share."""

from __future__ import annotations

from typing import Any

from guazai.policy import POLICY_2024_08_15


def draft_json(followers: int = 1000) -> dict[str, Any]:
    """The content of a draft: the shipped policy with another threshold of followers."""
    written = POLICY_2024_08_15.to_json()
    rules: Any = written["rules"]
    return {
        "account_types": written["account_types"],
        "facts": written["facts"],
        "rules": [
            {**rule, "value": followers} if rule["fact"] == "effective_followers" else rule
            for rule in rules
        ],
    }
