"""抖音号绑定: asking for an account, the code for its owner, and unbinding."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

from django.conf import settings
from pydantic import BaseModel, Field, SecretStr, StringConstraints

from guazai.control.binding import actions, queries
from guazai.control.binding.answers import consent_url
from guazai.control.binding.states import OPEN, BindingStatus
from guazai.control.journal.actions import act
from guazai.control.kernel import clock
from guazai.control.kernel.errors import WRONG_STATE
from guazai.control.landing import actions as landing
from guazai.control.openapi import queries as openapi
from guazai.control.openapi.states import Permission, Scope
from guazai.control.openapi.wire import identity
from guazai.control.openapi.wire.arguments import Args, Flag, Int64
from guazai.control.openapi.wire.calls import Caller, Calls
from guazai.control.openapi.wire.codes import ErrNo, Refused
from guazai.control.openapi.wire.standing import (
    AwemeId,
    CapacityKeys,
    Type,
    kind_of,
    require_capability,
    surfaces_of,
)
from guazai.control.openapi.wire.templates import require_templates
from guazai.control.surfaces.registry import BindingKind

if TYPE_CHECKING:
    from guazai.control.binding.models import Binding

router = Calls(base="/api/apps/v1/capacity")

#: Codes of a binding that cannot be asked for now.
NOT_BINDABLE = (
    ErrNo.APP_CLOSED,
    ErrNo.CAPABILITY_TO_BIND_MISSING,
    ErrNo.CAPABILITY_BANNED,
    ErrNo.CONDITIONS_UNMET,
    ErrNo.ACCOUNT_UNKNOWN,
    ErrNo.BINDING_QUOTA,
    ErrNo.ALREADY_BOUND,
    ErrNo.BINDING_IN_PROGRESS,
)
SECOND = timedelta(seconds=1)
#: The last second that a time may be of.
LATEST = int(datetime(9999, 12, 30, tzinfo=UTC).timestamp())


class EmployeeIn(Args):
    """Who the account's owner is. Name and number are checked, and kept nowhere (S9)."""

    real_name: Annotated[SecretStr, Field(max_length=64, description="2 至 50 个字")]
    identity_number: Annotated[SecretStr, Field(max_length=64, description="18 位,只校验不保存")]
    relation_expire_date: Int64 = Field(description="秒级时间戳;当天结束后绑定自动失效")


class TemplateIn(Args):
    """A filled-in template: only which it is counts, its content is passed over."""

    id: Int64


class BindIn(Args):
    """Which account to bind, for what, and as what."""

    aweme_id: AwemeId
    capacity_list: CapacityKeys
    type: Type
    co_subject: bool | None = None
    employee_info: EmployeeIn | None = None
    audit_template_info: Annotated[
        dict[Annotated[str, StringConstraints(max_length=64)], TemplateIn], Field(max_length=20)
    ] = Field(default_factory=dict)


class QrcodeIn(Args):
    """For what; of brand accounts only."""

    type: Type
    capacity_list: CapacityKeys
    co_subject: Flag | None = None


class ConsentCodeOut(BaseModel):
    """A code for the account's owner, good once and for two minutes.

    Besides the code the owner needs `match_number`, which the picture at `qrcode_url` has too.
    """

    qrcode_url: str
    qrcode_parse_content: str
    match_number: str
    expire_time: int


class UnbindIn(Args):
    """Which account, and as what it is bound."""

    aweme_id: AwemeId
    type: Type


@router.post(
    "bind_aweme_relation/", scope=Scope.BIND, permission=Permission.OPERATION, gives=NOT_BINDABLE
)
def bind_aweme_relation(caller: Caller, args: BindIn) -> None:
    """Ask an account's owner for a binding; they consent by a code that is fetched apart."""
    kind, surfaces = kind_of(args.type), surfaces_of(args.capacity_list)
    app, ends_on = caller.mini_program, _ends_on(kind, args)
    require_templates(kind, [each.id for each in args.audit_template_info.values()])
    openapi.require_open(app)
    for surface in surfaces:
        require_capability(app, surface, missing=ErrNo.CAPABILITY_TO_BIND_MISSING)
    with act(caller.actor):
        for surface in surfaces:
            actions.request(caller.actor, app, surface, args.aweme_id, kind, ends_on=ends_on)


