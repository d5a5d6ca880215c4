"""An owner's browser, and a mini program that asks for the owner's account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.test import Client

from guazai.control.binding import actions as binding
from guazai.control.binding.actions import IssuedCode
from guazai.control.binding.models import Binding
from guazai.control.directory import actions as directory
from guazai.control.directory import queries
from guazai.control.directory.models import MiniProgram, Person
from guazai.control.kernel import ids
from guazai.control.kernel.actor import Actor
from guazai.control.surfaces.registry import BindingKind
from tests.world import HOST, SURFACE, World

PASSWORD = "correct horse battery staple"
NASTY = "<script>alert(1)</script>\"'&"


class Browser(Client):
    """A browser with cookies, CSRF enforced; it reads English unless told otherwise."""

    def __init__(self, person: Person | None = None, language: str = "en") -> None:
        super().__init__(enforce_csrf_checks=True, headers={"Accept-Language": language})
        if person is not None:
            self.force_login(person)

    def read(self, path: str, status: int = 200) -> str:
        """The page at `path`, which must answer with `status`."""
        response: Any = self.get(path)
        assert response.status_code == status, response.content.decode()
        return str(response.content.decode())

    def submit(self, path: str, **fields: str) -> Any:
        """Send a form with the CSRF token that every page has."""
        self.get("/nowhere")
        token = self.cookies["csrftoken"].value
        return self.post(path, {"csrfmiddlewaretoken": token, **fields})


@dataclass
class Scene:
    """One account, its owner, and a mini program whose entity employs the owner."""

    world: World

    def __post_init__(self) -> None:
        self.owner = self.world.person()
        self.account = self.world.account(owner=self.owner)
        self.app = self.suitor()
        self.browser = Browser(self.owner)
        self.page = f"/me/accounts/{self.account.pk}"

    @property
    def who(self) -> Actor:
        """The owner."""
        return self.world.actor(self.owner)

    def suitor(self, name: str = "") -> MiniProgram:
        """A mini program that may ask for the account."""
        app = self.world.grant(self.world.mini_program())
        self.world.employ(app.entity, self.account)
        return self.rename(app, name) if name else app

    def rename(self, app: MiniProgram, name: str) -> MiniProgram:
        directory.upsert_entity(HOST, app.entity_id, name=name)
        directory.upsert_mini_program(
            HOST, app.pk, entity_id=app.entity_id, name=name, is_online=True, credit_score=80
        )
        return queries.any_mini_program(app.pk)

    def request(self, app: MiniProgram | None = None) -> Binding:
        """A request that awaits the owner's consent."""
        return binding.request(
            HOST, app or self.app, SURFACE, self.account.pk, BindingKind.EMPLOYEE
        )

    def code(self, asked: Binding | None = None) -> IssuedCode:
        """A code for a request, as the developer's screen shows it."""
        return binding.issue_code(HOST, asked or self.request())

    def bind(self, app: MiniProgram | None = None) -> Binding:
        return self.world.bind(app or self.app, self.account)

    def status(self, asked: Binding) -> str:
        return str(Binding.objects.values_list("status", flat=True).get(pk=asked.pk))

    def person_with_password(self) -> Person:
        # A login of its own: tries are counted by login, in memory, across tests.
        return directory.save_person(HOST, ids.new("login"), password=PASSWORD)
