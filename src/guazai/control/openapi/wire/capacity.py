"""能力: which there are, applying for one, and how that stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, Field, StringConstraints

from guazai.control.capability import actions, queries
from guazai.control.capability.states import CapabilityStatus
from guazai.control.openapi.states import Permission, Scope, WireApplyStatus
from guazai.control.openapi.wire.arguments import Args
from guazai.control.openapi.wire.calls import Caller, Calls
from guazai.control.openapi.wire.codes import ErrNo, Refused
from guazai.control.surfaces.registry import SURFACES, Surface

if TYPE_CHECKING:
    from guazai.control.capability.queries import Condition, Overview

router = Calls(base="/api/apps/v1/capacity")

CapacityKey = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64),
    Field(json_schema_extra={"enum": [*SURFACES]}),
]

STATUSES = {
    CapabilityStatus.IN_REVIEW: WireApplyStatus.IN_REVIEW,
    CapabilityStatus.GRANTED: WireApplyStatus.GRANTED,
    CapabilityStatus.REJECTED: WireApplyStatus.REJECTED,
    CapabilityStatus.REVOKED: WireApplyStatus.BANNED,
    CapabilityStatus.CAN_APPLY: WireApplyStatus.CAN_APPLY,
    CapabilityStatus.CANNOT_APPLY: WireApplyStatus.CANNOT_APPLY,
}
STATUS_TEXT = "1 审核中,2 已开通,3 已驳回,5 已被收回,6 可申请,7 暂不可申请;4(已关闭)不会出现"


class ApplyConditionOut(BaseModel):
    """One condition: what is required, and what is."""

    condition_name: str
    condition_description: str
    satisfied: bool


class ApplyFieldOut(BaseModel):
    """Something to fill in with an application; no capability here asks for anything."""

    apply_field_key: str
    apply_field_name: str
    apply_field_desc: str
    apply_field_is_required: bool
    apply_field_value_type: int


class CapacityOut(BaseModel):
    """One capability, and how it stands for the mini program."""

    capacity_key: str
    capacity_name: str
    description: str
    status: int = Field(description=STATUS_TEXT)
    is_can_apply: bool
    is_auth_permission: bool
    is_lab: int
    lab_description: str
    host_app: str
    permission_list: list[int]
    apply_condition: list[list[ApplyConditionOut]]
    apply_field_list: list[ApplyFieldOut]


class CapacityListOut(BaseModel):
    """Every capability, under either spelling of the list."""

    app_capacity_info_list: list[CapacityOut]
    AppCapacityInfoList: list[CapacityOut]


class ApplyStatusIn(Args):
    """Of which capability."""

    capacity_key: CapacityKey


class ApplyStatusOut(BaseModel):
    """How an application stands; `reason` says why it was rejected, or the capability revoked."""

    status: int = Field(description=STATUS_TEXT)
    reason: str


class ApplyIn(Args):
    """What to apply for and why; no capability here has fields for `apply_info`."""

    capacity_key: CapacityKey
    apply_reason: Annotated[
        str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)
    ]
    apply_info: dict[
        Annotated[str, StringConstraints(max_length=64)],
        Annotated[list[Annotated[str, StringConstraints(max_length=1024)]], Field(max_length=100)],
    ] = Field(max_length=100)


def surface_of(capacity_key: str) -> Surface:
    """The surface that a capability is for; a bad parameter where there is none."""
    found = SURFACES.get(capacity_key)
    if found is None:
        known = "、".join(SURFACES)
        raise Refused(ErrNo.BAD_PARAMETER, f"capacity_key 不存在,可用的有:{known}")
    return found


@router.get(
    "query_capacity_list/",
    scope=Scope.CAPACITY,
    permission=Permission.OPERATION,
    answer=CapacityListOut,
)
def query_capacity_list(caller: Caller) -> CapacityListOut:
    """Every capability, with its conditions and how it stands for the mini program."""
    found = [_capacity(caller, surface) for surface in SURFACES.values()]
    return CapacityListOut(app_capacity_info_list=found, AppCapacityInfoList=found)


@router.get(
    "query_apply_status/",
    scope=Scope.CAPACITY,
    permission=Permission.OPERATION,
    answer=ApplyStatusOut,
)
def query_apply_status(caller: Caller, args: ApplyStatusIn) -> ApplyStatusOut:
    """How an application stands, and why it was refused or the capability taken away."""
    found = queries.overview(caller.mini_program, surface_of(args.capacity_key))
    return ApplyStatusOut(status=STATUSES[found.status], reason=_reason(found))


@router.post(
    "apply_capacity/",
    scope=Scope.CAPACITY,
    permission=Permission.OPERATION,
    gives=(
        ErrNo.ALREADY_APPLIED,
        ErrNo.APPLICATION_LIMIT,
        ErrNo.CONDITIONS_UNMET,
        ErrNo.CAPABILITY_BANNED,
    ),
)
def apply_capacity(caller: Caller, args: ApplyIn) -> None:
    """Apply for a capability; a reviewer decides within three working days."""
    surface = surface_of(args.capacity_key)
    if args.apply_info:
        names = "、".join(args.apply_info)
        raise Refused(ErrNo.BAD_PARAMETER, f"apply_info 中有该能力没有的字段:{names}")
    actions.apply(caller.actor, caller.mini_program, surface, args.apply_reason)


def _capacity(caller: Caller, surface: Surface) -> CapacityOut:
    found = queries.overview(caller.mini_program, surface)
    hosts = ",".join(surface.hosts)
    return CapacityOut(
        capacity_key=surface.key,
        capacity_name=surface.name.zh,
        description=f"在{surface.name.zh.removesuffix('挂载')}展示小程序的入口",
        status=STATUSES[found.status],
        is_can_apply="apply" in found.available_actions,
        # A provider without the permission set does not come this far.
        is_auth_permission=True,
        is_lab=0,
        lab_description="",
        host_app=hosts,
        permission_list=[Permission.OPERATION.value],
        apply_condition=[[_condition(each)] for each in found.conditions],
        apply_field_list=[],
    )


def _condition(condition: Condition) -> ApplyConditionOut:
    return ApplyConditionOut(
        condition_name=condition.text.zh,
        condition_description=(
            f"要求:{_plain(condition.required)};当前:{_plain(condition.actual)}"
        ),
        satisfied=condition.is_met,
    )


def _plain(value: bool | int) -> str:
    return ("是" if value else "否") if isinstance(value, bool) else str(value)


def _reason(found: Overview) -> str:
    if found.status is CapabilityStatus.REVOKED and found.grant is not None:
        return found.grant.reason
    if found.status is CapabilityStatus.REJECTED and found.latest is not None:
        return "; ".join(reason["text"] for reason in found.latest.reasons)
    return ""