@router.get(
    "get_aweme_relation_bind_qrcode/",
    scope=Scope.BIND,
    permission=Permission.OPERATION,
    answer=ConsentCodeOut,
    gives=(ErrNo.CONDITIONS_UNMET,),
)
def get_aweme_relation_bind_qrcode(caller: Caller, args: QrcodeIn) -> ConsentCodeOut:
    """A code for the owner of the brand account that was asked for last."""
    kind = kind_of(args.type)
    if kind is not BindingKind.BRAND:
        text = "该接口仅支持品牌号;员工号请调用 profile_mount/create_consent_code"
        raise Refused(ErrNo.BAD_PARAMETER, text)
    _require_same_subject(args.co_subject)
    keys = [surface.key for surface in surfaces_of(args.capacity_list)]
    rows = queries.newest_of_kind(caller.mini_program, kind).filter(surface__in=keys)
    waiting = rows.filter(status=BindingStatus.AWAITING_CONSENT, expires_at__gt=clock.now())
    found = waiting.order_by("-pk").first()
    if found is None:
        raise Refused(ErrNo.CONDITIONS_UNMET, "没有待授权的品牌号绑定,请先调用 bind_aweme_relation")
    return consent_code(caller, found)


@router.post(
    "unbind_aweme_relation/",
    scope=Scope.BIND,
    permission=Permission.OPERATION,
    gives=(ErrNo.ACCOUNT_UNKNOWN, ErrNo.UNBIND_LIMIT),
    refusals={WRONG_STATE: ErrNo.ACCOUNT_UNKNOWN},
)
def unbind_aweme_relation(caller: Caller, args: UnbindIn) -> None:
    """End a binding, or take its request back; the entry disappears at once."""
    kind = kind_of(args.type)
    with act(caller.actor):
        found = open_bindings(caller, args.aweme_id, kind)
        if not found:
            raise Refused(
                ErrNo.ACCOUNT_UNKNOWN, "该抖音号没有这一类型的绑定,请检查 aweme_id 与 type"
            )
        for binding in found:
            if binding.status == BindingStatus.ACTIVE:
                landing.unbind(caller.actor, binding)
            else:
                actions.cancel(caller.actor, binding)


def open_bindings(caller: Caller, aweme_id: str, kind: BindingKind) -> list[Binding]:
    """The bindings of the mini program with an account that are active or await consent."""
    rows = queries.of_account(aweme_id).filter(
        mini_program=caller.mini_program, kind=kind, status__in=OPEN
    )
    return list(rows.order_by("pk"))


def consent_code(caller: Caller, binding: Binding) -> ConsentCodeOut:
    """A new code for a binding; an earlier one is void."""
    issued = actions.issue_code(caller.actor, binding)
    return ConsentCodeOut(
        qrcode_url=f"{settings.CONFIG.public_url}/openapi/qrcode/{issued.raw}.svg",
        qrcode_parse_content=consent_url(issued.raw),
        match_number=issued.match_number,
        expire_time=int(issued.expires_at.timestamp()),
    )


def _require_same_subject(co_subject: bool | None) -> None:
    if co_subject is False:
        text = "仅支持绑定同主体的品牌号,请将 co_subject 设为 true 或不填"
        raise Refused(ErrNo.BAD_PARAMETER, text)


def _ends_on(kind: BindingKind, args: BindIn) -> date | None:
    """The last day of the binding, where it has one; refuses what a kind may not say."""
    if kind is BindingKind.BRAND:
        _require_same_subject(args.co_subject)
        return None
    if args.employee_info is None:
        raise Refused(ErrNo.BAD_PARAMETER, "绑定员工号时 employee_info 必填")
    return _checked(args.employee_info)


def _checked(employee: EmployeeIn) -> date:
    """The day in Shanghai on which the relation ends. No text says what was sent."""
    if not identity.is_name(employee.real_name.get_secret_value()):
        raise Refused(
            ErrNo.BAD_PARAMETER, "参数 employee_info.real_name 应为 2 至 50 个字的真实姓名"
        )
    if not identity.is_number(employee.identity_number.get_secret_value(), clock.today()):
        raise Refused(ErrNo.BAD_PARAMETER, "参数 employee_info.identity_number 不是有效的身份证号")
    seconds = employee.relation_expire_date
    if not clock.now().timestamp() < seconds <= LATEST:
        text = "参数 employee_info.relation_expire_date 应为未来的秒级时间戳"
        raise Refused(ErrNo.BAD_PARAMETER, text)
    return clock.day_of(datetime.fromtimestamp(seconds, UTC) - SECOND)
