"""The desk's API: the queue, items, claims and decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.core import signing
from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from guazai.control.capability.answers import ConditionOut, condition_out
from guazai.control.directory import queries as directory
from guazai.control.kernel import calendar, doors
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.errors import CURSOR_INVALID
from guazai.control.kernel.http import Body, Out, Page, PageParams, ReasonOut, actor
from guazai.control.kernel.reasons import Reason
from guazai.control.kernel.workdays import Calendar
from guazai.control.review import actions, queries
from guazai.control.review.queries import Item, Place, Wanted
from guazai.control.review.reasons import templates
from guazai.control.review.states import ClaimState, ItemStatus, SubjectKind

router = Router(tags=["review"])
CURSOR_SALT = "guazai.review.queue"
MarkName = Literal["good", "acceptable", "poor"]
Note = Annotated[str, Field(max_length=1000)]


class ClaimOut(Out):
    """Who has the item in hand, as the caller sees it, and until when."""

    state: ClaimState
    claimed_at: datetime | None
    expires_at: datetime | None


class ItemAccountOut(Out):
    """The account of a landing page's change."""

    aweme_id: str
    nickname: str


class ItemOut(Out):
    """One row of the queue; `account` is null for an application."""

    kind: SubjectKind
    id: str
    status: ItemStatus
    surface: str
    app_id: str
    app_name: str
    entity_id: str
    entity_name: str
    account: ItemAccountOut | None
    submitted_at: datetime
    due_on: date
    due_is_estimated: bool
    is_overdue: bool
    working_days_left: int
    claim: ClaimOut
    is_own_entity: bool
    available_actions: list[str]


class LandingOut(Out):
    """A landing page's content, with the link that opens it."""

    id: str
    app_id: str
    app_name: str
    page_path: str
    query: str
    title: str
    share_link: str | None
    link: str


class ApplicationContentOut(Out):
    """What an application says, and the conditions at its submission."""

    apply_reason: str
    conditions: list[ConditionOut]


class EarlierOut(Out):
    """An earlier decision on the same mini program (and account)."""

    id: str
    status: ItemStatus
    submitted_at: datetime
    decided_at: datetime | None
    marks: dict[str, MarkName]
    reasons: list[ReasonOut]


class ItemDetailOut(ItemOut):
    """An item in full.

    One of `application` and `landing` is null; `live` is what the account shows now, and
    `is_page_published` whether the page is in the published version; both are null for an
    application. `content_hash` goes back with the decision on a change; `superseded_by` is the
    change that was submitted after one that is withdrawn. `claimed_by` is the name of the reviewer
    who has it in hand; `pages` are those of the published version.
    """

    application: ApplicationContentOut | None
    landing: LandingOut | None
    live: LandingOut | None
    is_page_published: bool | None
    content_hash: str | None
    icon_url: str
    industry: str
    version: str | None
    pages: list[str]
    claimed_by: str | None
    conditions: list[ConditionOut]
    marks: dict[str, MarkName]
    reasons: list[ReasonOut]
    decided_at: datetime | None
    superseded_by: str | None
    earlier: list[EarlierOut]


class TemplateOut(Out):
    """A reason to choose; `other` needs a text of the reviewer's own."""

    code: str
    kinds: list[SubjectKind]
    text: str
    how_to_fix: str
    is_text_required: bool


class ClaimIn(Body):
    """How to claim; taking over from another reviewer needs a reason."""

    take_over: bool = False
    reason: str = Field(default="", max_length=500)


class MarksIn(Body):
    """The four dimensions of an application (C4)."""

    functional_utility: MarkName | None = None
    interface_design: MarkName | None = None
    interaction_experience: MarkName | None = None
    stability: MarkName | None = None


class ApproveIn(Body):
    """An application needs `marks`; a landing page's change the `content_hash` reviewed."""

    content_hash: str | None = Field(None, max_length=64)
    marks: MarksIn = Field(default_factory=MarksIn)


class ReasonIn(Body):
    """A template's code; text and mend where they should differ from the template's."""

    code: str = Field(max_length=64)
    text: Note = ""
    how_to_fix: Note = ""
    evidence: Note = ""


class RejectIn(ApproveIn):
    """A decision with its reasons."""

    reasons: list[ReasonIn] = Field(default_factory=list, max_length=10)


