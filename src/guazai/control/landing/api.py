"""Developers name pages, submit and remove them; what ends a binding, as it frees the slot too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from ninja import Field, Router, Status

from guazai.control.binding import queries as bindings
from guazai.control.binding.states import Side
from guazai.control.directory import queries as directory
from guazai.control.eligibility.answers import notice_out
from guazai.control.journal import queries as journal
from guazai.control.journal.answers import AcceptedTakedownOut, takedown_out
from guazai.control.kernel import doors
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.errors import FieldError, Problem
from guazai.control.kernel.http import Body, Page, PageParams, actor, page
from guazai.control.kernel.ids import ExternalId
from guazai.control.landing import actions, queries
from guazai.control.landing.answers import (
    ChangeOut,
    CheckedPageOut,
    CheckProblemOut,
    ChecksOut,
    RecordBindingOut,
    RecordOut,
    RemovedOut,
    ShareLinkOut,
    SlotOut,
    SubmittedChangeOut,
    UnboundOut,
    change_out,
    record_binding_out,
    record_out,
    share_link_out,
)
from guazai.control.landing.checks import Submission
from guazai.control.surfaces import registry
from guazai.control.surfaces.registry import Surface

if TYPE_CHECKING:
    from guazai.control.directory.models import MiniProgram

router = Router(tags=["landing"])


class ShareLinkIn(Body):
    """A page to be chosen by name; what is wrong with path or query is said per field."""

    name: str = Field(min_length=1)
    page_path: str
    query: str = ""


class ChangeIn(Body):
    """What the entry is to open: a page path with its query, a share link, or an earlier change."""

    page_path: str | None = None
    query: str = ""
    share_link: ExternalId | None = None
    from_change: ExternalId | None = None
    title: str = ""


@router.get(
    "/mini-programs/{app_id}/share-links", response=Page[ShareLinkOut], auth=doors.developer
)
def list_share_links(
    request: HttpRequest, app_id: ExternalId, paging: PageParams
) -> Page[ShareLinkOut]:
    """The share links of a mini program, newest first (L1)."""
    app = directory.mini_program(actor(request), app_id)
    pages = frozenset(directory.pages(app))
    found = page(queries.share_links(app), paging, lambda link: link)
    uses = queries.uses(found.items)
    return Page(
        items=[share_link_out(link, pages, uses.get(link.pk, 0)) for link in found.items],
        next_cursor=found.next_cursor,
    )


@router.post(
    "/mini-programs/{app_id}/share-links", response={201: ShareLinkOut}, auth=doors.developer
)
def create_share_link(
    request: HttpRequest, app_id: ExternalId, body: ShareLinkIn
) -> Status[ShareLinkOut]:
    """Name a page of the published version, to be chosen by that name (L1)."""
    who = actor(request)
    app = directory.mini_program(who, app_id)
    link = actions.create_share_link(who, app, body.name, body.page_path, body.query)
    return Status(201, share_link_out(link, directory.pages(app), used_by=0))


@router.delete(
    "/mini-programs/{app_id}/share-links/{link_id}", response=ShareLinkOut, auth=doors.developer
)
def remove_share_link(
    request: HttpRequest, app_id: ExternalId, link_id: ExternalId
) -> ShareLinkOut:
    """Remove a share link; entries and changes made from it stay as they are."""
    who = actor(request)
    app = directory.mini_program(who, app_id)
    link = actions.remove_share_link(who, queries.share_link(app, link_id))
    return share_link_out(link, directory.pages(app), queries.uses([link]).get(link.pk, 0))


@router.get(
    "/mini-programs/{app_id}/surfaces/{surface}/records",
    response=Page[RecordOut],
    auth=doors.developer,
)
def list_records(
    request: HttpRequest, app_id: ExternalId, surface: str, paging: PageParams
) -> Page[RecordOut]:
    """The management page: one record for each bound account (L5)."""
    app, found = directory.mini_program(actor(request), app_id), registry.get(surface)
    bound = page(queries.bound(app, found), paging, lambda binding: binding)
    rows = queries.records(app, found, bound.items)
    return Page(items=[record_out(row) for row in rows], next_cursor=bound.next_cursor)


@router.get(
    "/mini-programs/{app_id}/surfaces/{surface}/records/{aweme_id}",
    response=RecordOut,
    auth=doors.developer,
)
def read_record(
    request: HttpRequest, app_id: ExternalId, surface: str, aweme_id: ExternalId
) -> RecordOut:
    """One record; also of an account whose binding has ended, for its history."""
    app = directory.mini_program(actor(request), app_id)
    return record_out(queries.record(app, registry.get(surface), aweme_id))


@router.get(
    "/mini-programs/{app_id}/surfaces/{surface}/records/{aweme_id}/changes",
    response=Page[ChangeOut],
    auth=doors.developer,
)
def list_changes(
    request: HttpRequest,
    app_id: ExternalId,
    surface: str,
    aweme_id: ExternalId,
    paging: PageParams,
) -> Page[ChangeOut]:
    """Every change of one record, newest first (L5)."""
    app, found = directory.mini_program(actor(request), app_id), registry.get(surface)
    record = queries.record(app, found, aweme_id)
    return page(
        queries.history(app, found, aweme_id),
        paging,
        lambda change: change_out(record, change),
        order="-submitted_at",
    )


@router.post(
    "/mini-programs/{app_id}/surfaces/{surface}/records/{aweme_id}/changes",
    response={201: SubmittedChangeOut},
    auth=doors.developer,
)
def submit_change(
    request: HttpRequest,
    app_id: ExternalId,
    surface: str,
    aweme_id: ExternalId,
    body: ChangeIn,
) -> Status[SubmittedChangeOut]:
    """Submit what the entry is to open; it withdraws the record's change in review (L1–L4)."""
    who, found = actor(request), registry.get(surface)
    app = directory.mini_program(who, app_id)
    account = queries.record(app, found, aweme_id).binding.account
    change = actions.submit(who, app, found, account, **_named(app, found, aweme_id, body))
    record = queries.record(app, found, aweme_id)
    answer = SubmittedChangeOut(
        **change_out(record, change).model_dump(), notice=notice_out(is_hidden=record.is_hidden)
    )
    return Status(201, answer)


