"""Credentials and service providers, for developers in person and operators; links, for hosts."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Field, Router, Status
from pydantic import StringConstraints

from guazai.control.directory import queries as directory
from guazai.control.kernel import doors
from guazai.control.kernel.http import Body, Page, PageParams, actor, hide_answer, page
from guazai.control.openapi import queries
from guazai.control.openapi.actions import credentials, providers
from guazai.control.openapi.answers import (
    AuthorizationOut,
    CredentialOut,
    IssuedProviderOut,
    IssuedSecretOut,
    LinkOut,
    ManagedProviderOut,
    ProviderOut,
    authorization_out,
    credential_out,
    issued_secret_out,
    link_out,
    managed_provider_out,
    provider_out,
)
from guazai.control.openapi.models import MAX_CLIENT_KEY
from guazai.control.openapi.states import Permission, Scope

router = Router(tags=["openapi"])
APP = "/mini-programs/{app_id}"
CREDENTIAL = f"{APP}/credential"
OPERATOR = "/operator/providers"
ONE = f"{OPERATOR}/{{client_key}}"
ScopeKey = Literal[
    "app.capacity.admin",
    "ma.relation.bind",
    "ma.profile_mount.config",
    "ma.mount.legal",
    "apps.url_link.generate",
    "ma.share.schema",
    "ma.credit_score.query",
]
Name = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")
]
NetworkText = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class SecretIn(Body):
    """For how many hours the older secret is live on; without, until it is ended by hand."""

    keep_hours: int | None = Field(None, ge=0, le=168)


class ScopesIn(Body):
    """The scopes that are granted; all others are not."""

    scopes: list[ScopeKey] = Field(max_length=20)


class NetworksIn(Body):
    """Addresses and networks, IPv4 or IPv6; none stands for anywhere."""

    networks: list[NetworkText] = Field(max_length=100)


class AuthorizeIn(Body):
    """A service provider, and the permission sets that it is given."""

    client_key: str = Field(min_length=1, max_length=MAX_CLIENT_KEY)
    permissions: list[Literal[1, 2, 3, 4]] = Field(min_length=1, max_length=4)


class ProviderIn(Body):
    """What a service provider is called."""

    name: Name


@router.get(CREDENTIAL, response=CredentialOut, auth=doors.member)
def read_credential(request: HttpRequest, app_id: str) -> CredentialOut:
    """What a mini program calls the OpenAPI with, without the secrets themselves."""
    app = directory.mini_program(actor(request), app_id)
    return credential_out(queries.credential_of(app))


@router.post(f"{CREDENTIAL}/secrets", response={201: IssuedSecretOut}, auth=doors.member)
def create_secret(request: HttpRequest, app_id: str, body: SecretIn) -> Status[IssuedSecretOut]:
    """A new secret, which is in this answer and nowhere else; two at most are live."""
    hide_answer(request)
    who = actor(request)
    app = directory.mini_program(who, app_id)
    made, raw = credentials.create_secret(who, app, keep_hours=body.keep_hours)
    return Status(201, issued_secret_out(made, raw))


@router.delete(f"{CREDENTIAL}/secrets/{{secret_id}}", response={204: None}, auth=doors.member)
def end_secret(request: HttpRequest, app_id: str, secret_id: str) -> Status[None]:
    """End a secret at once, with the tokens that were got with it."""
    who = actor(request)
    credential = queries.credential_of(directory.mini_program(who, app_id))
    credentials.end_secret(who, queries.live_secret(credential, secret_id))
    return Status(204, None)


@router.put(f"{CREDENTIAL}/scopes", response=CredentialOut, auth=doors.member)
def set_scopes(request: HttpRequest, app_id: str, body: ScopesIn) -> CredentialOut:
    """Grant these scopes and no others, to tokens that are there already too."""
    who = actor(request)
    app = directory.mini_program(who, app_id)
    return credential_out(credentials.set_scopes(who, app, map(Scope, body.scopes)))


@router.put(f"{CREDENTIAL}/allowed-networks", response=CredentialOut, auth=doors.member)
def set_allowed_networks(request: HttpRequest, app_id: str, body: NetworksIn) -> CredentialOut:
    """Let calls come from these networks alone."""
    who = actor(request)
    app = directory.mini_program(who, app_id)
    return credential_out(credentials.set_allowed_networks(who, app, body.networks))


@router.get("/providers", response=Page[ProviderOut], auth=doors.member)
def list_providers(request: HttpRequest, paging: PageParams) -> Page[ProviderOut]:
    """The service providers that can be authorised."""
    return page(queries.enabled_providers(), paging, provider_out, order="pk")


@router.get(f"{APP}/providers", response=Page[AuthorizationOut], auth=doors.member)
def list_authorizations(
    request: HttpRequest, app_id: str, paging: PageParams
) -> Page[AuthorizationOut]:
    """The service providers that may act for a mini program, newest first."""
    app = directory.mini_program(actor(request), app_id)
    return page(queries.authorizations(app), paging, authorization_out)


@router.post(f"{APP}/providers", response={201: AuthorizationOut}, auth=doors.member)
def authorize_provider(
    request: HttpRequest, app_id: str, body: AuthorizeIn
) -> Status[AuthorizationOut]:
    """Let a service provider act for a mini program, by some permission sets."""
    who = actor(request)
    app = directory.mini_program(who, app_id)
    wanted = map(Permission, body.permissions)
    made = providers.authorize(who, app, body.client_key, wanted)
    return Status(201, authorization_out(made))


@router.delete(f"{APP}/providers/{{authorization_id}}", response={204: None}, auth=doors.member)
def revoke_provider(request: HttpRequest, app_id: str, authorization_id: str) -> Status[None]:
    """Let a service provider act for a mini program no more, from this moment on."""
    who = actor(request)
    app = directory.mini_program(who, app_id)
    providers.revoke(who, queries.authorization(app, authorization_id))
    return Status(204, None)


@router.get(OPERATOR, response=Page[ManagedProviderOut], auth=doors.operator, tags=["operator"])
def list_managed_providers(request: HttpRequest, paging: PageParams) -> Page[ManagedProviderOut]:
    """Every service provider, by its client_key."""
    return page(queries.providers(), paging, managed_provider_out, order="pk")


@router.post(OPERATOR, response={201: IssuedProviderOut}, auth=doors.operator, tags=["operator"])
def create_provider(request: HttpRequest, body: ProviderIn) -> Status[IssuedProviderOut]:
    """A new service provider, with its client_key and first secret, which is shown this once."""
    hide_answer(request)
    provider, raw = providers.create_provider(actor(request), body.name)
    shown = managed_provider_out(provider)
    return Status(201, IssuedProviderOut(**shown.model_dump(), secret=raw))


@router.post(
    f"{ONE}/secrets", response={201: IssuedSecretOut}, auth=doors.operator, tags=["operator"]
)
def create_provider_secret(
    request: HttpRequest, client_key: str, body: SecretIn
) -> Status[IssuedSecretOut]:
    """Another secret of a service provider, which is shown this once; two at most are live."""
    hide_answer(request)
    found = queries.provider(client_key)
    made, raw = providers.create_secret(actor(request), found, keep_hours=body.keep_hours)
    return Status(201, issued_secret_out(made, raw))


@router.delete(
    f"{ONE}/secrets/{{secret_id}}", response={204: None}, auth=doors.operator, tags=["operator"]
)
def end_provider_secret(request: HttpRequest, client_key: str, secret_id: str) -> Status[None]:
    """End a service provider's secret at once, with the tokens that were got with it."""
    credential = queries.provider(client_key).credential
    credentials.end_secret(actor(request), queries.live_secret(credential, secret_id))
    return Status(204, None)


