"""The calls of service providers: who authorised them, and tokens for those mini programs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from guazai.control.openapi import errors, queries
from guazai.control.openapi.actions import tokens
from guazai.control.openapi.models import ProviderAuthorization
from guazai.control.openapi.states import PERMISSION_TEXTS, Permission
from guazai.control.openapi.wire.arguments import Args, Int64
from guazai.control.openapi.wire.calls import Caller, Calls, Door
from guazai.control.openapi.wire.codes import ErrNo, Refused

router = Calls(base="/api/tpapp/v2/auth", door=Door.PROVIDER)
Raw = Annotated[str, Field(max_length=128)]


class AuthTokenIn(Args):
    """A code of a mini program that authorised the provider, or the last refresh token."""

    grant_type: Literal["app_to_tp_authorization_code", "app_to_tp_refresh_token"]
    authorization_code: Raw = ""
    authorizer_refresh_token: Raw = ""


class PermitOut(BaseModel):
    """A permission set."""

    id: int
    category: str
    description: str


class AuthTokenOut(BaseModel):
    """A token for one mini program, what gets the next one, and what it lets the provider do."""

    authorizer_access_token: str
    expires_in: int
    authorizer_refresh_token: str
    refresh_expires_in: int
    authorizer_appid: str
    authorize_permission: list[PermitOut]


class AuthAppsIn(Args):
    """How the list is paged, from page 1."""

    page_num: Annotated[Int64, Field(ge=1, le=100_000)] = 1
    page_size: Annotated[Int64, Field(ge=1, le=50)] = 10


class AuthAppOut(BaseModel):
    """A mini program that authorises the provider, and a code for its first token."""

    authorizer_appid: str
    authorized_at: int
    authorize_permission: list[PermitOut]
    authorization_code: str


class AuthAppsOut(BaseModel):
    """The mini programs of a page, and how many there are."""

    total_count: int
    list: list[AuthAppOut]


@router.get(
    "get_auth_token/",
    answer=AuthTokenOut,
    refusals={
        errors.AUTHORIZATION_CODE_INVALID: ErrNo.BAD_PARAMETER,
        errors.REFRESH_TOKEN_INVALID: ErrNo.BAD_PARAMETER,
        errors.AUTHORIZATION_REVOKED: ErrNo.PERMISSION_MISSING,
    },
)
def get_auth_token(caller: Caller, args: AuthTokenIn) -> AuthTokenOut:
    """A token for a mini program, by a code or by the last refresh token: each is good once."""
    if args.grant_type == "app_to_tp_authorization_code":
        _require("authorization_code", args.authorization_code)
        made = tokens.redeem_code(caller.client_key, caller.secret_id, args.authorization_code)
    else:
        _require("authorizer_refresh_token", args.authorizer_refresh_token)
        made = tokens.refresh(caller.client_key, caller.secret_id, args.authorizer_refresh_token)
    return AuthTokenOut(
        authorizer_access_token=made.token.raw,
        expires_in=made.token.expires_in,
        authorizer_refresh_token=made.refresh_raw,
        refresh_expires_in=made.refresh_expires_in,
        authorizer_appid=made.authorization.mini_program_id,
        authorize_permission=_permits(made.authorization),
    )


@router.get("query_auth_app_list/", answer=AuthAppsOut)
def query_auth_app_list(caller: Caller, args: AuthAppsIn) -> AuthAppsOut:
    """The mini programs that authorise the provider, each with a new code, good for ten minutes.

    Guazai's own: developers authorise a provider in the console, which sends nobody anywhere.
    """
    rows = queries.authorizations_of(caller.client_key)
    start = (args.page_num - 1) * args.page_size
    return AuthAppsOut(
        total_count=rows.count(),
        list=[
            AuthAppOut(
                authorizer_appid=each.mini_program_id,
                authorized_at=int(each.authorized_at.timestamp()),
                authorize_permission=_permits(each),
                authorization_code=tokens.issue_code(each),
            )
            for each in rows[start : start + args.page_size]
        ],
    )


def _require(name: str, value: str) -> None:
    if not value:
        raise Refused(ErrNo.BAD_PARAMETER, f"缺少参数 {name}")


def _permits(authorization: ProviderAuthorization) -> list[PermitOut]:
    return [
        PermitOut(
            id=number,
            category=PERMISSION_TEXTS[Permission(number)].name.zh,
            description=PERMISSION_TEXTS[Permission(number)].description.zh,
        )
        for number in authorization.permissions
    ]
