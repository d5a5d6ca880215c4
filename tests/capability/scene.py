"""A mini program that may apply, and the people around it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from guazai.control.capability import actions, queries
from guazai.control.capability.models import CapabilityApplication
from guazai.control.capability.states import Dimension, Mark
from guazai.control.directory import actions as directory
from guazai.control.directory import queries as people
from guazai.control.directory.models import LegalEntity, MiniProgram, Person
from guazai.control.directory.states import MemberRole
from guazai.control.inbox import queries as inbox
from guazai.control.inbox.models import InboxMessage
from guazai.control.inbox.states import RecipientKind
from guazai.control.journal import queries as journal
from guazai.control.journal.keys import KeyKind
from guazai.control.journal.models import AuditEvent, OutboxKey
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.reasons import Reason
from guazai.control.surfaces import registry
from guazai.control.surfaces.registry import PROFILE_MOUNT
from tests.world import HOST, Api, World

SURFACE = registry.get(PROFILE_MOUNT)
WHY = "Visitors of our brand account ask for the shop"
GOOD = dict.fromkeys(Dimension.values, Mark.GOOD.value)
POOR = {**GOOD, Dimension.STABILITY.value: Mark.POOR.value}
REASON = Reason("unstable", "It crashes", "Find the crash", "a recording of it")


class Scene:
    """An entity with an owner, a teammate and a mini program; an outsider, platform people."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.entity = world.entity()
        self.owner = world.developer(self.entity)
        self.teammate = world.developer(self.entity)
        self.outsider = world.developer(world.entity())
        self.reviewer = world.reviewer()
        self.operator = world.operator()
        self.app = world.mini_program(self.entity)

    @property
    def base(self) -> str:
        return f"/mini-programs/{self.app.pk}/surfaces/{SURFACE.key}/capability"

    @property
    def operator_base(self) -> str:
        return f"/operator{self.base}"

    @cached_property
    def judge(self) -> Actor:
        return self.world.actor(self.reviewer)

    @cached_property
    def who(self) -> Actor:
        return self.world.actor(self.owner)

    @cached_property
    def platform(self) -> Actor:
        return self.world.actor(self.operator)

    def insider(self, **roles: bool) -> Person:
        """Somebody of the platform who is also a member of the mini program's entity."""
        person = self.world.person(**roles)
        directory.upsert_member(HOST, self.entity.pk, person.login, role=MemberRole.MEMBER)
        return person

    def api(self, person: Person) -> Api:
        return self.world.api(person)

    def sync(self, **changes: Any) -> MiniProgram:
        """The mini program as the host now says it is."""
        app = self.app
        fields = {
            "entity_id": app.entity_id,
            "name": app.name,
            "icon_url": app.icon_url,
            "industry": app.industry,
            "is_online": app.is_online,
            "credit_score": app.credit_score,
            **changes,
        }
        directory.upsert_mini_program(HOST, app.pk, **fields)
        self.app = people.any_mini_program(app.pk)
        return self.app

    def applied(self) -> CapabilityApplication:
        return actions.apply(self.who, self.app, SURFACE, WHY)

    def granted(self) -> CapabilityApplication:
        return actions.approve(self.judge, self.applied(), GOOD)

    def rejected(self) -> CapabilityApplication:
        return actions.reject(self.judge, self.applied(), POOR, [REASON])

    def stored(self, application: CapabilityApplication) -> CapabilityApplication:
        return queries.any_application(application.pk)


def event(verb: str, subject_id: str) -> AuditEvent:
    """The one event of `verb` on a subject."""
    return journal.search(verb=verb, subject_id=subject_id).get()


def touched(app: MiniProgram) -> int:
    """How many urgent keys name the closing of a mini program."""
    return OutboxKey.objects.filter(
        kind=KeyKind.DENY, key=f"mini_program:{app.pk}", is_urgent=True
    ).count()


def told(entity: LegalEntity) -> list[InboxMessage]:
    """The messages to an entity, oldest first."""
    found = inbox.messages(RecipientKind.LEGAL_ENTITY, [entity.pk])
    return list(found.order_by("created_at", "id"))