@router.put(
    f"{ONE}/allowed-networks",
    response=ManagedProviderOut,
    auth=doors.operator,
    tags=["operator"],
)
def set_provider_networks(
    request: HttpRequest, client_key: str, body: NetworksIn
) -> ManagedProviderOut:
    """Let a service provider's calls come from these networks alone."""
    providers.set_allowed_networks(actor(request), queries.provider(client_key), body.networks)
    return managed_provider_out(queries.provider(client_key))


@router.post(f"{ONE}/disable", response=ManagedProviderOut, auth=doors.operator, tags=["operator"])
def disable_provider(request: HttpRequest, client_key: str) -> ManagedProviderOut:
    """Refuse a service provider's tokens from now on; what authorised it stays."""
    found = queries.provider(client_key)
    providers.set_enabled(actor(request), found, is_enabled=False)
    return managed_provider_out(found)


@router.post(f"{ONE}/enable", response=ManagedProviderOut, auth=doors.operator, tags=["operator"])
def enable_provider(request: HttpRequest, client_key: str) -> ManagedProviderOut:
    """Let a service provider call again."""
    found = queries.provider(client_key)
    providers.set_enabled(actor(request), found, is_enabled=True)
    return managed_provider_out(found)


@router.get("/host/links/{link_id}", response=LinkOut, auth=doors.host, tags=["host"])
def read_link(request: HttpRequest, link_id: str) -> LinkOut:
    """What a link opens that somebody follows, and whether it still does."""
    return link_out(queries.link(link_id))
