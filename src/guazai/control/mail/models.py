"""Where a legal entity gets mail, and the letters to it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from guazai.control.kernel import ids
from guazai.control.mail.states import CODE_TRIES, LetterKind, LetterStatus

#: The longest address that mail servers take.
MAX_ADDRESS = 254


class MailAddress(models.Model):
    """Where a legal entity's messages are mailed to, once somebody there typed the code (N2)."""

    entity = models.OneToOneField(
        "directory.LegalEntity", models.CASCADE, primary_key=True, related_name="+"
    )
    address = models.CharField(max_length=MAX_ADDRESS)
    confirmed_at = models.DateTimeField(null=True)
    #: Of the code that was mailed last; it is kept nowhere else.
    code_hash = models.CharField(max_length=256, default="")
    code_expires_at = models.DateTimeField(null=True)
    code_tries = models.PositiveSmallIntegerField(default=0)
    code_asked_at = models.DateTimeField()
    #: Since when the address refuses what is sent to it, without a success in between.
    failing_since = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # Guessing is kept from by it: a code is tried so many times, however many race.
            models.CheckConstraint(
                condition=Q(code_tries__lte=CODE_TRIES), name="code_tries_bounded"
            ),
        ]


class Letter(models.Model):
    """One mail to a legal entity: its code, or a message of its inbox."""

    id = models.CharField(primary_key=True, max_length=ids.LENGTH, default=ids.factory("ltr"))
    entity = models.ForeignKey("directory.LegalEntity", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16, choices=LetterKind.choices)
    message_id = models.CharField(max_length=ids.LENGTH, default="")
    status = models.CharField(
        max_length=16, choices=LetterStatus.choices, default=LetterStatus.WAITING
    )
    created_at = models.DateTimeField()
    #: When it is due, or due again should the attempt that has it be cut off; names that attempt.
    next_attempt_at = models.DateTimeField(null=True)
    attempt = models.CharField(max_length=32, default="")
    #: How many of the gaps between attempts are used up.
    gap = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=LetterStatus.values), name="letter_status_known"
            ),
            # Mailing each message once relies on it.
            models.UniqueConstraint(
                fields=["entity", "message_id"],
                condition=~Q(message_id=""),
                name="one_letter_per_message",
            ),
            # A letter that waits is due some day.
            models.CheckConstraint(
                condition=Q(status=LetterStatus.WAITING, next_attempt_at__isnull=False)
                | (~Q(status=LetterStatus.WAITING) & Q(next_attempt_at__isnull=True)),
                name="waiting_letter_is_due",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(status=LetterStatus.WAITING),
                name="letters_due",
            ),
            models.Index(fields=["created_at"], name="letters_by_age"),
        ]
