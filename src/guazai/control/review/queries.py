"""Reading the desk: one queue over two contexts, and what one reviewer can do with an item."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, cast

from django.db.models import Exists, OuterRef, Q, QuerySet

from guazai.control.capability import queries as capability
from guazai.control.capability.states import ApplicationStatus
from guazai.control.directory import queries as directory
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.errors import NOT_FOUND
from guazai.control.kernel.workdays import Calendar
from guazai.control.landing import queries as landing
from guazai.control.landing.states import DECIDED as LANDING_DECIDED
from guazai.control.landing.states import ChangeStatus
from guazai.control.review.models import ReviewClaim
from guazai.control.review.states import ClaimState, SubjectKind
from guazai.control.surfaces import registry
from guazai.control.surfaces.registry import Surface

if TYPE_CHECKING:
    from guazai.control.capability.models import CapabilityApplication
    from guazai.control.directory.models import MiniProgram
    from guazai.control.landing.models import LandingChange

#: A place in the queue: the due day, then the id.
Place = tuple[date, str]
#: How many earlier decisions an item is shown with.
EARLIER = 20


@dataclass(frozen=True, slots=True)
class Item:
    """Something that waits, or waited, for a reviewer: an application or a change of an entry."""

    kind: SubjectKind
    subject: CapabilityApplication | LandingChange
    claim: ReviewClaim | None = None

    @property
    def application(self) -> CapabilityApplication | None:
        """The subject, where it is an application."""
        is_one = self.kind is SubjectKind.CAPABILITY_APPLICATION
        return cast("CapabilityApplication", self.subject) if is_one else None

    @property
    def change(self) -> LandingChange | None:
        """The subject, where it is a change."""
        is_one = self.kind is SubjectKind.LANDING_CHANGE
        return cast("LandingChange", self.subject) if is_one else None

    @property
    def id(self) -> str:
        """The subject's id."""
        return self.subject.pk

    @property
    def app(self) -> MiniProgram:
        """The mini program whose developers submitted it."""
        return self.subject.mini_program

    @property
    def surface(self) -> Surface:
        """The surface it is for."""
        return registry.get(self.subject.surface)

    @property
    def place(self) -> Place:
        """Where it stands in the queue."""
        return self.subject.due_on, self.id

    @property
    def is_pending(self) -> bool:
        """Whether it waits for a decision."""
        return self.subject.status in {ApplicationStatus.IN_REVIEW, ChangeStatus.IN_REVIEW}

    @property
    def content_hash(self) -> str | None:
        """What a decision on a change has to name; applications never change (R8)."""
        return self.change.content_hash if self.change else None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of the queue is asked for."""

    kind: SubjectKind | None = None
    state: ClaimState | None = None
    due: Literal["overdue", "today"] | None = None
    surface: str | None = None
    app_id: str | None = None


def queue(who: Actor, wanted: Wanted, *, after: Place | None, limit: int) -> list[Item]:
    """The first `limit` items behind the place `after`, by due day, then id.

    Each kind comes in this order from its own index; merged, they are in this order too.
    """
    parts = [
        [Item(kind, subject) for subject in _pending(who, wanted, kind, after)[:limit]]
        for kind in SubjectKind
        if wanted.kind in {None, kind}
    ]
    merged = heapq.merge(*parts, key=lambda found: found.place)
    return _with_claims(list(islice(merged, limit)))


def item(kind: SubjectKind, subject_id: str) -> Item:
    """One item, decided ones too, with its claim; raises `not_found`."""
    subject: CapabilityApplication | LandingChange | None
    if kind is SubjectKind.CAPABILITY_APPLICATION:
        subject = capability.any_application(subject_id)
    else:
        subject = landing.changes().filter(pk=subject_id).first()
    if subject is None:
        raise NOT_FOUND()
    return _with_claims([Item(kind, subject)])[0]


def claims(found: Item) -> QuerySet[ReviewClaim]:
    """The claim on one item, if there is one."""
    return ReviewClaim.objects.filter(subject_kind=found.kind, subject_id=found.id)


def claim_state(who: Actor, found: Item) -> ClaimState:
    """Who has the item in hand; a claim that has ended holds nothing."""
    if found.claim is None or found.claim.expires_at <= clock.now():
        return ClaimState.FREE
    return ClaimState.MINE if found.claim.reviewer == who.id else ClaimState.CLAIMED


def claimed_by(who: Actor, found: Item) -> str | None:
    """The name of the reviewer who has the item in hand, for other reviewers alone."""
    if found.claim is None or claim_state(who, found) is ClaimState.FREE:
        return None
    return directory.name_of_person(found.claim.reviewer)


def is_own_entity(who: Actor, found: Item) -> bool:
    """Whether the reviewer belongs to the item's legal entity, and so may not decide on it (C8)."""
    return found.app.entity_id in who.entities


