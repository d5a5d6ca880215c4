"""Developers say where their servers are told of events, and see what was delivered (N2)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from django.http import HttpRequest
from ninja import Field, Router, Status

from guazai.control.directory import queries as directory
from guazai.control.kernel import doors
from guazai.control.kernel.http import Body, Out, Page, PageParams, actor, page
from guazai.control.openapi import queries as openapi
from guazai.control.webhooks import actions, envelope, queries
from guazai.control.webhooks.models import Delivery, DeliveryAttempt, WebhookEndpoint
from guazai.control.webhooks.states import (
    FAILURES,
    SUBSCRIBABLE,
    DeliveryStatus,
    EndpointStatus,
    Event,
    Failure,
)

router = Router(tags=["webhooks"])
BASE = "/mini-programs/{app_id}/webhook"
NONE: Literal["none"] = "none"


class EventChoiceOut(Out):
    """An event, and whether the endpoint is told of it."""

    key: str
    text: str
    is_subscribed: bool


class WebhookProblemOut(Out):
    """Why the endpoint is not told of anything."""

    code: str
    text: str


class WebhookOut(Out):
    """A mini program's endpoint; without an address where there is none."""

    url: str
    status: EndpointStatus | Literal["none"]
    events: list[EventChoiceOut]
    verified_at: datetime | None
    last_success_at: datetime | None
    failing_since: datetime | None
    problem: WebhookProblemOut | None
    waiting: int
    dead: int
    available_actions: list[str]


class WebhookIn(Body):
    """Where to deliver, and which events; without those they stay as they are."""

    url: str = Field(min_length=1, max_length=2048)
    events: list[str] | None = Field(None, max_length=20)


class LastAnswerOut(Out):
    """What came of the last attempt; nothing yet where there was none."""

    http_status: int | None
    error: str
    error_text: str


class DeliveryOut(Out):
    """One event for the endpoint. `msg_id` is the same at each attempt."""

    id: str
    msg_id: str
    event: Event
    log_id: str
    subject: str
    status: DeliveryStatus
    created_at: datetime
    delivered_at: datetime | None
    next_attempt_at: datetime | None
    attempts: int
    last_answer: LastAnswerOut
    available_actions: list[str]


class AttemptOut(Out):
    """One attempt: how long it took, and how its answer begins."""

    at: datetime
    ms: int
    http_status: int | None
    error: str
    error_text: str
    answer: str


class DeliveryDetailOut(DeliveryOut):
    """A delivery with the exact body that is sent, and its newest attempts."""

    body: str
    signature_header_names: list[str]
    attempts_log: list[AttemptOut]


class ReplayIn(Body):
    """Which deliveries to replay."""

    status: Literal["dead"]


class ReplayedOut(Out):
    """How many deliveries wait again."""

    replayed: int


def _endpoint(
    request: HttpRequest, app_id: str, found: WebhookEndpoint | None = None
) -> WebhookOut:
    app = directory.mini_program(actor(request), app_id)
    found = found or queries.find_endpoint(app)
    dead = queries.count(app, DeliveryStatus.DEAD)
    problem = queries.problem(found) if found else None
    return WebhookOut(
        url=found.url if found else "",
        status=EndpointStatus(found.status) if found else NONE,
        events=[
            EventChoiceOut(
                key=event, text=str(text), is_subscribed=queries.is_subscribed(found, event)
            )
            for event, text in SUBSCRIBABLE.items()
        ],
        verified_at=found.verified_at if found else None,
        last_success_at=found.last_success_at if found else None,
        failing_since=found.failing_since if found else None,
        problem=WebhookProblemOut(code=problem, text=_text(problem)) if problem else None,
        waiting=queries.count(app, DeliveryStatus.WAITING),
        dead=dead,
        available_actions=queries.endpoint_actions(found, dead),
    )


def _text(error: str) -> str:
    return str(FAILURES[Failure(error)]) if error else ""


def _delivery(found: Delivery, *, is_enabled: bool) -> DeliveryOut:
    error: str = getattr(found, "last_error", None) or ""
    return DeliveryOut(
        id=found.pk,
        msg_id=found.pk,
        event=Event(found.event),
        log_id=found.log_id,
        subject=found.subject,
        status=DeliveryStatus(found.status),
        created_at=found.created_at,
        delivered_at=found.delivered_at,
        next_attempt_at=found.next_attempt_at,
        attempts=found.attempts,
        last_answer=LastAnswerOut(
            http_status=getattr(found, "last_http_status", None),
            error=error,
            error_text=_text(error),
        ),
        available_actions=queries.delivery_actions(found, is_enabled=is_enabled),
    )


def _attempt(found: DeliveryAttempt) -> AttemptOut:
    return AttemptOut(
        at=found.at,
        ms=found.ms,
        http_status=found.http_status,
        error=found.error,
        error_text=_text(found.error),
        answer=found.answer,
    )


