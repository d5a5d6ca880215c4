"""Who may make a call: token, allow list, scope or permission set, rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest

from guazai.control.kernel.actor import Actor, ActorKind
from guazai.control.kernel.actor import Scope as ActorScope
from guazai.control.kernel.limits import limiter
from guazai.control.openapi import queries
from guazai.control.openapi.networks import is_listed
from guazai.control.openapi.states import TokenKind
from guazai.control.openapi.wire.calls import Call, Caller, Door
from guazai.control.openapi.wire.codes import ErrNo, Refused

if TYPE_CHECKING:
    from guazai.control.openapi.models import ClientToken, ProviderAuthorization

#: What tokens begin with.
CLIENT, PROVIDER = "clt.", "isvact."
MAX_TOKEN = 128
SCOPES = frozenset({ActorScope.DEVELOPER_READ.value, ActorScope.DEVELOPER_WRITE.value})


def address_of(request: HttpRequest) -> str:
    """Where a call came from."""
    address: str = request.META.get("REMOTE_ADDR", "")
    return address


def admit(call: Call, request: HttpRequest, log_id: str) -> Caller:
    """Who makes `call`. Raises `Refused` where it may not be made, or not now."""
    address = address_of(request)
    if call.door is Door.ANYBODY:
        nobody = Actor(ActorKind.MACHINE, "", request_id=log_id)
        return Caller(nobody, None, "", address=address)
    raw = request.headers.get("access-token", "")
    is_of_provider = raw.startswith(PROVIDER)
    if not (is_of_provider or raw.startswith(CLIENT)) or len(raw) > MAX_TOKEN:
        raise Refused(call.family.token_invalid)
    token = queries.find_token(raw, is_of_provider=is_of_provider)
    if token is None:
        raise Refused(call.family.token_invalid)
    _check_standing(call, token)
    caller = (
        _admit_provider(call, token, address, log_id)
        if token.kind == TokenKind.PROVIDER
        else _admit_client(call, token, address, log_id)
    )
    if not limiter.hit(call.rate, "call", call.name, _counted_for(caller)):
        raise Refused(ErrNo.RATE_LIMITED)
    return caller


def _counted_for(caller: Caller) -> str:
    """Whose calls are counted: the mini program's, whoever calls for it."""
    return caller.app.pk if caller.app else caller.client_key


def _check_standing(call: Call, token: ClientToken) -> None:
    found = queries.standing(token)
    if not found.is_valid:
        raise Refused(call.family.token_invalid)
    if found.is_expired:
        raise Refused(call.family.token_expired)


def _admit_client(call: Call, token: ClientToken, address: str, log_id: str) -> Caller:
    """With a credential's own token."""
    credential = token.credential
    app = credential.mini_program
    if call.door is Door.APP and app is None:
        raise Refused(call.family.app_not_parsed)
    if call.door is Door.PROVIDER and app is not None:
        raise Refused(call.family.token_invalid)
    if not is_listed(address, credential.allowed_networks):
        raise Refused(call.family.address_not_listed)
    if call.scope is not None:
        if not credential.scopes:
            raise Refused(ErrNo.NO_CAPABILITY)
        if call.scope not in credential.scopes:
            raise Refused(ErrNo.CAPABILITY_MISSING)
    return _caller(token, log_id, app.pk if app else "", address)


def _admit_provider(call: Call, token: ClientToken, address: str, log_id: str) -> Caller:
    """With a service provider's token for a mini program, as far as that authorises it now."""
    authorization: ProviderAuthorization | None = token.authorization
    if call.door is not Door.APP or authorization is None:
        raise Refused(call.family.token_invalid)
    if not is_listed(address, token.credential.allowed_networks):
        raise Refused(ErrNo.ADDRESS_NOT_LISTED)
    if authorization.revoked_at is not None or call.permission not in authorization.permissions:
        raise Refused(ErrNo.PERMISSION_MISSING)
    return _caller(token, log_id, authorization.mini_program_id, address)


def _caller(token: ClientToken, log_id: str, app_id: str, address: str) -> Caller:
    authorization = token.authorization if token.kind == TokenKind.PROVIDER else None
    app = authorization.mini_program if authorization else token.credential.mini_program
    actor = Actor(
        ActorKind.MACHINE, token.credential_id, scopes=SCOPES, app_id=app_id, request_id=log_id
    )
    return Caller(
        actor=actor,
        app=app,
        client_key=token.credential_id,
        provider=token.credential_id if token.credential.provider_id else "",
        secret_id=token.secret_id,
        address=address,
    )
