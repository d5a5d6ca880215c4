"""Sessions for people, tokens for machines, syncs by the host, developers' mini programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from django.contrib.auth import login, logout
from django.http import HttpRequest
from django.middleware.csrf import get_token
from ninja import Field, Query, Router, Status
from ninja.utils import check_csrf
from pydantic import StringConstraints

from guazai.control.directory import actions, queries
from guazai.control.directory.models import MiniProgram, Person, Token
from guazai.control.directory.states import AccountType, MemberRole
from guazai.control.kernel import doors
from guazai.control.kernel.actor import Actor, Scope
from guazai.control.kernel.errors import CSRF_FAILED, NOT_FOUND
from guazai.control.kernel.http import Body, Day, Out, Page, PageParams, actor, hide_answer, page
from guazai.control.kernel.ids import ExternalId

router = Router(tags=["directory"])

Url = Annotated[str, StringConstraints(pattern=r"^(https://[^\s\"'<>\\]{1,500})?$")]
#: No control characters, and none that turn the direction of what a reviewer reads.
Name = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=64,
        pattern=r"^[^\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+$",
    ),
]
PagePath = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$")
]
PersonIds = Annotated[list[ExternalId], Query(min_length=1, max_length=100)]
#: Blanks at its ends are part of it.
Password = Annotated[str, StringConstraints(strip_whitespace=False)]


class LoginIn(Body):
    """A login and its password."""

    login: str = Field(min_length=1, max_length=64)
    password: Password = Field(min_length=1, max_length=256)


class SessionOut(Out):
    """Who is logged in, and the CSRF token to send as `X-CSRFToken` with writes."""

    person: str | None
    display_name: str = ""
    is_reviewer: bool = False
    is_operator: bool = False
    entities: list[str] = Field(default_factory=list)
    accounts: list[str] = Field(default_factory=list)
    csrf_token: str
    available_actions: list[str]


class MiniProgramOut(Out):
    """A mini program as its developers see it."""

    app_id: str
    name: str
    icon_url: str
    industry: str
    is_online: bool
    credit_score: int
    entity_id: str
    entity_name: str
    version: str | None
    pages: list[str]
    available_actions: list[str] = Field(default_factory=list)


class PersonOut(Out):
    """Somebody who logs in, as operators know them."""

    id: str
    login: str
    display_name: str


class EntityIn(Body):
    """A legal entity as the host knows it."""

    name: Name


class MiniProgramIn(Body):
    """A mini program as the host knows it."""

    entity_id: ExternalId
    name: Name
    icon_url: Url = ""
    industry: str = Field("", max_length=64)
    is_online: bool
    credit_score: int = Field(ge=0, le=1000)


class VersionIn(Body):
    """The pages of the version that is now published; the first is the home page."""

    pages: list[PagePath] = Field(min_length=1, max_length=2000)


class AccountIn(Body):
    """A Douyin account as the host knows it; `owner_login` is an opaque name."""

    nickname: Name
    account_type: Literal["personal", "institution", "enterprise"]
    avatar_url: Url = ""
    entity_id: ExternalId | None = None
    owner_login: ExternalId | None = None


class EmploymentIn(Body):
    """The last day of an employment."""

    ends_on: Day


class MemberIn(Body):
    """What a developer is in a legal entity."""

    role: Literal["owner", "member"]


class MemberOut(Out):
    """A developer in a legal entity, and since when."""

    login: str
    display_name: str
    role: MemberRole
    since: datetime


class SyncedOut(Out):
    """What a sync did: created, updated or unchanged."""

    outcome: actions.Outcome


class TokenIn(Body):
    """A token to issue; developer scopes need the one mini program that it acts for."""

    name: Name
    scopes: list[Literal["host:write", "developer:read", "developer:write"]] = Field(min_length=1)
    app_id: ExternalId | None = None
    days: int = Field(actions.TOKEN_DAYS, ge=1, le=365)


class TokenOut(Out):
    """A token without its secret."""

    id: str
    name: str
    scopes: list[Literal["host:write", "developer:read", "developer:write"]]
    app_id: str | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    available_actions: list[str]


class IssuedTokenOut(TokenOut):
    """A token just issued, with its secret, which is shown this once."""

    token: str


def _session(request: HttpRequest, who: Actor | None, person: Person | None) -> SessionOut:
    if who is None or person is None:
        return SessionOut(person=None, csrf_token=get_token(request), available_actions=["login"])
    return SessionOut(
        person=person.login,
        display_name=person.display_name,
        is_reviewer=who.is_reviewer,
        is_operator=who.is_operator,
        entities=sorted(who.entities),
        accounts=sorted(who.accounts),
        csrf_token=get_token(request),
        available_actions=["logout"],
    )


@router.get("/session", response=SessionOut, auth=None)
def read_session(request: HttpRequest) -> SessionOut:
    """Who is logged in; also for somebody who is not yet, to get the CSRF token."""
    person = request.user if isinstance(request.user, Person) else None
    return _session(request, doors.actor_of(request) if person else None, person)


@router.post("/session", response=SessionOut, auth=None)
def log_in(request: HttpRequest, body: LoginIn) -> SessionOut:
    """Log in; at most ten tries in five minutes for one login from one address."""
    if check_csrf(request):
        raise CSRF_FAILED()
    person = actions.admit(body.login, body.password, request.META.get("REMOTE_ADDR", ""))
    login(request, person)
    request_id: str = request.request_id  # type: ignore[attr-defined]
    return _session(request, queries.actor_of_person(person, request_id), person)


@router.delete("/session", response={204: None}, auth=doors.person)
def log_out(request: HttpRequest) -> Status[None]:
    """Log out."""
    logout(request)
    return Status(204, None)


def _render_app(app: MiniProgram) -> MiniProgramOut:
    version = app.published_version
    return MiniProgramOut(
        app_id=app.pk,
        name=app.name,
        icon_url=app.icon_url,
        industry=app.industry,
        is_online=app.is_online,
        credit_score=app.credit_score,
        entity_id=app.entity_id,
        entity_name=app.entity.name,
        version=version.number if version else None,
        pages=queries.pages(app),
    )


@router.get("/mini-programs", response=Page[MiniProgramOut], auth=doors.developer)
def list_mini_programs(request: HttpRequest, paging: PageParams) -> Page[MiniProgramOut]:
    """The mini programs that the caller develops."""
    return page(queries.mini_programs(actor(request)), paging, _render_app, order="pk")


@router.get("/mini-programs/{app_id}", response=MiniProgramOut, auth=doors.developer)
def read_mini_program(request: HttpRequest, app_id: str) -> MiniProgramOut:
    """One mini program with the pages of its published version."""
    return _render_app(queries.mini_program(actor(request), app_id))


@router.get("/mini-programs/{app_id}/members", response=Page[MemberOut], auth=doors.member)
def list_members(request: HttpRequest, app_id: str, paging: PageParams) -> Page[MemberOut]:
    """Who belongs to the legal entity of a mini program, to its members; by when they came."""
    app = queries.mini_program(actor(request), app_id)
    return page(
        queries.members(app),
        paging,
        lambda place: MemberOut(
            login=place.person.login,
            display_name=place.person.display_name,
            role=MemberRole(place.role),
            since=place.created_at,
        ),
        order="pk",
    )


@router.put("/host/legal-entities/{entity_id}", response=SyncedOut, auth=doors.host)
def sync_entity(request: HttpRequest, entity_id: ExternalId, body: EntityIn) -> SyncedOut:
    """Sync a legal entity."""
    return SyncedOut(outcome=actions.upsert_entity(actor(request), entity_id, name=body.name))


@router.put("/host/mini-programs/{app_id}", response=SyncedOut, auth=doors.host)
def sync_mini_program(request: HttpRequest, app_id: ExternalId, body: MiniProgramIn) -> SyncedOut:
    """Sync a mini program."""
    return SyncedOut(
        outcome=actions.upsert_mini_program(actor(request), app_id, **body.model_dump())
    )


@router.put("/host/mini-programs/{app_id}/versions/{number}", response=SyncedOut, auth=doors.host)
def sync_version(
    request: HttpRequest, app_id: ExternalId, number: ExternalId, body: VersionIn
) -> SyncedOut:
    """Sync the version that is now published."""
    return SyncedOut(
        outcome=actions.publish_version(actor(request), app_id, number, list(body.pages))
    )


@router.put("/host/accounts/{aweme_id}", response=SyncedOut, auth=doors.host)
def sync_account(request: HttpRequest, aweme_id: ExternalId, body: AccountIn) -> SyncedOut:
    """Sync a Douyin account."""
    fields = body.model_dump() | {"account_type": AccountType(body.account_type)}
    return SyncedOut(outcome=actions.upsert_account(actor(request), aweme_id, **fields))


@router.put(
    "/host/legal-entities/{entity_id}/employments/{aweme_id}",
    response=SyncedOut,
    auth=doors.host,
)
def sync_employment(
    request: HttpRequest, entity_id: ExternalId, aweme_id: ExternalId, body: EmploymentIn
) -> SyncedOut:
    """Sync that an account's owner works for a legal entity (B3)."""
    return SyncedOut(
        outcome=actions.upsert_employment(actor(request), entity_id, aweme_id, ends_on=body.ends_on)
    )


