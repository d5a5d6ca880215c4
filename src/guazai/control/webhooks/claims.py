"""What the sender reads and writes: what is due, and what came of it.

An attempt has what it claimed until its lease ends, by one conditional UPDATE: killed, it loses
nothing, and two senders rarely do the same. Who was overtaken changes nothing any more, but that a
delivery that was taken is delivered.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from guazai.control.kernel import clock, ids
from guazai.control.kernel.actor import system
from guazai.control.kernel.errors import WRONG_STATE, Problem
from guazai.control.kernel.transitions import move_all
from guazai.control.openapi import queries as openapi
from guazai.control.webhooks import actions, queries
from guazai.control.webhooks.models import Delivery, DeliveryAttempt, WebhookEndpoint
from guazai.control.webhooks.sending import DEADLINE_SECONDS, Answer
from guazai.control.webhooks.states import (
    DELIVERY_TRANSITIONS,
    DeliveryStatus,
    EndpointStatus,
    Failure,
)

log = structlog.get_logger(__name__)
SENDER = system("sender")
#: How long an attempt has what it claimed: its deadline, and time to write down what came of it.
LEASE = timedelta(seconds=DEADLINE_SECONDS + 3)
#: How many attempts one endpoint may have in flight.
PER_ENDPOINT = 4
JITTER = 0.1


@dataclass(frozen=True, slots=True)
class Job:
    """One delivery to attempt."""

    id: str
    app_id: str
    url: str
    body: str
    attempt: str
    secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Check:
    """One endpoint to check."""

    app_id: str
    url: str
    attempt: str
    secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Done:
    """A delivery that was attempted, when, and what came of it."""

    job: Job
    at: datetime
    answer: Answer


def claim(in_flight: Mapping[str, int], room: int, served: Sequence[str] = ()) -> list[Job]:
    """Take up to `room` deliveries that are due, of each endpoint as many as it may have.

    Those endpoints come last that are in `served`, the latest of all at its end.
    """
    now = clock.now()
    order = {app_id: place for place, app_id in enumerate(served)}
    due = _due(now)
    ready = WebhookEndpoint.objects.filter(
        Exists(due.filter(mini_program=OuterRef("pk"))), status=EndpointStatus.ENABLED
    )
    urls = dict(ready.values_list("pk", "url"))
    chosen: list[str] = []
    for app_id in sorted(urls, key=lambda each: (order.get(each, -1), each)):
        free = min(PER_ENDPOINT - in_flight.get(app_id, 0), room - len(chosen))
        if free > 0:
            mine = due.filter(mini_program=app_id).order_by("next_attempt_at")
            chosen += mine.values_list("pk", flat=True)[:free]
    if not chosen:
        return []
    attempt = ids.secret(12)
    Delivery.objects.filter(pk__in=chosen, status=DeliveryStatus.WAITING).filter(
        next_attempt_at__lte=now
    ).update(attempt=attempt, next_attempt_at=now + LEASE)
    rows = list(Delivery.objects.filter(pk__in=chosen, attempt=attempt).order_by("created_at"))
    live = {each: openapi.signing_secrets(each) for each in {row.mini_program_id for row in rows}}
    return [
        Job(row.pk, app_id, urls[app_id], row.body, attempt, live[app_id])
        for row in rows
        for app_id in [row.mini_program_id]
    ]


def claim_checks() -> list[Check]:
    """Take the endpoints whose check is due."""
    now, attempt = clock.now(), ids.secret(12)
    due = WebhookEndpoint.objects.filter(status=EndpointStatus.VERIFYING, check_at__lte=now)
    if not due.exists() or not due.update(check_attempt=attempt, check_at=now + LEASE):
        return []
    mine = WebhookEndpoint.objects.filter(check_attempt=attempt)
    return [Check(row.pk, row.url, attempt, openapi.signing_secrets(row.pk)) for row in mine]


def finish_check(check: Check, failure: Failure | None) -> None:
    """Write down what came of a check."""
    found = WebhookEndpoint.objects.filter(pk=check.app_id).first()
    try:
        if found is not None:
            actions.finish_check(SENDER, found, check.attempt, failure)
    except Problem as problem:
        if problem.code is not WRONG_STATE:
            raise
        log.info("webhooks.check_overtaken", app_id=check.app_id)


def record(outcomes: Iterable[Done]) -> None:
    """Write down what came of some attempts, in one transaction."""
    by_app: dict[str, list[Done]] = defaultdict(list)
    with transaction.atomic():
        for each in sorted(outcomes, key=lambda done: done.job.id):
            if _settle(each):
                by_app[each.job.app_id].append(each)
        DeliveryAttempt.objects.bulk_create(
            _as_row(each) for found in by_app.values() for each in found
        )
        for app_id in sorted(by_app):
            _note(app_id, by_app[app_id])


def disable_silent() -> int:
    """Disable the endpoints that took nothing for too long; how many."""
    found = queries.silent(clock.now())
    for each in found:
        actions.disable_silent(SENDER, each)
    return len(found)


def _due(now: datetime) -> QuerySet[Delivery]:
    return Delivery.objects.filter(status=DeliveryStatus.WAITING, next_attempt_at__lte=now)


def _settle(done: Done) -> bool:
    """Take a delivery further; whether the attempt had it still, or did deliver it."""
    now, gaps = clock.now(), settings.CONFIG.gaps
    row = Delivery.objects.filter(pk=done.job.id)
    tried = {"attempts": F("attempts") + 1, "attempt": ""}
    if done.answer.failure is None:
        ended = {"delivered_at": now, "next_attempt_at": None}
        return bool(move_all(row, DELIVERY_TRANSITIONS, "deliver", **tried, **ended))
    mine = row.filter(attempt=done.job.attempt)
    gap = mine.values_list("gap", flat=True).first()
    if gap is None:
        return False
    if gap >= len(gaps):
        return bool(move_all(mine, DELIVERY_TRANSITIONS, "give_up", **tried, next_attempt_at=None))
    wait = gaps[gap] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - spreads load
    due = now + timedelta(seconds=wait)
    waiting = mine.filter(status=DeliveryStatus.WAITING)
    return bool(waiting.update(**tried, next_attempt_at=due, gap=gap + 1))


def _as_row(done: Done) -> DeliveryAttempt:
    return DeliveryAttempt(
        delivery_id=done.job.id,
        at=done.at,
        ms=done.answer.ms,
        http_status=done.answer.http_status,
        error=done.answer.failure or "",
        answer=done.answer.text,
    )


def _note(app_id: str, outcomes: Sequence[Done]) -> None:
    """Note on the endpoint whether it takes anything."""
    row = WebhookEndpoint.objects.filter(pk=app_id)
    taken = [each.at for each in outcomes if each.answer.failure is None]
    if taken:
        row.update(last_success_at=max(taken), failing_since=None)
    else:
        since = min(each.at for each in outcomes)
        row.filter(failing_since__isnull=True).update(failing_since=since)
