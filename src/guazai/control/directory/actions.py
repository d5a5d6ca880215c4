"""The only writer of the directory: idempotent syncs by the host, people, tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from django.contrib.auth import authenticate
from django.db import transaction
from django.db.models import Model
from limits import parse

from guazai.control.directory.errors import (
    LOGIN_FAILED,
    TOKEN_SCOPE_INVALID,
    UNKNOWN_REFERENCE,
    VERSION_IMMUTABLE,
)
from guazai.control.directory.models import (
    DouyinAccount,
    Employment,
    LegalEntity,
    Membership,
    MiniProgram,
    MiniProgramVersion,
    Person,
    Token,
)
from guazai.control.directory.queries import hash_token
from guazai.control.directory.states import AccountType, MemberRole
from guazai.control.journal import keys
from guazai.control.journal.actions import act
from guazai.control.kernel import clock, ids
from guazai.control.kernel.actor import Actor, Scope
from guazai.control.kernel.errors import RATE_LIMITED, FieldError
from guazai.control.kernel.limits import limiter
from guazai.control.kernel.locks import locked
from guazai.control.kernel.texts import Text
from guazai.feed.records import Scope as DenyScope

TOKEN_DAYS = 30
LOGIN_LIMIT = parse("10 per 5 minutes")
#: The keys that a change makes stale, from what was before and what changed.
Touches = Callable[[Mapping[str, Any], Mapping[str, Any]], tuple[keys.Key, ...]]


class Outcome(StrEnum):
    """What an idempotent sync did."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


def upsert_entity(who: Actor, entity_id: str, *, name: str) -> Outcome:
    """Sync a legal entity."""
    return _upsert(who, LegalEntity, {"entity_id": entity_id}, {"name": name}, "legal_entity")


def upsert_mini_program(
    who: Actor,
    app_id: str,
    *,
    entity_id: str,
    name: str,
    icon_url: str = "",
    industry: str = "",
    is_online: bool,
    credit_score: int,
) -> Outcome:
    """Sync a mini program; raises `unknown_reference` for an unknown legal entity."""
    _require(LegalEntity, entity_id, "entity_id")

    def touches(before: Mapping[str, Any], changed: Mapping[str, Any]) -> tuple[keys.Key, ...]:
        found: list[keys.Key] = []
        if changed.keys() & {"is_online", "industry"}:
            goes_offline = bool(before.get("is_online")) and not is_online
            found.append(keys.deny(DenyScope.MINI_PROGRAM, app_id, hides=goes_offline))
        if changed.keys() & {"name", "icon_url", "entity_id"}:
            found.append(keys.mini_program(app_id))
        return tuple(found)

    fields = {
        "entity_id": entity_id,
        "name": name,
        "icon_url": icon_url,
        "industry": industry,
        "is_online": is_online,
        "credit_score": credit_score,
    }
    return _upsert(who, MiniProgram, {"app_id": app_id}, fields, "mini_program", touches)


def publish_version(who: Actor, app_id: str, number: str, pages: list[str]) -> Outcome:
    """Sync a version with its pages and make it the published one (L1, L7).

    Raises `unknown_reference` for an unknown mini program, `version_immutable` where the version
    is known with other pages.
    """
    _require(MiniProgram, app_id, "app_id")
    with transaction.atomic():
        app = locked(MiniProgram.objects.filter(pk=app_id)).get()
        version, is_new = MiniProgramVersion.objects.get_or_create(
            mini_program=app, number=number, defaults={"pages": pages}
        )
        if version.pages != pages:
            raise VERSION_IMMUTABLE(number=number)
        if app.published_version_id == version.pk:
            return Outcome.UNCHANGED
        with act(who) as done:
            MiniProgram.objects.filter(pk=app_id).update(published_version=version)
            done.record(
                "directory.publish_version",
                "mini_program",
                app_id,
                after={"number": number, "pages": pages},
                touch=(keys.pages(app_id),),
            )
    return Outcome.CREATED if is_new else Outcome.UPDATED


def upsert_account(
    who: Actor,
    aweme_id: str,
    *,
    nickname: str,
    account_type: AccountType,
    avatar_url: str = "",
    entity_id: str | None = None,
    owner_login: str | None = None,
) -> Outcome:
    """Sync a Douyin account; its owner is made known by an opaque login."""
    if entity_id is not None:
        _require(LegalEntity, entity_id, "entity_id")

    def touches(_: Mapping[str, Any], changed: Mapping[str, Any]) -> tuple[keys.Key, ...]:
        return (keys.verdict(aweme_id),) if "account_type" in changed else ()

    fields = {
        "nickname": nickname,
        "account_type": AccountType(account_type),
        "avatar_url": avatar_url,
        "entity_id": entity_id,
        "owner_id": _person(owner_login).pk if owner_login else None,
    }
    return _upsert(who, DouyinAccount, {"aweme_id": aweme_id}, fields, "account", touches)


def upsert_employment(who: Actor, entity_id: str, aweme_id: str, *, ends_on: date) -> Outcome:
    """Sync the employment of an account's owner at a legal entity (B3)."""
    _require(LegalEntity, entity_id, "entity_id")
    _require(DouyinAccount, aweme_id, "aweme_id")
    identity = {"entity_id": entity_id, "account_id": aweme_id}
    return _upsert(who, Employment, identity, {"ends_on": ends_on}, "employment")


