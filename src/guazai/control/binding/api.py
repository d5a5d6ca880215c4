"""Bindings for developers, consent for owners, quotas and clearances for operators."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Field, Router, Status
from pydantic import StringConstraints

from guazai.control.binding import actions, queries
from guazai.control.binding.answers import (
    ClearanceOut,
    CodeOut,
    LimitsOut,
    QuotaOut,
    UnbindsOut,
    clearance_out,
    code_out,
    limits_out,
    quota_out,
    unbinds_out,
)
from guazai.control.binding.errors import ACCOUNT_NOT_FOUND
from guazai.control.binding.models import Binding, BindingBlock
from guazai.control.binding.states import BindingStatus, Side
from guazai.control.directory import queries as directory
from guazai.control.directory.answers import AccountOut, account_out
from guazai.control.kernel import doors
from guazai.control.kernel.http import Body, Day, Out, Page, PageParams, actor, hide_answer, page
from guazai.control.kernel.ids import ExternalId
from guazai.control.kernel.texts import Text
from guazai.control.surfaces import registry
from guazai.control.surfaces.registry import BindingKind

router = Router(tags=["binding"])
DEVELOPER = "/mini-programs/{app_id}/surfaces/{surface}"
OPERATOR = f"/operator{DEVELOPER}"
GRANTED = (
    Text(
        "在该抖音号的个人页展示此小程序的入口", "Show this mini program's entry on the profile page"
    ),
    Text(
        "由该小程序的开发者配置入口打开的页面(经平台审核)",
        "Let its developers choose the page that the entry opens, reviewed by the platform",
    ),
)
Kind = Literal["brand", "employee"]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class AppOut(Out):
    """The mini program that asks, and the legal entity behind it."""

    app_id: str
    name: str
    icon_url: str
    entity_id: str
    entity_name: str


class BindingOut(Out):
    """A binding; `expires_at` is until when the owner can consent.

    `ends_on` is a last day of its own, where it was asked for with one.
    """

    id: str
    surface: str
    kind: BindingKind
    status: BindingStatus
    account: AccountOut
    requested_at: datetime
    expires_at: datetime
    ends_on: date | None
    consented_at: datetime | None
    ended_at: datetime | None
    ended_by_side: Side | Literal[""]
    available_actions: list[str]


class OwnerBindingOut(BindingOut):
    """A binding as the account's owner sees it."""

    app: AppOut


class ConsentOut(OwnerBindingOut):
    """What the owner is asked to consent to; here `ends_on` may be the employment's, if earlier."""

    granted: list[str]
    code_expires_at: datetime


class RequestIn(Body):
    """The account to bind, how it is tied to the legal entity, and the last day, if any."""

    aweme_id: ExternalId
    kind: Literal["brand", "employee", "cooperation"]
    ends_on: Day | None = None


class ConsentIn(Body):
    """The number on the developer's screen."""

    match_number: str = Field(pattern=r"^[0-9]{2}$")


class LimitIn(Body):
    """A new limit and why."""

    quota: int = Field(ge=0, le=100_000)
    reason: Reason


class BlockOut(Out):
    """A mini program that may not ask for an account."""

    account: AccountOut
    app: AppOut
    created_at: datetime
    available_actions: list[str]


class ClearanceIn(Body):
    """The enterprise account, the mini program that may bind it, and why."""

    aweme_id: ExternalId
    app_id: ExternalId
    reason: Reason


def _app(row: Binding | BindingBlock) -> AppOut:
    app = row.mini_program
    return AppOut(
        app_id=app.pk,
        name=app.name,
        icon_url=app.icon_url,
        entity_id=app.entity_id,
        entity_name=app.entity.name,
    )


def _render(
    binding: Binding,
    side: Side = Side.DEVELOPER,
    *,
    is_blocked: bool = False,
    has_code: bool = False,
) -> BindingOut:
    return BindingOut(
        id=binding.pk,
        surface=binding.surface,
        kind=BindingKind(binding.kind),
        status=BindingStatus(binding.status),
        account=account_out(binding.account),
        requested_at=binding.requested_at,
        expires_at=binding.expires_at,
        ends_on=binding.ends_on,
        consented_at=binding.consented_at,
        ended_at=binding.ended_at,
        ended_by_side=Side(binding.ended_by_side) if binding.ended_by_side else "",
        available_actions=queries.available_actions(
            binding, side, is_blocked=is_blocked, has_code=has_code
        ),
    )


def _render_owned(binding: Binding, *, is_blocked: bool, has_code: bool = False) -> OwnerBindingOut:
    shown = _render(binding, Side.OWNER, is_blocked=is_blocked, has_code=has_code)
    return OwnerBindingOut(**shown.model_dump(), app=_app(binding))


def _render_block(block: BindingBlock) -> BlockOut:
    return BlockOut(
        account=account_out(block.account),
        app=_app(block),
        created_at=block.created_at,
        available_actions=["unblock"],
    )


