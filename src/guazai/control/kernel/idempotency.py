"""How long answers to repeated writes are kept."""

from __future__ import annotations

from datetime import timedelta

from guazai.control.kernel import clock
from guazai.control.kernel.models import IdempotencyKey

KEPT = timedelta(hours=24)


def forget_old() -> int:
    """Delete keys older than `KEPT`; returns how many."""
    deleted, _ = IdempotencyKey.objects.filter(created_at__lt=clock.now() - KEPT).delete()
    return deleted