def upsert_member(who: Actor, entity_id: str, login: str, *, role: MemberRole) -> Outcome:
    """Sync a developer's place in a legal entity."""
    _require(LegalEntity, entity_id, "entity_id")
    identity = {"entity_id": entity_id, "person_id": _person(login).pk}
    return _upsert(who, Membership, identity, {"role": MemberRole(role)}, "membership")


def remove_member(who: Actor, entity_id: str, login: str) -> Outcome:
    """Take a developer out of a legal entity; done already is fine."""
    rows = Membership.objects.filter(entity=entity_id, person__login=login)
    if not rows.exists():
        return Outcome.UNCHANGED
    with act(who) as done:
        rows.delete()
        done.record("directory.remove_member", "legal_entity", entity_id, before={"login": login})
    return Outcome.UPDATED


def save_person(
    who: Actor,
    login: str,
    *,
    password: str | None = None,
    display_name: str = "",
    is_reviewer: bool = False,
    is_operator: bool = False,
) -> Person:
    """Make a person, or set the roles and (where given) the password of one who is known."""
    with act(who) as done:
        person = _person(login)
        person.display_name = display_name or person.display_name
        person.is_reviewer, person.is_operator = is_reviewer, is_operator
        if password is not None:
            person.set_password(password)
        person.save()
        done.record(
            "directory.save_person",
            "person",
            person.pk,
            after={"is_reviewer": is_reviewer, "is_operator": is_operator},
        )
    return person


def admit(login: str, password: str, address: str) -> Person:
    """The person whose login and password these are.

    Raises `login_failed`, and `rate_limited` past ten tries in five minutes for one login from one
    address, by whichever door.
    """
    if not limiter.hit(LOGIN_LIMIT, "login", login, address):
        raise RATE_LIMITED(retry_after=LOGIN_LIMIT.get_expiry())
    person = authenticate(None, username=login, password=password)
    if not isinstance(person, Person):
        raise LOGIN_FAILED()
    return person


def issue_token(
    who: Actor,
    name: str,
    scopes: list[Scope],
    *,
    app_id: str | None = None,
    days: int = TOKEN_DAYS,
) -> tuple[Token, str]:
    """A new token and its secret, which is shown this once.

    Raises `token_scope_invalid` where developer scopes come without a mini program or host scopes
    with one, `unknown_reference` for an unknown mini program.
    """
    is_developer = any(scope is not Scope.HOST_WRITE for scope in scopes)
    is_mixed = is_developer and Scope.HOST_WRITE in scopes
    if not scopes or is_mixed or is_developer != (app_id is not None):
        raise TOKEN_SCOPE_INVALID()
    if app_id is not None:
        _require(MiniProgram, app_id, "app_id")
    raw = f"gz_{ids.secret(32)}"
    with act(who) as done:
        token = Token.objects.create(
            name=name,
            hash=hash_token(raw),
            scopes=[scope.value for scope in scopes],
            mini_program_id=app_id,
            created_by=who.id,
            expires_at=clock.now() + timedelta(days=days),
        )
        done.record(
            "directory.issue_token",
            "token",
            token.pk,
            after={"name": name, "scopes": token.scopes, "app_id": app_id, "days": days},
        )
    return token, raw


def revoke_token(who: Actor, token: Token) -> None:
    """End a token at once; ending it twice is fine."""
    with act(who) as done:
        Token.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=clock.now())
        done.record("directory.revoke_token", "token", token.pk)
    token.refresh_from_db()


def _person(login: str) -> Person:
    found = Person.objects.filter(login=login).first()
    return found or Person.objects.create_person(login)


def _require(model: type[Model], pk: str, field: str) -> None:
    if not model._default_manager.filter(pk=pk).exists():
        text = Text(f"{field} {pk} 不存在", f"{field} {pk} is unknown")
        raise UNKNOWN_REFERENCE(errors=[FieldError("unknown_reference", text, at=field)])


def _upsert(
    who: Actor,
    model: type[Model],
    identity: dict[str, Any],
    fields: dict[str, Any],
    kind: str,
    touches: Touches = lambda _, __: (),
) -> Outcome:
    with transaction.atomic():
        row = locked(model._default_manager.filter(**identity)).first()
        before = {} if row is None else {name: getattr(row, name) for name in fields}
        changed = {name: value for name, value in fields.items() if before.get(name) != value}
        if row is not None and not changed:
            return Outcome.UNCHANGED
        with act(who) as done:
            # Not update_or_create: it takes the stronger lock, which `locked` is careful not to.
            _, is_new = model._default_manager.get_or_create(**identity, defaults=fields)
            if not is_new:
                model._default_manager.filter(**identity).update(**changed)
            done.record(
                f"directory.upsert_{kind}",
                kind,
                ":".join(identity.values()),
                before={name: before[name] for name in changed if name in before},
                after=changed,
                touch=touches(before, changed),
            )
    return Outcome.CREATED if row is None else Outcome.UPDATED
