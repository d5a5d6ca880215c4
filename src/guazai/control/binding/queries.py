"""Reading bindings; what a caller may not see is not found."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet

from guazai.control.binding.errors import (
    ACCOUNT_NOT_TIED,
    ALREADY_BOUND,
    BINDING_IN_PROGRESS,
    BINDING_NOT_ACTIVE,
    BLOCKED_BY_OWNER,
    CONSENT_CODE_EXPIRED,
    CONSENT_CODE_INVALID,
    COOLING_DOWN,
    COOPERATION_NOT_SUPPORTED,
    ENDS_IN_PAST,
    ENTERPRISE_NEEDS_SUPPORT,
    QUOTA_REACHED,
    TOO_MANY_OPEN_REQUESTS,
)
from guazai.control.binding.models import (
    Binding,
    BindingBlock,
    BindingCode,
    BindingQuota,
    ConsentLoad,
    EnterpriseClearance,
    UnbindCount,
)
from guazai.control.binding.states import (
    BINDABLE,
    COOL_DOWN,
    MAX_AWAITING,
    OPEN,
    BindingStatus,
    Side,
)
from guazai.control.capability import queries as capability
from guazai.control.directory import queries as directory
from guazai.control.directory.states import AccountType
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor, ActorKind
from guazai.control.kernel.errors import NOT_FOUND
from guazai.control.surfaces.registry import BindingKind, Surface

if TYPE_CHECKING:
    from guazai.control.directory.models import DouyinAccount, MiniProgram


@dataclass(frozen=True, slots=True)
class QuotaState:
    """How much of one kind's quota is used (B4)."""

    kind: BindingKind
    used: int
    quota: int

    @property
    def left(self) -> int:
        """How many more can be requested."""
        return self.quota - self.used


@dataclass(frozen=True, slots=True)
class UnbindState:
    """How many of a month's unbinds are used; `next_at` says when, where none is left (B6)."""

    month: str
    used: int
    quota: int
    next_at: datetime | None

    @property
    def left(self) -> int:
        """How many more are possible this month."""
        return self.quota - self.used


def bindings() -> QuerySet[Binding]:
    """Every binding, for operators."""
    return Binding.objects.select_related("account", "mini_program__entity")


def of_app(app: MiniProgram, surface: Surface) -> QuerySet[Binding]:
    """Every binding of a mini program on a surface, open or closed."""
    return bindings().filter(mini_program=app, surface=surface.key)


def of_account(aweme_id: str) -> QuerySet[Binding]:
    """Every binding of an account, open or closed."""
    return bindings().filter(account=aweme_id)


def owned(who: Actor) -> QuerySet[Binding]:
    """Every binding of the accounts that `who` owns."""
    return bindings().filter(account__in=who.accounts)


def newest_of_kind(app: MiniProgram, kind: BindingKind) -> QuerySet[Binding]:
    """The newest binding of one kind with each account, open or closed."""
    of_kind = Binding.objects.filter(mini_program=app, kind=kind)
    newest = of_kind.order_by().values("account").annotate(newest=Max("pk"))
    return Binding.objects.filter(pk__in=newest.values("newest"))


def count_open(app: MiniProgram, surface: Surface) -> dict[str, int]:
    """How many bindings of a mini program are open, by status."""
    rows = Binding.objects.filter(mini_program=app, surface=surface.key, status__in=OPEN)
    found = dict(rows.values_list("status").annotate(count=Count("pk")))
    return {status.value: found.get(status, 0) for status in OPEN}


def one_of(rows: QuerySet[Binding], binding_id: str) -> Binding:
    """One of `rows`; raises `not_found` alike for foreign and absent ones."""
    found = rows.filter(pk=binding_id).first()
    if found is None:
        raise NOT_FOUND()
    return found


def active(app_id: str, aweme_id: str, surface: Surface) -> Binding | None:
    """The active binding of a mini program with an account, if there is one."""
    return (
        of_account(aweme_id)
        .filter(mini_program=app_id, surface=surface.key, status=BindingStatus.ACTIVE)
        .first()
    )


def require_active(app: MiniProgram, account: DouyinAccount, surface: Surface) -> Binding:
    """The active binding; raises `binding_not_active` (409)."""
    found = active(app.pk, account.pk, surface)
    if found is None:
        raise BINDING_NOT_ACTIVE()
    return found


