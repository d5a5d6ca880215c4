"""The mailer: each message to a legal entity's inbox goes out once, by the platform's mail server.

One thread of its own in the worker's process. A letter is claimed by a conditional UPDATE with a
lease, as a webhook's delivery is; its text is made when it is sent, and kept nowhere.
"""

from __future__ import annotations

import secrets
import smtplib
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from django.contrib.auth.hashers import make_password
from django.core.mail import EmailMessage
from django.db import close_old_connections, transaction
from django.db.models import F

from guazai.control import backends
from guazai.control.inbox import queries as inbox
from guazai.control.journal import actions as journal
from guazai.control.journal import queries as notices
from guazai.control.journal.keys import NoticeKind
from guazai.control.kernel import clock, ids
from guazai.control.kernel.actor import system
from guazai.control.kernel.transitions import move_all
from guazai.control.mail import actions, composing, queries
from guazai.control.mail.composing import Composed
from guazai.control.mail.models import Letter, MailAddress
from guazai.control.mail.states import (
    CODE_LIFE,
    LETTER_TRANSITIONS,
    SILENCE,
    LetterKind,
    LetterStatus,
)

if TYPE_CHECKING:
    from django.core.mail.backends.smtp import EmailBackend

    from guazai.control.config import Config, Smtp

log = structlog.get_logger(__name__)
MAILER = system("mailer")
KINDS = (NoticeKind.MESSAGE,)
BATCH = 500
#: How many letters are claimed together, and how long they are: more than they take to be sent.
CLAIM = 10
TIMEOUT_SECONDS = 10.0
LEASE = timedelta(seconds=CLAIM * TIMEOUT_SECONDS)
PAUSE_SECONDS = 1.0
LOOK_SECONDS = 0.05


def build() -> int:
    """Write the letters that some messages call for, and delete their notices; how many."""
    if not notices.has_notices(KINDS):
        return 0
    with transaction.atomic():
        rows = notices.locked_notices(KINDS, BATCH)
        messages = inbox.found(row.key for row in rows)
        wanted = queries.confirmed(each.recipient_id for each in messages.values())
        now = clock.now()
        letters = [
            Letter(
                entity_id=each.recipient_id,
                kind=LetterKind.MESSAGE,
                message_id=each.pk,
                created_at=now,
                next_attempt_at=now,
            )
            for each in messages.values()
            if each.recipient_id in wanted
        ]
        Letter.objects.bulk_create(letters, ignore_conflicts=True)
        journal.drop_notices(rows)
    return len(rows)


class Mailer:
    """Mails until it is told to stop; outlives failures of the database and the mail server."""

    def __init__(self, config: Config, smtp: Smtp) -> None:
        self._config = config
        self._smtp = smtp

    def run(self, should_stop: Callable[[], bool]) -> None:
        """Mail until `should_stop()`."""
        while not should_stop():
            did = 0
            try:
                did = build() + self.send_some()
            except Exception:
                log.exception("mailer.failed")
                close_old_connections()
            until = time.monotonic() + (0 if did else PAUSE_SECONDS)
            while not should_stop() and time.monotonic() < until:
                time.sleep(LOOK_SECONDS)

    def send_some(self) -> int:
        """Send some letters that are due; how many were tried."""
        letters = _claim()
        if not letters:
            return 0
        server = backends.mail(self._smtp, TIMEOUT_SECONDS)
        try:
            for letter in letters:
                self._send(server, letter)
        finally:
            server.close()
        return len(letters)

    def _send(self, server: EmailBackend, letter: Letter) -> None:
        address = MailAddress.objects.select_related("entity").filter(pk=letter.entity_id).first()
        if address is None:
            return
        try:
            server.open()
            composed = self._compose(letter, address)
            sender, to = self._config.mail_from, [address.address]
            mail = EmailMessage(composed.subject, composed.text, sender, to, connection=server)
            mail.send()
        except (smtplib.SMTPException, OSError) as error:
            # What servers say may have the address in it.
            log.warning("mailer.refused", letter=letter.pk, error=type(error).__name__)
            _fail(self._config, letter, address, error)
        else:
            _succeed(letter)

    def _compose(self, letter: Letter, address: MailAddress) -> Composed:
        url = self._config.public_url
        if letter.kind == LetterKind.CODE:
            code = f"{secrets.randbelow(10**6):06}"
            MailAddress.objects.filter(pk=address.pk).update(
                code_hash=make_password(code),
                code_expires_at=clock.now() + CODE_LIFE,
                code_tries=0,
            )
            return composing.code(address.entity.name, code, url)
        return composing.message(inbox.found([letter.message_id])[letter.message_id], url)


def _claim() -> list[Letter]:
    now, attempt = clock.now(), ids.secret(12)
    due = Letter.objects.filter(status=LetterStatus.WAITING, next_attempt_at__lte=now)
    pks = list(due.order_by("next_attempt_at").values_list("pk", flat=True)[:CLAIM])
    if not pks:
        return []
    due.filter(pk__in=pks).update(attempt=attempt, next_attempt_at=now + LEASE)
    return list(Letter.objects.filter(pk__in=pks, attempt=attempt))


def _succeed(letter: Letter) -> None:
    row = Letter.objects.filter(pk=letter.pk)
    move_all(row, LETTER_TRANSITIONS, "send", next_attempt_at=None, attempt="")
    MailAddress.objects.filter(pk=letter.entity_id).update(failing_since=None)


def _fail(config: Config, letter: Letter, address: MailAddress, error: Exception) -> None:
    now, mine = clock.now(), Letter.objects.filter(pk=letter.pk, attempt=letter.attempt)
    is_late = letter.kind == LetterKind.CODE and letter.created_at + CODE_LIFE < now
    if is_late or letter.gap >= len(config.gaps):
        move_all(mine, LETTER_TRANSITIONS, "give_up", next_attempt_at=None, attempt="")
    else:
        due = now + timedelta(seconds=config.gaps[letter.gap])
        mine.update(next_attempt_at=due, attempt="", gap=F("gap") + 1)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        # It is the address's own fault, not the mail server's.
        rows = MailAddress.objects.filter(pk=address.pk)
        rows.filter(failing_since__isnull=True).update(failing_since=now)
        failing = rows.filter(confirmed_at__isnull=False, failing_since__lte=now - SILENCE).first()
        if failing is not None:
            actions.unconfirm(MAILER, failing)
