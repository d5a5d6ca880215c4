"""How a letter stands, and what holds for addresses and codes."""

from __future__ import annotations

from datetime import timedelta

from django.db import models

from guazai.control.kernel.transitions import Table, step

#: How long an address may refuse everything before it is unconfirmed.
SILENCE = timedelta(days=5)
#: How long letters are kept; their texts are made when they are sent, and kept nowhere.
KEPT = timedelta(days=30)
CODE_LIFE = timedelta(minutes=15)
CODE_TRIES = 5
#: How long somebody waits before another code is sent.
CODE_PAUSE = timedelta(seconds=60)


class LetterKind(models.TextChoices):
    """What a letter says."""

    CODE = "code"
    MESSAGE = "message"


class LetterStatus(models.TextChoices):
    """How a letter stands."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"


LETTER_TRANSITIONS: Table = {
    "send": step(LetterStatus.WAITING, LetterStatus.SENT),
    "give_up": step(LetterStatus.WAITING, LetterStatus.DEAD),
}