@router.put(
    "/host/legal-entities/{entity_id}/members/{member}", response=SyncedOut, auth=doors.host
)
def sync_member(
    request: HttpRequest, entity_id: ExternalId, member: ExternalId, body: MemberIn
) -> SyncedOut:
    """Sync a developer's place in a legal entity."""
    return SyncedOut(
        outcome=actions.upsert_member(actor(request), entity_id, member, role=MemberRole(body.role))
    )


@router.delete(
    "/host/legal-entities/{entity_id}/members/{member}", response=SyncedOut, auth=doors.host
)
def remove_member(request: HttpRequest, entity_id: ExternalId, member: ExternalId) -> SyncedOut:
    """Take a developer out of a legal entity."""
    return SyncedOut(outcome=actions.remove_member(actor(request), entity_id, member))


@router.get("/operator/people", response=list[PersonOut], auth=doors.operator, tags=["operator"])
def list_people(request: HttpRequest, id: PersonIds) -> list[PersonOut]:  # noqa: A002 - the query's name
    """Who is behind ids, as audit events name them; what is nobody's is left out."""
    return [
        PersonOut(id=each.pk, login=each.login, display_name=each.display_name)
        for each in queries.people(id)
    ]


def _render_token(token: Token) -> TokenOut:
    return TokenOut(
        id=token.pk,
        name=token.name,
        scopes=token.scopes,
        app_id=token.mini_program_id,
        created_at=token.created_at,
        expires_at=token.expires_at,
        revoked_at=token.revoked_at,
        available_actions=[] if token.revoked_at else ["revoke"],
    )


