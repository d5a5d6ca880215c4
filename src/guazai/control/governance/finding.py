"""Find anything by its id, by how its id begins, or by how its name begins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, islice
from typing import Any

from django.db.models import Q, QuerySet

from guazai.control.binding import queries as binding
from guazai.control.capability import queries as capability
from guazai.control.directory import queries as directory
from guazai.control.eligibility import queries as eligibility
from guazai.control.entry import queries as entry
from guazai.control.evaluation import queries as evaluation
from guazai.control.journal import queries as journal
from guazai.control.journal.keys import KeyKind, reach
from guazai.control.kernel import clock
from guazai.control.kernel.prefixes import begins
from guazai.control.landing import queries as landing
from guazai.feed.records import Scope

MOST = 20
#: What an operator's page of a thing is opened by.
PLACES = {
    Scope.ACCOUNT: "aweme_id",
    Scope.MINI_PROGRAM: "app_id",
    Scope.LEGAL_ENTITY: "entity_id",
}


class FoundKind(StrEnum):
    """What an operator can look for."""

    MINI_PROGRAM = "mini_program"
    LEGAL_ENTITY = "legal_entity"
    ACCOUNT = "account"
    BINDING = "binding"
    APPLICATION = "application"
    LANDING_CHANGE = "landing_change"
    DENY = "deny"
    RUN = "run"
    POLICY = "policy"
    POLICY_DRAFT = "policy_draft"
    TAKEDOWN = "takedown"
    AUDIT_EVENT = "audit_event"
    REQUEST = "request"


@dataclass(frozen=True, slots=True)
class Found:
    """Something that was found, with the ids that its page is opened by."""

    kind: FoundKind
    id: str
    name: str
    status: str | None = None
    app_id: str | None = None
    aweme_id: str | None = None
    entity_id: str | None = None
    surface: str | None = None


@dataclass(frozen=True, slots=True)
class _Source:
    """The rows of one kind; `name` is the field by which they are found as well."""

    rows: Callable[[], QuerySet[Any]]
    show: Callable[[Any], Found]
    name: str = ""

    def having(self, what: Q) -> Iterator[Found]:
        """Those of which `what` holds: some of them, as more are never shown.

        Sorted only then, so that the database finds them by the index that `what` is for.
        """
        rows = list(self.rows().filter(what)[:MOST])
        return (self.show(row) for row in sorted(rows, key=lambda row: str(row.pk)))


def find(asked: str) -> list[Found]:
    """At most 20 things: by their whole id first, then by its beginning, then by their name's.

    Each lookup is an equality, or a prefix of a text with an index of its own, and reads at most
    20 rows: it takes as long on a million rows as on a few.
    """
    wanted = [(source, Q(pk=asked)) for source in SOURCES]
    wanted += [(source, begins("pk", asked)) for source in SOURCES]
    wanted += [(source, begins(source.name, asked)) for source in SOURCES if source.name]
    found = (each for source, what in wanted for each in source.having(what))
    return list(islice(_once(chain(_policies(asked), _requests(asked), found)), MOST))


def _once(found: Iterable[Found]) -> Iterator[Found]:
    seen: set[tuple[FoundKind, str]] = set()
    for each in found:
        if (each.kind, each.id) not in seen:
            seen.add((each.kind, each.id))
            yield each


def _mini_program(row: Any) -> Found:
    status = "online" if row.is_online else "offline"
    return Found(
        FoundKind.MINI_PROGRAM, row.pk, row.name, status, app_id=row.pk, entity_id=row.entity_id
    )


def _entity(row: Any) -> Found:
    return Found(FoundKind.LEGAL_ENTITY, row.pk, row.name, entity_id=row.pk)


def _account(row: Any) -> Found:
    return Found(FoundKind.ACCOUNT, row.pk, row.nickname, aweme_id=row.pk, entity_id=row.entity_id)


def _binding(row: Any) -> Found:
    return Found(FoundKind.BINDING, row.pk, row.account.nickname, row.status, **_place(row))


def _application(row: Any) -> Found:
    app = row.mini_program
    return Found(
        FoundKind.APPLICATION, row.pk, app.name, row.status, app_id=app.pk, surface=row.surface
    )


def _change(row: Any) -> Found:
    return Found(FoundKind.LANDING_CHANGE, row.pk, row.page_path, row.status, **_place(row))


def _place(row: Any) -> dict[str, str]:
    return {"app_id": row.mini_program_id, "aweme_id": row.account_id, "surface": row.surface}


def _target(scope: Scope, target: str) -> dict[str, str]:
    return {PLACES[scope]: target} if scope in PLACES else {}


def _deny(row: Any) -> Found:
    place = _target(Scope(row.scope), row.target)
    return Found(FoundKind.DENY, row.pk, row.reason, row.status, **place)


def _run(row: Any) -> Found:
    return Found(FoundKind.RUN, row.pk, f"{row.kind} {row.as_of.isoformat()}", row.status)


def _draft(row: Any) -> Found:
    return Found(FoundKind.POLICY_DRAFT, row.pk, row.note, row.status)


def _takedown(row: Any) -> Found:
    status = "effective" if row.effective_at else "accepted"
    place = _target(*reach(KeyKind(row.kind), row.key))
    surface = row.surface or None
    return Found(FoundKind.TAKEDOWN, row.pk, row.event.verb, status, surface=surface, **place)


def _event(row: Any) -> Found:
    return Found(FoundKind.AUDIT_EVENT, row.pk, row.verb)


def _policies(asked: str) -> list[Found]:
    """The policy version of this number."""
    is_number = asked.isascii() and asked.isdigit() and int(asked) < 2**31
    row = eligibility.policies().filter(pk=int(asked)).first() if is_number else None
    if row is None:
        return []
    status = eligibility.standings(clock.now())[row.pk]
    return [Found(FoundKind.POLICY, str(row.pk), row.reason, status)]


def _requests(asked: str) -> list[Found]:
    """The request of this id, where it left an event."""
    event = journal.search(request_id=asked).order_by("pk").first()
    return [Found(FoundKind.REQUEST, asked, event.verb)] if event else []


SOURCES = (
    _Source(directory.all_mini_programs, _mini_program, "name"),
    _Source(directory.all_entities, _entity, "name"),
    _Source(directory.all_accounts, _account, "nickname"),
    _Source(binding.bindings, _binding),
    _Source(capability.all_applications, _application),
    _Source(landing.changes, _change),
    _Source(entry.denies, _deny),
    _Source(evaluation.runs, _run),
    _Source(evaluation.drafts, _draft),
    _Source(journal.takedowns, _takedown),
    _Source(journal.search, _event),
)