def lapsed(limit: int) -> list[Binding]:
    """Active bindings that are over: their tie does not hold today, or they ended before (B3)."""
    today = clock.today()
    tied = Binding.objects.filter(
        Q(kind=BindingKind.BRAND, account__entity=F("mini_program__entity"))
        | Q(
            kind=BindingKind.EMPLOYEE,
            account__employments__entity=F("mini_program__entity"),
            account__employments__ends_on__gte=today,
        ),
        Q(ends_on__isnull=True) | Q(ends_on__gte=today),
        pk=OuterRef("pk"),
    )
    loose = bindings().filter(~Exists(tied), status=BindingStatus.ACTIVE)
    return list(loose.order_by("pk")[:limit])


def is_tied(app: MiniProgram, account: DouyinAccount, kind: BindingKind) -> bool:
    """Whether the account is tied to the mini program's legal entity today (B3)."""
    if kind == BindingKind.BRAND:
        return account.entity_id == app.entity_id
    ends_on = directory.employment_end(app.entity_id, account.pk)
    return ends_on is not None and ends_on >= clock.today()


def ends_on(binding: Binding) -> date | None:
    """The last day of a binding: its own or its employment's, whichever is earlier (B3)."""
    days = [binding.ends_on]
    if binding.kind == BindingKind.EMPLOYEE:
        entity_id = binding.mini_program.entity_id
        days.append(directory.employment_end(entity_id, binding.account_id))
    return min((day for day in days if day is not None), default=None)


def require_kind(surface: Surface, kind: BindingKind) -> None:
    """Raises `cooperation_not_supported` (422) for what the surface does not offer (B1)."""
    if kind not in surface.quotas:
        raise COOPERATION_NOT_SUPPORTED()


def require_bindable(
    app: MiniProgram,
    account: DouyinAccount,
    surface: Surface,
    kind: BindingKind,
    ends_on: date | None = None,
) -> None:
    """What must hold at the request and still at the consent.

    Raises `capability_not_granted` (B7), `enterprise_needs_support` (B2), `account_not_tied` and
    `binding_ends_in_past` (B3).
    """
    capability.require_granted(app, surface)
    if account.account_type == AccountType.ENTERPRISE and not is_cleared(app, account):
        raise ENTERPRISE_NEEDS_SUPPORT()
    if not is_tied(app, account, kind):
        raise ACCOUNT_NOT_TIED()
    if ends_on is not None and ends_on < clock.today():
        raise ENDS_IN_PAST()


def require_none_open(app: MiniProgram, account: DouyinAccount, surface: Surface) -> None:
    """Raises `already_bound`, `binding_in_progress`, with the binding that is open."""
    held = of_app(app, surface).filter(account=account, status__in=OPEN).first()
    if held is not None:
        is_active = held.status == BindingStatus.ACTIVE
        raise (ALREADY_BOUND if is_active else BINDING_IN_PROGRESS)(binding=held.pk)


def require_welcome(app: MiniProgram, account: DouyinAccount) -> None:
    """What the account's owner wishes. Raises `blocked_by_owner`, `cooling_down`."""
    if is_blocked(app, account):
        raise BLOCKED_BY_OWNER()
    refused_at = (
        of_account(account.pk)
        .filter(
            mini_program=app,
            status=BindingStatus.REFUSED,
            ended_at__gt=clock.now() - COOL_DOWN,
        )
        .order_by("-ended_at")
        .values_list("ended_at", flat=True)
        .first()
    )
    if refused_at is not None:
        raise COOLING_DOWN.until(refused_at + COOL_DOWN)


def require_possible(
    app: MiniProgram, account: DouyinAccount, surface: Surface, kind: BindingKind
) -> None:
    """Refuse as a request would be refused now, without sending one.

    Raises what `require_bindable` raises, `already_bound`, `binding_in_progress`,
    `blocked_by_owner`, `cooling_down`, `too_many_open_requests`, `quota_reached`.
    """
    require_bindable(app, account, surface, kind)
    require_none_open(app, account, surface)
    require_welcome(app, account)
    if ConsentLoad.objects.filter(account=account, awaiting__gte=MAX_AWAITING).exists():
        raise TOO_MANY_OPEN_REQUESTS(limit=MAX_AWAITING)
    state = quota(app, surface, kind)
    if state.left <= 0:
        raise QUOTA_REACHED(kind=kind, used=state.used, quota=state.quota)


def hash_code(raw: str) -> str:
    """How a code is kept: SHA-256, as its 192 random bits need no slow hash."""
    return hashlib.sha256(raw.encode()).hexdigest()


def usable_code(who: Actor, raw: str) -> BindingCode:
    """The code `raw` with its binding, for the owner of the account that the binding names.

    Raises `consent_code_invalid` (404) alike for unknown, replaced, used and other people's codes,
    `consent_code_expired` (410) to the owner (B5).
    """
    code = (
        BindingCode.objects.select_related("binding__account", "binding__mini_program__entity")
        .filter(hash=hash_code(raw), used_at__isnull=True)
        .first()
    )
    is_owner = (
        code is not None
        and who.kind is ActorKind.PERSON
        and code.binding.account_id in who.accounts
    )
    if code is None or not is_owner:
        raise CONSENT_CODE_INVALID()
    if code.expires_at <= clock.now():
        raise CONSENT_CODE_EXPIRED()
    return code