@router.get("/operator/tokens", response=Page[TokenOut], auth=doors.operator, tags=["operator"])
def list_tokens(request: HttpRequest, paging: PageParams) -> Page[TokenOut]:
    """Machines' tokens, newest first."""
    return page(queries.tokens(), paging, _render_token)


@router.post(
    "/operator/tokens", response={201: IssuedTokenOut}, auth=doors.operator, tags=["operator"]
)
def issue_token(request: HttpRequest, body: TokenIn) -> Status[IssuedTokenOut]:
    """Issue a token; its secret is in this answer and nowhere else."""
    hide_answer(request)
    token, raw = actions.issue_token(
        actor(request),
        body.name,
        [Scope(scope) for scope in body.scopes],
        app_id=body.app_id,
        days=body.days,
    )
    return Status(201, IssuedTokenOut(**_render_token(token).model_dump(), token=raw))


@router.delete(
    "/operator/tokens/{token_id}", response=TokenOut, auth=doors.operator, tags=["operator"]
)
def revoke_token(request: HttpRequest, token_id: str) -> TokenOut:
    """End a token at once."""
    token = queries.tokens().filter(pk=token_id).first()
    if token is None:
        raise NOT_FOUND()
    actions.revoke_token(actor(request), token)
    return _render_token(token)
