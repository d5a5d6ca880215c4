"""The counters that hold the limits: each is taken by one conditional UPDATE, whoever races."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F

from guazai.control.binding import queries
from guazai.control.binding.errors import (
    QUOTA_REACHED,
    TOO_MANY_OPEN_REQUESTS,
    UNBIND_LIMIT_REACHED,
)
from guazai.control.binding.models import Binding, BindingQuota, ConsentLoad, UnbindCount
from guazai.control.binding.states import MAX_AWAITING
from guazai.control.kernel import clock
from guazai.control.surfaces import registry
from guazai.control.surfaces.registry import BindingKind, Surface

if TYPE_CHECKING:
    from guazai.control.directory.models import DouyinAccount, MiniProgram


def add_to_load(account: DouyinAccount) -> None:
    """One more request awaits the account's consent; raises `too_many_open_requests`."""
    ConsentLoad.objects.get_or_create(account=account)
    free = ConsentLoad.objects.filter(account=account, awaiting__lt=MAX_AWAITING)
    if not free.update(awaiting=F("awaiting") + 1):
        raise TOO_MANY_OPEN_REQUESTS(limit=MAX_AWAITING)


def take_from_load(binding: Binding) -> None:
    """The request does not await consent any more."""
    ConsentLoad.objects.filter(account=binding.account_id).update(awaiting=F("awaiting") - 1)


def quota(app: MiniProgram, surface: Surface, kind: BindingKind) -> BindingQuota:
    """The quota's row, made with the surface's default where there is none."""
    row, _ = BindingQuota.objects.get_or_create(
        mini_program=app,
        surface=surface.key,
        kind=kind,
        defaults={"quota": surface.quotas[kind]},
    )
    return row


def take_place(binding: Binding) -> None:
    """Take a place in the quota of the binding's kind; raises `quota_reached` (B4)."""
    surface, kind = registry.get(binding.surface), BindingKind(binding.kind)
    row = quota(binding.mini_program, surface, kind)
    free = BindingQuota.objects.filter(pk=row.pk, used__lt=F("quota"))
    if not free.update(used=F("used") + 1):
        row.refresh_from_db()
        raise QUOTA_REACHED(kind=kind, used=row.used, quota=row.quota)


def free_place(binding: Binding) -> None:
    """Give the binding's place in the quota back."""
    BindingQuota.objects.filter(
        mini_program=binding.mini_program_id, surface=binding.surface, kind=binding.kind
    ).update(used=F("used") - 1)


def unbind_count(app: MiniProgram, surface: Surface) -> UnbindCount:
    """This month's row, made with the limit in force where there is none."""
    state = queries.unbinds(app, surface)
    row, _ = UnbindCount.objects.get_or_create(
        mini_program=app,
        surface=surface.key,
        month=state.month,
        defaults={"quota": state.quota},
    )
    return row


def count_unbind(binding: Binding) -> None:
    """Count an unbind toward the month; raises `unbind_limit_reached` with `next_at` (B6)."""
    row = unbind_count(binding.mini_program, registry.get(binding.surface))
    free = UnbindCount.objects.filter(pk=row.pk, used__lt=F("quota"))
    if not free.update(used=F("used") + 1):
        row.refresh_from_db()
        next_at = clock.next_month(clock.now())
        raise UNBIND_LIMIT_REACHED.until(next_at, used=row.used, quota=row.quota)
