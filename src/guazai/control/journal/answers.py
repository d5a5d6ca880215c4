"""What the journal's rows are called wherever they are answered."""

from __future__ import annotations

from guazai.control.kernel.actor import ActorKind
from guazai.control.kernel.http import Out


class ActorOut(Out):
    """Who acted."""

    kind: ActorKind
    id: str


class SubjectOut(Out):
    """What an act, or a message, is about."""

    kind: str
    id: str
