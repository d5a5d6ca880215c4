"""抖音号绑定列表: how the accounts stand that a mini program has, or had, bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, NamedTuple

from pydantic import BaseModel, Field

from guazai.control.binding import queries
from guazai.control.binding.states import BindingStatus, Side
from guazai.control.capability import queries as capability
from guazai.control.directory.states import AccountType
from guazai.control.entry import queries as entries
from guazai.control.openapi.states import Permission, Scope, WireBindStatus
from guazai.control.openapi.wire.arguments import Args, Int64
from guazai.control.openapi.wire.calls import Caller, Calls
from guazai.control.openapi.wire.standing import Type, kind_of
from guazai.control.surfaces import registry
from guazai.feed.records import Scope as DenyScope

if TYPE_CHECKING:
    from guazai.control.directory.models import MiniProgram

router = Calls(base="/api/apps/v1/capacity")

PageNum = Annotated[Int64, Field(ge=1, le=1_000_000)]
PageSize = Annotated[Int64, Field(ge=1, le=50)]
STATUSES = {
    BindingStatus.AWAITING_CONSENT: WireBindStatus.BINDING,
    BindingStatus.ACTIVE: WireBindStatus.BOUND,
    BindingStatus.REFUSED: WireBindStatus.FAILED,
    BindingStatus.EXPIRED: WireBindStatus.FAILED,
    BindingStatus.CANCELLED: WireBindStatus.CANCELLED,
    BindingStatus.ENDED: WireBindStatus.CANCELLED,
    BindingStatus.LAPSED: WireBindStatus.LAPSED,
}
#: Why a binding is not there, by how it ended.
REASONS: Mapping[tuple[str, str], str] = {
    (BindingStatus.REFUSED, Side.OWNER): "号主拒绝了绑定请求",
    (BindingStatus.EXPIRED, Side.PLATFORM): "号主未在 24 小时内授权,请求已过期",
    (BindingStatus.CANCELLED, Side.DEVELOPER): "开发者撤回了绑定请求",
    (BindingStatus.ENDED, Side.DEVELOPER): "开发者解除了绑定",
    (BindingStatus.ENDED, Side.OWNER): "号主解除了绑定",
    (BindingStatus.LAPSED, Side.PLATFORM): "账号与小程序主体的关系已到期或不再成立",
}
DENIED = "平台封禁了该抖音号的入口"
CAPABILITY_CLOSED = "能力尚未开通或已被收回"
PERSONAL, ENTERPRISE = 1, 2
#: How a capability stands on an account.
BEING_BOUND, USABLE, UNUSABLE = 1, 2, 3
MONTH = 1


class RelationListIn(Args):
    """Of which type, and which page."""

    type: Type
    page_num: PageNum = 1
    page_size: PageSize = 20


class NoTemplate(BaseModel):
    """There is nothing to fill in but what `bind_aweme_relation` takes."""


class RelationCapacityOut(BaseModel):
    """How a capability stands on an account: 1 being bound, 2 usable, 3 not usable."""

    capacity_key: str
    status: int
    fail_reason: str
    audit_template_info: NoTemplate


class UnbindFrequencyOut(BaseModel):
    """How often may be unbound in a month (`limit_period` 1), and how often it was."""

    limit_frequency: int
    limit_period: int
    unbound_count: int
    first_unbind_time: int


class RelationOut(BaseModel):
    """An account, by its newest binding of the type."""

    aweme_id: str
    user_name: str
    account_type: int = Field(description="1 个人号,2 机构号或企业号")
    bind_status: int = Field(
        description="1 绑定中,2 已绑定,3 绑定失败,4 已取消,5 已被封禁,6 已失效"
    )
    reason: str
    capacity_list: list[RelationCapacityOut]
    unbind_frequency_info: UnbindFrequencyOut


class RelationListOut(BaseModel):
    """A page of accounts, those asked for last first."""

    total_count: int
    list: list[RelationOut]


class Row(NamedTuple):
    """What is read of a binding and its account."""

    aweme_id: str
    nickname: str
    account_type: str
    surface: str
    status: str
    ended_by_side: str


COLUMNS = (
    "account_id",
    "account__nickname",
    "account__account_type",
    "surface",
    "status",
    "ended_by_side",
)


@dataclass(slots=True)
class Around:
    """What holds for all rows: read once for a page, and per surface at most."""

    app: MiniProgram
    denied: frozenset[str]
    granted: dict[str, bool] = field(default_factory=dict)
    unbinds: dict[str, UnbindFrequencyOut] = field(default_factory=dict)

    def is_granted(self, surface: str) -> bool:
        """Whether the mini program has the capability of a surface."""
        if surface not in self.granted:
            self.granted[surface] = capability.is_granted(self.app.pk, registry.get(surface))
        return self.granted[surface]

    def frequency(self, surface: str) -> UnbindFrequencyOut:
        """This month's unbinds on a surface."""
        if surface not in self.unbinds:
            self.unbinds[surface] = _frequency(self.app, surface)
        return self.unbinds[surface]


