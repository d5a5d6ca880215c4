"""挂载检查: whether a mini program may be mounted now."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, StringConstraints

from guazai.control.capability import queries as capability
from guazai.control.kernel import clock
from guazai.control.openapi import queries as openapi
from guazai.control.openapi.states import Permission, Scope
from guazai.control.openapi.wire.arguments import Args
from guazai.control.openapi.wire.calls import Caller, Calls
from guazai.control.openapi.wire.codes import ErrNo, Refused
from guazai.control.surfaces import registry

router = Calls(base="/api/apps/v1/devtool")


class MountLegalIn(Args):
    """The caller's own mini program."""

    micapp_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]


class ExtraOut(BaseModel):
    """What the older calls say of themselves; `now` is in milliseconds."""

    error_code: int
    description: str
    sub_error_code: int
    sub_description: str
    logid: str
    now: int


class LegalOut(BaseModel):
    """Whether it may be mounted: capability granted, online, and not denied."""

    error_code: int
    description: str
    is_legal: bool


class MountLegalOut(BaseModel):
    """The answer in its older form, inside of this one's envelope."""

    extra: ExtraOut
    data: LegalOut


@router.get(
    "get_mount_legal/",
    scope=Scope.MOUNT_LEGAL,
    permission=Permission.OPERATION,
    answer=MountLegalOut,
)
def get_mount_legal(caller: Caller, args: MountLegalIn) -> MountLegalOut:
    """Whether the mini program may be mounted on profile pages now."""
    app = caller.mini_program
    if args.micapp_id != app.pk:
        raise Refused(ErrNo.BAD_PARAMETER, "micapp_id 应为凭证所属小程序的 app_id")
    surface = registry.get(registry.PROFILE_MOUNT)
    is_legal = capability.is_granted(app.pk, surface) and not openapi.is_closed(app)
    return MountLegalOut(
        extra=ExtraOut(
            error_code=0,
            description="",
            sub_error_code=0,
            sub_description="",
            logid=caller.actor.request_id,
            now=int(clock.now().timestamp() * 1000),
        ),
        data=LegalOut(error_code=0, description="", is_legal=is_legal),
    )