def _detail(request: HttpRequest, app_id: str, delivery_id: str) -> DeliveryDetailOut:
    app = directory.mini_program(actor(request), app_id)
    found = queries.delivery(app, delivery_id)
    return DeliveryDetailOut(
        **_delivery(found, is_enabled=queries.is_enabled(app)).model_dump(),
        body=found.body,
        signature_header_names=envelope.signed_by(openapi.signing_secrets(app.pk)),
        attempts_log=[_attempt(each) for each in queries.attempts(found)],
    )


@router.get(BASE, response=WebhookOut, auth=doors.member)
def read_webhook(request: HttpRequest, app_id: str) -> WebhookOut:
    """Where the mini program's server is told of events, and how that goes."""
    return _endpoint(request, app_id)


@router.put(BASE, response=WebhookOut, auth=doors.member)
def set_webhook(request: HttpRequest, app_id: str, body: WebhookIn) -> WebhookOut:
    """Set the address and the events; a new address is checked by a challenge, soon after."""
    app = directory.mini_program(actor(request), app_id)
    found = actions.set_endpoint(actor(request), app, body.url, body.events)
    return _endpoint(request, app_id, found)


@router.delete(BASE, response={204: None}, auth=doors.member)
def remove_webhook(request: HttpRequest, app_id: str) -> Status[None]:
    """Tell nobody any more; what waits is given up."""
    actions.remove(actor(request), directory.mini_program(actor(request), app_id))
    return Status(204, None)


@router.post(f"{BASE}/verify", response=WebhookOut, auth=doors.member)
def verify_webhook(request: HttpRequest, app_id: str) -> WebhookOut:
    """Check the address again."""
    app = directory.mini_program(actor(request), app_id)
    return _endpoint(request, app_id, actions.verify(actor(request), app))


@router.post(f"{BASE}/test", response=WebhookOut, auth=doors.member)
def test_webhook(request: HttpRequest, app_id: str) -> WebhookOut:
    """Send the event TEST; it is among the deliveries then."""
    app = directory.mini_program(actor(request), app_id)
    return _endpoint(request, app_id, actions.test(actor(request), app))


@router.post(f"{BASE}/disable", response=WebhookOut, auth=doors.member)
def disable_webhook(request: HttpRequest, app_id: str) -> WebhookOut:
    """Deliver nothing until it is enabled again."""
    app = directory.mini_program(actor(request), app_id)
    return _endpoint(request, app_id, actions.disable(actor(request), app))


@router.post(f"{BASE}/enable", response=WebhookOut, auth=doors.member)
def enable_webhook(request: HttpRequest, app_id: str) -> WebhookOut:
    """Deliver again; what was given up meanwhile can be replayed."""
    app = directory.mini_program(actor(request), app_id)
    return _endpoint(request, app_id, actions.enable(actor(request), app))


@router.post(f"{BASE}/replay", response=ReplayedOut, auth=doors.member)
def replay_dead(request: HttpRequest, app_id: str, body: ReplayIn) -> ReplayedOut:
    """Deliver all dead ones once more."""
    app = directory.mini_program(actor(request), app_id)
    return ReplayedOut(replayed=actions.replay_dead(actor(request), app))


@router.get(f"{BASE}/deliveries", response=Page[DeliveryOut], auth=doors.member)
def list_deliveries(
    request: HttpRequest,
    app_id: str,
    paging: PageParams,
    event: Event | None = None,
    status: DeliveryStatus | None = None,
) -> Page[DeliveryOut]:
    """What was, or is to be, delivered, newest first; kept for 30 days."""
    app = directory.mini_program(actor(request), app_id)
    wanted = {"event": event, "status": status}
    rows = queries.deliveries(app).filter(**{k: v for k, v in wanted.items() if v is not None})
    is_enabled = queries.is_enabled(app)
    return page(rows, paging, lambda found: _delivery(found, is_enabled=is_enabled))


@router.get(f"{BASE}/deliveries/{{delivery_id}}", response=DeliveryDetailOut, auth=doors.member)
def read_delivery(request: HttpRequest, app_id: str, delivery_id: str) -> DeliveryDetailOut:
    """One delivery with its body and attempts."""
    return _detail(request, app_id, delivery_id)


@router.post(
    f"{BASE}/deliveries/{{delivery_id}}/replay", response=DeliveryDetailOut, auth=doors.member
)
def replay_delivery(request: HttpRequest, app_id: str, delivery_id: str) -> DeliveryDetailOut:
    """Deliver it once more, under the same `Msg-Id`."""
    app = directory.mini_program(actor(request), app_id)
    actions.replay(actor(request), app, queries.delivery(app, delivery_id))
    return _detail(request, app_id, delivery_id)
