"""The calls for tokens: `client_token` and `stable_client_token`."""

from __future__ import annotations

import hmac
from typing import Annotated

from pydantic import BaseModel, Field

from guazai.control.kernel.errors import NOT_FOUND
from guazai.control.kernel.limits import limiter
from guazai.control.openapi import queries
from guazai.control.openapi.actions import tokens
from guazai.control.openapi.actions.tokens import Issued
from guazai.control.openapi.models import MAX_CLIENT_KEY, ClientSecret
from guazai.control.openapi.networks import is_listed
from guazai.control.openapi.wire import limits
from guazai.control.openapi.wire.arguments import Args, Flag
from guazai.control.openapi.wire.calls import Caller, Calls, Door
from guazai.control.openapi.wire.codes import ErrNo, Refused
from guazai.control.openapi.wire.families import TOKENS

router = Calls(base="/oauth", family=TOKENS, door=Door.ANYBODY)
GRANT = "client_credential"
GIVES = (
    ErrNo.TOKEN_KEY_UNKNOWN,
    ErrNo.TOKEN_KEY_WRONG,
    ErrNo.TOKEN_TOO_OFTEN,
    ErrNo.ADDRESS_NOT_LISTED,
)


class ClientTokenIn(Args):
    """A credential, by which a token is got."""

    client_key: Annotated[str, Field(min_length=1, max_length=MAX_CLIENT_KEY)]
    client_secret: Annotated[str, Field(min_length=1, max_length=128)]
    grant_type: Annotated[str, Field(max_length=64)]


class StableTokenIn(ClientTokenIn):
    """The same, and whether a new token is made though the one that is there is valid."""

    force_refresh: Flag = False


class ClientTokenOut(BaseModel):
    """A token, and for how many seconds it is good."""

    access_token: str
    description: str = ""
    error_code: int = 0
    expires_in: int


@router.post(
    "client_token/",
    answer=ClientTokenOut,
    gives=GIVES,
    refusals={NOT_FOUND: ErrNo.TOKEN_KEY_WRONG},
    may_be_form=True,
)
def client_token(caller: Caller, args: ClientTokenIn) -> ClientTokenOut:
    """A new token for two hours; the one before lives five minutes on, older ones end."""
    return _answer(tokens.issue_client_token(_proven(caller, args)))


@router.post(
    "stable_client_token/",
    answer=ClientTokenOut,
    gives=GIVES,
    refusals={NOT_FOUND: ErrNo.TOKEN_KEY_WRONG},
    may_be_form=True,
)
def stable_client_token(caller: Caller, args: StableTokenIn) -> ClientTokenOut:
    """The same token while it is valid; `force_refresh` makes a new one, which ends it at once."""
    secret = _proven(caller, args)
    return _answer(tokens.issue_stable_token(secret, force_refresh=args.force_refresh))


def _answer(issued: Issued) -> ClientTokenOut:
    return ClientTokenOut(access_token=issued.raw, expires_in=issued.expires_in)


def _proven(caller: Caller, args: ClientTokenIn) -> ClientSecret:
    """The live secret that was sent.

    Failures are counted for a key and an address, so that a stranger uses up nobody's calls.
    """
    if args.grant_type != GRANT:
        raise Refused(ErrNo.TOKEN_PARAMETER, f"参数 grant_type 应为 {GRANT}")
    failures = ("token-failures", args.client_key, caller.address)
    if not limiter.has_left(limits.TOKENS, *failures):
        raise Refused(ErrNo.TOKEN_TOO_OFTEN)
    credential = queries.find_credential(args.client_key)
    if credential is None or (credential.provider and credential.provider.disabled_at):
        # Not for each key that somebody makes up, as all of these would be kept in mind.
        is_often = not limiter.hit(limits.TOKENS, "token-unknown", caller.address)
        raise Refused(ErrNo.TOKEN_TOO_OFTEN if is_often else ErrNo.TOKEN_KEY_UNKNOWN)
    sent = queries.hash_of(args.client_secret)
    matching = [
        each for each in queries.live_secrets(credential) if hmac.compare_digest(each.hash, sent)
    ]
    if not matching:
        limiter.hit(limits.TOKENS, *failures)
        raise Refused(ErrNo.TOKEN_KEY_WRONG)
    if not is_listed(caller.address, credential.allowed_networks):
        raise Refused(ErrNo.ADDRESS_NOT_LISTED)
    if not limiter.hit(limits.TOKENS, "token", args.client_key):
        raise Refused(ErrNo.TOKEN_TOO_OFTEN)
    return matching[0]
