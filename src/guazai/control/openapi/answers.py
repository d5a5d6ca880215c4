"""Credentials, secrets and service providers as people are shown them."""

from __future__ import annotations

from datetime import datetime

from guazai.control.directory import queries as directory
from guazai.control.kernel.http import Out
from guazai.control.openapi import queries
from guazai.control.openapi.models import (
    ClientCredential,
    ClientSecret,
    Provider,
    ProviderAuthorization,
    UrlLink,
)
from guazai.control.openapi.states import PERMISSION_TEXTS, SCOPE_TEXTS, Permission, Scope


class SecretOut(Out):
    """A live secret; `hint` is how it ends, and `expires_at` when it ends by itself."""

    id: str
    created_at: datetime
    created_by_name: str
    last_used_at: datetime | None
    expires_at: datetime | None
    hint: str


class IssuedSecretOut(SecretOut):
    """A secret just made, with the secret itself, which is shown this once."""

    secret: str


class ScopeOut(Out):
    """A scope, what it lets a credential call, and whether this one has it."""

    key: str
    text: str
    is_granted: bool


class CredentialOut(Out):
    """What a mini program calls the OpenAPI with; no networks stands for anywhere."""

    client_key: str
    secrets: list[SecretOut]
    scopes: list[ScopeOut]
    allowed_networks: list[str]
    available_actions: list[str]


class LinkOut(Out):
    """What a link opens; one that is over, or whose mini program is closed, is not live."""

    app_id: str
    page_path: str
    query: str
    expires_at: datetime | None
    is_live: bool


class ProviderOut(Out):
    """A service provider, to choose from."""

    client_key: str
    name: str


class PermissionOut(Out):
    """A permission set, and what it lets a service provider do."""

    id: int
    name: str
    description: str


class AuthorizationOut(Out):
    """A service provider that may act for a mini program, and how far."""

    id: str
    provider: ProviderOut
    permissions: list[PermissionOut]
    authorized_at: datetime
    available_actions: list[str]


class ManagedProviderOut(ProviderOut):
    """A service provider as operators see it, with how many mini programs authorise it."""

    created_at: datetime
    disabled_at: datetime | None
    secrets: list[SecretOut]
    allowed_networks: list[str]
    authorizations: int
    available_actions: list[str]


class IssuedProviderOut(ManagedProviderOut):
    """A service provider just made, with its first secret, which is shown this once."""

    secret: str


def secret_out(secret: ClientSecret) -> SecretOut:
    """`secret` as it is shown."""
    return SecretOut(
        id=secret.pk,
        created_at=secret.created_at,
        created_by_name=directory.name_of_actor(secret.created_by),
        last_used_at=secret.last_used_at,
        expires_at=secret.expires_at,
        hint=f"…{secret.hint}",
    )


def issued_secret_out(secret: ClientSecret, raw: str) -> IssuedSecretOut:
    """`secret` as it is shown once."""
    return IssuedSecretOut(**secret_out(secret).model_dump(), secret=raw)


def credential_out(credential: ClientCredential) -> CredentialOut:
    """`credential` as its mini program's developers are shown it."""
    secrets = queries.live_secrets(credential)
    return CredentialOut(
        client_key=credential.pk,
        secrets=[secret_out(each) for each in secrets],
        scopes=[
            ScopeOut(
                key=scope.value,
                text=str(SCOPE_TEXTS[scope]),
                is_granted=scope.value in credential.scopes,
            )
            for scope in Scope
        ],
        allowed_networks=credential.allowed_networks,
        available_actions=[
            *queries.secret_actions(secrets),
            "set_scopes",
            "set_allowed_networks",
        ],
    )


def provider_out(provider: Provider) -> ProviderOut:
    """`provider` as everybody may know it."""
    return ProviderOut(client_key=provider.pk, name=provider.name)


def authorization_out(authorization: ProviderAuthorization) -> AuthorizationOut:
    """`authorization` as the mini program's developers see it."""
    return AuthorizationOut(
        id=authorization.pk,
        provider=provider_out(authorization.provider),
        permissions=[
            PermissionOut(
                id=number,
                name=str(PERMISSION_TEXTS[Permission(number)].name),
                description=str(PERMISSION_TEXTS[Permission(number)].description),
            )
            for number in authorization.permissions
        ],
        authorized_at=authorization.authorized_at,
        available_actions=["revoke"],
    )


def managed_provider_out(provider: Provider) -> ManagedProviderOut:
    """`provider` as operators see it."""
    credential = provider.credential
    secrets = queries.live_secrets(credential)
    return ManagedProviderOut(
        **provider_out(provider).model_dump(),
        created_at=provider.created_at,
        disabled_at=provider.disabled_at,
        secrets=[secret_out(each) for each in secrets],
        allowed_networks=credential.allowed_networks,
        authorizations=queries.authorizations_of(provider.pk).count(),
        available_actions=[
            *queries.secret_actions(secrets),
            "set_allowed_networks",
            "enable" if provider.disabled_at else "disable",
        ],
    )


def link_out(link: UrlLink) -> LinkOut:
    """`link` as a host reads it."""
    return LinkOut(
        app_id=link.mini_program_id,
        page_path=queries.page_of(link),
        query=link.query,
        expires_at=link.expires_at,
        is_live=queries.is_link_live(link),
    )
