"""Reading endpoints and deliveries; what a caller may not see is not found."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import OuterRef, QuerySet, Subquery

from guazai.control.kernel.errors import NOT_FOUND
from guazai.control.openapi import queries as openapi
from guazai.control.webhooks.errors import WEBHOOK_NOT_SET
from guazai.control.webhooks.models import (
    Delivery,
    DeliveryAttempt,
    VisibilityTold,
    WebhookEndpoint,
)
from guazai.control.webhooks.states import (
    DELIVERY_TRANSITIONS,
    ENDPOINT_TRANSITIONS,
    SILENCE,
    DeliveryStatus,
    EndpointStatus,
    Event,
    Failure,
)

if TYPE_CHECKING:
    from guazai.control.directory.models import MiniProgram

#: How many attempts of a delivery are shown.
ATTEMPTS_SHOWN = 50


def find_endpoint(app: MiniProgram) -> WebhookEndpoint | None:
    """The endpoint of a mini program, or None."""
    return WebhookEndpoint.objects.select_related("mini_program").filter(pk=app.pk).first()


def endpoint(app: MiniProgram) -> WebhookEndpoint:
    """The endpoint of a mini program; raises `webhook_not_set` (409)."""
    found = find_endpoint(app)
    if found is None:
        raise WEBHOOK_NOT_SET()
    return found


def is_enabled(app: MiniProgram) -> bool:
    """Whether a mini program's endpoint is told of events now."""
    return WebhookEndpoint.objects.filter(pk=app.pk, status=EndpointStatus.ENABLED).exists()


def listening() -> dict[str, frozenset[str]]:
    """The events that mini programs are to be told of, by app_id.

    One whose address changes goes on listening while the new one is checked.
    """
    rows = WebhookEndpoint.objects.filter(
        status__in=[EndpointStatus.ENABLED, EndpointStatus.VERIFYING], verified_at__isnull=False
    )
    return {app_id: frozenset(events) for app_id, events in rows.values_list("pk", "events")}


def told(aweme_ids: Iterable[str]) -> QuerySet[VisibilityTold]:
    """What was told about entries on some accounts."""
    return VisibilityTold.objects.select_related("account").filter(account__in=list(aweme_ids))


def deliveries(app: MiniProgram) -> QuerySet[Delivery]:
    """The deliveries of a mini program, with what came of the last attempt of each."""
    last = DeliveryAttempt.objects.filter(delivery=OuterRef("pk")).order_by("-pk")
    return Delivery.objects.filter(mini_program=app).annotate(
        last_http_status=Subquery(last.values("http_status")[:1]),
        last_error=Subquery(last.values("error")[:1]),
    )


def delivery(app: MiniProgram, delivery_id: str) -> Delivery:
    """One of them; raises `not_found` alike for foreign and absent ones."""
    found = deliveries(app).filter(pk=delivery_id).first()
    if found is None:
        raise NOT_FOUND()
    return found


def attempts(found: Delivery) -> list[DeliveryAttempt]:
    """The newest attempts at a delivery, oldest first."""
    rows = DeliveryAttempt.objects.filter(delivery=found).order_by("-pk")
    return list(rows[:ATTEMPTS_SHOWN])[::-1]


def count(app: MiniProgram, status: DeliveryStatus) -> int:
    """How many deliveries of a mini program stand so."""
    return Delivery.objects.filter(mini_program=app, status=status).count()


def problem(found: WebhookEndpoint) -> Failure | None:
    """Why the endpoint is not told of anything, or cannot be."""
    if found.problem:
        return Failure(found.problem)
    return None if openapi.signing_secrets(found.pk) else Failure.NO_SECRET


def endpoint_actions(found: WebhookEndpoint | None, dead: int) -> list[str]:
    """What its developers can do with an endpoint; `dead` deliveries could be replayed."""
    if found is None:
        return ["set"]
    status = found.status
    possible = {
        "set": True,
        "remove": True,
        "verify": status in ENDPOINT_TRANSITIONS["verify"].sources,
        "test": status == EndpointStatus.ENABLED,
        "enable": status in ENDPOINT_TRANSITIONS["enable"].sources,
        "disable": status in ENDPOINT_TRANSITIONS["disable"].sources,
        "replay": status == EndpointStatus.ENABLED and dead > 0,
    }
    return [verb for verb, is_possible in possible.items() if is_possible]


def delivery_actions(found: Delivery, *, is_enabled: bool) -> list[str]:
    """What its developers can do with a delivery."""
    can_replay = is_enabled and found.status in DELIVERY_TRANSITIONS["replay"].sources
    return ["replay"] if can_replay else []


def is_subscribed(found: WebhookEndpoint | None, event: Event) -> bool:
    """Whether an endpoint is told of an event."""
    return found is not None and event in found.events


def silent(at: datetime) -> list[WebhookEndpoint]:
    """The enabled endpoints that took nothing for longer than they may."""
    rows = WebhookEndpoint.objects.select_related("mini_program")
    wanted = rows.filter(status=EndpointStatus.ENABLED, failing_since__lte=at - SILENCE)
    return list(wanted.order_by("failing_since"))
