"""个人页挂载: what the entries on bound accounts open. Guazai's own calls, in the same style."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, Field, StringConstraints

from guazai.control.binding.states import BindingStatus
from guazai.control.capability.errors import CAPABILITY_NOT_GRANTED
from guazai.control.entry import queries as entries
from guazai.control.kernel import clock
from guazai.control.kernel.errors import NOT_FOUND, Problem
from guazai.control.landing import actions, queries
from guazai.control.landing.states import ChangeStatus
from guazai.control.openapi import queries as openapi
from guazai.control.openapi.states import Permission, Scope, WireChangeStatus
from guazai.control.openapi.wire.arguments import Args, Int64
from guazai.control.openapi.wire.aweme import ConsentCodeOut, consent_code, open_bindings
from guazai.control.openapi.wire.calls import Caller, Calls
from guazai.control.openapi.wire.codes import ErrNo, Refused
from guazai.control.openapi.wire.relations import PageNum, PageSize
from guazai.control.openapi.wire.standing import (
    AwemeId,
    Type,
    kind_of,
    require_capability,
    require_known,
)
from guazai.control.surfaces import registry
from guazai.control.surfaces.registry import Surface

if TYPE_CHECKING:
    from guazai.control.landing.models import LandingChange, ShareLink
    from guazai.control.landing.queries import Record

router = Calls(base="/api/apps/v1/profile_mount")

STATUS_TEXT = "1 线上生效,2 审核中,3 已撤销,4 已驳回,5 曾生效,现已被替换或移除"
STATUSES = {
    ChangeStatus.IN_REVIEW: WireChangeStatus.IN_REVIEW,
    ChangeStatus.WITHDRAWN: WireChangeStatus.WITHDRAWN,
    ChangeStatus.REJECTED: WireChangeStatus.REJECTED,
}
GIVES = (ErrNo.CAPABILITY_MISSING, ErrNo.ACCOUNT_UNKNOWN)
REFUSALS = {
    NOT_FOUND: ErrNo.ACCOUNT_UNKNOWN,
    CAPABILITY_NOT_GRANTED: ErrNo.CAPABILITY_MISSING,
}
ID = StringConstraints(min_length=1, max_length=64)


class ModifyIn(Args):
    """What the entry on an account is to open: a page with its query, or a share link."""

    aweme_id: AwemeId
    page_path: Annotated[str, StringConstraints(max_length=512)] | None = None
    share_link_id: Annotated[str, ID] | None = None
    query: Annotated[str, StringConstraints(max_length=2048)] = Field("", description="a=1&b=2")
    title: Annotated[str, StringConstraints(max_length=128)] = ""


class ModifiedOut(BaseModel):
    """The change that is now in review."""

    change_id: str
    status: int = Field(description=STATUS_TEXT)


class ConfigIn(Args):
    """One account, or a page of all that are bound."""

    aweme_id: AwemeId | None = None
    page_num: PageNum = 1
    page_size: PageSize = 20


class LiveOut(BaseModel):
    """What is live; without its page in the published version the entry is hidden."""

    change_id: str
    page_path: str
    query: str
    title: str
    has_page: bool


class ChangeOut(BaseModel):
    """A change and how it stands; `submit_time` in seconds, `due_date` as YYYY-MM-DD."""

    change_id: str
    page_path: str
    query: str
    title: str
    share_link_id: str
    status: int = Field(description=STATUS_TEXT)
    reason_list: list[str]
    submit_time: int
    due_date: str


class ConfigOut(BaseModel):
    """A bound account: what is live, the newest change, and whether visitors see the entry."""

    aweme_id: str
    user_name: str
    live: LiveOut | None
    latest_change: ChangeOut | None
    is_shown: bool
    hide_reasons: list[str]


class ConfigListOut(BaseModel):
    """A page of accounts, those bound last first."""

    total_count: int
    list: list[ConfigOut]


class HistoryIn(Args):
    """Of which account, and which page."""

    aweme_id: AwemeId
    page_num: PageNum = 1
    page_size: Annotated[Int64, Field(ge=1, le=20)] = 20


class HistoryOut(BaseModel):
    """A page of changes, the newest first."""

    total_count: int
    change_history_list: list[ChangeOut]


class RemoveIn(Args):
    """From which account."""

    aweme_id: AwemeId


class ConsentCodeIn(Args):
    """For which account, and as what it is to be bound."""

    aweme_id: AwemeId
    type: Type


@router.post(
    "modify_config/",
    scope=Scope.PROFILE_MOUNT,
    permission=Permission.OPERATION,
    answer=ModifiedOut,
    gives=(*GIVES, ErrNo.APP_CLOSED, ErrNo.CAPABILITY_BANNED, ErrNo.CONDITIONS_UNMET),
    refusals=REFUSALS,
)
def modify_config(caller: Caller, args: ModifyIn) -> ModifiedOut:
    """Submit what an entry is to open; a change that is in review is withdrawn by it."""
    app, surface = caller.mini_program, _surface()
    openapi.require_open(app)
    require_capability(app, surface, missing=ErrNo.CAPABILITY_MISSING)
    account = queries.record(app, surface, args.aweme_id).binding.account
    made = actions.submit(
        caller.actor,
        app,
        surface,
        account,
        page_path=args.page_path,
        query=args.query,
        share_link=_share_link(caller, args.share_link_id),
        title=args.title,
    )
    return ModifiedOut(change_id=made.pk, status=WireChangeStatus.IN_REVIEW)


@router.get(
    "query_config/",
    scope=Scope.PROFILE_MOUNT,
    permission=Permission.OPERATION,
    answer=ConfigListOut,
    gives=(ErrNo.CAPABILITY_MISSING,),
)
def query_config(caller: Caller, args: ConfigIn) -> ConfigListOut:
    """The bound accounts: what is live, the newest change, and why an entry is hidden."""
    app, surface = caller.mini_program, _surface()
    require_known(app, surface)
    rows = queries.bound(app, surface)
    if args.aweme_id is not None:
        rows = rows.filter(account=args.aweme_id)
    first = (args.page_num - 1) * args.page_size
    found = list(rows.order_by("-pk")[first : first + args.page_size])
    records = queries.records(app, surface, found)
    hidden = entries.hide_reasons(app, surface, records)
    return ConfigListOut(
        total_count=rows.count(),
        list=[_config(each, hidden[each.binding.account_id]) for each in records],
    )


@router.get(
    "query_config_history/",
    scope=Scope.PROFILE_MOUNT,
    permission=Permission.OPERATION,
    answer=HistoryOut,
    gives=GIVES,
    refusals=REFUSALS,
)
def query_config_history(caller: Caller, args: HistoryIn) -> HistoryOut:
    """Every change that was submitted for an account, also after its binding has ended."""
    app, surface = caller.mini_program, _surface()
    require_known(app, surface)
    record = queries.record(app, surface, args.aweme_id)
    rows = queries.history(app, surface, args.aweme_id).order_by("-submitted_at", "-pk")
    first = (args.page_num - 1) * args.page_size
    return HistoryOut(
        total_count=rows.count(),
        change_history_list=[
            _change(record, each) for each in rows[first : first + args.page_size]
        ],
    )


@router.post(
    "remove_config/",
    scope=Scope.PROFILE_MOUNT,
    permission=Permission.OPERATION,
    gives=(*GIVES, ErrNo.CONDITIONS_UNMET),
    refusals=REFUSALS,
)
def remove_config(caller: Caller, args: RemoveIn) -> None:
    """Take an entry away at once, and its change in review with it."""
    app, surface = caller.mini_program, _surface()
    require_known(app, surface)
    account = queries.record(app, surface, args.aweme_id).binding.account
    actions.remove(caller.actor, app, surface, account)


@router.post(
    "create_consent_code/",
    scope=Scope.BIND,
    permission=Permission.OPERATION,
    answer=ConsentCodeOut,
    gives=(ErrNo.CAPABILITY_MISSING, ErrNo.CONDITIONS_UNMET),
)
def create_consent_code(caller: Caller, args: ConsentCodeIn) -> ConsentCodeOut:
    """A code for the owner of an account that was asked for, of either type."""
    kind = kind_of(args.type)
    require_known(caller.mini_program, _surface())
    for binding in open_bindings(caller, args.aweme_id, kind):
        is_awaiting = binding.status == BindingStatus.AWAITING_CONSENT
        if is_awaiting and binding.expires_at > clock.now():
            return consent_code(caller, binding)
    text = "该抖音号没有待授权的绑定,请先调用 bind_aweme_relation"
    raise Refused(ErrNo.CONDITIONS_UNMET, text)


def _surface() -> Surface:
    return registry.get(registry.PROFILE_MOUNT)


def _share_link(caller: Caller, link_id: str | None) -> ShareLink | None:
    if link_id is None:
        return None
    try:
        return queries.share_link(caller.mini_program, link_id)
    except Problem:
        raise Refused(ErrNo.BAD_PARAMETER, "share_link_id 不存在,请在控制台核对") from None


def _config(record: Record, hidden: list[str]) -> ConfigOut:
    account, live, latest = record.binding.account, record.live, record.latest_change
    return ConfigOut(
        aweme_id=account.pk,
        user_name=account.nickname,
        live=LiveOut(
            change_id=live.pk,
            page_path=live.page_path,
            query=live.query,
            title=live.title,
            has_page=record.has_page(live),
        )
        if live
        else None,
        latest_change=_change(record, latest) if latest else None,
        is_shown=not hidden,
        hide_reasons=hidden,
    )


def _change(record: Record, change: LandingChange) -> ChangeOut:
    is_live = record.live is not None and record.live.pk == change.pk
    approved = WireChangeStatus.IN_EFFECT if is_live else WireChangeStatus.REPLACED
    return ChangeOut(
        change_id=change.pk,
        page_path=change.page_path,
        query=change.query,
        title=change.title,
        share_link_id=change.share_link_id or "",
        status=STATUSES.get(ChangeStatus(change.status), approved),
        reason_list=[reason["text"] for reason in change.reasons],
        submit_time=int(change.submitted_at.timestamp()),
        due_date=change.due_on.isoformat(),
    )