def shown_code(raw: str) -> BindingCode:
    """A code that can still be used, for the screen that it is shown on.

    Raises `consent_code_invalid` alike for unknown, replaced, used and expired ones.
    """
    found = BindingCode.objects.filter(
        hash=hash_code(raw), used_at__isnull=True, expires_at__gt=clock.now()
    ).first()
    if found is None:
        raise CONSENT_CODE_INVALID()
    return found


def open_request(who: Actor, raw: str) -> Binding:
    """The binding that `raw` asks `who` to consent to; raises as `usable_code` does."""
    return usable_code(who, raw).binding


def quotas(app: MiniProgram, surface: Surface) -> list[QuotaState]:
    """The quota of each kind on a surface, set or default (B4)."""
    rows = {
        row.kind: row for row in BindingQuota.objects.filter(mini_program=app, surface=surface.key)
    }
    return [
        QuotaState(kind, rows[kind].used, rows[kind].quota)
        if kind in rows
        else QuotaState(kind, 0, default)
        for kind, default in surface.quotas.items()
        if kind in BINDABLE
    ]


def quota(app: MiniProgram, surface: Surface, kind: BindingKind) -> QuotaState:
    """The quota of one kind."""
    return next(state for state in quotas(app, surface) if state.kind == kind)


def unbinds(app: MiniProgram, surface: Surface) -> UnbindState:
    """This month's unbinds; the limit is the last that was in force, else the surface's (B6)."""
    now = clock.now()
    month = clock.month_of(now)
    row = (
        UnbindCount.objects.filter(mini_program=app, surface=surface.key, month__lte=month)
        .order_by("-month")
        .first()
    )
    limit = row.quota if row else surface.unbinds_per_month
    used = row.used if row and row.month == month else 0
    return UnbindState(month, used, limit, None if used < limit else clock.next_month(now))


def first_unbind_at(app: MiniProgram, surface: Surface) -> datetime | None:
    """When the mini program first unbound in this month, if it did (B6)."""
    start = clock.start_of(clock.today().replace(day=1))
    unbound = Binding.objects.filter(
        mini_program=app,
        surface=surface.key,
        status=BindingStatus.ENDED,
        ended_by_side=Side.DEVELOPER,
        ended_at__gte=start,
    )
    first: datetime | None = unbound.aggregate(at=Min("ended_at"))["at"]
    return first


def blocks(who: Actor) -> QuerySet[BindingBlock]:
    """The mini programs that `who` blocked, by account."""
    return BindingBlock.objects.select_related("account", "mini_program__entity").filter(
        account__in=who.accounts
    )


def is_blocked(app: MiniProgram, account: DouyinAccount) -> bool:
    """Whether the account's owner wants no more requests from the mini program."""
    return BindingBlock.objects.filter(account=account, mini_program=app).exists()


def clearances() -> QuerySet[EnterpriseClearance]:
    """The enterprise accounts that support cleared (B2)."""
    return EnterpriseClearance.objects.select_related("account", "mini_program")


def clearance(clearance_id: str) -> EnterpriseClearance:
    """One of them; raises `not_found`."""
    found = clearances().filter(pk=clearance_id).first()
    if found is None:
        raise NOT_FOUND()
    return found


def is_cleared(app: MiniProgram, account: DouyinAccount) -> bool:
    """Whether support cleared the account for the mini program (B2)."""
    return EnterpriseClearance.objects.filter(account=account, mini_program=app).exists()


def available_actions(
    binding: Binding, side: Side, *, is_blocked: bool = False, has_code: bool = False
) -> list[str]:
    """What one side can do with a binding now.

    `is_blocked` and `has_code` are the owner's: that the mini program is blocked already, and that
    the owner came by a code, without which nobody consents.
    """
    is_awaiting = binding.status == BindingStatus.AWAITING_CONSENT
    is_active = binding.status == BindingStatus.ACTIVE
    is_in_time = is_awaiting and binding.expires_at > clock.now()
    if side is Side.DEVELOPER:
        possible = {"issue_code": is_in_time, "cancel": is_awaiting, "unbind": is_active}
    else:
        possible = {
            "consent": is_in_time and has_code,
            "refuse": is_awaiting,
            "end": is_active,
            "block": not is_blocked,
        }
    return [verb for verb, is_possible in possible.items() if is_possible]
