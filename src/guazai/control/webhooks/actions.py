"""The only writer of endpoints, and of deliveries but for what came of their attempts.

Nothing here opens a connection: what is set here is checked, and sent to, by the sender.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q

from guazai.control.inbox import actions as inbox
from guazai.control.journal.actions import act
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.errors import WRONG_STATE, FieldError
from guazai.control.kernel.transitions import move, move_all
from guazai.control.webhooks import addresses, building, queries
from guazai.control.webhooks.addresses import UrlError
from guazai.control.webhooks.contents import Told
from guazai.control.webhooks.errors import WEBHOOK_EVENT_UNKNOWN, WEBHOOK_URL_INVALID
from guazai.control.webhooks.models import Delivery, VisibilityTold, WebhookEndpoint
from guazai.control.webhooks.states import (
    DELIVERY_TRANSITIONS,
    ENDPOINT_TRANSITIONS,
    KEPT,
    SILENCE,
    SUBSCRIBABLE,
    DeliveryStatus,
    EndpointStatus,
    Event,
    Failure,
)

if TYPE_CHECKING:
    from guazai.control.directory.models import MiniProgram

#: What a new endpoint is told of, unless it says otherwise.
ALL_EVENTS = tuple(event.value for event in SUBSCRIBABLE)
DELETE_BATCH = 1000
TEST_MESSAGE = "这是一条测试推送 / This is a test"


def set_endpoint(
    who: Actor, app: MiniProgram, url: str, events: Sequence[str] | None = None
) -> WebhookEndpoint:
    """Say where a mini program's server is told, and of what; a new address is checked first.

    Without `events` they stay as they are, all for a new endpoint. Raises `webhook_url_invalid`
    (S3), `webhook_event_unknown`.
    """
    _require_usable(url)
    if unknown := sorted(set(events or ()) - set(ALL_EVENTS)):
        raise WEBHOOK_EVENT_UNKNOWN(
            errors=[FieldError("event_unknown", each, at="events") for each in unknown]
        )
    with act(who) as done:
        now = clock.now()
        fresh = {"url": url, "events": list(ALL_EVENTS), "check_at": now}
        found, is_new = WebhookEndpoint.objects.get_or_create(mini_program=app, defaults=fresh)
        before = {} if is_new else _as_kept(found)
        if events is not None:
            found.events = [event for event in ALL_EVENTS if event in events]
            found.save(update_fields=["events"])
        if not is_new and (found.url != url or found.status != EndpointStatus.ENABLED):
            _begin_check(found, "set", url=url)
        done.record(
            "webhooks.set_endpoint",
            "mini_program",
            app.pk,
            before=before,
            after=_as_kept(found),
        )
    return found


def remove(who: Actor, app: MiniProgram) -> None:
    """Take the endpoint away; what waits for it is given up. Raises `webhook_not_set`."""
    found = queries.endpoint(app)
    with act(who) as done:
        done.record("webhooks.remove", "mini_program", app.pk, before=_as_kept(found))
        _give_up(app)
        VisibilityTold.objects.filter(mini_program=app).delete()
        found.delete()


def verify(who: Actor, app: MiniProgram) -> WebhookEndpoint:
    """Check the address again. Raises `webhook_not_set`, `wrong_state`."""
    found = queries.endpoint(app)
    with act(who) as done:
        _begin_check(found, "verify")
        done.record("webhooks.verify", "mini_program", app.pk, after=_as_kept(found))
    return found


def test(who: Actor, app: MiniProgram) -> WebhookEndpoint:
    """Send an event that says nothing, for trials. Raises `webhook_not_set`, `wrong_state`."""
    found = queries.endpoint(app)
    with act(who) as done:
        _require(found, "disable", "test")
        told = Told(app.pk, Event.TEST, "", {"message": TEST_MESSAGE}, who.request_id)
        (made,) = building.deliver([told], clock.now())
        done.record("webhooks.test", "mini_program", app.pk, after={"delivery": made.pk})
    return found


def disable(who: Actor, app: MiniProgram) -> WebhookEndpoint:
    """Tell the endpoint of nothing any more; what waits goes on waiting.

    Raises `webhook_not_set`, `wrong_state`.
    """
    found = queries.endpoint(app)
    with act(who) as done:
        move(found, ENDPOINT_TRANSITIONS, "disable")
        done.record("webhooks.disable", "mini_program", app.pk, after=_as_kept(found))
    return found


def disable_silent(who: Actor, found: WebhookEndpoint) -> None:
    """Disable an endpoint that took nothing for long, and tell its owner; what waits is given up.

    Raises `wrong_state`.
    """
    app = found.mini_program
    with act(who) as done:
        move(found, ENDPOINT_TRANSITIONS, "disable", problem=Failure.SILENT)
        given_up = _give_up(app)
        inbox.to_entity(
            app.entity_id,
            "webhook_disabled",
            "mini_program",
            app.pk,
            app_id=app.pk,
            app_name=app.name,
            days=SILENCE.days,
        )
        done.record(
            "webhooks.disable",
            "mini_program",
            app.pk,
            after={**_as_kept(found), "given_up": given_up},
            reason=found.problem,
        )


def enable(who: Actor, app: MiniProgram) -> WebhookEndpoint:
    """Tell a disabled endpoint again. Raises `webhook_not_set`, `wrong_state`."""
    found = queries.endpoint(app)
    with act(who) as done:
        move(found, ENDPOINT_TRANSITIONS, "enable", problem="", failing_since=None)
        done.record("webhooks.enable", "mini_program", app.pk, after=_as_kept(found))
    return found


def replay(who: Actor, app: MiniProgram, found: Delivery) -> Delivery:
    """Deliver once more, under the same `Msg-Id`. Raises `webhook_not_set`, `wrong_state`."""
    with act(who) as done:
        _require(queries.endpoint(app), "disable", "replay")
        move(found, DELIVERY_TRANSITIONS, "replay", **_due_again())
        done.record("webhooks.replay", "mini_program", app.pk, after={"delivery": found.pk})
    return found


def replay_dead(who: Actor, app: MiniProgram) -> int:
    """Deliver all dead ones once more; how many. Raises `webhook_not_set`, `wrong_state`."""
    with act(who) as done:
        _require(queries.endpoint(app), "disable", "replay")
        dead = Delivery.objects.filter(mini_program=app, status=DeliveryStatus.DEAD)
        count = move_all(dead, DELIVERY_TRANSITIONS, "replay", **_due_again())
        done.record("webhooks.replay_dead", "mini_program", app.pk, after={"replayed": count})
    return count


def finish_check(who: Actor, found: WebhookEndpoint, attempt: str, failure: Failure | None) -> None:
    """Say what came of the check that `attempt` made.

    Raises `wrong_state` where that was overtaken: by another address, or by another attempt.
    """
    verb = "pass_check" if failure is None else "fail_check"
    fields: dict[str, Any] = {"problem": failure or "", "check_attempt": ""}
    if failure is None:
        fields |= {"verified_at": clock.now(), "failing_since": None}
    with act(who) as done:
        move(found, ENDPOINT_TRANSITIONS, verb, where=Q(check_attempt=attempt), **fields)
        done.record(f"webhooks.{verb}", "mini_program", found.pk, after=_as_kept(found))


def forget_old() -> int:
    """Delete some of the deliveries that were kept long enough; how many."""
    old = Delivery.objects.filter(created_at__lt=clock.now() - KEPT)
    pks = list(old.values_list("pk", flat=True)[:DELETE_BATCH])
    Delivery.objects.filter(pk__in=pks).delete()
    return len(pks)


def _require_usable(url: str) -> None:
    try:
        addresses.parse(url, settings.CONFIG.webhook_networks)
    except UrlError as error:
        reason = addresses.PROBLEMS[error.code]
        raise WEBHOOK_URL_INVALID(
            reason, errors=[FieldError(error.code, reason, at="url")]
        ) from None


def _begin_check(found: WebhookEndpoint, verb: str, **fields: Any) -> None:
    due: dict[str, Any] = {"check_at": clock.now(), "check_attempt": "", "problem": ""}
    move(found, ENDPOINT_TRANSITIONS, verb, **due, **fields)


def _require(found: WebhookEndpoint, like: str, verb: str) -> None:
    """Raise `wrong_state` where the endpoint is not in a state that `like` starts from."""
    sources = ENDPOINT_TRANSITIONS[like].sources
    if found.status not in sources:
        raise WRONG_STATE(current=found.status, verb=verb, allowed_from=sorted(sources))


def _due_again() -> dict[str, Any]:
    return {"next_attempt_at": clock.now(), "delivered_at": None, "gap": 0, "attempt": ""}


def _give_up(app: MiniProgram) -> int:
    waiting = Delivery.objects.filter(mini_program=app)
    return move_all(waiting, DELIVERY_TRANSITIONS, "give_up", next_attempt_at=None, attempt="")


def _as_kept(found: WebhookEndpoint) -> dict[str, Any]:
    """The endpoint for the audit: without its query, which may hold a secret."""
    parts = urlsplit(found.url)
    return {
        "address": f"{parts.scheme}://{parts.netloc}{parts.path}",
        "events": found.events,
        "status": found.status,
        "problem": found.problem,
    }
