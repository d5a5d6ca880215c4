"""The closed sets of inboxes."""

from __future__ import annotations

from django.db import models


class RecipientKind(models.TextChoices):
    """Who has an inbox (N1)."""

    LEGAL_ENTITY = "legal_entity"
    ACCOUNT = "account"
