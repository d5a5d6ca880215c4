"""链接: URLs and schemas that open a page of the mini program."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, Field, StringConstraints

from guazai.control.openapi import queries
from guazai.control.openapi.actions import links
from guazai.control.openapi.errors import LINK_EXPIRY_INVALID
from guazai.control.openapi.states import HostApp, Permission, Scope
from guazai.control.openapi.wire import limits
from guazai.control.openapi.wire.arguments import Args, Int64
from guazai.control.openapi.wire.calls import Caller, Calls
from guazai.control.openapi.wire.codes import ErrNo, Refused

if TYPE_CHECKING:
    from guazai.control.openapi.models import UrlLink

router = Calls(base="/api/apps/v1", group="links")

#: The last second that a time may be of.
LATEST = int(datetime(9999, 12, 30, tzinfo=UTC).timestamp())
EXPIRE_TEXT = "秒级时间戳,180 天之内,从现在起向上取整到小时"
Path = Annotated[str, StringConstraints(max_length=256)]
#: Longer ones are refused where its characters are.
Query = Annotated[str, StringConstraints(max_length=8192)]


class UrlLinkIn(Args):
    """Which page of the caller's mini program to open, in which app, and until when."""

    app_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    app_name: Annotated[str, StringConstraints(max_length=32)] = Field(
        json_schema_extra={"enum": [*HostApp.values]}
    )
    expire_time: Int64 = Field(description=EXPIRE_TEXT)
    path: Path = ""
    query: Query = Field("", description="JSON 对象的文本,最长 1024 个字符")


class UrlLinkOut(BaseModel):
    """An address that opens the mini program from anywhere."""

    url_link: str


class SchemaIn(Args):
    """Which page of the caller's mini program to open, and until when."""

    app_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    expire_time: Int64 | None = Field(None, description=EXPIRE_TEXT)
    no_expire: bool = False
    path: Path = ""
    query: Query = Field("", description="JSON 对象的文本,最长 1024 个字符")


class SchemaOut(BaseModel):
    """An address that opens the mini program inside of a host app."""

    schema_: str = Field(serialization_alias="schema")


@router.post(
    "url_link/generate/",
    scope=Scope.URL_LINK,
    permission=Permission.DEVELOPMENT,
    answer=UrlLinkOut,
    rate=limits.LINKS,
    gives=(ErrNo.APP_CLOSED,),
)
def generate_url_link(caller: Caller, args: UrlLinkIn) -> UrlLinkOut:
    """A URL that opens a page of the mini program in one app."""
    if args.app_name not in HostApp.values:
        known = "、".join(HostApp.values)
        raise Refused(ErrNo.BAD_PARAMETER, f"参数 app_name 应为 {known} 之一")
    made = _generate(caller, args, HostApp(args.app_name), args.expire_time)
    return UrlLinkOut(url_link=queries.address_of(made))


@router.post(
    "url/generate_schema/",
    scope=Scope.SCHEMA,
    permission=Permission.DEVELOPMENT,
    answer=SchemaOut,
    rate=limits.LINKS,
    gives=(ErrNo.APP_CLOSED,),
)
def generate_schema(caller: Caller, args: SchemaIn) -> SchemaOut:
    """A schema that opens a page of the mini program; with `no_expire` it never expires."""
    if not args.no_expire and args.expire_time is None:
        raise Refused(ErrNo.BAD_PARAMETER, "参数 expire_time 必填;永久有效请设 no_expire 为 true")
    made = _generate(caller, args, None, None if args.no_expire else args.expire_time)
    return SchemaOut(schema_=queries.opener_of(made))


def _generate(
    caller: Caller, args: UrlLinkIn | SchemaIn, host_app: HostApp | None, seconds: int | None
) -> UrlLink:
    app = caller.mini_program
    if args.app_id != app.pk:
        raise Refused(ErrNo.BAD_PARAMETER, "参数 app_id 应为凭证所属小程序的 app_id")
    expires_at = None
    if seconds is not None:
        if not 0 < seconds <= LATEST:
            raise LINK_EXPIRY_INVALID()
        expires_at = datetime.fromtimestamp(seconds, UTC)
    target = links.Target(args.path, args.query)
    return links.generate(caller.actor, app, target, host_app=host_app, expires_at=expires_at)
