"""Reading credentials, tokens, service providers, authorisations and links."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote

import structlog
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db.models import Q, QuerySet

from guazai.control.directory import queries as directory
from guazai.control.entry import queries as entries
from guazai.control.kernel import clock
from guazai.control.kernel.errors import NOT_FOUND
from guazai.control.kernel.prepared import Prepared
from guazai.control.openapi.errors import MINI_PROGRAM_CLOSED
from guazai.control.openapi.models import (
    ClientCredential,
    ClientSecret,
    ClientToken,
    Provider,
    ProviderAuthorization,
    UrlLink,
)
from guazai.control.openapi.states import HOST_SCHEMES, HostApp, Scope
from guazai.feed.codec import start_page
from guazai.feed.records import Scope as DenyScope

if TYPE_CHECKING:
    from guazai.control.directory.models import MiniProgram

log = structlog.get_logger(__name__)
#: Secrets of a credential that may be live at once.
MOST_LIVE = 2
SECRETS_INFO = b"guazai client secrets"
CLIENT_TOKENS = Prepared(
    lambda value: ClientToken.objects.select_related(
        "secret", "credential__provider", "credential__mini_program"
    ).filter(hash=value)
)
PROVIDER_TOKENS = Prepared(
    lambda value: ClientToken.objects.select_related(
        "secret", "credential__provider", "authorization__mini_program"
    ).filter(hash=value)
)


def hash_of(raw: str) -> str:
    """How secrets, tokens and codes are kept: SHA-256, as 256 random bits need no slow hash."""
    return hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def derived_key(info: bytes) -> bytes:
    """32 bytes for one purpose, from the platform's secret."""
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=info)
    return derivation.derive(settings.CONFIG.secret_key.encode())


@cache
def seal() -> Fernet:
    """What client secrets are sealed with."""
    return Fernet(base64.urlsafe_b64encode(derived_key(SECRETS_INFO)))


def is_live(now: datetime) -> Q:
    """Secrets that are live at `now`."""
    return Q(ended_at__isnull=True) & (Q(expires_at__isnull=True) | Q(expires_at__gt=now))


def credential_of(app: MiniProgram) -> ClientCredential:
    """The mini program's credential; where it has none yet, what it would begin with, not saved."""
    found = ClientCredential.objects.filter(mini_program=app).first()
    return found or ClientCredential(client_key=app.pk, mini_program=app, scopes=all_scopes())


def find_credential(client_key: str) -> ClientCredential | None:
    """A credential, or None."""
    rows = ClientCredential.objects.select_related("provider", "mini_program__entity")
    return rows.filter(pk=client_key).first()


def all_scopes() -> list[str]:
    """Every scope, as a credential begins."""
    return [scope.value for scope in Scope]


def live_secrets(credential: ClientCredential) -> list[ClientSecret]:
    """The credential's live secrets, oldest first: two at most."""
    rows = ClientSecret.objects.filter(is_live(clock.now()), credential=credential.pk)
    return list(rows.order_by("created_at", "pk"))


def live_secret(credential: ClientCredential, secret_id: str) -> ClientSecret:
    """One of them; raises `not_found`."""
    for each in live_secrets(credential):
        if each.pk == secret_id:
            return each
    raise NOT_FOUND()


def secret_actions(live: Sequence[ClientSecret]) -> list[str]:
    """What can be done about a credential's secrets, by those that are live."""
    return ["create_secret"] if len(live) < MOST_LIVE else []


def signing_secrets(app_id: str) -> tuple[str, ...]:
    """The live secrets of a mini program in clear, oldest first: webhooks are signed with one.

    One that was sealed under another secret of the platform's cannot be read, and is left out.
    """
    rows = ClientSecret.objects.filter(is_live(clock.now()), credential__mini_program=app_id)
    found = [_opened(each) for each in rows.order_by("created_at", "pk")]
    return tuple(each for each in found if each is not None)


def _opened(secret: ClientSecret) -> str | None:
    try:
        return seal().decrypt(bytes(secret.sealed)).decode()
    except InvalidToken:
        log.error("openapi.seal_unreadable", secret_id=secret.pk)  # noqa: TRY400 - no more to know
        return None


