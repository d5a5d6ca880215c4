"""The shapes of landing pages, changes and records in answers."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import TYPE_CHECKING

from guazai.control.binding import queries as bindings
from guazai.control.binding.states import BindingStatus, Side
from guazai.control.directory.answers import AccountOut, account_out
from guazai.control.eligibility.answers import NoticeOut, notice_out
from guazai.control.journal.answers import AcceptedTakedownOut
from guazai.control.kernel.http import Out, ReasonOut
from guazai.control.landing import queries
from guazai.control.landing.states import ChangeStatus
from guazai.control.surfaces.registry import BindingKind

if TYPE_CHECKING:
    from guazai.control.binding.models import Binding
    from guazai.control.landing.models import LandingChange, ShareLink
    from guazai.control.landing.queries import Record


class ShareLinkOut(Out):
    """A share link; `has_page` says whether the published version still has its page.

    `used_by` counts the accounts whose live entry was made from it.
    """

    id: str
    name: str
    page_path: str
    query: str
    has_page: bool
    used_by: int
    created_at: datetime
    removed_at: datetime | None
    available_actions: list[str]


class NamedOut(Out):
    """Something by its id and name."""

    id: str
    name: str


class ContentOut(Out):
    """What a change makes an entry open; an empty `title` stands for the mini program's name."""

    id: str
    page_path: str
    query: str
    title: str
    share_link: NamedOut | None


class LiveOut(ContentOut):
    """What is live; without its page in the published version the entry is hidden (L7)."""

    approved_at: datetime | None
    has_page: bool


class ChangeOut(ContentOut):
    """A change as its developers see it; never who reviewed it."""

    status: ChangeStatus
    is_live: bool
    submitted_at: datetime
    due_on: date
    due_is_estimated: bool
    decided_at: datetime | None
    reasons: list[ReasonOut]
    available_actions: list[str]


class SubmittedChangeOut(ChangeOut):
    """A change just submitted, with the notice where its entry would be hidden (E4)."""

    notice: NoticeOut | None


class RecordBindingOut(Out):
    """The binding that a record stands on."""

    id: str
    kind: BindingKind
    status: BindingStatus
    available_actions: list[str]


class RecordOut(Out):
    """One row of the management page: what is live, the newest change, what can be done (L5)."""

    account: AccountOut
    binding: RecordBindingOut
    live: LiveOut | None
    latest_change: ChangeOut | None
    notice: NoticeOut | None
    available_actions: list[str]


class UnboundOut(RecordBindingOut):
    """A binding just ended, with the takedown of its entry where it carried one."""

    takedown: AcceptedTakedownOut | None


class RemovedOut(RecordOut):
    """A record whose entry was just taken away, with the takedown that this is."""

    takedown: AcceptedTakedownOut | None


class SlotOut(Out):
    """The place for an entry that an account has on a surface, and whose entry is live in it."""

    aweme_id: str
    surface: str
    app_id: str | None
    available_actions: list[str]


class CheckProblemOut(Out):
    """Something that submitting would be refused for; `at` is the field, empty where it is none."""

    at: str
    code: str
    detail: str


class CheckedPageOut(Out):
    """The page in the form in which it would be stored, with the link that opens it."""

    page_path: str
    query: str
    link: str


class ChecksOut(Out):
    """What submitting would do: all that stands against it, and the change that it withdraws."""

    problems: list[CheckProblemOut]
    page: CheckedPageOut | None
    withdraws: ChangeOut | None
    notice: NoticeOut | None


def share_link_out(link: ShareLink, pages: Collection[str], used_by: int) -> ShareLinkOut:
    """A share link, with whether its page is there and how many live entries were made from it."""
    return ShareLinkOut(
        id=link.pk,
        name=link.name,
        page_path=link.page_path,
        query=link.query,
        has_page=link.page_path in pages,
        used_by=used_by,
        created_at=link.created_at,
        removed_at=link.removed_at,
        available_actions=queries.share_link_actions(link),
    )


def content_out(change: LandingChange) -> ContentOut:
    """What a change opens."""
    link = change.share_link
    return ContentOut(
        id=change.pk,
        page_path=change.page_path,
        query=change.query,
        title=change.title,
        share_link=NamedOut(id=link.pk, name=link.name) if link else None,
    )


def live_out(record: Record, change: LandingChange) -> LiveOut:
    """What is live on an account."""
    return LiveOut(
        **content_out(change).model_dump(),
        approved_at=change.decided_at,
        has_page=record.has_page(change),
    )


def change_out(record: Record, change: LandingChange) -> ChangeOut:
    """A change with how it stands."""
    return ChangeOut(
        **content_out(change).model_dump(),
        status=ChangeStatus(change.status),
        is_live=record.live is not None and record.live.pk == change.pk,
        submitted_at=change.submitted_at,
        due_on=change.due_on,
        due_is_estimated=change.due_is_estimated,
        decided_at=change.decided_at,
        reasons=[ReasonOut(**reason) for reason in change.reasons],
        available_actions=record.change_actions(change),
    )


def record_binding_out(binding: Binding, side: Side) -> RecordBindingOut:
    """A binding as one side of it sees it."""
    return RecordBindingOut(
        id=binding.pk,
        kind=BindingKind(binding.kind),
        status=BindingStatus(binding.status),
        available_actions=bindings.available_actions(binding, side),
    )


def record_out(record: Record) -> RecordOut:
    """One record of the management page (L5)."""
    binding, latest = record.binding, record.latest_change
    return RecordOut(
        account=account_out(binding.account),
        binding=record_binding_out(binding, Side.DEVELOPER),
        live=live_out(record, record.live) if record.live else None,
        latest_change=change_out(record, latest) if latest else None,
        notice=notice_out(is_hidden=record.is_hidden),
        available_actions=record.available_actions,
    )
