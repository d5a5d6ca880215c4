"""Reading addresses and what is to be mailed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings

from guazai.control.mail.errors import MAIL_NOT_SET
from guazai.control.mail.models import MailAddress

if TYPE_CHECKING:
    from guazai.control.directory.models import LegalEntity


def is_available() -> bool:
    """Whether the platform can send mail."""
    return settings.CONFIG.smtp is not None


def find_address(entity: LegalEntity) -> MailAddress | None:
    """Where a legal entity's messages are mailed to, confirmed or not; None where nowhere."""
    return MailAddress.objects.filter(pk=entity.pk).first()


def address(entity: LegalEntity) -> MailAddress:
    """The same; raises `mail_not_set` (409)."""
    found = find_address(entity)
    if found is None:
        raise MAIL_NOT_SET()
    return found


def confirmed(entity_ids: Iterable[str]) -> set[str]:
    """Those of some legal entities that get mail."""
    rows = MailAddress.objects.filter(pk__in=set(entity_ids), confirmed_at__isnull=False)
    return set(rows.values_list("pk", flat=True))


def actions(found: MailAddress | None, at: datetime) -> list[str]:
    """What members can do with the address of their legal entity."""
    possible = {
        "set": is_available(),
        "remove": found is not None,
        "confirm": found is not None
        and found.confirmed_at is None
        and found.code_expires_at is not None
        and found.code_expires_at > at,
    }
    return [verb for verb, is_possible in possible.items() if is_possible]
