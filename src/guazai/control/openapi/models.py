"""Credentials of the OpenAPI, their secrets and tokens; service providers and what they may do."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from guazai.control.kernel import ids
from guazai.control.openapi.states import TokenKind

MAX_CLIENT_KEY = 64
#: 16 bytes in base64.
LINK_LENGTH = 22


def new_link_id() -> str:
    """An id that nobody guesses."""
    return ids.secret(16)


class Provider(models.Model):
    """服务商: calls the OpenAPI on behalf of mini programs that authorised it."""

    client_key = models.CharField(primary_key=True, max_length=MAX_CLIENT_KEY)
    name = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    disabled_at = models.DateTimeField(null=True)


class ClientCredential(models.Model):
    """What a mini program or a service provider calls the OpenAPI with.

    Its row lock puts in order whoever makes secrets and tokens, so that no more than two of each
    are live.
    """

    client_key = models.CharField(primary_key=True, max_length=MAX_CLIENT_KEY)
    mini_program = models.OneToOneField(
        "directory.MiniProgram", models.CASCADE, null=True, related_name="credential"
    )
    provider = models.OneToOneField(Provider, models.CASCADE, null=True, related_name="credential")
    #: Scopes that are granted (`states.Scope`); nothing to a provider, which has permission sets.
    scopes = models.JSONField()
    #: Networks from which it may be used, in canonical form; none for anywhere.
    allowed_networks = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            # Every call relies on it: a credential is of one mini program, or of one provider.
            models.CheckConstraint(
                condition=Q(mini_program__isnull=True, provider__isnull=False)
                | Q(mini_program__isnull=False, provider__isnull=True),
                name="credential_of_one",
            ),
        ]


class ClientSecret(models.Model):
    """A secret of a credential: its hash to check it, and sealed to sign webhooks with it.

    It is live until it is ended, or expires; the seal is broken up then.
    """

    id = models.CharField(primary_key=True, max_length=ids.LENGTH, default=ids.factory("sec"))
    credential = models.ForeignKey(ClientCredential, models.CASCADE, related_name="secrets")
    #: Guards against the same secret twice.
    hash = models.CharField(max_length=64, unique=True)
    sealed = models.BinaryField(max_length=256)
    #: The last four characters, by which people tell two apart.
    hint = models.CharField(max_length=4)
    created_by = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["credential", "created_at"],
                condition=Q(ended_at__isnull=True),
                name="secrets_not_ended",
            ),
        ]


class ProviderAuthorization(models.Model):
    """A mini program lets a service provider act for it, by some permission sets."""

    id = models.CharField(primary_key=True, max_length=ids.LENGTH, default=ids.factory("aut"))
    mini_program = models.ForeignKey(
        "directory.MiniProgram", models.CASCADE, related_name="provider_authorizations"
    )
    provider = models.ForeignKey(Provider, models.CASCADE, related_name="authorizations")
    #: Numbers of `states.Permission`.
    permissions = models.JSONField()
    authorized_by = models.CharField(max_length=64)
    authorized_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # Providers' calls rely on it: one set of permissions holds.
            models.UniqueConstraint(
                fields=["mini_program", "provider"],
                condition=Q(revoked_at__isnull=True),
                name="one_live_authorization_each",
            ),
        ]


class ClientToken(models.Model):
    """A token that calls bear; only its hash is kept."""

    id = models.CharField(primary_key=True, max_length=ids.LENGTH, default=ids.factory("ctk"))
    #: Every call finds its token by it.
    hash = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=8, choices=TokenKind.choices)
    credential = models.ForeignKey(ClientCredential, models.CASCADE, related_name="tokens")
    #: The secret it was got with: when that ends, so does the token.
    secret = models.ForeignKey(ClientSecret, models.CASCADE, related_name="tokens")
    authorization = models.ForeignKey(
        ProviderAuthorization, models.CASCADE, null=True, related_name="tokens"
    )
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    #: From when on a newer one has taken its place; null where none has.
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=TokenKind.values), name="client_token_kind_known"
            ),
            # Calls rely on it: a provider's token names the mini program that it acts for.
            models.CheckConstraint(
                condition=Q(kind=TokenKind.PROVIDER, authorization__isnull=False)
                | (~Q(kind=TokenKind.PROVIDER) & Q(authorization__isnull=True)),
                name="provider_token_names_its_authorization",
            ),
        ]


class AuthorizationCode(models.Model):
    """A code by which a provider gets the first token for a mini program: once, within minutes."""

    hash = models.CharField(primary_key=True, max_length=64)
    authorization = models.ForeignKey(ProviderAuthorization, models.CASCADE, related_name="codes")
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)


class RefreshToken(models.Model):
    """What a provider gets its next token for a mini program with; used once."""

    hash = models.CharField(primary_key=True, max_length=64)
    authorization = models.ForeignKey(
        ProviderAuthorization, models.CASCADE, related_name="refresh_tokens"
    )
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)


class UrlLink(models.Model):
    """A link that opens a page of a mini program: a URL for one host app, or a schema for any."""

    #: 128 random bits; whoever has it may open the link.
    id = models.CharField(primary_key=True, max_length=LINK_LENGTH, default=new_link_id)
    mini_program = models.ForeignKey("directory.MiniProgram", models.CASCADE, related_name="+")
    #: One of `states.HostApp`; empty for a schema.
    host_app = models.CharField(max_length=16, default="")
    #: Empty for the home page, whichever that is when the link is opened.
    page_path = models.CharField(max_length=256, default="")
    #: As it stands in an address: the text of a link's query, every character beside a few escaped.
    query = models.CharField(max_length=4096, default="")
    created_at = models.DateTimeField()
    #: Null where it never expires, as a schema may.
    expires_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        constraints = [
            # Those who clean up rely on it: every URL is over one day.
            models.CheckConstraint(
                condition=Q(host_app="") | Q(expires_at__isnull=False), name="url_link_expires"
            ),
        ]


class LinkUse(models.Model):
    """How many links a mini program has generated in a day, and may."""

    mini_program = models.ForeignKey("directory.MiniProgram", models.CASCADE, related_name="+")
    #: In Asia/Shanghai.
    day = models.DateField(db_index=True)
    used = models.PositiveIntegerField(default=0)
    quota = models.PositiveIntegerField()

    class Meta:
        constraints = [
            # Generating relies on it: there is one counter to race for.
            models.UniqueConstraint(fields=["mini_program", "day"], name="one_link_use_each_day"),
            # The daily quota relies on it, whatever the code does.
            models.CheckConstraint(
                condition=Q(used__gte=0, used__lte=models.F("quota")), name="link_quota_holds"
            ),
        ]