def available_actions(who: Actor, found: Item) -> list[str]:
    """What the reviewer can do with the item now."""
    if not found.is_pending or is_own_entity(who, found):
        return []
    return {
        ClaimState.FREE: ["claim"],
        ClaimState.MINE: ["approve", "reject", "heartbeat", "release"],
        ClaimState.CLAIMED: ["take_over"],
    }[claim_state(who, found)]


def is_overdue(found: Item) -> bool:
    """Whether the item waits past its due day (C3)."""
    return found.is_pending and found.subject.due_on < clock.today()


def working_days_left(found: Item, calendar: Calendar) -> int:
    """How many working days remain after today up to and on the due day; 0 past it."""
    today, due_on = clock.today(), found.subject.due_on
    days = (date.fromordinal(day) for day in range(today.toordinal() + 1, due_on.toordinal() + 1))
    return sum(calendar.is_working(day) for day in days)


def live_change(found: Item) -> LandingChange | None:
    """What the account of a change shows now, whichever mini program's it is."""
    if found.change is None:
        return None
    return landing.live_change(found.change.account_id, found.surface)


def is_page_published(found: Item) -> bool | None:
    """Whether the page of a change is in the published version; None for an application."""
    return landing.has_page(found.change) if found.change else None


def conditions(found: Item) -> list[capability.Condition]:
    """The admission conditions with their values of now (C1)."""
    return capability.conditions(found.app, found.surface)


def conditions_at_submission(application: CapabilityApplication) -> list[capability.Condition]:
    """The admission conditions as they were when the application was submitted (C1)."""
    return capability.conditions_of(application)


def superseded_by(found: Item) -> str | None:
    """The change submitted next by the same mini program after one that is withdrawn (L3)."""
    change = found.change
    if change is None or change.status != ChangeStatus.WITHDRAWN:
        return None
    after = landing.history(found.app, found.surface, change.account_id).filter(
        submitted_at__gte=change.submitted_at, pk__gt=change.pk
    )
    return after.order_by("submitted_at", "pk").values_list("pk", flat=True).first()


def earlier(found: Item) -> list[CapabilityApplication | LandingChange]:
    """The newest decisions on the same mini program (and account) besides this item."""
    if found.change is not None:
        decided = landing.history(found.app, found.surface, found.change.account_id).filter(
            status__in=LANDING_DECIDED
        )
        return list(decided.exclude(pk=found.id).order_by("-submitted_at", "-pk")[:EARLIER])
    return list(capability.decided_before(found.application)[:EARLIER]) if found.application else []


def _pending(who: Actor, wanted: Wanted, kind: SubjectKind, after: Place | None) -> QuerySet[Any]:
    """What waits of one kind, filtered, behind `after`, in the queue's order."""
    is_application = kind is SubjectKind.CAPABILITY_APPLICATION
    rows: QuerySet[Any] = capability.pending() if is_application else landing.pending()
    if wanted.surface is not None:
        rows = rows.filter(surface=wanted.surface)
    if wanted.app_id is not None:
        rows = rows.filter(mini_program=wanted.app_id)
    if wanted.due is not None:
        today = clock.today()
        rows = rows.filter(Q(due_on__lt=today) if wanted.due == "overdue" else Q(due_on=today))
    if wanted.state is not None:
        rows = rows.filter(_is_held(who, wanted.state, kind))
    if after is not None:
        due_on, subject_id = after
        is_behind = Q(due_on__gt=due_on) | Q(due_on=due_on, pk__gt=subject_id)
        # Said twice: databases seek in the index by the first, but not by an OR.
        rows = rows.filter(is_behind, due_on__gte=due_on)
    return rows.order_by("due_on", "pk")


def _is_held(who: Actor, state: ClaimState, kind: SubjectKind) -> Q:
    running = ReviewClaim.objects.filter(subject_kind=kind, expires_at__gt=clock.now())
    if state is ClaimState.FREE:
        return ~Q(Exists(running.filter(subject_id=OuterRef("pk"))))
    # Few are claimed of many that wait: they are found from the claims, not from the queue.
    mine = Q(reviewer=who.id)
    held = running.filter(mine if state is ClaimState.MINE else ~mine)
    return Q(pk__in=held.values("subject_id"))


def _with_claims(found: list[Item]) -> list[Item]:
    rows = ReviewClaim.objects.filter(subject_id__in=[one.id for one in found])
    held = {(row.subject_kind, row.subject_id): row for row in rows}
    return [replace(one, claim=held.get((one.kind, one.id))) for one in found]
