"""The shapes of what operators see of one thing as a whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from guazai.control.binding.answers import ClearanceOut, QuotaOut, UnbindsOut
from guazai.control.binding.states import BindingStatus
from guazai.control.capability.answers import GrantOut
from guazai.control.capability.states import CapabilityStatus
from guazai.control.directory import queries as directory
from guazai.control.directory.states import AccountType
from guazai.control.entry.states import DenyStatus
from guazai.control.governance import queries
from guazai.control.governance.finding import FoundKind
from guazai.control.kernel.http import Out
from guazai.control.surfaces.registry import BindingKind
from guazai.feed.records import Scope


class ProposalOut(Out):
    """A proposal to lift that waits for another operator."""

    id: str
    reason: str
    proposed_by: str
    proposed_by_name: str
    proposed_at: datetime


class DenyOut(Out):
    """A deny, with the proposal to lift it where one waits.

    It was accepted when it was committed, and is effective since no node in rotation shows any more
    what it hides; null while that is waited for.
    """

    id: str
    scope: Scope
    target: str
    status: DenyStatus
    reason: str
    created_by: str
    created_by_name: str
    created_at: datetime
    accepted_at: datetime
    effective_at: datetime | None
    lifted_by: str
    lifted_by_name: str
    lifted_at: datetime | None
    proposal: ProposalOut | None
    available_actions: list[str]


class FoundOut(Out):
    """Something that was found, with the ids that its page is opened by."""

    kind: FoundKind
    id: str
    name: str
    status: str | None
    app_id: str | None
    aweme_id: str | None
    entity_id: str | None
    surface: str | None


class FindingsOut(Out):
    """What was found: at most 20, the best first."""

    items: list[FoundOut]


class EntityOut(Out):
    """A legal entity by its id and name."""

    entity_id: str
    name: str


class OpenBindingsOut(Out):
    """How many bindings await consent, and how many are active."""

    awaiting_consent: int
    active: int


class AppOnSurfaceOut(Out):
    """How a mini program stands on one surface.

    `entries_live` have an approved page; `entries_shown` are those of which every condition holds.
    """

    surface: str
    status: CapabilityStatus
    grant: GrantOut | None
    quotas: list[QuotaOut]
    unbinds: UnbindsOut
    bindings: OpenBindingsOut
    entries_live: int
    entries_shown: int


class AppOverviewOut(Out):
    """A mini program as operators see it; `denies` are those open on it or on its entity."""

    app_id: str
    name: str
    icon_url: str
    industry: str
    is_online: bool
    credit_score: int
    version: str | None
    entity: EntityOut
    surfaces: list[AppOnSurfaceOut]
    denies: list[DenyOut]
    available_actions: list[str]


class AccountBindingOut(Out):
    """A binding of an account, with the mini program that asked for it."""

    id: str
    surface: str
    kind: BindingKind
    status: BindingStatus
    app_id: str
    app_name: str
    requested_at: datetime
    consented_at: datetime | None
    ended_at: datetime | None


class HolderOut(Out):
    """Who holds the place for an entry: by what is live, or else by what is in review (L4)."""

    app_id: str
    app_name: str
    change_id: str
    is_live: bool


class AccountOnSurfaceOut(Out):
    """The place for an entry that an account has on one surface, and who holds it."""

    surface: str
    holder: HolderOut | None


class AccountOverviewOut(Out):
    """An account as operators see it: never who owns it, only whether that is known.

    `bindings` are the newest, `denies` the open ones.
    """

    aweme_id: str
    nickname: str
    avatar_url: str
    account_type: AccountType
    entity: EntityOut | None
    has_owner: bool
    surfaces: list[AccountOnSurfaceOut]
    bindings: list[AccountBindingOut]
    denies: list[DenyOut]
    clearances: list[ClearanceOut]
    available_actions: list[str]


class OutboxOut(Out):
    """How many keys wait for the relay, and since when the oldest does."""

    waiting: int
    oldest_at: datetime | None
    oldest_age_ms: int | None


class LogOut(Out):
    """The feed's epoch and last revision; zeros before there is any."""

    epoch: int
    revision: int


class NodesOut(Out):
    """How many resolver nodes asked the relay in the last day, and are in rotation."""

    known: int
    in_rotation: int


class SystemOut(Out):
    """How the platform itself is doing, as far as its database knows.

    `relay_heard_at` is when the relay last wrote down that a node asked it: null where there are no
    nodes. The worker and the evaluator leave no such sign; what they are late with is seen by the
    alarms.
    """

    version: str
    database: str
    outbox: OutboxOut
    log: LogOut
    relay_heard_at: datetime | None
    is_relay_heard: bool
    open_takedowns: int
    open_alarms: int
    nodes: NodesOut


def deny_out(deny: Any, operator_id: str) -> DenyOut:
    """A deny of `queries.denies()` as it is answered to one operator."""
    proposal = queries.open_proposal(deny)
    return DenyOut(
        id=deny.pk,
        scope=Scope(deny.scope),
        target=deny.target,
        status=DenyStatus(deny.status),
        reason=deny.reason,
        created_by=deny.created_by,
        created_by_name=directory.name_of_actor(deny.created_by),
        created_at=deny.created_at,
        accepted_at=deny.accepted_at,
        effective_at=deny.effective_at,
        lifted_by=deny.lifted_by,
        lifted_by_name=directory.name_of_actor(deny.lifted_by),
        lifted_at=deny.lifted_at,
        proposal=None
        if proposal is None
        else ProposalOut(
            id=proposal.pk,
            reason=proposal.reason,
            proposed_by=proposal.proposed_by,
            proposed_by_name=directory.name_of_actor(proposal.proposed_by),
            proposed_at=proposal.proposed_at,
        ),
        available_actions=queries.deny_actions(deny, proposal, operator_id),
    )
