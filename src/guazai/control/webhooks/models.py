"""Endpoints, what is delivered to them, each attempt at that, and what they were last told."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from guazai.control.kernel import ids
from guazai.control.webhooks.addresses import MAX_URL
from guazai.control.webhooks.states import DeliveryStatus, EndpointStatus


class WebhookEndpoint(models.Model):
    """Where a mini program's server is told of events: one address each (N2)."""

    mini_program = models.OneToOneField(
        "directory.MiniProgram", models.PROTECT, primary_key=True, related_name="+"
    )
    url = models.CharField(max_length=MAX_URL)
    status = models.CharField(
        max_length=16, choices=EndpointStatus.choices, default=EndpointStatus.VERIFYING
    )
    #: The names of the events that it is told of.
    events = models.JSONField()
    #: Why it failed its check, or was disabled; empty where neither is so.
    problem = models.CharField(max_length=32, default="")
    verified_at = models.DateTimeField(null=True)
    last_success_at = models.DateTimeField(null=True)
    #: Since when attempts fail, without a success in between.
    failing_since = models.DateTimeField(null=True)
    #: When the check is due, or due again should its attempt be cut off; names that attempt.
    check_at = models.DateTimeField()
    check_attempt = models.CharField(max_length=32, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=EndpointStatus.values), name="endpoint_status_known"
            ),
            # The sender relies on it: nothing goes to an address that never proved itself.
            models.CheckConstraint(
                condition=~Q(status__in=[EndpointStatus.ENABLED, EndpointStatus.DISABLED])
                | Q(verified_at__isnull=False),
                name="told_endpoint_was_verified",
            ),
        ]
        indexes = [
            models.Index(
                fields=["check_at"],
                condition=Q(status=EndpointStatus.VERIFYING),
                name="endpoints_to_check",
            ),
        ]


class Delivery(models.Model):
    """One event for one mini program's endpoint. Its id is the `Msg-Id`, the same at each try."""

    id = models.CharField(primary_key=True, max_length=ids.LENGTH, default=ids.factory("dlv"))
    mini_program = models.ForeignKey("directory.MiniProgram", models.PROTECT, related_name="+")
    event = models.CharField(max_length=32)
    #: What it is about: an account, or a capability.
    subject = models.CharField(max_length=64)
    log_id = models.CharField(max_length=64)
    #: The exact text that is sent, in UTF-8.
    body = models.TextField()
    status = models.CharField(
        max_length=16, choices=DeliveryStatus.choices, default=DeliveryStatus.WAITING
    )
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    #: When it is due, or due again should the attempt that has it be cut off.
    next_attempt_at = models.DateTimeField(null=True)
    #: Names the attempt that has it, so that one that was overtaken changes nothing.
    attempt = models.CharField(max_length=32, default="")
    #: How many attempts there were, and how many of the gaps between them are used up.
    attempts = models.PositiveIntegerField(default=0)
    gap = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=DeliveryStatus.values), name="delivery_status_known"
            ),
            # At-least-once relies on it: what waits is due some day.
            models.CheckConstraint(
                condition=Q(status=DeliveryStatus.WAITING, next_attempt_at__isnull=False)
                | (~Q(status=DeliveryStatus.WAITING) & Q(next_attempt_at__isnull=True)),
                name="waiting_delivery_is_due",
            ),
            models.CheckConstraint(
                condition=Q(status=DeliveryStatus.DELIVERED, delivered_at__isnull=False)
                | (~Q(status=DeliveryStatus.DELIVERED) & Q(delivered_at__isnull=True)),
                name="delivered_says_when",
            ),
        ]
        indexes = [
            # Read several times a second, for each endpoint.
            models.Index(
                fields=["mini_program", "next_attempt_at"],
                condition=Q(status=DeliveryStatus.WAITING),
                name="deliveries_due",
            ),
            models.Index(fields=["mini_program", "status", "id"], name="deliveries_by_status"),
            models.Index(fields=["created_at"], name="deliveries_by_age"),
        ]


class DeliveryAttempt(models.Model):
    """One try at a delivery, and what came of it."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="log")
    at = models.DateTimeField()
    #: How long it took, in milliseconds.
    ms = models.PositiveIntegerField()
    http_status = models.PositiveSmallIntegerField(null=True)
    #: Why it failed; empty where it did not.
    error = models.CharField(max_length=32)
    #: How the answer begins.
    answer = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["delivery", "-id"], name="attempts_of_delivery")]


class VisibilityTold(models.Model):
    """What a mini program was last told about its entry on an account."""

    mini_program = models.ForeignKey("directory.MiniProgram", models.PROTECT, related_name="+")
    account = models.ForeignKey("directory.DouyinAccount", models.PROTECT, related_name="+")
    surface = models.CharField(max_length=32)
    #: Why it is hidden; empty where it is shown.
    reasons = models.JSONField()

    class Meta:
        constraints = [
            # Telling only what differs relies on it.
            models.UniqueConstraint(
                fields=["account", "mini_program", "surface"], name="told_once_each"
            ),
        ]
