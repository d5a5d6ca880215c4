"""Secrets of credentials, their scopes and allow lists: acts of people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from guazai.control.journal.actions import Act, act
from guazai.control.kernel import clock, ids
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.errors import FieldError
from guazai.control.kernel.locks import locked
from guazai.control.kernel.texts import Text
from guazai.control.openapi import networks, queries
from guazai.control.openapi.errors import NETWORK_INVALID, TWO_SECRETS_LIVE
from guazai.control.openapi.models import ClientCredential, ClientSecret
from guazai.control.openapi.states import Scope

if TYPE_CHECKING:
    from guazai.control.directory.models import MiniProgram

HINT = 4


def create_secret(
    who: Actor, app: MiniProgram, *, keep_hours: int | None = None
) -> tuple[ClientSecret, str]:
    """A new secret of a mini program, and the secret itself, which is shown this once.

    The older one ends by itself after `keep_hours`; without a figure it is live until it is ended.
    Raises `two_secrets_live`.
    """
    with act(who) as done:
        credential = _own_credential(app)
        return rotate(done, credential, keep_hours)


def end_secret(who: Actor, secret: ClientSecret) -> None:
    """End a live secret at once, with every token that was got with it. Raises `not_found`."""
    with act(who) as done:
        credential = lock(secret.credential_id)
        found = queries.live_secret(credential, secret.pk)
        ClientSecret.objects.filter(pk=found.pk).update(ended_at=clock.now(), sealed=b"")
        record(done, "end_secret", credential, {"secret": found.pk})


def set_scopes(who: Actor, app: MiniProgram, scopes: Iterable[Scope]) -> ClientCredential:
    """Grant these scopes and no others, to tokens that are there already too."""
    wanted = set(scopes)
    with act(who) as done:
        credential = _own_credential(app)
        before = credential.scopes
        credential.scopes = [scope.value for scope in Scope if scope in wanted]
        credential.save(update_fields=["scopes"])
        record(done, "set_scopes", credential, {"scopes": credential.scopes}, {"scopes": before})
    return credential


def set_allowed_networks(who: Actor, app: MiniProgram, found: Sequence[str]) -> ClientCredential:
    """Let a mini program's credential be used from these networks alone; none is anywhere.

    Raises `network_invalid`, naming each that is wrong.
    """
    wanted = canonical(found)
    with act(who) as done:
        credential = _own_credential(app)
        put_networks(done, credential, wanted)
    return credential


def canonical(found: Sequence[str]) -> list[str]:
    """Networks as they are kept, each once. Raises `network_invalid`."""
    kept: dict[str, None] = {}
    wrong: list[FieldError] = []
    for place, each in enumerate(found):
        try:
            kept[networks.canonical(each)] = None
        except ValueError:
            text = Text(f"{each} 不是 IP 或网段", f"{each} is no address or network")
            wrong.append(FieldError("network_invalid", text, at=f"networks.{place}"))
    if wrong:
        raise NETWORK_INVALID(errors=wrong)
    return list(kept)


def put_networks(done: Act, credential: ClientCredential, wanted: list[str]) -> None:
    """Write the allow list of a credential that is locked."""
    before = credential.allowed_networks
    credential.allowed_networks = wanted
    credential.save(update_fields=["allowed_networks"])
    record(done, "set_allowed_networks", credential, {"networks": wanted}, {"networks": before})


def rotate(
    done: Act, credential: ClientCredential, keep_hours: int | None
) -> tuple[ClientSecret, str]:
    """Another secret of a credential that is locked; the older one is kept for `keep_hours`.

    Raises `two_secrets_live`.
    """
    older = queries.live_secrets(credential)
    made, raw = add_secret(done.actor, credential)
    if keep_hours is not None:
        until = clock.now() + timedelta(hours=keep_hours)
        for each in older:
            expires_at = min(until, each.expires_at or until)
            ClientSecret.objects.filter(pk=each.pk).update(expires_at=expires_at)
    record(done, "create_secret", credential, {"secret": made.pk, "keep_hours": keep_hours})
    return made, raw


def add_secret(who: Actor, credential: ClientCredential) -> tuple[ClientSecret, str]:
    """A new secret of a credential that is locked. Raises `two_secrets_live`."""
    if len(queries.live_secrets(credential)) >= queries.MOST_LIVE:
        raise TWO_SECRETS_LIVE()
    raw = f"gzs_{ids.secret(32)}"
    made = ClientSecret.objects.create(
        credential=credential,
        hash=queries.hash_of(raw),
        sealed=queries.seal().encrypt(raw.encode()),
        hint=raw[-HINT:],
        created_by=who.id,
        created_at=clock.now(),
    )
    return made, raw


def lock(client_key: str) -> ClientCredential:
    """The credential, locked until the transaction ends."""
    return locked(ClientCredential.objects.filter(pk=client_key)).get()


def record(
    done: Act,
    verb: str,
    credential: ClientCredential,
    after: dict[str, object],
    before: dict[str, object] | None = None,
) -> None:
    """Note what was done to a credential."""
    done.record(f"openapi.{verb}", "credential", credential.pk, before=before, after=after)


def _own_credential(app: MiniProgram) -> ClientCredential:
    """The mini program's credential, made where there is none, and locked."""
    ClientCredential.objects.get_or_create(
        client_key=app.pk, defaults={"mini_program": app, "scopes": queries.all_scopes()}
    )
    return lock(app.pk)