@router.get(
    "query_aweme_relation_list/",
    scope=Scope.BIND,
    permission=Permission.OPERATION,
    answer=RelationListOut,
)
def query_aweme_relation_list(caller: Caller, args: RelationListIn) -> RelationListOut:
    """The accounts that were asked for as one type, and how their bindings stand."""
    app, first = caller.mini_program, (args.page_num - 1) * args.page_size
    newest = queries.newest_of_kind(app, kind_of(args.type))
    rows = [
        Row(*row)
        for row in newest.order_by("-pk").values_list(*COLUMNS)[first : first + args.page_size]
    ]
    is_last = len(rows) < args.page_size and (bool(rows) or first == 0)
    around = Around(app, _denied(rows))
    return RelationListOut(
        total_count=first + len(rows) if is_last else newest.count(),
        list=[_relation(row, around) for row in rows],
    )


def _denied(rows: list[Row]) -> frozenset[str]:
    active = [
        (DenyScope.ACCOUNT, row.aweme_id) for row in rows if row.status == BindingStatus.ACTIVE
    ]
    return frozenset(target for _, target in entries.denied(active)) if active else frozenset()


def _relation(row: Row, around: Around) -> RelationOut:
    status = BindingStatus(row.status)
    is_denied = status is BindingStatus.ACTIVE and row.aweme_id in around.denied
    is_personal = row.account_type == AccountType.PERSONAL
    reason = DENIED if is_denied else REASONS.get((row.status, row.ended_by_side), "")
    return RelationOut(
        aweme_id=row.aweme_id,
        user_name=row.nickname,
        account_type=PERSONAL if is_personal else ENTERPRISE,
        bind_status=WireBindStatus.BANNED if is_denied else STATUSES[status],
        reason=reason,
        capacity_list=[_capacity(row.surface, status, reason, around)],
        unbind_frequency_info=around.frequency(row.surface),
    )


def _capacity(
    surface: str, status: BindingStatus, reason: str, around: Around
) -> RelationCapacityOut:
    number, fail_reason = UNUSABLE, reason
    if status is BindingStatus.AWAITING_CONSENT:
        number = BEING_BOUND
    elif status is BindingStatus.ACTIVE and not reason:
        is_granted = around.is_granted(surface)
        number, fail_reason = (USABLE, "") if is_granted else (UNUSABLE, CAPABILITY_CLOSED)
    return RelationCapacityOut(
        capacity_key=surface,
        status=number,
        fail_reason=fail_reason,
        audit_template_info=NoTemplate(),
    )


def _frequency(app: MiniProgram, surface: str) -> UnbindFrequencyOut:
    found = registry.get(surface)
    state = queries.unbinds(app, found)
    first = queries.first_unbind_at(app, found) if state.used else None
    return UnbindFrequencyOut(
        limit_frequency=state.quota,
        limit_period=MONTH,
        unbound_count=state.used,
        first_unbind_time=int(first.timestamp()) if first else 0,
    )