def find_token(raw: str, *, is_of_provider: bool) -> ClientToken | None:
    """The token `raw` with all that a call asks about it, in one query."""
    prepared = PROVIDER_TOKENS if is_of_provider else CLIENT_TOKENS
    return prepared.one(hash_of(raw))


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a token opens anything now."""

    is_valid: bool
    is_expired: bool


def standing(token: ClientToken) -> Standing:
    """What has become of a token: superseded, ended with its secret or provider, or expired."""
    now = clock.now()
    secret, provider = token.secret, token.credential.provider
    is_ended = (
        (token.superseded_at is not None and token.superseded_at <= now)
        or secret.ended_at is not None
        or (secret.expires_at is not None and secret.expires_at <= now)
        or (provider is not None and provider.disabled_at is not None)
    )
    return Standing(is_valid=not is_ended, is_expired=token.expires_at <= now)


def providers() -> QuerySet[Provider]:
    """Every service provider."""
    return Provider.objects.select_related("credential")


def enabled_providers() -> QuerySet[Provider]:
    """Those that may call, and can be authorised."""
    return Provider.objects.filter(disabled_at__isnull=True)


def provider(client_key: str) -> Provider:
    """One of them; raises `not_found`."""
    found = providers().filter(pk=client_key).first()
    if found is None:
        raise NOT_FOUND()
    return found


def authorizations(app: MiniProgram) -> QuerySet[ProviderAuthorization]:
    """The service providers that a mini program authorises now."""
    rows = ProviderAuthorization.objects.select_related("provider")
    return rows.filter(mini_program=app, revoked_at__isnull=True)


def authorization(app: MiniProgram, authorization_id: str) -> ProviderAuthorization:
    """One of them; raises `not_found`."""
    found = authorizations(app).filter(pk=authorization_id).first()
    if found is None:
        raise NOT_FOUND()
    return found


def authorizations_of(client_key: str) -> QuerySet[ProviderAuthorization]:
    """The mini programs that authorise a service provider now, by when they did."""
    rows = ProviderAuthorization.objects.filter(provider=client_key, revoked_at__isnull=True)
    return rows.order_by("authorized_at", "pk")


def is_closed(app: MiniProgram) -> bool:
    """Whether a mini program is offline, or denied by an operator on any level above accounts."""
    above = [
        (DenyScope.MINI_PROGRAM, app.pk),
        (DenyScope.LEGAL_ENTITY, app.entity_id),
        (DenyScope.GLOBAL, ""),
    ]
    return not app.is_online or bool(entries.denied(above))


def require_open(app: MiniProgram) -> None:
    """Raises `mini_program_closed`."""
    if is_closed(app):
        raise MINI_PROGRAM_CLOSED()


def link(link_id: str) -> UrlLink:
    """A link, expired ones too; raises `not_found`."""
    rows = UrlLink.objects.select_related("mini_program__entity", "mini_program__published_version")
    found = rows.filter(pk=link_id).first()
    if found is None:
        raise NOT_FOUND()
    return found


def is_link_expired(found: UrlLink) -> bool:
    """Whether its time is over."""
    return found.expires_at is not None and found.expires_at <= clock.now()


def is_link_live(found: UrlLink) -> bool:
    """Whether it opens its mini program now."""
    return not is_link_expired(found) and not is_closed(found.mini_program)


def page_of(found: UrlLink) -> str:
    """The page that it opens; the home page of now where it names none."""
    return found.page_path or next(iter(directory.pages(found.mini_program)), "")


def address_of(found: UrlLink) -> str:
    """The page of a URL link on this platform."""
    return f"{settings.CONFIG.public_url}/l/{found.pk}"


def opener_of(found: UrlLink, scheme: str = "sslocal") -> str:
    """The address by which a host app opens the mini program."""
    app_id, page = quote(found.mini_program_id), start_page(page_of(found), found.query)
    return f"{scheme}://microapp?app_id={app_id}&start_page={page}&link_id={found.pk}"


def host_opener_of(found: UrlLink) -> str:
    """The same, in the host app that a URL link is for."""
    return opener_of(found, HOST_SCHEMES[HostApp(found.host_app)])