def _of_app(request: HttpRequest, app_id: str, surface: str, binding_id: str) -> Binding:
    app = directory.mini_program(actor(request), app_id)
    return queries.one_of(queries.of_app(app, registry.get(surface)), binding_id)


@router.get(f"{DEVELOPER}/bindings", response=Page[BindingOut], auth=doors.developer)
def list_bindings(
    request: HttpRequest,
    app_id: str,
    surface: str,
    paging: PageParams,
    status: BindingStatus | None = None,
    kind: Kind | None = None,
) -> Page[BindingOut]:
    """The bindings of a mini program, open and closed, newest first."""
    app = directory.mini_program(actor(request), app_id)
    rows = queries.of_app(app, registry.get(surface))
    if status is not None:
        rows = rows.filter(status=status)
    if kind is not None:
        rows = rows.filter(kind=kind)
    return page(rows, paging, _render)


@router.post(f"{DEVELOPER}/bindings", response={201: BindingOut}, auth=doors.developer)
def request_binding(
    request: HttpRequest, app_id: str, surface: str, body: RequestIn
) -> Status[BindingOut]:
    """Ask an account's owner for a binding (B1 to B5, B7)."""
    who = actor(request)
    app = directory.mini_program(who, app_id)
    kind = BindingKind(body.kind)
    made = actions.request(
        who, app, registry.get(surface), body.aweme_id, kind, ends_on=body.ends_on
    )
    return Status(201, _render(made))


@router.get(f"{DEVELOPER}/bindings/{{binding_id}}", response=BindingOut, auth=doors.developer)
def read_binding(request: HttpRequest, app_id: str, surface: str, binding_id: str) -> BindingOut:
    """One binding."""
    return _render(_of_app(request, app_id, surface, binding_id))


@router.post(
    f"{DEVELOPER}/bindings/{{binding_id}}/cancel", response=BindingOut, auth=doors.developer
)
def cancel_binding(request: HttpRequest, app_id: str, surface: str, binding_id: str) -> BindingOut:
    """Take back a request that awaits consent."""
    binding = _of_app(request, app_id, surface, binding_id)
    actions.cancel(actor(request), binding)
    return _render(binding)


@router.post(
    f"{DEVELOPER}/bindings/{{binding_id}}/codes", response={201: CodeOut}, auth=doors.developer
)
def issue_code(request: HttpRequest, app_id: str, surface: str, binding_id: str) -> Status[CodeOut]:
    """A new code for the account's owner, good once and for two minutes; an earlier one is void."""
    hide_answer(request)
    issued = actions.issue_code(actor(request), _of_app(request, app_id, surface, binding_id))
    return Status(201, code_out(issued))


@router.get(f"{DEVELOPER}/quota", response=LimitsOut, auth=doors.developer)
def read_limits(request: HttpRequest, app_id: str, surface: str) -> LimitsOut:
    """How many more bindings and unbinds are possible (B4, B6)."""
    app = directory.mini_program(actor(request), app_id)
    found = registry.get(surface)
    return limits_out(app, found)


@router.get("/owner/consent/{code}", response=ConsentOut, auth=doors.person)
def read_consent(request: HttpRequest, code: str) -> ConsentOut:
    """Who asks, for which account, and what is granted; only for that account's owner (B5)."""
    found = queries.usable_code(actor(request), code)
    binding, app = found.binding, found.binding.mini_program
    is_blocked = queries.is_blocked(app, binding.account)
    shown = _render_owned(binding, is_blocked=is_blocked, has_code=True)
    return ConsentOut(
        **shown.model_dump(exclude={"ends_on"}),
        granted=[str(text) for text in GRANTED],
        ends_on=queries.ends_on(binding),
        code_expires_at=found.expires_at,
    )


@router.post("/owner/consent/{code}", response=OwnerBindingOut, auth=doors.person)
def consent(request: HttpRequest, code: str, body: ConsentIn) -> OwnerBindingOut:
    """Consent with the number on the developer's screen; a wrong number voids the code (B5)."""
    binding = actions.consent(actor(request), code, body.match_number)
    return _render_owned(binding, is_blocked=False)


@router.get("/owner/bindings", response=Page[OwnerBindingOut], auth=doors.owner)
def list_owner_bindings(
    request: HttpRequest, paging: PageParams, status: BindingStatus | None = None
) -> Page[OwnerBindingOut]:
    """The bindings of the accounts that the caller owns, newest first."""
    who = actor(request)
    rows = queries.owned(who)
    if status is not None:
        rows = rows.filter(status=status)
    blocked = set(queries.blocks(who).values_list("mini_program", "account"))

    def render(binding: Binding) -> OwnerBindingOut:
        is_blocked = (binding.mini_program_id, binding.account_id) in blocked
        return _render_owned(binding, is_blocked=is_blocked)

    return page(rows, paging, render)