def _named(app: MiniProgram, surface: Surface, aweme_id: str, body: ChangeIn) -> dict[str, Any]:
    """What a body names, for a submission; nothing where an earlier change is not all it names."""
    if body.from_change is None:
        link = queries.share_link(app, body.share_link) if body.share_link else None
        return {
            "page_path": body.page_path,
            "query": body.query,
            "share_link": link,
            "title": body.title,
        }
    if body.model_fields_set != {"from_change"}:
        return {}
    earlier = queries.change(app, surface, aweme_id, body.from_change)
    return {"page_path": earlier.page_path, "query": earlier.query, "title": earlier.title}


@router.post(
    "/mini-programs/{app_id}/surfaces/{surface}/records/{aweme_id}/checks",
    response=ChecksOut,
    auth=doors.developer,
)
def check_change(
    request: HttpRequest, app_id: ExternalId, surface: str, aweme_id: ExternalId, body: ChangeIn
) -> ChecksOut:
    """Everything that submitting the same body would check, and nothing is stored (L1–L4, E4)."""
    found = registry.get(surface)
    app = directory.mini_program(actor(request), app_id)
    record = queries.record(app, found, aweme_id)
    account = record.binding.account
    wanted = Submission(app, found, account, **_named(app, found, aweme_id, body))
    problems, opened = wanted.problems(), wanted.readable_page()
    waiting = queries.in_review(aweme_id, found)
    return ChecksOut(
        problems=[each for problem in problems for each in _problems(problem)],
        page=CheckedPageOut(
            page_path=opened[0], query=opened[1], link=found.link_to(app.pk, *opened)
        )
        if opened
        else None,
        withdraws=change_out(record, waiting) if waiting and waiting.mini_program == app else None,
        notice=notice_out(is_hidden=record.is_hidden),
    )


def _problems(problem: Problem) -> list[CheckProblemOut]:
    each = problem.errors or [FieldError(problem.code.name, problem.detail)]
    return [CheckProblemOut(at=one.at, code=one.code, detail=str(one.text)) for one in each]