class QueueQuery(Schema):
    """Which part of the queue to list."""

    kind: SubjectKind | None = None
    state: Literal["free", "mine", "claimed", "all"] = "all"
    due: Literal["overdue", "today", "all"] = "all"
    surface: str | None = Field(None, max_length=32)
    app_id: str | None = Field(None, max_length=64)


QueueParams = Annotated[QueueQuery, Query(...)]


@dataclass(frozen=True, slots=True)
class _Desk:
    """What rendering needs besides the item; the calendar is read once for a page."""

    who: Actor
    calendar: Calendar

    @classmethod
    def of(cls, who: Actor) -> _Desk:
        return cls(who, calendar.current())

    def fields(self, item: Item) -> dict[str, Any]:
        """The fields of a row."""
        subject, app, change = item.subject, item.app, item.change
        claim = item.claim
        state = queries.claim_state(self.who, item)
        is_held = claim is not None and state is not ClaimState.FREE
        return {
            "kind": item.kind,
            "id": item.id,
            "status": ItemStatus(subject.status),
            "surface": subject.surface,
            "app_id": app.pk,
            "app_name": app.name,
            "entity_id": app.entity_id,
            "entity_name": app.entity.name,
            "account": ItemAccountOut(aweme_id=change.account_id, nickname=change.account.nickname)
            if change
            else None,
            "submitted_at": subject.submitted_at,
            "due_on": subject.due_on,
            "due_is_estimated": subject.due_is_estimated,
            "is_overdue": queries.is_overdue(item),
            "working_days_left": queries.working_days_left(item, self.calendar),
            "claim": ClaimOut(
                state=state,
                claimed_at=claim.claimed_at if claim and is_held else None,
                expires_at=claim.expires_at if claim and is_held else None,
            ),
            "is_own_entity": queries.is_own_entity(self.who, item),
            "available_actions": queries.available_actions(self.who, item),
        }

    def row(self, item: Item) -> ItemOut:
        """The item as a row of the queue."""
        return ItemOut(**self.fields(item))


def _reasons(stored: list[dict[str, str]]) -> list[ReasonOut]:
    return [ReasonOut(**reason) for reason in stored]


def _landing(item: Item, change: Any) -> LandingOut:
    app = change.mini_program
    return LandingOut(
        id=change.pk,
        app_id=app.pk,
        app_name=app.name,
        page_path=change.page_path,
        query=change.query,
        title=change.title or app.name,
        share_link=change.share_link.name if change.share_link else None,
        link=item.surface.link_to(app.pk, change.page_path, change.query),
    )


def _detail(desk: _Desk, item: Item) -> ItemDetailOut:
    application, change, live = item.application, item.change, queries.live_change(item)
    version = item.app.published_version
    return ItemDetailOut(
        **desk.fields(item),
        application=ApplicationContentOut(
            apply_reason=application.apply_reason,
            conditions=[
                condition_out(one) for one in queries.conditions_at_submission(application)
            ],
        )
        if application
        else None,
        landing=_landing(item, change) if change else None,
        live=_landing(item, live) if live else None,
        is_page_published=queries.is_page_published(item),
        content_hash=item.content_hash,
        icon_url=item.app.icon_url,
        industry=item.app.industry,
        version=version.number if version else None,
        pages=directory.pages(item.app),
        claimed_by=queries.claimed_by(desk.who, item),
        conditions=[condition_out(condition) for condition in queries.conditions(item)],
        marks=application.marks if application else {},
        reasons=_reasons(item.subject.reasons),
        decided_at=item.subject.decided_at,
        superseded_by=queries.superseded_by(item),
        earlier=[
            EarlierOut(
                id=one.pk,
                status=ItemStatus(one.status),
                submitted_at=one.submitted_at,
                decided_at=one.decided_at,
                marks=getattr(one, "marks", {}),
                reasons=_reasons(one.reasons),
            )
            for one in queries.earlier(item)
        ],
    )


