"""Inboxes of developers (by legal entity) and account owners."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Field, Router

from guazai.control.inbox import actions, queries
from guazai.control.inbox.models import InboxMessage
from guazai.control.inbox.states import RecipientKind
from guazai.control.inbox.texts import KINDS
from guazai.control.journal.answers import SubjectOut
from guazai.control.kernel import doors
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.http import Body, Out, Page, PageParams, actor, page

router = Router(tags=["inbox"])
#: The kinds of messages that there are (N1); `KINDS` says each in words.
MessageKind = Annotated[str, Field(json_schema_extra={"enum": sorted(KINDS)})]
Folder = Literal["all", "unread", "read"]


class RecipientOut(Out):
    """Whose message it is."""

    kind: RecipientKind
    id: str


class MessageOut(Out):
    """One in-site message."""

    id: str
    kind: MessageKind
    text: str
    values: dict[str, Any]
    recipient: RecipientOut
    subject: SubjectOut
    created_at: datetime
    read_at: datetime | None
    available_actions: list[str]


class InboxOut(Page[MessageOut]):
    """A page of messages, and how many are unread in all."""

    unread_count: int


class MarkIn(Body):
    """Which messages to mark; all of the inbox where `ids` is null."""

    ids: list[str] | None = Field(None, max_length=100)
    is_read: bool = True


class MarkedOut(Out):
    """How many messages changed."""

    changed: int


def _render(message: InboxMessage) -> MessageOut:
    return MessageOut(
        id=message.id,
        kind=message.kind,
        text=queries.text_of(message),
        values=message.values,
        recipient=RecipientOut(kind=RecipientKind(message.recipient_kind), id=message.recipient_id),
        subject=SubjectOut(kind=message.subject_kind, id=message.subject_id),
        created_at=message.created_at,
        read_at=message.read_at,
        available_actions=["mark_unread" if message.read_at else "mark_read"],
    )


def _for_entities(who: Actor) -> QuerySet[InboxMessage]:
    return queries.messages(RecipientKind.LEGAL_ENTITY, who.entities)


def _for_accounts(who: Actor) -> QuerySet[InboxMessage]:
    return queries.messages(RecipientKind.ACCOUNT, who.accounts)


def _list(
    inbox: QuerySet[InboxMessage], paging: PageParams, folder: Folder, kind: str | None
) -> InboxOut:
    shown = inbox.filter(kind=kind) if kind else inbox
    if folder != "all":
        shown = shown.filter(read_at__isnull=folder == "unread")
    found = page(shown, paging, _render)
    return InboxOut(
        items=found.items,
        next_cursor=found.next_cursor,
        unread_count=inbox.filter(read_at__isnull=True).count(),
    )


def _mark(inbox: QuerySet[InboxMessage], body: MarkIn) -> MarkedOut:
    chosen = inbox if body.ids is None else inbox.filter(pk__in=body.ids)
    change = actions.mark_read if body.is_read else actions.mark_unread
    return MarkedOut(changed=change(chosen))


@router.get("/inbox", response=InboxOut, auth=doors.member)
def list_inbox(
    request: HttpRequest, paging: PageParams, folder: Folder = "all", kind: str | None = None
) -> InboxOut:
    """Messages to the legal entities of the caller, newest first (N1)."""
    return _list(_for_entities(actor(request)), paging, folder, kind)


@router.post("/inbox/mark", response=MarkedOut, auth=doors.member)
def mark_inbox(request: HttpRequest, body: MarkIn) -> MarkedOut:
    """Mark messages as read or unread."""
    return _mark(_for_entities(actor(request)), body)


@router.get("/owner/inbox", response=InboxOut, auth=doors.owner)
def list_owner_inbox(
    request: HttpRequest, paging: PageParams, folder: Folder = "all", kind: str | None = None
) -> InboxOut:
    """Messages to the accounts that the caller owns, newest first (N1)."""
    return _list(_for_accounts(actor(request)), paging, folder, kind)


@router.post("/owner/inbox/mark", response=MarkedOut, auth=doors.owner)
def mark_owner_inbox(request: HttpRequest, body: MarkIn) -> MarkedOut:
    """Mark messages as read or unread."""
    return _mark(_for_accounts(actor(request)), body)