@router.post(
    "/mini-programs/{app_id}/surfaces/{surface}/records/{aweme_id}/changes/{change_id}/withdraw",
    response=ChangeOut,
    auth=doors.developer,
)
def withdraw_change(
    request: HttpRequest,
    app_id: ExternalId,
    surface: str,
    aweme_id: ExternalId,
    change_id: ExternalId,
) -> ChangeOut:
    """Take a change out of review; what is live stays."""
    who, found = actor(request), registry.get(surface)
    app = directory.mini_program(who, app_id)
    change = actions.withdraw(who, queries.change(app, found, aweme_id, change_id))
    return change_out(queries.record(app, found, aweme_id), change)


@router.delete(
    "/mini-programs/{app_id}/surfaces/{surface}/records/{aweme_id}/live",
    response=RemovedOut,
    auth=doors.developer,
)
def remove_live(
    request: HttpRequest, app_id: ExternalId, surface: str, aweme_id: ExternalId
) -> RemovedOut:
    """Take the live entry away at once, and the change in review with it (L6)."""
    who, found = actor(request), registry.get(surface)
    app = directory.mini_program(who, app_id)
    actions.remove(who, app, found, queries.record(app, found, aweme_id).binding.account)
    record = record_out(queries.record(app, found, aweme_id))
    return RemovedOut(**record.model_dump(), takedown=_takedown(who, aweme_id))


@router.get(
    "/mini-programs/{app_id}/surfaces/{surface}/records/{aweme_id}/takedowns/{takedown_id}",
    response=AcceptedTakedownOut,
    auth=doors.developer,
)
def read_record_takedown(
    request: HttpRequest,
    app_id: ExternalId,
    surface: str,
    aweme_id: ExternalId,
    takedown_id: ExternalId,
) -> AcceptedTakedownOut | None:
    """Whether an entry of the mini program that was taken away is gone from all nodes (V3)."""
    found = registry.get(surface)
    app = directory.mini_program(actor(request), app_id)
    queries.record(app, found, aweme_id)
    return takedown_out(queries.takedown(app, found, aweme_id, takedown_id))


def _takedown(who: Actor, aweme_id: str) -> AcceptedTakedownOut | None:
    return takedown_out(journal.takedown_by(who, "account", aweme_id))


@router.post(
    "/mini-programs/{app_id}/surfaces/{surface}/bindings/{binding_id}/unbind",
    response=UnboundOut,
    auth=doors.developer,
)
def unbind(
    request: HttpRequest, app_id: ExternalId, surface: str, binding_id: ExternalId
) -> UnboundOut:
    """End a binding; its entry disappears at once. Counts toward the month's unbinds (B6)."""
    who = actor(request)
    app = directory.mini_program(who, app_id)
    found = bindings.one_of(bindings.of_app(app, registry.get(surface)), binding_id)
    ended = record_binding_out(actions.unbind(who, found), Side.DEVELOPER)
    return UnboundOut(**ended.model_dump(), takedown=_takedown(who, found.account_id))


@router.post("/owner/bindings/{binding_id}/end", response=RecordBindingOut, auth=doors.owner)
def end_binding(request: HttpRequest, binding_id: ExternalId) -> RecordBindingOut:
    """End a binding of one's own account; its entry disappears at once (B5)."""
    who = actor(request)
    found = bindings.one_of(bindings.owned(who), binding_id)
    return record_binding_out(actions.end_binding(who, found), Side.OWNER)


@router.post(
    "/owner/accounts/{aweme_id}/surfaces/{surface}/release",
    response=SlotOut,
    auth=doors.owner,
)
def release_slot(request: HttpRequest, aweme_id: ExternalId, surface: str) -> SlotOut:
    """Take whatever entry one's own account shows or has in review away; bindings stay (L4)."""
    who, found = actor(request), registry.get(surface)
    actions.release(who, found, directory.owned_account(who, aweme_id))
    return SlotOut(aweme_id=aweme_id, surface=found.key, app_id=None, available_actions=[])
