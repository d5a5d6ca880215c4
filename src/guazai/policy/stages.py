"""Which of several policies applies to an account (E2): by time, and by staged shares."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from guazai.policy.policy import Policy

BUCKETS: Final = 100


def bucket(aweme_id: str) -> int:
    """The hundredth of all accounts that this one is in, 0 to 99, for ever the same."""
    return zlib.crc32(aweme_id.encode()) % BUCKETS


def applying(policies: Iterable[Policy], aweme_id: str, at: datetime) -> Policy | None:
    """The policy that the account is judged by at the aware instant `at`; None before any.

    It is the latest effective one whose share covers the account's bucket. Of two effective at the
    same instant the higher version is the later. Raises `ValueError` for a naive `at`.
    """
    place = bucket(aweme_id)
    return next((policy for policy in _latest_first(policies) if place < policy.share(at)), None)


def in_play(policies: Iterable[Policy], at: datetime) -> list[Policy]:
    """Every policy that applies to some account at the aware instant `at`, latest first.

    Raises `ValueError` for a naive `at`.
    """
    found: list[Policy] = []
    covered = 0
    for policy in _latest_first(policies):
        if (share := policy.share(at)) > covered:
            covered = share
            found.append(policy)
    return found


def _latest_first(policies: Iterable[Policy]) -> list[Policy]:
    return sorted(policies, key=lambda each: (each.effective_at, each.version), reverse=True)
