"""绑定模板: what binding an account asks for, and whether it could be bound now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, Field

from guazai.control.binding import queries as bindings
from guazai.control.binding.errors import ACCOUNT_NOT_FOUND
from guazai.control.directory import queries as directory
from guazai.control.kernel.errors import Problem
from guazai.control.openapi.states import Permission, Scope
from guazai.control.openapi.wire.arguments import Args, Int64
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
from guazai.control.surfaces.registry import BindingKind, Surface

if TYPE_CHECKING:
    from guazai.control.directory.models import DouyinAccount

router = Calls(base="/api/apps/v1/capacity")

#: The one template of each kind.
TEMPLATES = {BindingKind.BRAND: 1, BindingKind.EMPLOYEE: 2}
TITLES = {BindingKind.BRAND: "绑定品牌号", BindingKind.EMPLOYEE: "绑定员工号"}
#: How a field is filled in, by the ecosystem's numbers as far as they are needed here.
TEXT, FLAG, TIME = 1, 2, 3


class TemplateListIn(Args):
    """Which account is to be bound, for what, and as what."""

    aweme_id: AwemeId
    capacity_list: CapacityKeys
    type: Type


class TemplateOut(BaseModel):
    """A template; `can_apply` and `reason` tell what binding the account would say now."""

    template_id: int
    category_id: int
    category_name: str
    title: str
    can_apply: bool
    reason: str


class TemplateListOut(BaseModel):
    """The templates of each capability that was asked for."""

    template_map: dict[str, list[TemplateOut]]


class TemplateInfoIn(Args):
    """Which templates."""

    aweme_id: AwemeId
    template_id: Annotated[list[Int64], Field(min_length=1, max_length=20)]
    type: Type


class ContentOut(BaseModel):
    """A field of a template. `val_type`: 1 text, 2 true or false, 3 a time in seconds."""

    name: str
    desc: str
    mainTitle: str  # noqa: N815 - the ecosystem's name
    materiel_id: str
    val_type: int
    val_example: list[str]
    children: dict[str, list[ContentOut]]


class TemplateInfo(BaseModel):
    """A template with its fields."""

    id: int
    title: str
    desc: str
    template_content: list[ContentOut]


class TemplateInfoOut(BaseModel):
    """The templates, by their ids."""

    template_info: dict[str, TemplateInfo]


def _field(name: str, title: str, desc: str, val_type: int, *examples: str) -> ContentOut:
    return ContentOut(
        name=title,
        desc=desc,
        mainTitle=title,
        materiel_id=name,
        val_type=val_type,
        val_example=list(examples),
        children={},
    )


INFO = {
    BindingKind.BRAND: TemplateInfo(
        id=TEMPLATES[BindingKind.BRAND],
        title=TITLES[BindingKind.BRAND],
        desc="抖音号须与小程序属于同一主体,号主扫码授权后生效",
        template_content=[
            _field("co_subject", "是否同主体", "仅支持同主体,填 true 或不填", FLAG, "true")
        ],
    ),
    BindingKind.EMPLOYEE: TemplateInfo(
        id=TEMPLATES[BindingKind.EMPLOYEE],
        title=TITLES[BindingKind.EMPLOYEE],
        desc="号主须在小程序主体任职,扫码授权后生效;姓名与身份证号只做校验,不保存",
        template_content=[
            _field("real_name", "真实姓名", "2 至 50 个字,仅含文字与 ·", TEXT),
            _field("identity_number", "身份证号", "18 位居民身份证号", TEXT),
            _field("relation_expire_date", "任职截止时间", "未来的秒级时间戳", TIME, "1893427200"),
        ],
    ),
}


@router.post(
    "get_aweme_bind_template_list/",
    scope=Scope.BIND,
    permission=Permission.OPERATION,
    answer=TemplateListOut,
    gives=(
        ErrNo.CAPABILITY_TO_BIND_MISSING,
        ErrNo.CAPABILITY_BANNED,
        ErrNo.ACCOUNT_UNKNOWN,
    ),
)
def get_aweme_bind_template_list(caller: Caller, args: TemplateListIn) -> TemplateListOut:
    """What binding an account asks for, and whether it would be refused now."""
    kind, surfaces = kind_of(args.type), surfaces_of(args.capacity_list)
    for surface in surfaces:
        require_capability(caller.mini_program, surface, missing=ErrNo.CAPABILITY_TO_BIND_MISSING)
    account = directory.find_account(args.aweme_id)
    if account is None:
        raise ACCOUNT_NOT_FOUND()
    return TemplateListOut(
        template_map={
            surface.key: [_template(caller, account, surface, kind)] for surface in surfaces
        }
    )


@router.post(
    "get_aweme_bind_template_info/",
    scope=Scope.BIND,
    permission=Permission.OPERATION,
    answer=TemplateInfoOut,
    gives=(ErrNo.ACCOUNT_UNKNOWN,),
)
def get_aweme_bind_template_info(caller: Caller, args: TemplateInfoIn) -> TemplateInfoOut:
    """The fields of templates: what `bind_aweme_relation` is to be sent."""
    kind = kind_of(args.type)
    require_templates(kind, args.template_id)
    if directory.find_account(args.aweme_id) is None:
        raise ACCOUNT_NOT_FOUND()
    return TemplateInfoOut(template_info={str(TEMPLATES[kind]): INFO[kind]})


def require_templates(kind: BindingKind, template_ids: list[int]) -> None:
    """Refuse templates that are not of a kind, as bad parameters."""
    unknown = [each for each in template_ids if each != TEMPLATES[kind]]
    if unknown:
        text = f"模板 {unknown[0]} 不存在,请先调用 get_aweme_bind_template_list"
        raise Refused(ErrNo.BAD_PARAMETER, text)


def _template(
    caller: Caller, account: DouyinAccount, surface: Surface, kind: BindingKind
) -> TemplateOut:
    try:
        bindings.require_possible(caller.mini_program, account, surface, kind)
    except Problem as problem:
        reason = problem.detail.zh
    else:
        reason = ""
    return TemplateOut(
        template_id=TEMPLATES[kind],
        category_id=0,
        category_name="",
        title=TITLES[kind],
        can_apply=not reason,
        reason=reason,
    )
