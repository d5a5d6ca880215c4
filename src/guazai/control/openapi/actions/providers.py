"""Service providers, made by operators, and what mini programs authorise them to."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from guazai.control.journal.actions import act
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor
from guazai.control.openapi import queries
from guazai.control.openapi.actions import credentials
from guazai.control.openapi.errors import ALREADY_AUTHORIZED, PROVIDER_UNKNOWN
from guazai.control.openapi.models import (
    ClientCredential,
    ClientSecret,
    Provider,
    ProviderAuthorization,
)
from guazai.control.openapi.states import Permission

if TYPE_CHECKING:
    from guazai.control.directory.models import MiniProgram


def create_provider(who: Actor, name: str) -> tuple[Provider, str]:
    """A new service provider with its first secret, which is shown this once."""
    client_key = f"tp{secrets.token_hex(8)}"
    with act(who) as done:
        provider = Provider.objects.create(client_key=client_key, name=name)
        credential = ClientCredential.objects.create(
            client_key=client_key, provider=provider, scopes=[]
        )
        _, raw = credentials.add_secret(who, credential)
        done.record("openapi.create_provider", "provider", provider.pk, after={"name": name})
    return provider, raw


def create_secret(
    who: Actor, provider: Provider, *, keep_hours: int | None = None
) -> tuple[ClientSecret, str]:
    """Another secret of a service provider, as of a mini program. Raises `two_secrets_live`."""
    with act(who) as done:
        return credentials.rotate(done, credentials.lock(provider.pk), keep_hours)


def set_allowed_networks(who: Actor, provider: Provider, found: Sequence[str]) -> None:
    """Let a service provider call from these networks alone; none is anywhere.

    Raises `network_invalid`.
    """
    wanted = credentials.canonical(found)
    with act(who) as done:
        credentials.put_networks(done, credentials.lock(provider.pk), wanted)


def set_enabled(who: Actor, provider: Provider, *, is_enabled: bool) -> None:
    """Let a service provider call, or refuse its tokens from now on; doing it twice is fine."""
    with act(who) as done:
        provider.disabled_at = None if is_enabled else provider.disabled_at or clock.now()
        provider.save(update_fields=["disabled_at"])
        verb = "enable_provider" if is_enabled else "disable_provider"
        done.record(f"openapi.{verb}", "provider", provider.pk)


def authorize(
    who: Actor, app: MiniProgram, client_key: str, permissions: Iterable[Permission]
) -> ProviderAuthorization:
    """Let a service provider act for a mini program, by some permission sets.

    Raises `provider_unknown`, and `already_authorized`.
    """
    provider = queries.enabled_providers().filter(pk=client_key).first()
    if provider is None:
        raise PROVIDER_UNKNOWN()
    numbers = sorted({int(each) for each in permissions})
    with act(who) as done:
        try:
            with transaction.atomic():
                made = ProviderAuthorization.objects.create(
                    mini_program=app,
                    provider=provider,
                    permissions=numbers,
                    authorized_by=who.id,
                    authorized_at=clock.now(),
                )
        except IntegrityError:
            raise ALREADY_AUTHORIZED() from None
        after = {"provider": provider.pk, "permissions": numbers}
        done.record("openapi.authorize_provider", "mini_program", app.pk, after=after)
    return made


def revoke(who: Actor, authorization: ProviderAuthorization) -> None:
    """Let the service provider act for the mini program no more, from this moment on."""
    with act(who) as done:
        rows = ProviderAuthorization.objects.filter(pk=authorization.pk, revoked_at__isnull=True)
        rows.update(revoked_at=clock.now())
        before = {"provider": authorization.provider_id, "permissions": authorization.permissions}
        done.record(
            "openapi.revoke_provider", "mini_program", authorization.mini_program_id, before=before
        )
