"""A mini program with the capability, bound accounts, and the people around them."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from guazai.control.directory import actions as directory
from guazai.control.directory import queries as people
from guazai.control.directory.models import LegalEntity, MiniProgram, Person
from guazai.control.inbox import queries as inbox
from guazai.control.inbox.states import RecipientKind
from guazai.control.journal import queries as journal
from guazai.control.journal.keys import KeyKind
from guazai.control.journal.models import AuditEvent, OutboxKey
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.reasons import Reason
from guazai.control.landing import actions, queries
from guazai.control.landing.models import LandingChange
from tests.world import HOST, SURFACE, Api, World

PAGE, OTHER_PAGE = "pages/index/index", "pages/shop/detail"
REASON = Reason("page_broken", "The page does not load", "Mend it and submit again")


class Scene:
    """Entity A with a developer, a teammate and a mini program that is bound to one account."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.entity = world.entity()
        self.developer = world.developer(self.entity)
        self.teammate = world.developer(self.entity)
        self.outsider = world.developer(world.entity())
        self.reviewer = world.reviewer()
        self.app = self.granted(self.entity)
        self.owner = world.person()
        self.account = world.account(self.entity, self.owner)
        self.binding = self.world.bind(self.app, self.account)

    @cached_property
    def who(self) -> Actor:
        """The developer."""
        return self.world.actor(self.developer)

    @cached_property
    def judge(self) -> Actor:
        """The reviewer."""
        return self.world.actor(self.reviewer)

    def granted(self, entity: LegalEntity) -> MiniProgram:
        """A mini program with the capability."""
        return self.world.grant(self.world.mini_program(entity))

    def rival(self) -> MiniProgram:
        """Another entity's mini program, bound to the same account."""
        app = self.granted(self.world.entity())
        self.world.bind(app, self.account)
        return app

    def submit(
        self, page: str = PAGE, app: MiniProgram | None = None, **fields: Any
    ) -> LandingChange:
        return actions.submit(
            self.who, self.fresh(app), SURFACE, self.account, page_path=page, **fields
        )

    def approve(self, change: LandingChange) -> LandingChange:
        return actions.approve(self.judge, change, change.content_hash)

    def live(self, page: str = PAGE, app: MiniProgram | None = None) -> LandingChange:
        """A change that is live."""
        return self.approve(self.submit(page, app))

    def fresh(self, app: MiniProgram | None = None) -> MiniProgram:
        return people.any_mini_program((app or self.app).pk)

    def publish(self, *pages: str, number: str = "2.0.0") -> None:
        directory.publish_version(HOST, self.app.pk, number, list(pages))

    def live_now(self) -> LandingChange | None:
        return queries.live_change(self.account.pk, SURFACE)

    def api(self, person: Person | None = None) -> Api:
        return self.world.api(person or self.developer)

    @property
    def base(self) -> str:
        return f"/mini-programs/{self.app.pk}/surfaces/{SURFACE.key}"

    @property
    def record(self) -> str:
        return f"{self.base}/records/{self.account.pk}"


def event(verb: str, subject_id: str) -> AuditEvent:
    """The one event of `verb` on a subject."""
    return journal.search(verb=verb, subject_id=subject_id).get()


def touched(aweme_id: str) -> list[bool]:
    """Whether each outbox key of the account's entries is urgent, oldest first."""
    rows = OutboxKey.objects.filter(kind=KeyKind.ENTRY, key=aweme_id).order_by("id")
    return [row.is_urgent for row in rows]


def told(entity: LegalEntity) -> list[tuple[str, str]]:
    """Kinds and subjects of the entity's messages about landing pages, oldest first."""
    found = inbox.messages(RecipientKind.LEGAL_ENTITY, [entity.pk]).order_by("created_at", "id")
    return [(each.kind, each.subject_id) for each in found if each.subject_kind == "landing_change"]
