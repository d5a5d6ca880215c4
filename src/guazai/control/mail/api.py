"""Members say where their legal entity's messages are mailed to (N2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest
from ninja import Field, Router, Status

from guazai.control.directory import queries as directory
from guazai.control.kernel import clock, doors
from guazai.control.kernel.http import Body, Out, actor
from guazai.control.mail import actions, queries

if TYPE_CHECKING:
    from guazai.control.directory.models import LegalEntity
    from guazai.control.mail.models import MailAddress

router = Router(tags=["mail"])
BASE = "/mini-programs/{app_id}/mail"


class MailOut(Out):
    """Where messages to the mini program's legal entity are mailed; empty where nowhere.

    `is_available` says whether the platform sends mail at all.
    """

    address: str
    is_confirmed: bool
    is_available: bool
    available_actions: list[str]


class MailIn(Body):
    """Where to mail to."""

    address: str = Field(min_length=3, max_length=254)


class MailCodeIn(Body):
    """The code that was mailed."""

    code: str = Field(pattern=r"^\d{6}$")


def _entity(request: HttpRequest, app_id: str) -> LegalEntity:
    return directory.mini_program(actor(request), app_id).entity


def _render(found: MailAddress | None) -> MailOut:
    return MailOut(
        address=found.address if found else "",
        is_confirmed=found is not None and found.confirmed_at is not None,
        is_available=queries.is_available(),
        available_actions=queries.actions(found, clock.now()),
    )


@router.get(BASE, response=MailOut, auth=doors.member)
def read_mail(request: HttpRequest, app_id: str) -> MailOut:
    """Where messages are mailed to."""
    return _render(queries.find_address(_entity(request, app_id)))


@router.put(BASE, response=MailOut, auth=doors.member)
def set_mail(request: HttpRequest, app_id: str, body: MailIn) -> MailOut:
    """Mail messages there once the code is typed that is mailed there now."""
    entity = _entity(request, app_id)
    return _render(actions.set_address(actor(request), entity, body.address))


@router.delete(BASE, response={204: None}, auth=doors.member)
def remove_mail(request: HttpRequest, app_id: str) -> Status[None]:
    """Mail nothing any more, and forget the address."""
    actions.remove(actor(request), _entity(request, app_id))
    return Status(204, None)


@router.post(f"{BASE}/confirm", response=MailOut, auth=doors.member)
def confirm_mail(request: HttpRequest, app_id: str, body: MailCodeIn) -> MailOut:
    """Type the code; it is good for 15 minutes and 5 tries."""
    return _render(actions.confirm(actor(request), _entity(request, app_id), body.code))
