"""Builders for tests: people and things made through the real actions, and callers of the API."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from guazai.control.directory import actions as directory
from guazai.control.directory import queries
from guazai.control.directory.models import DouyinAccount, LegalEntity, MiniProgram, Person
from guazai.control.directory.states import AccountType, MemberRole
from guazai.control.kernel.actor import Actor, ActorKind, Scope, system

PAGES = ["pages/index/index", "pages/shop/detail", "pages/about/about"]
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
