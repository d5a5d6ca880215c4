"""Denies and reminders."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from guazai.control.eligibility import queries as eligibility
from guazai.control.entry.errors import (
    ALREADY_DENIED,
    NOTHING_TO_REMIND,
    REMINDER_ALREADY_SENT,
)
from guazai.control.entry.models import Deny, MergedDeny, Reminder
from guazai.control.entry.states import DENY_TRANSITIONS, DenyStatus
from guazai.control.inbox import actions as inbox
from guazai.control.journal import keys
from guazai.control.journal.actions import act
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor, system
from guazai.control.kernel.errors import WRONG_STATE
from guazai.control.kernel.locks import locked
from guazai.control.kernel.transitions import move
from guazai.feed.lease import BreakGlass
from guazai.feed.records import Scope

if TYPE_CHECKING:
    from guazai.control.directory.models import DouyinAccount, MiniProgram

#: Longest id of an actor.
ACTOR_LENGTH = 64


def deny(who: Actor, scope: Scope, target: str, reason: str) -> Deny:
    """Hide every entry of `target` at once (G1); raises `already_denied`."""
    with act(who) as done:
        try:
            with transaction.atomic():
                found = Deny.objects.create(
                    scope=scope, target=target, reason=reason, created_by=who.id
                )
        except IntegrityError:
            raise ALREADY_DENIED() from None
        done.record(
            "entry.deny",
            "deny",
            found.pk,
            after={"scope": scope, "target": target},
            reason=reason,
            touch=(keys.deny(scope, target, hides=True),),
        )
    return found


def lift(who: Actor, found: Deny, reason: str) -> None:
    """End a deny; raises `wrong_state` where it is lifted already."""
    with act(who) as done:
        move(found, DENY_TRANSITIONS, "lift", lifted_by=who.id, lifted_at=clock.now())
        done.record(
            "entry.lift",
            "deny",
            found.pk,
            before={"scope": found.scope, "target": found.target},
            reason=reason,
            touch=(keys.deny(Scope(found.scope), found.target),),
        )


def merge_break_glass(given: BreakGlass) -> Deny:
    """Make a deny real that was laid by break-glass, once; the deny that it became.

    Where its target is denied already it becomes a part of that, and ends with it.
    """
    merged = MergedDeny.objects.select_related("deny").filter(pk=given.id).first()
    if merged is not None:
        return merged.deny
    who = system(f"break-glass:{given.signed_by}"[:ACTOR_LENGTH])
    with act(who) as done:
        active = Deny.objects.filter(
            scope=given.scope, target=given.target, status=DenyStatus.ACTIVE
        )
        found = locked(active).first() or deny(who, given.scope, given.target, given.reason)
        signed_at = datetime.fromtimestamp(given.signed_at, tz=UTC)
        MergedDeny.objects.create(
            pk=given.id,
            deny=found,
            signed_by=given.signed_by,
            signed_at=signed_at,
            merged_at=clock.now(),
        )
        done.record(
            "entry.merge_break_glass",
            "deny",
            found.pk,
            after={"id": given.id, "signed_by": given.signed_by, "signed_at": signed_at},
            reason=given.reason,
        )
    return found


def hold(found: Deny) -> None:
    """Keep a deny from being lifted until the caller's act ends.

    Raises `wrong_state` where it is lifted already.
    """
    status = locked(Deny.objects.filter(pk=found.pk)).values_list("status", flat=True).get()
    sources = DENY_TRANSITIONS["lift"].sources
    if status not in sources:
        raise WRONG_STATE(current=status, verb="lift", allowed_from=sorted(sources))


def remind_owner(who: Actor, account: DouyinAccount, app: MiniProgram) -> None:
    """Tell the owner that the account fails the rules (E5), at most once a day.

    Raises `nothing_to_remind` where it passes, `reminder_already_sent` on the same day.
    """
    if eligibility.judgement(account).status == "passed":
        raise NOTHING_TO_REMIND()
    with act(who) as done:
        try:
            with transaction.atomic():
                Reminder.objects.create(account=account, mini_program=app, sent_on=clock.today())
        except IntegrityError:
            next_at = clock.end_of(clock.today())
            wait = int((next_at - clock.now()).total_seconds()) + 1
            raise REMINDER_ALREADY_SENT(next_at=next_at.isoformat(), retry_after=wait) from None
        inbox.to_owner(
            account.pk,
            "owner_reminder",
            "account",
            account.pk,
            app_name=app.name,
            nickname=account.nickname,
        )
        done.record("entry.remind_owner", "account", account.pk, after={"app_id": app.pk})
