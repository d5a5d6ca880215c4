"""The closed sets of the directory."""

from __future__ import annotations

from django.db import models


class AccountType(models.TextChoices):
    """Kinds of Douyin accounts (B2)."""

    PERSONAL = "personal", "个人号"
    INSTITUTION = "institution", "机构号"
    ENTERPRISE = "enterprise", "企业号"


class MemberRole(models.TextChoices):
    """What a developer is in a legal entity."""

    OWNER = "owner"
    MEMBER = "member"
