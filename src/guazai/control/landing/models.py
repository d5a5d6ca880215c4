"""Share links, changes of an entry's page, and the one slot that an account has."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from guazai.control.kernel import ids
from guazai.control.landing.paths import MAX_PATH, MAX_QUERY
from guazai.control.landing.states import DECIDED, ChangeStatus

SURFACE_LENGTH = 32


class ShareLink(models.Model):
    """分享链接: a page with its query that a developer named once, to be chosen by name (L1)."""

    id = models.CharField(primary_key=True, max_length=ids.LENGTH, default=ids.factory("lnk"))
    mini_program = models.ForeignKey("directory.MiniProgram", models.PROTECT, related_name="+")
    name = models.CharField(max_length=64)
    page_path = models.CharField(max_length=MAX_PATH)
    query = models.CharField(max_length=MAX_QUERY, default="")
    created_by = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # Choosing by name relies on it: a name means one link.
            models.UniqueConstraint(
                fields=["mini_program", "name"],
                condition=Q(removed_at__isnull=True),
                name="one_share_link_per_name",
            ),
        ]


class LandingChange(models.Model):
    """What a developer wants an entry to open, as it was submitted; its content never changes."""

    id = models.CharField(primary_key=True, max_length=ids.LENGTH, default=ids.factory("chg"))
    account = models.ForeignKey("directory.DouyinAccount", models.PROTECT, related_name="+")
    mini_program = models.ForeignKey("directory.MiniProgram", models.PROTECT, related_name="+")
    surface = models.CharField(max_length=SURFACE_LENGTH)
    binding = models.ForeignKey("binding.Binding", models.PROTECT, related_name="+")
    status = models.CharField(
        max_length=16, choices=ChangeStatus.choices, default=ChangeStatus.IN_REVIEW
    )
    #: Where page and query were taken from; they are copied, so that what was reviewed stays.
    share_link = models.ForeignKey(ShareLink, models.PROTECT, null=True, related_name="+")
    page_path = models.CharField(max_length=MAX_PATH)
    query = models.CharField(max_length=MAX_QUERY, default="")
    #: Empty means the mini program's name at the time of rendering.
    title = models.CharField(max_length=64, default="")
    #: The published version that the page was found in when it was submitted.
    version = models.CharField(max_length=32)
    content_hash = models.CharField(max_length=64)
    submitted_by = models.CharField(max_length=64)
    submitted_at = models.DateTimeField()
    due_on = models.DateField()
    due_is_estimated = models.BooleanField(default=False)
    decided_by = models.CharField(max_length=64, default="")
    decided_at = models.DateTimeField(null=True)
    reasons = models.JSONField(default=list)

    class Meta:
        constraints = [
            # Submitting relies on it: of two that race, one is in review (L3).
            models.UniqueConstraint(
                fields=["account", "surface"],
                condition=Q(status=ChangeStatus.IN_REVIEW),
                name="one_change_in_review",
            ),
            models.CheckConstraint(
                condition=Q(status__in=ChangeStatus.values), name="change_status_known"
            ),
            # The audit relies on it: what was decided, somebody decided.
            models.CheckConstraint(
                condition=(Q(status__in=DECIDED, decided_at__isnull=False) & ~Q(decided_by=""))
                | Q(~Q(status__in=DECIDED), decided_at__isnull=True, decided_by=""),
                name="change_decided_by_somebody",
            ),
            # Approving relies on it: what was seen is compared by this hash (R8).
            models.CheckConstraint(
                condition=Q(content_hash__regex=r"^[0-9a-f]{64}$"), name="content_hash_is_sha256"
            ),
        ]
        indexes = [
            # The management page's newest change, and its history (L5).
            models.Index(
                fields=["account", "mini_program", "surface", "-submitted_at", "-id"],
                name="changes_of_record",
            ),
            # The desk's queue.
            models.Index(
                fields=["due_on", "id"],
                condition=Q(status=ChangeStatus.IN_REVIEW),
                name="changes_in_review",
            ),
        ]


class LandingSlot(models.Model):
    """The one place for an entry that an account has on a surface, and what is live in it.

    Every verb that changes what an account shows, or has in review, holds this row's lock.
    """

    account = models.ForeignKey("directory.DouyinAccount", models.PROTECT, related_name="+")
    surface = models.CharField(max_length=SURFACE_LENGTH)
    live_change = models.OneToOneField(LandingChange, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            # One live entry per account relies on it: one slot, and one pointer in it (L4).
            models.UniqueConstraint(fields=["account", "surface"], name="one_slot_per_account"),
        ]
