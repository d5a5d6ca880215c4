"""What several calls ask of a mini program and of a type of binding before they do anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, StringConstraints

from guazai.control.binding.errors import COOPERATION_NOT_SUPPORTED
from guazai.control.capability import queries as capability
from guazai.control.capability.states import GrantStatus
from guazai.control.openapi.wire.capacity import CapacityKey, surface_of
from guazai.control.openapi.wire.codes import ErrNo, Refused
from guazai.control.surfaces.registry import BindingKind, Surface

if TYPE_CHECKING:
    from guazai.control.directory.models import MiniProgram

TYPE_TEXT = "brand 品牌号,employee 员工号;cooperation 合作号暂不支持"
AwemeId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Type = Annotated[
    str,
    StringConstraints(min_length=1, max_length=32),
    Field(json_schema_extra={"enum": [*BindingKind.values]}, description=TYPE_TEXT),
]
CapacityKeys = Annotated[list[CapacityKey], Field(min_length=1, max_length=20)]
BINDABLE = {kind.value: kind for kind in (BindingKind.BRAND, BindingKind.EMPLOYEE)}


def kind_of(text: str) -> BindingKind:
    """The kind that a call names; a bad parameter for one that is unknown, or not supported."""
    if text == BindingKind.COOPERATION:
        raise Refused(ErrNo.BAD_PARAMETER, COOPERATION_NOT_SUPPORTED.text.zh)
    found = BINDABLE.get(text)
    if found is None:
        raise Refused(ErrNo.BAD_PARAMETER, "参数 type 应为 brand 或 employee")
    return found


def surfaces_of(capacity_keys: list[str]) -> list[Surface]:
    """The surfaces that a call names, each once."""
    return [surface_of(key) for key in dict.fromkeys(capacity_keys)]


def require_capability(app: MiniProgram, surface: Surface, *, missing: ErrNo) -> None:
    """Refuse by `missing` where the capability was never granted, as banned where it is revoked."""
    if _status(app, surface, missing) != GrantStatus.GRANTED:
        raise Refused(ErrNo.CAPABILITY_BANNED)


def require_known(app: MiniProgram, surface: Surface) -> None:
    """Refuse where the capability was never granted; what was bound before it was revoked stays."""
    _status(app, surface, ErrNo.CAPABILITY_MISSING)


def _status(app: MiniProgram, surface: Surface, missing: ErrNo) -> str:
    grant = capability.find_grant(app.pk, surface)
    if grant is None:
        raise Refused(missing, f"尚未开通能力 {surface.key},请先申请开通")
    return grant.status
