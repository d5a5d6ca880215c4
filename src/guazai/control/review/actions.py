"""Claiming items, and deciding on what one holds: the contexts' own decisions, called downward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from django.db import IntegrityError, transaction

from guazai.control.capability import actions as capability
from guazai.control.capability import queries as capability_queries
from guazai.control.journal.actions import act
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.errors import WRONG_STATE, Problem
from guazai.control.kernel.locks import locked
from guazai.control.kernel.reasons import Reason
from guazai.control.landing import actions as landing
from guazai.control.review import queries, reasons
from guazai.control.review.errors import (
    ALREADY_CLAIMED,
    CLAIM_REQUIRED,
    CLAIMED_UNTIL,
    CONTENT_HASH_REQUIRED,
    REASON_REQUIRED,
)
from guazai.control.review.models import ReviewClaim
from guazai.control.review.queries import Item

CLAIM_LASTS = timedelta(minutes=15)


def claim(who: Actor, item: Item, *, take_over: bool = False, reason: str = "") -> Item:
    """Take an item in hand for 15 minutes: a free one, one's own again, or one whose claim ended.

    With `take_over` and a reason, also one that another reviewer holds. Raises `own_entity` (C8),
    `already_claimed` with the claim's end, `reason_required`, `wrong_state`.
    """
    capability_queries.refuse_own(who, item.app)
    now = clock.now()
    with act(who) as done:
        held = locked(queries.claims(item)).first() or _insert(who, item)
        is_taken_over = held.reviewer != who.id and held.expires_at > now
        if is_taken_over and not take_over:
            raise _already_claimed(held)
        if is_taken_over and not reason:
            raise REASON_REQUIRED()
        before = {"reviewer": held.reviewer, "expires_at": held.expires_at}
        if held.reviewer != who.id or held.expires_at <= now:
            held.reviewer, held.claimed_at = who.id, now
        held.expires_at = now + CLAIM_LASTS
        held.save(update_fields=["reviewer", "claimed_at", "expires_at"])
        # Read again behind the claim: a decision that it waited for is seen.
        current = queries.item(item.kind, item.id)
        if not current.is_pending:
            raise WRONG_STATE(current=current.subject.status, verb="claim")
        done.record(
            "review.take_over" if is_taken_over else "review.claim",
            item.kind,
            item.id,
            before=before if is_taken_over else None,
            after={"reviewer": held.reviewer, "expires_at": held.expires_at},
            reason=reason if is_taken_over else "",
        )
    return current


def heartbeat(who: Actor, item: Item) -> Item:
    """Hold one's own claim for another 15 minutes.

    Raises `claim_required`, and `wrong_state` where the item does not wait any more. Leaves no
    audit event: it changes neither who holds the item nor the item.
    """
    if not item.is_pending:
        raise WRONG_STATE(current=item.subject.status, verb="heartbeat")
    now = clock.now()
    mine = queries.claims(item).filter(reviewer=who.id, expires_at__gt=now)
    if not mine.update(expires_at=now + CLAIM_LASTS):
        raise CLAIM_REQUIRED()
    return queries.item(item.kind, item.id)


def release(who: Actor, item: Item) -> Item:
    """Put an item back into the queue; raises `claim_required`."""
    with act(who) as done:
        released, _ = queries.claims(item).filter(reviewer=who.id).delete()
        if not released:
            raise CLAIM_REQUIRED()
        done.record("review.release", item.kind, item.id, before={"reviewer": who.id})
    return replace(item, claim=None)


def approve(
    who: Actor, item: Item, *, content_hash: str | None = None, marks: Mapping[str, str]
) -> Item:
    """Approve what one holds; the claim ends with it.

    An application needs its four `marks` (C4), a change the `content_hash` that was reviewed (R8).
    Raises `own_entity` (C8), `claim_required`, `content_hash_required`, and what the context's own
    approval raises.
    """
    with act(who):
        _spend_claim(who, item)
        if item.application is not None:
            capability.approve(who, item.application, marks)
        elif item.change is not None:
            landing.approve(who, item.change, _required(content_hash))
    return replace(item, claim=None)


def reject(
    who: Actor,
    item: Item,
    *,
    content_hash: str | None = None,
    marks: Mapping[str, str],
    why: Sequence[Reason],
) -> Item:
    """Reject what one holds, for at least one reason; the claim ends with it (C4).

    Raises what `approve` raises, and `reason_required`, `reason_invalid`.
    """
    with act(who):
        _spend_claim(who, item)
        completed = reasons.complete(item.kind, why)
        if item.application is not None:
            capability.reject(who, item.application, marks, completed)
        elif item.change is not None:
            landing.reject(who, item.change, _required(content_hash), completed)
    return replace(item, claim=None)


def _insert(who: Actor, item: Item) -> ReviewClaim:
    now = clock.now()
    try:
        with transaction.atomic():
            return ReviewClaim.objects.create(
                subject_kind=item.kind,
                subject_id=item.id,
                reviewer=who.id,
                claimed_at=now,
                expires_at=now + CLAIM_LASTS,
            )
    except IntegrityError:
        raise _already_claimed(queries.claims(item).first()) from None


def _already_claimed(held: ReviewClaim | None) -> Problem:
    """The refusal, with the end of the claim that stands in the way, if it still does."""
    if held is None:
        return ALREADY_CLAIMED()
    until = held.expires_at.astimezone(clock.SHANGHAI).strftime("%H:%M")
    return ALREADY_CLAIMED(CLAIMED_UNTIL.fill(until=until), expires_at=held.expires_at.isoformat())


def _spend_claim(who: Actor, item: Item) -> None:
    """Check and end the caller's claim in one statement; a refused decision brings it back."""
    capability_queries.refuse_own(who, item.app)
    mine = queries.claims(item).filter(reviewer=who.id, expires_at__gt=clock.now())
    spent, _ = mine.delete()
    if not spent:
        raise CLAIM_REQUIRED()


def _required(content_hash: str | None) -> str:
    if content_hash is None:
        raise CONTENT_HASH_REQUIRED()
    return content_hash
