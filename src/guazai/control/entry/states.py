"""The life of a deny."""

from __future__ import annotations

from django.db import models

from guazai.control.kernel.transitions import Table, step


class DenyStatus(models.TextChoices):
    """A deny holds until it is lifted (G1)."""

    ACTIVE = "active"
    LIFTED = "lifted"


DENY_TRANSITIONS: Table = {"lift": step(DenyStatus.ACTIVE, DenyStatus.LIFTED)}
