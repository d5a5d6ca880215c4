"""Bindings with their codes, the counters that hold their limits, and owners' blocks."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from guazai.control.binding.states import BINDABLE, MAX_AWAITING, OPEN, BindingStatus, Side
from guazai.control.kernel import ids


class Binding(models.Model):
    """抖音号绑定: that a mini program may put its entry on an account, once its owner consents."""

    id = models.CharField(primary_key=True, max_length=ids.LENGTH, default=ids.factory("bnd"))
    mini_program = models.ForeignKey("directory.MiniProgram", models.PROTECT, related_name="+")
    account = models.ForeignKey("directory.DouyinAccount", models.PROTECT, related_name="+")
    surface = models.CharField(max_length=32)
    kind = models.CharField(max_length=16)
    status = models.CharField(
        max_length=20, choices=BindingStatus.choices, default=BindingStatus.AWAITING_CONSENT
    )
    requested_by = models.CharField(max_length=64)
    requested_at = models.DateTimeField()
    #: Until when the owner can consent.
    expires_at = models.DateTimeField()
    #: The last day on which the developer wants it to hold; null where its tie alone decides (B3).
    ends_on = models.DateField(null=True)
    consented_by = models.CharField(max_length=64, default="")
    consented_at = models.DateTimeField(null=True)
    #: Who closed it, before or after consent; empty while it is open.
    ended_by_side = models.CharField(max_length=16, choices=Side.choices, default="")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # Requests rely on it: of two that race for the same account one is stored.
            models.UniqueConstraint(
                fields=["account", "mini_program", "surface"],
                condition=Q(status__in=OPEN),
                name="one_open_binding",
            ),
            models.CheckConstraint(
                condition=Q(status__in=BindingStatus.values), name="binding_status_known"
            ),
            models.CheckConstraint(condition=Q(kind__in=BINDABLE), name="binding_kind_known"),
            # Landing pages rely on it: nothing goes live without somebody's consent (B5).
            models.CheckConstraint(
                condition=~Q(status=BindingStatus.ACTIVE)
                | (~Q(consented_by="") & Q(consented_at__isnull=False)),
                name="active_implies_consent",
            ),
            # The cool-down and the history rely on it: what is closed says when, and by whom.
            models.CheckConstraint(
                condition=Q(status__in=OPEN, ended_by_side="", ended_at__isnull=True)
                | (~Q(status__in=OPEN) & Q(ended_by_side__in=Side.values, ended_at__isnull=False)),
                name="closed_implies_ender",
            ),
        ]
        indexes = [
            models.Index(fields=["mini_program", "surface", "id"], name="bindings_of_app"),
            models.Index(fields=["account", "id"], name="bindings_of_account"),
            models.Index(
                fields=["expires_at"],
                condition=Q(status=BindingStatus.AWAITING_CONSENT),
                name="bindings_by_expiry",
            ),
        ]


class BindingCode(models.Model):
    """The newest code of a binding; only its hash is kept. A new one takes its place (B5)."""

    # One row each, so that at most one code is live: an earlier one is unknown from then on.
    binding = models.OneToOneField(Binding, models.CASCADE, related_name="code")
    hash = models.CharField(max_length=64, unique=True)
    #: Two digits on the developer's screen, which the owner types.
    match_number = models.CharField(max_length=2)
    expires_at = models.DateTimeField()
    #: When it was spent, by consent or by a wrong number.
    used_at = models.DateTimeField(null=True)


class BindingQuota(models.Model):
    """How many bindings of a kind a mini program has open, and may have (B4)."""

    mini_program = models.ForeignKey("directory.MiniProgram", models.CASCADE, related_name="+")
    surface = models.CharField(max_length=32)
    kind = models.CharField(max_length=16)
    used = models.PositiveIntegerField(default=0)
    quota = models.PositiveIntegerField()

    class Meta:
        constraints = [
            # Taking a place relies on it: there is one counter to race for.
            models.UniqueConstraint(
                fields=["mini_program", "surface", "kind"], name="one_binding_quota"
            ),
            # "Never exceeded" relies on it, whatever the code does.
            models.CheckConstraint(
                condition=Q(used__gte=0, used__lte=F("quota")), name="binding_quota_holds"
            ),
        ]


class UnbindCount(models.Model):
    """How often a mini program unbound in a month, and may (B6).

    `quota` is what the month before had, until an operator sets another.
    """

    mini_program = models.ForeignKey("directory.MiniProgram", models.CASCADE, related_name="+")
    surface = models.CharField(max_length=32)
    #: YYYY-MM in Asia/Shanghai.
    month = models.CharField(max_length=7)
    used = models.PositiveIntegerField(default=0)
    quota = models.PositiveIntegerField()

    class Meta:
        constraints = [
            # Counting an unbind relies on it: there is one counter to race for.
            models.UniqueConstraint(
                fields=["mini_program", "surface", "month"], name="one_unbind_count"
            ),
            # The monthly limit relies on it.
            models.CheckConstraint(
                condition=Q(used__gte=0, used__lte=F("quota")), name="unbind_limit_holds"
            ),
        ]


class ConsentLoad(models.Model):
    """How many requests await an account's consent, from all mini programs together."""

    account = models.OneToOneField(
        "directory.DouyinAccount", models.CASCADE, primary_key=True, related_name="+"
    )
    awaiting = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            # The guard against consent fatigue relies on it, however many requests race.
            models.CheckConstraint(
                condition=Q(awaiting__gte=0, awaiting__lte=MAX_AWAITING),
                name="consent_load_holds",
            ),
        ]


class BindingBlock(models.Model):
    """That an account's owner wants no more requests from a mini program (B5)."""

    account = models.ForeignKey("directory.DouyinAccount", models.CASCADE, related_name="+")
    mini_program = models.ForeignKey("directory.MiniProgram", models.CASCADE, related_name="+")
    created_by = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            # Lifting a block relies on it: there is one row to delete.
            models.UniqueConstraint(fields=["account", "mini_program"], name="one_binding_block"),
        ]


class EnterpriseClearance(models.Model):
    """That support cleared an enterprise account for a mini program (B2)."""

    id = models.CharField(primary_key=True, max_length=ids.LENGTH, default=ids.factory("clr"))
    account = models.ForeignKey("directory.DouyinAccount", models.CASCADE, related_name="+")
    mini_program = models.ForeignKey("directory.MiniProgram", models.CASCADE, related_name="+")
    by = models.CharField(max_length=64)
    reason = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            # Revoking a clearance relies on it: none stays behind.
            models.UniqueConstraint(fields=["account", "mini_program"], name="one_clearance"),
        ]