@router.get("/review/queue", response=Page[ItemOut], auth=doors.reviewer)
def read_queue(request: HttpRequest, paging: PageParams, wanted: QueueParams) -> Page[ItemOut]:
    """Everything that waits for a reviewer, by due day (C3)."""
    desk = _Desk.of(actor(request))
    after = _decode(paging.cursor) if paging.cursor is not None else None
    asked = Wanted(
        kind=wanted.kind,
        state=None if wanted.state == "all" else ClaimState(wanted.state),
        due=None if wanted.due == "all" else wanted.due,
        surface=wanted.surface,
        app_id=wanted.app_id,
    )
    found = queries.queue(desk.who, asked, after=after, limit=paging.limit + 1)
    shown = found[: paging.limit]
    return Page(
        items=[desk.row(item) for item in shown],
        next_cursor=_encode(shown[-1].place) if len(found) > len(shown) else None,
    )


@router.get("/review/reasons", response=list[TemplateOut], auth=doors.reviewer)
def list_reasons(request: HttpRequest, kind: SubjectKind | None = None) -> list[TemplateOut]:
    """The reasons to choose from when rejecting (C4)."""
    return [
        TemplateOut(
            code=template.code,
            kinds=sorted(template.kinds),
            text=str(template.text),
            how_to_fix=str(template.how_to_fix),
            is_text_required=template.is_text_required,
        )
        for template in templates(kind)
    ]


@router.get("/review/items/{kind}/{item_id}", response=ItemDetailOut, auth=doors.reviewer)
def read_item(request: HttpRequest, kind: SubjectKind, item_id: str) -> ItemDetailOut:
    """One item in full, with what is live, the conditions of now and earlier decisions."""
    return _detail(_Desk.of(actor(request)), queries.item(kind, item_id))


@router.post("/review/items/{kind}/{item_id}/claim", response=ItemOut, auth=doors.reviewer)
def claim(
    request: HttpRequest, kind: SubjectKind, item_id: str, body: ClaimIn | None = None
) -> ItemOut:
    """Take an item in hand for 15 minutes; the body may be left out."""
    who, how = actor(request), body or ClaimIn()
    item = queries.item(kind, item_id)
    claimed = actions.claim(who, item, take_over=how.take_over, reason=how.reason)
    return _Desk.of(who).row(claimed)


@router.post("/review/items/{kind}/{item_id}/heartbeat", response=ItemOut, auth=doors.reviewer)
def heartbeat(request: HttpRequest, kind: SubjectKind, item_id: str) -> ItemOut:
    """Hold one's own claim for another 15 minutes."""
    who = actor(request)
    return _Desk.of(who).row(actions.heartbeat(who, queries.item(kind, item_id)))


@router.post("/review/items/{kind}/{item_id}/release", response=ItemOut, auth=doors.reviewer)
def release(request: HttpRequest, kind: SubjectKind, item_id: str) -> ItemOut:
    """Put an item back into the queue."""
    who = actor(request)
    return _Desk.of(who).row(actions.release(who, queries.item(kind, item_id)))


@router.post("/review/items/{kind}/{item_id}/approve", response=ItemOut, auth=doors.reviewer)
def approve(request: HttpRequest, kind: SubjectKind, item_id: str, body: ApproveIn) -> ItemOut:
    """Approve what the caller holds (C4, L2, R8)."""
    who = actor(request)
    item = queries.item(kind, item_id)
    decided = actions.approve(who, item, content_hash=body.content_hash, marks=_marks(body))
    return _Desk.of(who).row(decided)


@router.post("/review/items/{kind}/{item_id}/reject", response=ItemOut, auth=doors.reviewer)
def reject(request: HttpRequest, kind: SubjectKind, item_id: str, body: RejectIn) -> ItemOut:
    """Reject what the caller holds, with at least one reason (C4)."""
    who = actor(request)
    decided = actions.reject(
        who,
        queries.item(kind, item_id),
        content_hash=body.content_hash,
        marks=_marks(body),
        why=[Reason(**reason.model_dump()) for reason in body.reasons],
    )
    return _Desk.of(who).row(decided)


def _marks(body: ApproveIn) -> dict[str, str]:
    return body.marks.model_dump(exclude_none=True)


def _encode(place: Place) -> str:
    due_on, item_id = place
    return signing.dumps([due_on.isoformat(), item_id], salt=CURSOR_SALT)


def _decode(cursor: str) -> Place:
    try:
        due_on, item_id = signing.loads(cursor, salt=CURSOR_SALT)
    except signing.BadSignature:
        raise CURSOR_INVALID() from None
    return date.fromisoformat(due_on), item_id
