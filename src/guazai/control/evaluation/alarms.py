"""The only writer of alarms (E6). One that is open is not raised again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Q

from guazai.control.evaluation import queries
from guazai.control.evaluation.models import Alarm
from guazai.control.evaluation.states import AlarmKind
from guazai.control.journal.actions import Act, act
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.errors import WRONG_STATE

log = structlog.get_logger(__name__)


def sound(who: Actor, kind: AlarmKind, key: str, **detail: Any) -> bool:
    """Raise an alarm in an act of its own, unless it is open; whether it was not."""
    if queries.open_alarms().filter(kind=kind, key=key).exists():
        return False
    with act(who) as done:
        raise_in(done, kind, key, **detail)
        done.record("evaluation.raise_alarm", "alarm", f"{kind}:{key}", after=detail)
    return True


def raise_in(done: Act, kind: AlarmKind, key: str, **detail: Any) -> None:
    """Raise an alarm within an act that records why."""
    try:
        with transaction.atomic():
            Alarm.objects.create(kind=kind, key=key, detail=detail, raised_at=clock.now())
    except IntegrityError:
        return
    transaction.on_commit(lambda: log.error("evaluation.alarm", kind=kind, key=key, **detail))


def clear_in(done: Act, kinds: Iterable[AlarmKind], where: Q) -> None:
    """Clear alarms within an act that mended what they are about."""
    rows = queries.open_alarms().filter(where, kind__in=list(kinds))
    for alarm in rows:
        done.record("evaluation.clear_alarm", "alarm", alarm.pk)
    rows.update(cleared_at=clock.now())


def acknowledge(who: Actor, alarm: Alarm) -> None:
    """Say that somebody looks after it; `wrong_state` where that is said or it is mended."""
    now = clock.now()
    with act(who) as done:
        rows = queries.open_alarms().filter(pk=alarm.pk, acknowledged_at__isnull=True)
        if not rows.update(acknowledged_at=now, acknowledged_by=who.id):
            current = "cleared" if queries.alarm(alarm.pk).cleared_at else "acknowledged"
            raise WRONG_STATE(current=current, verb="acknowledge", allowed_from=["open"])
        done.record("evaluation.acknowledge_alarm", "alarm", alarm.pk)
    alarm.acknowledged_at, alarm.acknowledged_by = now, who.id
