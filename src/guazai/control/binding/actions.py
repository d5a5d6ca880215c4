"""The only writer of bindings.

Every act takes its locks in one order: the account (to request or to block), the binding, the
account's load, the quota, the month's unbinds, and eligibility's. So none waits for another in a
circle.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from guazai.control.binding import counters, queries
from guazai.control.binding.errors import (
    ACCOUNT_NOT_FOUND,
    ALREADY_BLOCKED,
    ALREADY_CLEARED,
    BINDING_IN_PROGRESS,
    CONSENT_CODE_INVALID,
    CONSENT_NUMBER_WRONG,
    QUOTA_BELOW_USE,
    REQUEST_EXPIRED,
)
from guazai.control.binding.models import (
    Binding,
    BindingBlock,
    BindingCode,
    BindingQuota,
    EnterpriseClearance,
    UnbindCount,
)
from guazai.control.binding.states import (
    CODE_LIFE,
    REQUEST_LIFE,
    TRANSITIONS,
    BindingStatus,
    Side,
)
from guazai.control.directory import queries as directory
from guazai.control.eligibility import actions as eligibility
from guazai.control.inbox import actions as inbox
from guazai.control.journal import keys
from guazai.control.journal.actions import Act, act
from guazai.control.kernel import clock, ids
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.errors import NOT_FOUND, WRONG_STATE, Problem
from guazai.control.kernel.locks import locked
from guazai.control.kernel.transitions import move
from guazai.control.surfaces import registry
from guazai.control.surfaces.registry import BindingKind, Surface

if TYPE_CHECKING:
    from guazai.control.directory.models import DouyinAccount, MiniProgram

BOTH = (Side.DEVELOPER, Side.OWNER)


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """A code just made: its secret, which is kept nowhere, and the number to show beside it."""

    raw: str = field(repr=False)
    match_number: str
    expires_at: datetime


def request(
    who: Actor,
    app: MiniProgram,
    surface: Surface,
    aweme_id: str,
    kind: BindingKind,
    *,
    ends_on: date | None = None,
) -> Binding:
    """Ask an account's owner for a binding; it takes its place in the quota now (B4, B5).

    It lapses after the day `ends_on` in Shanghai, if not before with its tie (B3).
    Raises `cooperation_not_supported`, `account_not_found`, what `queries.require_bindable` raises,
    `already_bound`, `binding_in_progress`, `blocked_by_owner`, `cooling_down`,
    `too_many_open_requests`, `quota_reached`.
    """
    queries.require_kind(surface, kind)
    with act(who) as done:
        account = directory.find_account(aweme_id)
        if account is None:
            raise ACCOUNT_NOT_FOUND()
        queries.require_bindable(app, account, surface, kind, ends_on)
        # A block that is being committed would not be seen below.
        directory.lock_account(account.pk)
        # Before the owner's wishes are read: it waits for a refusal that is being committed.
        made_for = {"surface": surface.key, "kind": kind, "ends_on": ends_on}
        binding = _open(who, app, account, surface, made_for)
        queries.require_welcome(app, account)
        counters.add_to_load(account)
        counters.take_place(binding)
        # Judged from now on, so that it is known when it is bound whether an entry would show.
        eligibility.watch(account)
        inbox.to_owner(
            account.pk,
            "binding_requested",
            "binding",
            binding.pk,
            app_name=app.name,
            entity_name=app.entity.name,
            nickname=account.nickname,
            expires_at=clock.minute_of(binding.expires_at),
        )
        done.record(
            "binding.request",
            "binding",
            binding.pk,
            after={
                "status": binding.status,
                "app_id": app.pk,
                "aweme_id": account.pk,
                **made_for,
            },
            tells=True,
        )
    return binding


def cancel(who: Actor, binding: Binding) -> None:
    """Take back a request that awaits consent; raises `wrong_state`."""
    with act(who) as done:
        _close(done, binding, "cancel", Side.DEVELOPER)
        _tell(binding, "binding_cancelled", [Side.OWNER])


def issue_code(who: Actor, binding: Binding) -> IssuedCode:
    """A new code for the owner to open; an earlier one is void (B5).

    Raises `wrong_state` where the binding does not await consent, `binding_request_expired`.
    """
    with act(who) as done:
        current = locked(Binding.objects.filter(pk=binding.pk)).get()
        if current.status != BindingStatus.AWAITING_CONSENT:
            raise WRONG_STATE(current=current.status, verb="issue_code")
        now = clock.now()
        if current.expires_at <= now:
            raise REQUEST_EXPIRED()
        issued = IssuedCode(
            raw=ids.secret(),
            match_number=f"{secrets.randbelow(100):02}",
            expires_at=min(now + CODE_LIFE, current.expires_at),
        )
        BindingCode.objects.update_or_create(
            binding=current,
            defaults={
                "hash": queries.hash_code(issued.raw),
                "match_number": issued.match_number,
                "expires_at": issued.expires_at,
                "used_at": None,
            },
        )
        done.record(
            "binding.issue_code", "binding", binding.pk, after={"expires_at": issued.expires_at}
        )
    return issued


def consent(who: Actor, raw: str, match_number: str) -> Binding:
    """The owner consents with the number that the developer's screen shows (B5).

    Raises what `queries.usable_code` and `queries.require_bindable` raise, `wrong_state`,
    `binding_request_expired`, and `consent_number_wrong`, which stores that the code is spent.
    """
    code = queries.usable_code(who, raw)
    binding = code.binding
    if match_number != code.match_number:
        _fail_match(who, code)
        raise CONSENT_NUMBER_WRONG()
    with act(who) as done:
        # The binding before its code, as issue_code does.
        current = locked(Binding.objects.filter(pk=binding.pk)).get()
        _spend(code)
        now = clock.now()
        if current.status == BindingStatus.AWAITING_CONSENT and current.expires_at <= now:
            raise REQUEST_EXPIRED()
        move(
            binding,
            TRANSITIONS,
            "consent",
            where=Q(expires_at__gt=now),
            consented_by=who.id,
            consented_at=now,
        )
        queries.require_bindable(
            binding.mini_program,
            binding.account,
            registry.get(binding.surface),
            BindingKind(binding.kind),
            binding.ends_on,
        )
        counters.take_from_load(binding)
        _tell(binding, "binding_consented", BOTH)
        done.record(
            "binding.consent",
            "binding",
            binding.pk,
            before={"status": BindingStatus.AWAITING_CONSENT},
            after={"status": binding.status},
            tells=True,
        )
    return binding


def refuse(who: Actor, binding: Binding) -> None:
    """The owner refuses; the mini program waits a day before it may ask again (B5)."""
    with act(who) as done:
        _close(done, binding, "refuse", Side.OWNER)
        _tell(binding, "binding_refused", [Side.DEVELOPER])


def block(who: Actor, binding: Binding) -> BindingBlock:
    """The owner wants no more requests from the mini program; those that wait are refused (B5).

    A binding that is active stays until it is ended. Raises `already_blocked`.
    """
    app, account = binding.mini_program, binding.account
    with act(who) as done:
        directory.lock_account(account.pk)
        waiting = locked(
            Binding.objects.filter(
                account=account, mini_program=app, status=BindingStatus.AWAITING_CONSENT
            ).order_by("surface")
        )
        for waits in list(waiting):
            refuse(who, waits)
        try:
            with transaction.atomic():
                made = BindingBlock.objects.create(
                    account=account, mini_program=app, created_by=who.id, created_at=clock.now()
                )
        except IntegrityError:
            raise ALREADY_BLOCKED() from None
        done.record(
            "binding.block", "account", account.pk, after={"app_id": app.pk, "is_blocked": True}
        )
    return made


def unblock(who: Actor, account: DouyinAccount, app: MiniProgram) -> None:
    """The mini program may ask again; raises `not_found` where it is not blocked."""
    with act(who) as done:
        rows, _ = BindingBlock.objects.filter(account=account, mini_program=app).delete()
        if not rows:
            raise NOT_FOUND()
        done.record(
            "binding.unblock", "account", account.pk, after={"app_id": app.pk, "is_blocked": False}
        )


def unbind(who: Actor, binding: Binding) -> None:
    """The developer ends an active binding; counts toward the month (B6).

    Raises `wrong_state`, `unbind_limit_reached` with `next_at`.
    """
    with act(who) as done:
        _close(done, binding, "unbind", Side.DEVELOPER)
        counters.count_unbind(binding)
        _tell(binding, "binding_ended", BOTH)


def end(who: Actor, binding: Binding) -> None:
    """The owner ends an active binding, whenever they like (B5)."""
    with act(who) as done:
        _close(done, binding, "end", Side.OWNER)
        _tell(binding, "binding_ended", BOTH)


def lapse(who: Actor, binding: Binding) -> None:
    """End an active binding whose tie to the legal entity does not hold any more (B3)."""
    with act(who) as done:
        _close(done, binding, "lapse", Side.PLATFORM)
        _tell(binding, "binding_lapsed", BOTH)


def expire_due(who: Actor, limit: int = 200) -> int:
    """Close requests whose day is over (B4), each in an act of its own; returns how many."""
    due = Binding.objects.select_related("account", "mini_program").filter(
        status=BindingStatus.AWAITING_CONSENT, expires_at__lte=clock.now()
    )
    return sum(_expire(who, binding) for binding in due.order_by("expires_at", "pk")[:limit])


def set_quota(
    who: Actor, app: MiniProgram, surface: Surface, kind: BindingKind, quota: int, reason: str
) -> queries.QuotaState:
    """Set how many bindings of a kind a mini program may have (B4); raises `quota_below_use`."""
    queries.require_kind(surface, kind)
    with act(who) as done:
        row = counters.quota(app, surface, kind)
        before = row.quota
        if not BindingQuota.objects.filter(pk=row.pk, used__lte=quota).update(quota=quota):
            row.refresh_from_db()
            raise QUOTA_BELOW_USE(used=row.used, quota=row.quota)
        done.record(
            "binding.set_quota",
            "mini_program",
            app.pk,
            before={"surface": surface.key, "kind": kind, "quota": before},
            after={"surface": surface.key, "kind": kind, "quota": quota},
            reason=reason,
        )
    return queries.quota(app, surface, kind)


def set_unbind_limit(
    who: Actor, app: MiniProgram, surface: Surface, quota: int, reason: str
) -> queries.UnbindState:
    """Set the unbinds of this month and those after it (B6); raises `quota_below_use`."""
    with act(who) as done:
        row = counters.unbind_count(app, surface)
        before = row.quota
        if not UnbindCount.objects.filter(pk=row.pk, used__lte=quota).update(quota=quota):
            row.refresh_from_db()
            raise QUOTA_BELOW_USE(used=row.used, quota=row.quota)
        done.record(
            "binding.set_unbind_limit",
            "mini_program",
            app.pk,
            before={"surface": surface.key, "quota": before},
            after={"surface": surface.key, "quota": quota},
            reason=reason,
        )
    return queries.unbinds(app, surface)


def clear_enterprise(
    who: Actor, account: DouyinAccount, app: MiniProgram, reason: str
) -> EnterpriseClearance:
    """Support lets a mini program bind an enterprise account (B2); raises `already_cleared`."""
    with act(who) as done:
        try:
            with transaction.atomic():
                made = EnterpriseClearance.objects.create(
                    account=account,
                    mini_program=app,
                    by=who.id,
                    reason=reason,
                    created_at=clock.now(),
                )
        except IntegrityError:
            raise ALREADY_CLEARED() from None
        done.record(
            "binding.clear_enterprise",
            "account",
            account.pk,
            after={"app_id": app.pk, "is_cleared": True},
            reason=reason,
        )
    return made


def revoke_clearance(who: Actor, clearance: EnterpriseClearance) -> None:
    """Take a clearance back; what was bound under it stays. Raises `not_found`."""
    with act(who) as done:
        rows, _ = EnterpriseClearance.objects.filter(pk=clearance.pk).delete()
        if not rows:
            raise NOT_FOUND()
        done.record(
            "binding.revoke_clearance",
            "account",
            clearance.account_id,
            after={"app_id": clearance.mini_program_id, "is_cleared": False},
        )


def _open(
    who: Actor,
    app: MiniProgram,
    account: DouyinAccount,
    surface: Surface,
    made_for: Mapping[str, Any],
) -> Binding:
    now = clock.now()
    try:
        with transaction.atomic():
            return Binding.objects.create(
                mini_program=app,
                account=account,
                **made_for,
                requested_by=who.id,
                requested_at=now,
                expires_at=now + REQUEST_LIFE,
            )
    except IntegrityError:
        queries.require_none_open(app, account, surface)
        # It was open a moment ago.
        raise BINDING_IN_PROGRESS(binding=None) from None


def _spend(code: BindingCode) -> None:
    """By its hash: a code issued meanwhile took the row over, and is not this one."""
    now = clock.now()
    rows = BindingCode.objects.filter(hash=code.hash, used_at__isnull=True, expires_at__gt=now)
    if not rows.update(used_at=now):
        raise CONSENT_CODE_INVALID()


def _fail_match(who: Actor, code: BindingCode) -> None:
    with act(who) as done:
        _spend(code)
        done.record("binding.fail_match", "binding", code.binding_id)


def _expire(who: Actor, binding: Binding) -> bool:
    try:
        with act(who) as done:
            _close(done, binding, "expire", Side.PLATFORM, where=Q(expires_at__lte=clock.now()))
            _tell(binding, "binding_expired", BOTH)
    except Problem as problem:
        if problem.code is not WRONG_STATE:
            raise
        return False
    return True


def _close(done: Act, binding: Binding, verb: str, side: Side, *, where: Q | None = None) -> None:
    """Close `binding` and free what it held: freed once, as the move succeeds once."""
    (source,) = TRANSITIONS[verb].sources
    move(binding, TRANSITIONS, verb, where=where, ended_by_side=side, ended_at=clock.now())
    was_active = source == BindingStatus.ACTIVE
    if not was_active:
        counters.take_from_load(binding)
    counters.free_place(binding)
    done.record(
        f"binding.{verb}",
        "binding",
        binding.pk,
        before={"status": source},
        after={"status": binding.status, "ended_by_side": side},
        touch=(keys.entry(binding.account_id, is_urgent=True),) if was_active else (),
        tells=True,
    )


def _tell(binding: Binding, kind: str, sides: Sequence[Side]) -> None:
    values = {
        "app_id": binding.mini_program_id,
        "app_name": binding.mini_program.name,
        "aweme_id": binding.account_id,
        "nickname": binding.account.nickname,
    }
    if Side.DEVELOPER in sides:
        inbox.to_entity(binding.mini_program.entity_id, kind, "binding", binding.pk, **values)
    if Side.OWNER in sides:
        inbox.to_owner(binding.account_id, kind, "binding", binding.pk, **values)
