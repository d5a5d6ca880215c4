"""Rows that the host syncs in, the people who log in, and machines' tokens."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from guazai.control.directory.states import AccountType, MemberRole
from guazai.control.kernel import ids


class LegalEntity(models.Model):
    """主体: the company that owns mini programs and brand accounts."""

    entity_id = models.CharField(primary_key=True, max_length=64)
    #: Operators find it by how its name begins; likewise below.
    name = models.CharField(max_length=128, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)


class PersonManager(BaseUserManager["Person"]):
    """Makes people; one without a password can only enter through the host's own login."""

    def create_person(self, login: str, password: str | None = None, **fields: Any) -> Person:
        """A new person with a hashed password, or an unusable one."""
        person = self.model(login=login, **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person


class Person(AbstractBaseUser):
    """Someone who logs in. `login` is an opaque name, never a phone number or a real name (S9)."""

    id = models.CharField(primary_key=True, max_length=ids.LENGTH, default=ids.factory("psn"))
    login = models.CharField(max_length=64, unique=True)
    display_name = models.CharField(max_length=64, default="")
    is_reviewer = models.BooleanField(default=False)
    is_operator = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "login"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = PersonManager()


class Membership(models.Model):
    """A developer's place in a legal entity."""

    entity = models.ForeignKey(LegalEntity, models.CASCADE, related_name="memberships")
    person = models.ForeignKey(Person, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=MemberRole.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            # Scoped queries rely on it: one place per person and entity.
            models.UniqueConstraint(fields=["entity", "person"], name="one_membership_each"),
            models.CheckConstraint(
                condition=Q(role__in=MemberRole.values), name="member_role_known"
            ),
        ]


class MiniProgram(models.Model):
    """小程序, as the host knows it."""

    app_id = models.CharField(primary_key=True, max_length=64)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, related_name="mini_programs")
    name = models.CharField(max_length=64, db_index=True)
    icon_url = models.URLField(max_length=512, default="")
    industry = models.CharField(max_length=64, default="")
    is_online = models.BooleanField(default=False)
    credit_score = models.PositiveSmallIntegerField(default=0)
    published_version = models.ForeignKey(
        "MiniProgramVersion", models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)


class MiniProgramVersion(models.Model):
    """A version of a mini program and its pages; never changed once known."""

    mini_program = models.ForeignKey(MiniProgram, models.CASCADE, related_name="versions")
    number = models.CharField(max_length=64)
    #: Page paths without a leading slash; the first is the home page.
    pages = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            # Idempotent sync relies on it.
            models.UniqueConstraint(fields=["mini_program", "number"], name="one_row_per_version"),
        ]


class DouyinAccount(models.Model):
    """抖音号, as the host knows it. `aweme_id` on the wire."""

    aweme_id = models.CharField(primary_key=True, max_length=64)
    nickname = models.CharField(max_length=64, db_index=True)
    avatar_url = models.URLField(max_length=512, default="")
    account_type = models.CharField(max_length=16, choices=AccountType.choices)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, null=True, related_name="accounts")
    owner = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="accounts")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(account_type__in=AccountType.values), name="account_type_known"
            ),
        ]


class Employment(models.Model):
    """That an account's owner works for a legal entity, up to and including `ends_on` (B3)."""

    entity = models.ForeignKey(LegalEntity, models.CASCADE, related_name="employments")
    account = models.ForeignKey(DouyinAccount, models.CASCADE, related_name="employments")
    ends_on = models.DateField()

    class Meta:
        constraints = [
            # Idempotent sync relies on it.
            models.UniqueConstraint(fields=["entity", "account"], name="one_employment_each"),
        ]


class Token(models.Model):
    """A machine's bearer token; only its hash is kept."""

    id = models.CharField(primary_key=True, max_length=ids.LENGTH, default=ids.factory("tok"))
    name = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField()
    mini_program = models.ForeignKey(MiniProgram, models.CASCADE, null=True, related_name="tokens")
    created_by = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
