"""The desk with two reviewers, an application and a landing page's change that wait for them."""

from __future__ import annotations

from datetime import date
from functools import cached_property

from guazai.control.capability import actions as capability
from guazai.control.capability.models import CapabilityApplication
from guazai.control.directory import actions as directory
from guazai.control.directory.models import MiniProgram, Person
from guazai.control.directory.states import MemberRole
from guazai.control.kernel.actor import Actor
from guazai.control.landing.models import LandingChange
from guazai.control.review import actions, queries
from guazai.control.review.queries import Item
from guazai.control.review.states import SubjectKind
from tests.landing.scene import PAGE, Scene
from tests.world import HOST, SURFACE, Api, World

APPLICATION = SubjectKind.CAPABILITY_APPLICATION
CHANGE = SubjectKind.LANDING_CHANGE


class Desk:
    """Two reviewers and what they need; `landing` is a mini program that is granted and bound."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.reviewer = world.reviewer()
        self.colleague = world.reviewer()
        self.entity = world.entity()
        self.developer = world.developer(self.entity)

    @cached_property
    def landing(self) -> Scene:
        return Scene(self.world)

    @cached_property
    def who(self) -> Actor:
        return self.world.actor(self.reviewer)

    @cached_property
    def other(self) -> Actor:
        return self.world.actor(self.colleague)

    def api(self, person: Person | None = None) -> Api:
        return self.world.api(person or self.reviewer)

    def insider(self) -> Person:
        """A reviewer who is also a member of the applications' entity."""
        person = self.world.reviewer()
        directory.upsert_member(HOST, self.entity.pk, person.login, role=MemberRole.MEMBER)
        return person

    def application(
        self, app: MiniProgram | None = None, due_on: date | None = None
    ) -> CapabilityApplication:
        """A new application, made due on a chosen day where one is given."""
        app = app or self.world.mini_program(self.entity)
        made = capability.apply(
            self.world.actor(self.developer), app, SURFACE, "Visitors ask for it"
        )
        if due_on is not None:
            CapabilityApplication.objects.filter(pk=made.pk).update(due_on=due_on)
        return made

    def change(self, page: str = PAGE, due_on: date | None = None) -> LandingChange:
        """A new change of the one bound account."""
        made = self.landing.submit(page)
        if due_on is not None:
            LandingChange.objects.filter(pk=made.pk).update(due_on=due_on)
        return made

    def item(self, subject: CapabilityApplication | LandingChange) -> Item:
        kind = APPLICATION if isinstance(subject, CapabilityApplication) else CHANGE
        return queries.item(kind, subject.pk)

    def claimed(self, subject: CapabilityApplication | LandingChange) -> Item:
        """The item, in the hands of the reviewer."""
        return actions.claim(self.who, self.item(subject))

    def path(self, subject: CapabilityApplication | LandingChange, verb: str = "") -> str:
        kind = APPLICATION if isinstance(subject, CapabilityApplication) else CHANGE
        return f"/review/items/{kind.value}/{subject.pk}" + (f"/{verb}" if verb else "")
