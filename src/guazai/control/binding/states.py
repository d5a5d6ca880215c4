"""The life of a binding, and the limits that hold for everybody."""

from __future__ import annotations

from datetime import timedelta

from django.db import models

from guazai.control.kernel.transitions import Table, step
from guazai.control.surfaces.registry import BindingKind

#: The kinds that can be bound (B1): each has its own tie to the legal entity (B3).
BINDABLE = (BindingKind.BRAND, BindingKind.EMPLOYEE)
#: How long a request waits for consent (B4).
REQUEST_LIFE = timedelta(hours=24)
#: How long a code can be used (B5).
CODE_LIFE = timedelta(seconds=120)
#: How many requests may await one account's consent, whoever sent them.
MAX_AWAITING = 3
#: How long a mini program waits after an account's owner refused it.
COOL_DOWN = timedelta(hours=24)


class BindingStatus(models.TextChoices):
    """Where a binding is; the first two are open and hold a place in the quota."""

    AWAITING_CONSENT = "awaiting_consent"
    ACTIVE = "active"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    ENDED = "ended"
    LAPSED = "lapsed"


class Side(models.TextChoices):
    """Who can close a binding."""

    DEVELOPER = "developer"
    OWNER = "owner"
    PLATFORM = "platform"


OPEN = (BindingStatus.AWAITING_CONSENT, BindingStatus.ACTIVE)
TRANSITIONS: Table = {
    "consent": step(BindingStatus.AWAITING_CONSENT, BindingStatus.ACTIVE),
    "refuse": step(BindingStatus.AWAITING_CONSENT, BindingStatus.REFUSED),
    "cancel": step(BindingStatus.AWAITING_CONSENT, BindingStatus.CANCELLED),
    "expire": step(BindingStatus.AWAITING_CONSENT, BindingStatus.EXPIRED),
    "unbind": step(BindingStatus.ACTIVE, BindingStatus.ENDED),
    "end": step(BindingStatus.ACTIVE, BindingStatus.ENDED),
    "lapse": step(BindingStatus.ACTIVE, BindingStatus.LAPSED),
}
