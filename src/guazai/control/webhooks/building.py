"""Notices in, deliveries out.

One transaction reads some notices, writes what their mini programs are to be told, and deletes
them: a crash at any point loses nothing and tells nothing twice. Of what may have become visible
the state is read in it too, and told where it is another than was told last.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from guazai.control.binding import queries as bindings
from guazai.control.binding.states import BindingStatus
from guazai.control.directory import queries as directory
from guazai.control.entry import queries as entry
from guazai.control.journal import actions as journal
from guazai.control.journal import queries as notices
from guazai.control.journal.keys import NoticeKind
from guazai.control.kernel import clock
from guazai.control.kernel.batches import batched
from guazai.control.landing import queries as landing
from guazai.control.surfaces import registry
from guazai.control.surfaces.registry import PROFILE_MOUNT, Surface
from guazai.control.webhooks import contents, envelope, queries
from guazai.control.webhooks.contents import Told
from guazai.control.webhooks.models import Delivery, VisibilityTold
from guazai.control.webhooks.states import Event
from guazai.feed.records import Scope

if TYPE_CHECKING:
    from guazai.control.binding.models import Binding
    from guazai.control.journal.models import NoticeKey

KINDS = (NoticeKind.EVENT, NoticeKind.VISIBILITY, NoticeKind.CLOSED)
BATCH = 500
#: How long one transaction takes at most: on SQLite every writer waits for its end.
BATCH_SECONDS = 0.03
#: How many accounts are looked at together; between two such, a transaction may end.
CHUNK = 32
#: How many accounts of a deny are noticed together.
CLOSED_BATCH = 200


def build() -> int:
    """Write the deliveries of some notices, and delete these; how many."""
    if not notices.has_notices(KINDS):
        return 0
    with transaction.atomic():
        rows = notices.locked_notices(KINDS, BATCH)
        listening = queries.listening()
        if listening:
            rows = _Batch(listening).handle(rows, time.monotonic() + BATCH_SECONDS)
        journal.drop_notices(rows)
    return len(rows)


def deliver(told: Iterable[Told], at: datetime) -> list[Delivery]:
    """Write deliveries that are due at once; in the caller's transaction."""
    made = []
    for place, each in enumerate(told):
        # Those that are written together are due in their order.
        due = at + place * timedelta(microseconds=1)
        log_id, body = envelope.body(each.event, each.app_id, each.request_id, at, each.content)
        made.append(
            Delivery(
                mini_program_id=each.app_id,
                event=each.event,
                subject=each.subject,
                log_id=log_id,
                body=body,
                created_at=due,
                next_attempt_at=due,
            )
        )
    return Delivery.objects.bulk_create(made, batch_size=500)


