"""What operators see of a mini program, an account, and the platform, put together."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection

import guazai
from guazai.control.binding import queries as binding
from guazai.control.binding.answers import clearance_out, limits_out
from guazai.control.binding.states import BindingStatus
from guazai.control.capability import queries as capability
from guazai.control.capability.answers import grant_out
from guazai.control.directory.states import AccountType
from guazai.control.entry import queries as entry
from guazai.control.evaluation import queries as evaluation
from guazai.control.governance import queries
from guazai.control.governance.answers import (
    AccountBindingOut,
    AccountOnSurfaceOut,
    AccountOverviewOut,
    AppOnSurfaceOut,
    AppOverviewOut,
    DenyOut,
    EntityOut,
    HolderOut,
    LogOut,
    NodesOut,
    OpenBindingsOut,
    OutboxOut,
    SystemOut,
    deny_out,
)
from guazai.control.journal import queries as journal
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor
from guazai.control.landing import queries as landing
from guazai.control.surfaces.registry import SURFACES, BindingKind, Surface
from guazai.feed.records import Scope

if TYPE_CHECKING:
    from guazai.control.directory.models import DouyinAccount, LegalEntity, MiniProgram

#: How many bindings and clearances of an account are shown, the newest.
NEWEST = 100


def of_mini_program(who: Actor, app: MiniProgram) -> AppOverviewOut:
    """A mini program with its standing on every surface."""
    denies = _denies(who, (Scope.MINI_PROGRAM, app.pk), (Scope.LEGAL_ENTITY, app.entity_id))
    is_denied = any(each.scope is Scope.MINI_PROGRAM for each in denies)
    version = app.published_version
    return AppOverviewOut(
        app_id=app.pk,
        name=app.name,
        icon_url=app.icon_url,
        industry=app.industry,
        is_online=app.is_online,
        credit_score=app.credit_score,
        version=version.number if version else None,
        entity=_entity(app.entity),
        surfaces=[_app_on(app, surface) for surface in SURFACES.values()],
        denies=denies,
        available_actions=[] if is_denied else ["deny"],
    )


def _app_on(app: MiniProgram, surface: Surface) -> AppOnSurfaceOut:
    standing, limits = capability.overview(app, surface), limits_out(app, surface)
    return AppOnSurfaceOut(
        surface=surface.key,
        status=standing.status,
        grant=grant_out(standing.grant) if standing.grant else None,
        quotas=limits.kinds,
        unbinds=limits.unbinds,
        bindings=OpenBindingsOut(**binding.count_open(app, surface)),
        entries_live=landing.held_slots(app, surface).count(),
        entries_shown=entry.shown_count(app, surface),
    )


def of_account(who: Actor, account: DouyinAccount) -> AccountOverviewOut:
    """An account with who holds its places, and who may."""
    denies = _denies(who, (Scope.ACCOUNT, account.pk))
    cleared = binding.clearances().filter(account=account).order_by("-pk")[:NEWEST]
    return AccountOverviewOut(
        aweme_id=account.pk,
        nickname=account.nickname,
        avatar_url=account.avatar_url,
        account_type=AccountType(account.account_type),
        entity=_entity(account.entity) if account.entity else None,
        has_owner=account.owner_id is not None,
        surfaces=[
            AccountOnSurfaceOut(surface=surface.key, holder=_holder(account, surface))
            for surface in SURFACES.values()
        ],
        bindings=[
            _binding(each) for each in binding.of_account(account.pk).order_by("-pk")[:NEWEST]
        ],
        denies=denies,
        clearances=[clearance_out(each) for each in cleared],
        available_actions=[] if denies else ["deny"],
    )


def _holder(account: DouyinAccount, surface: Surface) -> HolderOut | None:
    live = landing.live_change(account.pk, surface)
    for change in (live, landing.in_review(account.pk, surface)):
        if change is not None and landing.is_held(change):
            app = change.mini_program
            return HolderOut(
                app_id=app.pk, app_name=app.name, change_id=change.pk, is_live=change is live
            )
    return None


def _binding(row: Any) -> AccountBindingOut:
    return AccountBindingOut(
        id=row.pk,
        surface=row.surface,
        kind=BindingKind(row.kind),
        status=BindingStatus(row.status),
        app_id=row.mini_program_id,
        app_name=row.mini_program.name,
        requested_at=row.requested_at,
        consented_at=row.consented_at,
        ended_at=row.ended_at,
    )


def _entity(entity: LegalEntity) -> EntityOut:
    return EntityOut(entity_id=entity.pk, name=entity.name)


def _denies(who: Actor, *targets: tuple[Scope, str]) -> list[DenyOut]:
    found = [queries.active_deny(*target) for target in targets]
    return [deny_out(each, who.id) for each in found if each is not None]


def of_system() -> SystemOut:
    """The platform by what its database knows."""
    now, oldest, heard = clock.now(), journal.oldest_waiting(), entry.relay_heard_at()
    epoch, revision = entry.feed_head()
    nodes = list(entry.nodes())
    return SystemOut(
        version=guazai.__version__,
        database=connection.vendor,
        outbox=OutboxOut(
            waiting=journal.backlog(),
            oldest_at=oldest,
            oldest_age_ms=(now - oldest) // timedelta(milliseconds=1) if oldest else None,
        ),
        log=LogOut(epoch=epoch, revision=revision),
        relay_heard_at=heard,
        is_relay_heard=heard is not None and heard > now - entry.NODE_IS_HEARD,
        open_takedowns=journal.takedowns(is_open=True).count(),
        open_alarms=evaluation.open_alarms().count(),
        nodes=NodesOut(
            known=len(nodes), in_rotation=sum(entry.is_in_rotation(node) for node in nodes)
        ),
    )
