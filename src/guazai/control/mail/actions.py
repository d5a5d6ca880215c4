"""The only writer of addresses, and of letters but for what came of sending them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import F
from django.utils.crypto import salted_hmac

from guazai.control.inbox import actions as inbox
from guazai.control.journal.actions import act
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.errors import RATE_LIMITED
from guazai.control.kernel.transitions import move_all
from guazai.control.mail import queries
from guazai.control.mail.errors import (
    MAIL_ADDRESS_INVALID,
    MAIL_CODE_EXPIRED,
    MAIL_CODE_WRONG,
    MAIL_NOT_SET,
    MAIL_UNAVAILABLE,
)
from guazai.control.mail.models import MAX_ADDRESS, Letter, MailAddress
from guazai.control.mail.states import (
    CODE_PAUSE,
    CODE_TRIES,
    KEPT,
    LETTER_TRANSITIONS,
    SILENCE,
    LetterKind,
)

if TYPE_CHECKING:
    from guazai.control.directory.models import LegalEntity

DELETE_BATCH = 1000
SALT = "guazai.mail"


def set_address(who: Actor, entity: LegalEntity, address: str) -> MailAddress:
    """Say where messages are mailed to; a code is mailed there, and nothing else until it is back.

    Raises `mail_unavailable`, `mail_address_invalid`, `rate_limited` within a minute of a code.
    """
    if not queries.is_available():
        raise MAIL_UNAVAILABLE()
    _require_address(address)
    now = clock.now()
    with act(who) as done:
        fresh = {"address": address, "code_asked_at": now}
        found, is_new = MailAddress.objects.get_or_create(entity=entity, defaults=fresh)
        before = {} if is_new else _as_kept(found)
        if not is_new:
            rows = MailAddress.objects.filter(pk=entity.pk, code_asked_at__lte=now - CODE_PAUSE)
            if not rows.update(
                **fresh, confirmed_at=None, code_hash="", code_expires_at=None, failing_since=None
            ):
                raise RATE_LIMITED(retry_after=int(CODE_PAUSE.total_seconds()))
            _give_up(entity.pk)
            found.refresh_from_db()
        Letter.objects.create(
            entity=entity, kind=LetterKind.CODE, created_at=now, next_attempt_at=now
        )
        done.record(
            "mail.set_address", "legal_entity", entity.pk, before=before, after=_as_kept(found)
        )
    return found


def confirm(who: Actor, entity: LegalEntity, code: str) -> MailAddress:
    """Take the code that was mailed; from then on messages are mailed there.

    Raises `mail_not_set`, `mail_code_wrong`, `mail_code_expired` after 15 minutes or 5 tries.
    """
    queries.address(entity)
    valid = MailAddress.objects.filter(
        pk=entity.pk,
        confirmed_at__isnull=True,
        code_expires_at__gt=clock.now(),
        code_tries__lt=CODE_TRIES,
    )
    # Counted before it is looked at, and kept whatever comes of it.
    if not valid.update(code_tries=F("code_tries") + 1):
        raise MAIL_CODE_EXPIRED()
    found = queries.address(entity)
    if not check_password(code, found.code_hash):
        raise MAIL_CODE_WRONG(left=CODE_TRIES - found.code_tries)
    with act(who) as done:
        spent = {"code_hash": "", "code_expires_at": None, "confirmed_at": clock.now()}
        rows = MailAddress.objects.filter(pk=entity.pk, code_hash=found.code_hash)
        if not rows.update(**spent):
            raise MAIL_CODE_EXPIRED()
        found.refresh_from_db()
        done.record("mail.confirm", "legal_entity", entity.pk, after=_as_kept(found))
    return found


def remove(who: Actor, entity: LegalEntity) -> None:
    """Mail nothing any more, and forget the address. Raises `mail_not_set`."""
    found = queries.address(entity)
    with act(who) as done:
        done.record("mail.remove", "legal_entity", entity.pk, before=_as_kept(found))
        _give_up(entity.pk)
        rows, _ = MailAddress.objects.filter(pk=entity.pk).delete()
        if not rows:
            raise MAIL_NOT_SET()


def unconfirm(who: Actor, found: MailAddress) -> None:
    """Mail nothing any more to an address that refused everything for long, and say so."""
    with act(who) as done:
        rows = MailAddress.objects.filter(pk=found.pk, failing_since=found.failing_since)
        rows.update(confirmed_at=None, failing_since=None)
        _give_up(found.pk)
        done.record("mail.unconfirm", "legal_entity", found.pk, before=_as_kept(found))
        inbox.to_entity(found.pk, "mail_unconfirmed", "legal_entity", found.pk, days=SILENCE.days)


def forget_old() -> int:
    """Delete some of the letters that were kept long enough; how many."""
    old = Letter.objects.filter(created_at__lt=clock.now() - KEPT)
    pks = list(old.values_list("pk", flat=True)[:DELETE_BATCH])
    Letter.objects.filter(pk__in=pks).delete()
    return len(pks)


def _require_address(address: str) -> None:
    try:
        validate_email(address)
    except ValidationError:
        raise MAIL_ADDRESS_INVALID() from None
    if len(address) > MAX_ADDRESS or not address.isascii():
        raise MAIL_ADDRESS_INVALID()


def _give_up(entity_id: str) -> None:
    waiting = Letter.objects.filter(entity=entity_id)
    move_all(waiting, LETTER_TRANSITIONS, "give_up", next_attempt_at=None, attempt="")


def _as_kept(found: MailAddress) -> dict[str, object]:
    """The address for the audit: so that it can be compared, and not read (S9)."""
    hashed = salted_hmac(SALT, found.address, algorithm="sha256").hexdigest()
    return {"address_hash": hashed, "is_confirmed": found.confirmed_at is not None}
