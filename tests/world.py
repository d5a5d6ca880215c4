"""Builders for tests: people and things made through the real actions, and callers of the API."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.test import Client

from guazai.control.binding import actions as binding
from guazai.control.binding.models import Binding
from guazai.control.capability import actions as capability
from guazai.control.capability.states import Dimension, Mark
from guazai.control.directory import actions as directory
from guazai.control.directory import queries
from guazai.control.directory.models import DouyinAccount, LegalEntity, MiniProgram, Person
from guazai.control.directory.states import AccountType, MemberRole
from guazai.control.eligibility import actions as eligibility
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor, ActorKind, Scope, system
from guazai.control.landing import actions as landing
from guazai.control.landing.models import LandingChange
from guazai.control.surfaces import registry
from guazai.control.surfaces.registry import PROFILE_MOUNT, BindingKind

SURFACE = registry.get(PROFILE_MOUNT)
PAGES = ["pages/index/index", "pages/shop/detail", "pages/about/about"]
MARKS = {dimension.value: Mark.GOOD.value for dimension in Dimension}
PASSING: Mapping[str, Any] = {
    "effective_followers": 500,
    "is_verified_adult": True,
    "has_serious_violation": False,
    "meets_regulatory_requirements": True,
}
HOST = Actor(ActorKind.MACHINE, "tok_host", scopes=frozenset({Scope.HOST_WRITE}))


@dataclass
class Answer:
    """What the API answered."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> str:
        """The stable code of a problem; empty for a success."""
        return self.body.get("code", "") if isinstance(self.body, dict) else ""


class Api:
    """Calls /api/v1/ as one principal, with CSRF enforced as in production."""

    def __init__(self, person: Person | None = None, token: str = "", language: str = "en") -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.headers = {"Accept-Language": language}
        if person is not None:
            self.client.force_login(person)
            csrf = self.client.get("/api/v1/session", headers=self.headers).json()["csrf_token"]
            self.headers["X-CSRFToken"] = csrf
        if token:
            self.headers["Authorization"] = f"Bearer {token}"

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One request; `path` is below /api/v1. A `bytes` body is sent as it is."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body)
        response = self.client.generic(
            method,
            f"/api/v1{path}",
            data,
            content_type="application/json",
            headers={**self.headers, **{k.replace("_", "-"): v for k, v in headers.items()}},
        )
        is_json = "json" in response.headers.get("Content-Type", "")
        parsed = json.loads(response.content) if is_json and response.content else response.content
        return Answer(response.status_code, parsed, dict(response.headers))

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.call("POST", path, {} if body is None else body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.call("PUT", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.call("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Answer:
        return self.call("DELETE", path, **headers)


@dataclass
class World:
    """Makes what a test needs, with names that never collide."""

    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def person(self, *, is_reviewer: bool = False, is_operator: bool = False) -> Person:
        return directory.save_person(
            system("test"),
            f"person-{next(self.numbers)}",
            is_reviewer=is_reviewer,
            is_operator=is_operator,
        )

    def reviewer(self) -> Person:
        return self.person(is_reviewer=True)

    def operator(self) -> Person:
        return self.person(is_operator=True)

    def entity(self) -> LegalEntity:
        entity_id = f"ent{next(self.numbers)}"
        directory.upsert_entity(HOST, entity_id, name=f"Company {entity_id}")
        return queries.any_entity(entity_id)

    def developer(self, entity: LegalEntity, role: MemberRole = MemberRole.OWNER) -> Person:
        person = self.person()
        directory.upsert_member(HOST, entity.pk, person.login, role=role)
        return person

    def mini_program(
        self,
        entity: LegalEntity | None = None,
        *,
        is_online: bool = True,
        credit_score: int = 80,
        industry: str = "retail",
        pages: list[str] | None = None,
    ) -> MiniProgram:
        app_id = f"tt{next(self.numbers)}"
        directory.upsert_mini_program(
            HOST,
            app_id,
            entity_id=(entity or self.entity()).pk,
            name=f"App {app_id}",
            icon_url="https://example.com/icon.png",
            industry=industry,
            is_online=is_online,
            credit_score=credit_score,
        )
        directory.publish_version(HOST, app_id, "1.0.0", PAGES if pages is None else pages)
        return queries.any_mini_program(app_id)

    def account(
        self,
        entity: LegalEntity | None = None,
        owner: Person | None = None,
        account_type: AccountType = AccountType.PERSONAL,
    ) -> DouyinAccount:
        aweme_id = f"dy{next(self.numbers)}"
        directory.upsert_account(
            HOST,
            aweme_id,
            nickname=f"Account {aweme_id}",
            account_type=account_type,
            entity_id=entity.pk if entity else None,
            owner_login=(owner or self.person()).login,
        )
        return queries.any_account(aweme_id)

    def employ(self, entity: LegalEntity, account: DouyinAccount, days: int = 30) -> None:
        """Say that the account's owner works for the entity, for some more days."""
        ends_on = clock.today() + timedelta(days=days)
        directory.upsert_employment(HOST, entity.pk, account.pk, ends_on=ends_on)

    def pass_rules(self, account: DouyinAccount, **facts: Any) -> None:
        """Today's facts of the account: such as pass, but for those given."""
        eligibility.record_facts(HOST, account, clock.today(), {**PASSING, **facts}, is_event=False)

    def grant(self, app: MiniProgram) -> MiniProgram:
        """Give the mini program the capability, by application and review."""
        application = capability.apply(HOST, app, SURFACE, "visitors ask for it")
        capability.approve(self.actor(self.reviewer()), application, MARKS)
        return app

    def bind(self, app: MiniProgram, account: DouyinAccount) -> Binding:
        """An active binding: brand where the account is the entity's, employee otherwise."""
        kind = BindingKind.BRAND
        if account.entity_id != app.entity_id:
            kind = BindingKind.EMPLOYEE
            self.employ(app.entity, account)
        code = binding.issue_code(HOST, binding.request(HOST, app, SURFACE, account.pk, kind))
        return binding.consent(self.owner_of(account), code.raw, code.match_number)

    def go_live(
        self, app: MiniProgram, account: DouyinAccount, page: str = PAGES[0], **fields: Any
    ) -> LandingChange:
        """Make a page of the mini program live on an account that is bound to it."""
        change = landing.submit(HOST, app, SURFACE, account, page_path=page, **fields)
        return landing.approve(self.actor(self.reviewer()), change, change.content_hash)

    def entry(
        self, app: MiniProgram | None = None, account: DouyinAccount | None = None
    ) -> LandingChange:
        """An entry of which every condition holds (V1), on a new mini program and account."""
        app = self.grant(app or self.mini_program())
        account = account or self.account()
        self.bind(app, account)
        self.pass_rules(account)
        return self.go_live(app, account)

    def actor(self, person: Person) -> Actor:
        """The person as the API would see it now."""
        return queries.actor_of_person(Person.objects.get(pk=person.pk), "req_test")

    def owner_of(self, account: DouyinAccount) -> Actor:
        assert account.owner is not None
        return self.actor(account.owner)

    def api(self, person: Person | None = None, token: str = "", language: str = "en") -> Api:
        return Api(person, token, language)

    def host_api(self) -> Api:
        _, raw = directory.issue_token(system("test"), "host", [Scope.HOST_WRITE])
        return Api(token=raw)

    def developer_token(self, app: MiniProgram, scope: Scope = Scope.DEVELOPER_WRITE) -> str:
        _, raw = directory.issue_token(system("test"), "developer", [scope], app_id=app.pk)
        return raw
