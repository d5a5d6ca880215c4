"""Tokens: got with a secret, or by a service provider with a code or a refresh token.

Getting one is no act of the audit log, as logging in is none: it changes nothing for anybody.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction
from django.db.models import Q, QuerySet

from guazai.control.kernel import clock, ids
from guazai.control.kernel.locks import locked
from guazai.control.openapi import queries
from guazai.control.openapi.actions.credentials import lock
from guazai.control.openapi.errors import (
    AUTHORIZATION_CODE_INVALID,
    AUTHORIZATION_REVOKED,
    REFRESH_TOKEN_INVALID,
)
from guazai.control.openapi.models import (
    AuthorizationCode,
    ClientSecret,
    ClientToken,
    ProviderAuthorization,
    RefreshToken,
)
from guazai.control.openapi.states import TokenKind

LIFE = timedelta(hours=2)
#: How long the token before the newest lives on.
GRACE = timedelta(minutes=5)
CODE_LIFE = timedelta(minutes=10)
REFRESH_LIFE = timedelta(days=30)
#: How long after its end a token is still known, so that a late call hears that it has expired.
KEPT = timedelta(days=1)
#: What is good once.
Once = TypeVar("Once", AuthorizationCode, RefreshToken)
STABLE_INFO = b"guazai stable tokens"


@dataclass(frozen=True, slots=True)
class Issued:
    """A token in clear, and for how many whole seconds it is good."""

    raw: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class IssuedForApp:
    """A service provider's token for a mini program, and what gets the next one."""

    token: Issued
    refresh_raw: str
    refresh_expires_in: int
    authorization: ProviderAuthorization


def issue_client_token(secret: ClientSecret) -> Issued:
    """A new token; the one before lives at most `GRACE` on, and older ones end now.

    Raises `not_found` where the secret is not live any more.
    """
    with transaction.atomic():
        now = _use(secret)
        rows = ClientToken.objects.filter(credential=secret.credential_id, kind=TokenKind.CLIENT)
        _supersede(rows, now)
        return _issue(f"clt.{ids.secret(32)}", TokenKind.CLIENT, secret, now)


def issue_stable_token(secret: ClientSecret, *, force_refresh: bool) -> Issued:
    """The token that is there while it is valid; else, or by force, a new one, which ends it.

    It can be told again because it is derived from its row's id, and is stored nowhere. Raises
    `not_found` where the secret is not live any more.
    """
    with transaction.atomic():
        now = _use(secret)
        rows = ClientToken.objects.filter(
            Q(secret__ended_at__isnull=True),
            Q(secret__expires_at__isnull=True) | Q(secret__expires_at__gt=now),
            credential=secret.credential_id,
            kind=TokenKind.STABLE,
            superseded_at__isnull=True,
            expires_at__gte=now + timedelta(seconds=1),
        )
        found = rows.order_by("-pk").first()
        if found is not None and not force_refresh:
            raw, left = _stable(found.pk), int((found.expires_at - now).total_seconds())
            # It is another one where the platform's secret was changed.
            if queries.hash_of(raw) == found.hash:
                return Issued(raw, left)
        ClientToken.objects.filter(pk__in=rows.values("pk")).update(superseded_at=now)
        pk = ids.new("ctk")
        return _issue(_stable(pk), TokenKind.STABLE, secret, now, pk=pk)


def redeem_code(client_key: str, secret_id: str, code: str) -> IssuedForApp:
    """A provider's first token for the mini program that the code is of; the code is used up.

    Raises `authorization_code_invalid`, and `authorization_revoked`.
    """
    with transaction.atomic():
        found = _used_up(AuthorizationCode, client_key, code)
        if found is None:
            raise AUTHORIZATION_CODE_INVALID()
        return _issue_for_app(found.authorization_id, secret_id)


def refresh(client_key: str, secret_id: str, raw: str) -> IssuedForApp:
    """A provider's next token for a mini program; the refresh token is used up, and replaced.

    Raises `refresh_token_invalid`, and `authorization_revoked`.
    """
    with transaction.atomic():
        found = _used_up(RefreshToken, client_key, raw)
        if found is None:
            raise REFRESH_TOKEN_INVALID()
        return _issue_for_app(found.authorization_id, secret_id)


