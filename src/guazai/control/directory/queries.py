"""Reading the directory; what a caller may not see is not found."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date

from django.db.models import QuerySet

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
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor, ActorKind
from guazai.control.kernel.errors import NOT_FOUND
from guazai.control.kernel.locks import locked


def mini_programs(who: Actor) -> QuerySet[MiniProgram]:
    """The mini programs that `who` develops."""
    rows = MiniProgram.objects.select_related("entity", "published_version")
    if who.kind is ActorKind.MACHINE:
        return rows.filter(app_id=who.app_id)
    return rows.filter(entity__in=who.entities)


def mini_program(who: Actor, app_id: str) -> MiniProgram:
    """One of them; raises `not_found` alike for foreign and absent ones."""
    found = mini_programs(who).filter(pk=app_id).first()
    if found is None:
        raise NOT_FOUND()
    return found


def any_mini_program(app_id: str) -> MiniProgram:
    """A mini program whoever owns it, for the platform's own people and processes."""
    found = (
        MiniProgram.objects.select_related("entity", "published_version").filter(pk=app_id).first()
    )
    if found is None:
        raise NOT_FOUND()
    return found


def all_mini_programs() -> QuerySet[MiniProgram]:
    """Every mini program, for operators."""
    return MiniProgram.objects.all()


def all_entities() -> QuerySet[LegalEntity]:
    """Every legal entity, for operators."""
    return LegalEntity.objects.all()


def all_accounts() -> QuerySet[DouyinAccount]:
    """Every account, for operators."""
    return DouyinAccount.objects.all()


def mini_programs_in(industries: Iterable[str]) -> QuerySet[MiniProgram]:
    """The mini programs of some industries."""
    return MiniProgram.objects.filter(industry__in=list(industries))


def find_mini_program(app_id: str) -> MiniProgram | None:
    """A mini program whoever owns it, or None."""
    return MiniProgram.objects.select_related("entity").filter(pk=app_id).first()


def find_mini_programs(app_ids: Iterable[str]) -> dict[str, MiniProgram]:
    """Those of some mini programs that are known, by app_id, with their published versions."""
    rows = MiniProgram.objects.select_related("entity", "published_version")
    return rows.in_bulk(set(app_ids))


def pages(app: MiniProgram) -> list[str]:
    """The pages of the published version; empty where none is published."""
    version: MiniProgramVersion | None = app.published_version
    return list(version.pages) if version else []


def find_account(aweme_id: str) -> DouyinAccount | None:
    """An account, or None."""
    return DouyinAccount.objects.select_related("entity", "owner").filter(pk=aweme_id).first()


def find_accounts(aweme_ids: Iterable[str]) -> dict[str, DouyinAccount]:
    """Those of some accounts that are known, by aweme_id, in one query."""
    return DouyinAccount.objects.in_bulk(set(aweme_ids))


def any_account(aweme_id: str) -> DouyinAccount:
    """An account whoever owns it; raises `not_found`."""
    found = find_account(aweme_id)
    if found is None:
        raise NOT_FOUND()
    return found


def lock_account(aweme_id: str) -> None:
    """Wait for whoever holds this account's lock, and hold it until the transaction ends."""
    locked(DouyinAccount.objects.filter(pk=aweme_id)).first()


def owned_account(who: Actor, aweme_id: str) -> DouyinAccount:
    """One of the caller's own accounts; raises `not_found` for others alike."""
    if aweme_id not in who.accounts:
        raise NOT_FOUND()
    return any_account(aweme_id)


def owned_accounts(who: Actor) -> QuerySet[DouyinAccount]:
    """The accounts that `who` owns."""
    return DouyinAccount.objects.filter(pk__in=who.accounts)


def find_entity(entity_id: str) -> LegalEntity | None:
    """A legal entity, or None."""
    return LegalEntity.objects.filter(pk=entity_id).first()


def any_entity(entity_id: str) -> LegalEntity:
    """A legal entity; raises `not_found`."""
    found = find_entity(entity_id)
    if found is None:
        raise NOT_FOUND()
    return found


def members(app: MiniProgram) -> QuerySet[Membership]:
    """The places of developers in the legal entity of `app`."""
    return Membership.objects.select_related("person").filter(entity=app.entity_id)


def employment_end(entity_id: str, aweme_id: str) -> date | None:
    """The last day of the employment of the account at the entity, if there is one (B3)."""
    return (
        Employment.objects.filter(entity=entity_id, account=aweme_id)
        .values_list("ends_on", flat=True)
        .first()
    )


def tokens() -> QuerySet[Token]:
    """All tokens, without their secrets, which nobody has."""
    return Token.objects.all()


def find_person(login: str) -> Person | None:
    """A person by login, or None."""
    return Person.objects.filter(login=login).first()


def name_of_person(person_id: str) -> str | None:
    """How the person calls themselves, or else their login; None where there is no such person."""
    person = Person.objects.filter(pk=person_id).first()
    return (person.display_name or person.login) if person else None


def people(person_ids: Iterable[str]) -> QuerySet[Person]:
    """The people with these ids; what is nobody's is left out."""
    return Person.objects.filter(pk__in=person_ids).order_by("pk")


def name_of_actor(actor_id: str) -> str:
    """What a person is called; who is no person is called by their id."""
    return (name_of_person(actor_id) if actor_id else None) or actor_id


def actor_of_person(person: Person, request_id: str) -> Actor:
    """The person with what it stands for now."""
    return Actor(
        kind=ActorKind.PERSON,
        id=person.pk,
        is_reviewer=person.is_reviewer,
        is_operator=person.is_operator,
        entities=frozenset(
            Membership.objects.filter(person=person).values_list("entity_id", flat=True)
        ),
        accounts=frozenset(DouyinAccount.objects.filter(owner=person).values_list("pk", flat=True)),
        request_id=request_id,
    )


def hash_token(raw: str) -> str:
    """How a token is kept: SHA-256, as its 256 random bits need no slow hash."""
    return hashlib.sha256(raw.encode()).hexdigest()


def actor_of_token(raw: str, request_id: str) -> Actor | None:
    """The machine that holds `raw`; None where it is unknown, expired or revoked."""
    token = Token.objects.filter(
        hash=hash_token(raw), revoked_at__isnull=True, expires_at__gt=clock.now()
    ).first()
    if token is None:
        return None
    return Actor(
        kind=ActorKind.MACHINE,
        id=token.pk,
        scopes=frozenset(token.scopes),
        app_id=token.mini_program_id or "",
        request_id=request_id,
    )