def _after(request: HttpRequest, binding_id: str) -> OwnerBindingOut:
    binding = queries.one_of(queries.owned(actor(request)), binding_id)
    is_blocked = queries.is_blocked(binding.mini_program, binding.account)
    return _render_owned(binding, is_blocked=is_blocked)


@router.post("/owner/bindings/{binding_id}/refuse", response=OwnerBindingOut, auth=doors.owner)
def refuse_binding(request: HttpRequest, binding_id: str) -> OwnerBindingOut:
    """Refuse a request; the mini program may ask again after a day (B5)."""
    who = actor(request)
    actions.refuse(who, queries.one_of(queries.owned(who), binding_id))
    return _after(request, binding_id)


@router.post("/owner/bindings/{binding_id}/block", response=OwnerBindingOut, auth=doors.owner)
def block_mini_program(request: HttpRequest, binding_id: str) -> OwnerBindingOut:
    """No more requests from this mini program for this account; those that wait are refused."""
    who = actor(request)
    actions.block(who, queries.one_of(queries.owned(who), binding_id))
    return _after(request, binding_id)


@router.get("/owner/blocks", response=Page[BlockOut], auth=doors.owner)
def list_blocks(request: HttpRequest, paging: PageParams) -> Page[BlockOut]:
    """The mini programs that the caller blocked, newest first."""
    return page(queries.blocks(actor(request)), paging, _render_block)


@router.delete("/owner/blocks/{app_id}/{aweme_id}", response={204: None}, auth=doors.owner)
def unblock_mini_program(request: HttpRequest, app_id: str, aweme_id: str) -> Status[None]:
    """Let a mini program ask again."""
    who = actor(request)
    account = directory.owned_account(who, aweme_id)
    actions.unblock(who, account, directory.any_mini_program(app_id))
    return Status(204, None)


@router.get(
    f"{OPERATOR}/bindings", response=Page[BindingOut], auth=doors.operator, tags=["operator"]
)
def list_bindings_of(
    request: HttpRequest,
    app_id: str,
    surface: str,
    paging: PageParams,
    status: BindingStatus | None = None,
) -> Page[BindingOut]:
    """The bindings of a mini program, newest first, for operators, who end none by themselves."""
    rows = queries.of_app(directory.any_mini_program(app_id), registry.get(surface))
    if status is not None:
        rows = rows.filter(status=status)
    return page(rows, paging, lambda row: _render(row).model_copy(update={"available_actions": []}))


@router.put(
    f"{OPERATOR}/quotas/{{kind}}", response=QuotaOut, auth=doors.operator, tags=["operator"]
)
def set_quota(
    request: HttpRequest, app_id: str, surface: str, kind: Kind, body: LimitIn
) -> QuotaOut:
    """Set how many bindings of a kind a mini program may have (B4)."""
    state = actions.set_quota(
        actor(request),
        directory.any_mini_program(app_id),
        registry.get(surface),
        BindingKind(kind),
        body.quota,
        body.reason,
    )
    return quota_out(state)


@router.put(f"{OPERATOR}/unbind-limit", response=UnbindsOut, auth=doors.operator, tags=["operator"])
def set_unbind_limit(request: HttpRequest, app_id: str, surface: str, body: LimitIn) -> UnbindsOut:
    """Set how often a mini program may unbind, this month and from then on (B6)."""
    state = actions.set_unbind_limit(
        actor(request),
        directory.any_mini_program(app_id),
        registry.get(surface),
        body.quota,
        body.reason,
    )
    return unbinds_out(state)


@router.get(
    "/operator/clearances", response=Page[ClearanceOut], auth=doors.operator, tags=["operator"]
)
def list_clearances(
    request: HttpRequest,
    paging: PageParams,
    app_id: str | None = None,
    aweme_id: str | None = None,
) -> Page[ClearanceOut]:
    """The enterprise accounts that support cleared, newest first (B2)."""
    wanted = {"mini_program": app_id, "account": aweme_id}
    found = queries.clearances().filter(**{k: v for k, v in wanted.items() if v is not None})
    return page(found, paging, clearance_out)


@router.post(
    "/operator/clearances", response={201: ClearanceOut}, auth=doors.operator, tags=["operator"]
)
def clear_enterprise(request: HttpRequest, body: ClearanceIn) -> Status[ClearanceOut]:
    """Let a mini program bind an enterprise account (B2)."""
    account = directory.find_account(body.aweme_id)
    if account is None:
        raise ACCOUNT_NOT_FOUND()
    app = directory.any_mini_program(body.app_id)
    made = actions.clear_enterprise(actor(request), account, app, body.reason)
    return Status(201, clearance_out(made))


@router.delete(
    "/operator/clearances/{clearance_id}",
    response={204: None},
    auth=doors.operator,
    tags=["operator"],
)
def revoke_clearance(request: HttpRequest, clearance_id: str) -> Status[None]:
    """Take a clearance back; what was bound under it stays."""
    actions.revoke_clearance(actor(request), queries.clearance(clearance_id))
    return Status(204, None)