def issue_code(authorization: ProviderAuthorization) -> str:
    """A code by which the authorised provider gets its first token."""
    raw = ids.secret(32)
    AuthorizationCode.objects.create(
        hash=queries.hash_of(raw),
        authorization=authorization,
        expires_at=clock.now() + CODE_LIFE,
    )
    return raw


def forget_old() -> int:
    """Delete what was over a day ago, and break the seals of secrets that are; returns how many."""
    before = clock.now() - KEPT
    tokens, _ = ClientToken.objects.filter(
        Q(expires_at__lt=before)
        | Q(superseded_at__lt=before)
        | Q(secret__ended_at__lt=before)
        | Q(secret__expires_at__lt=before)
    ).delete()
    codes, _ = AuthorizationCode.objects.filter(expires_at__lt=before).delete()
    refreshes, _ = RefreshToken.objects.filter(expires_at__lt=before).delete()
    over = ClientSecret.objects.filter(expires_at__lt=clock.now())
    over.exclude(sealed=b"").update(sealed=b"")
    return tokens + codes + refreshes


def _use(secret: ClientSecret) -> datetime:
    """Lock the secret's credential, and note that the secret was used; the time of that."""
    credential = lock(secret.credential_id)
    found = queries.live_secret(credential, secret.pk)
    now = clock.now()
    ClientSecret.objects.filter(pk=found.pk).update(last_used_at=now)
    return now


def _supersede(rows: QuerySet[ClientToken], now: datetime) -> None:
    """Make room for a new token beside the newest of `rows`."""
    rows = rows.filter(expires_at__gt=now)
    rows.filter(superseded_at__gt=now).update(superseded_at=now)
    rows.filter(superseded_at__isnull=True).update(superseded_at=now + GRACE)


def _issue(
    raw: str,
    kind: TokenKind,
    secret: ClientSecret,
    now: datetime,
    *,
    pk: str | None = None,
    authorization: ProviderAuthorization | None = None,
) -> Issued:
    ClientToken.objects.create(
        pk=pk or ids.new("ctk"),
        hash=queries.hash_of(raw),
        kind=kind,
        credential_id=secret.credential_id,
        secret=secret,
        authorization=authorization,
        issued_at=now,
        expires_at=now + LIFE,
    )
    return Issued(raw, int(LIFE.total_seconds()))


def _issue_for_app(authorization_id: str, secret_id: str) -> IssuedForApp:
    rows = ProviderAuthorization.objects.filter(pk=authorization_id)
    authorization = locked(rows).get()
    if authorization.revoked_at is not None:
        raise AUTHORIZATION_REVOKED()
    now = clock.now()
    _supersede(ClientToken.objects.filter(authorization=authorization), now)
    secret = ClientSecret.objects.get(pk=secret_id)
    raw = f"isvact.{ids.secret(32)}"
    token = _issue(raw, TokenKind.PROVIDER, secret, now, authorization=authorization)
    refresh_raw = f"isvrft.{ids.secret(32)}"
    RefreshToken.objects.create(
        hash=queries.hash_of(refresh_raw),
        authorization=authorization,
        expires_at=now + REFRESH_LIFE,
    )
    return IssuedForApp(token, refresh_raw, int(REFRESH_LIFE.total_seconds()), authorization)


def _used_up(model: type[Once], client_key: str, raw: str) -> Once | None:
    """A provider's code or refresh token, used up by this; None where it cannot be used.

    The UPDATE names its own columns alone: PostgreSQL looks again at these, and not at another
    table's, where somebody else has just used it up.
    """
    now = clock.now()
    found = model._default_manager.filter(
        pk=queries.hash_of(raw), authorization__provider=client_key
    ).first()
    if found is None:
        return None
    rows = model._default_manager.filter(pk=found.pk, used_at__isnull=True, expires_at__gt=now)
    return found if rows.update(used_at=now) else None


def _stable(pk: str) -> str:
    digest = hmac.digest(queries.derived_key(STABLE_INFO), pk.encode(), "sha256")
    return f"clt.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"