class _Batch:
    """What one transaction builds for those who listen."""

    def __init__(self, listening: Mapping[str, frozenset[str]]) -> None:
        self._listening = listening
        self._at = clock.now()

    def handle(self, rows: list[NoticeKey], until: float) -> list[NoticeKey]:
        """Write what some notices call for, as far as time allows; those that are done with."""
        by_kind: dict[str, list[NoticeKey]] = defaultdict(list)
        for row in rows:
            by_kind[row.kind].append(row)
        deliver(self._events(by_kind[NoticeKind.EVENT]), self._at)
        done = list(by_kind[NoticeKind.EVENT])
        for row in by_kind[NoticeKind.CLOSED]:
            self._expand(row.key)
            done.append(row)
        by_account: dict[str, list[NoticeKey]] = defaultdict(list)
        for row in by_kind[NoticeKind.VISIBILITY]:
            by_account[row.key].append(row)
        for aweme_ids in batched(by_account, CHUNK):
            deliver(self._visibility(aweme_ids), self._at)
            done += [row for each in aweme_ids for row in by_account[each]]
            if time.monotonic() > until:
                break
        return done

    def _listens(self, app_id: str, event: Event) -> bool:
        return event in self._listening.get(app_id, ())

    def _events(self, rows: list[NoticeKey]) -> Iterator[Told]:
        found = notices.events([row.key for row in rows])
        for told in contents.of_events([found[row.key] for row in rows]):
            if self._listens(told.app_id, told.event):
                yield told

    def _watches(self, app_id: str) -> bool:
        return self._listens(app_id, Event.PROFILE_MOUNT_VISIBILITY)

    def _visibility(self, aweme_ids: list[str]) -> list[Told]:
        """What has changed on some accounts for those they are bound to, and those they were."""
        surface = registry.get(PROFILE_MOUNT)
        active = bindings.bindings().filter(
            account__in=aweme_ids, surface=surface.key, status=BindingStatus.ACTIVE
        )
        bound: dict[str, list[Binding]] = defaultdict(list)
        for row in active:
            if self._watches(row.mini_program_id):
                bound[row.mini_program_id].append(row)
        before = {
            (row.mini_program_id, row.account_id): row
            for row in queries.told(aweme_ids)
            if self._watches(row.mini_program_id)
        }
        apps = directory.find_mini_programs({*bound, *(app_id for app_id, _ in before)})
        reasons: dict[tuple[str, str], list[str]] = {}
        for app_id, rows in bound.items():
            records = landing.records(apps[app_id], surface, rows)
            hidden = entry.hide_reasons(apps[app_id], surface, records)
            reasons |= {(app_id, aweme_id): found for aweme_id, found in hidden.items()}
        gone = before.keys() - reasons.keys()
        for app_id, aweme_id in gone:
            account = before[app_id, aweme_id].account
            found = entry.before_consent(entry.explain(account, surface, apps[app_id]))
            unmet = (term.reason for term in found.terms if not term.is_met)
            reasons[app_id, aweme_id] = list(dict.fromkeys(unmet))
        told = [
            contents.of_visibility(*pair, reasons=reasons[pair])
            for pair in sorted(reasons, key=lambda pair: (aweme_ids.index(pair[1]), pair[0]))
            if pair not in before or before[pair].reasons != reasons[pair]
        ]
        _remember(told, surface)
        # To whom it is bound no more, nothing more is told.
        VisibilityTold.objects.filter(pk__in=[before[pair].pk for pair in gone]).delete()
        return told

    def _expand(self, key: str) -> None:
        """Notice the accounts that a deny concerns, some at a time."""
        scope, target, after = [*key.split(":"), ""][:3]
        if scope == Scope.ACCOUNT:
            journal.notice(NoticeKind.VISIBILITY, [target])
            return
        apps = [app_id for app_id in self._listening if self._watches(app_id)]
        if scope == Scope.MINI_PROGRAM:
            apps = [app for app in apps if app == target]
        elif scope == Scope.LEGAL_ENTITY:
            found = directory.find_mini_programs(apps)
            apps = [app for app in apps if found[app].entity_id == target]
        bound = bindings.bindings().filter(
            mini_program__in=apps, status=BindingStatus.ACTIVE, account__gt=after
        )
        ids = bound.order_by("account_id").values_list("account_id", flat=True).distinct()
        aweme_ids = list(ids[:CLOSED_BATCH])
        journal.notice(NoticeKind.VISIBILITY, aweme_ids)
        if len(aweme_ids) == CLOSED_BATCH:
            journal.notice(NoticeKind.CLOSED, [f"{scope}:{target}:{aweme_ids[-1]}"])


def _remember(told: Iterable[Told], surface: Surface) -> None:
    VisibilityTold.objects.bulk_create(
        [
            VisibilityTold(
                mini_program_id=each.app_id,
                account_id=each.subject,
                surface=surface.key,
                reasons=each.content["reasons"],
            )
            for each in told
        ],
        update_conflicts=True,
        unique_fields=["account", "mini_program", "surface"],
        update_fields=["reasons"],
    )
