"""One entry that is shown, everything that can hide it, and the edge that is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from guazai.control.binding import actions as binding
from guazai.control.binding import queries as bindings
from guazai.control.capability import actions as capability
from guazai.control.directory import actions as directory
from guazai.control.directory import queries as people
from guazai.control.directory.models import DouyinAccount, MiniProgram
from guazai.control.entry import actions, queries
from guazai.control.entry.queries import Explanation
from guazai.control.inbox.models import InboxMessage
from guazai.control.kernel.actor import Actor
from guazai.control.landing import actions as landing
from guazai.control.surfaces import actions as surfaces
from guazai.feed.records import Scope
from tests.edge import Edge
from tests.world import HOST, PAGES, SURFACE, World

HOST_APP = SURFACE.hosts[0]


@dataclass
class Scene:
    """The mini program, account and people of the entry, and the edge."""

    world: World
    edge: Edge
    app: MiniProgram = field(init=False)
    account: DouyinAccount = field(init=False)

    def __post_init__(self) -> None:
        change = self.world.entry()
        self.app, self.account = change.mini_program, change.account
        self.entity = self.app.entity
        self.developer = self.world.developer(self.entity)
        self.operator = self.world.operator()
        self.platform: Actor = self.world.actor(self.operator)
        self.drain()

    @property
    def record(self) -> str:
        """Where the developers' record of the account is in the API."""
        return f"/mini-programs/{self.app.pk}/surfaces/{SURFACE.key}/records/{self.account.pk}"

    def drain(self) -> None:
        """Tell the edge everything that waits."""
        self.edge.drain()

    def answer(self, account: DouyinAccount | None = None) -> dict[str, Any] | None:
        """What the edge answers for the account, as it is now."""
        body = self.edge.resolver.get((account or self.account).pk, SURFACE.key, HOST_APP)
        return None if body is None else dict(json.loads(body))

    def is_shown(self, account: DouyinAccount | None = None) -> bool:
        """Whether the edge shows an entry, once it is told."""
        self.drain()
        return self.answer(account) is not None

    def explain(self) -> Explanation:
        """Why the entry is or is not shown, as its mini program sees it."""
        app = people.any_mini_program(self.app.pk)
        return queries.explain(people.any_account(self.account.pk), SURFACE, app)

    def unmet(self) -> set[str]:
        """The conditions that do not hold."""
        return {term.key for term in self.explain().terms if not term.is_met}

    def sync(self, **changes: Any) -> None:
        """The mini program as the host now says it is."""
        app = people.any_mini_program(self.app.pk)
        names = ("entity_id", "name", "icon_url", "industry", "is_online", "credit_score")
        fields = {name: getattr(app, name) for name in names}
        directory.upsert_mini_program(HOST, app.pk, **{**fields, **changes})

    def publish(self, number: str, pages: list[str]) -> None:
        directory.publish_version(HOST, self.app.pk, number, pages)

    def follow(self, followers: int) -> None:
        """The facts of today, with this many effective followers; 500 are enough."""
        self.world.pass_rules(self.account, effective_followers=followers)

    def end_binding(self) -> None:
        """The binding alone ends: what landing clears with it stays."""
        bound = bindings.active(self.app.pk, self.account.pk, SURFACE)
        assert bound is not None
        binding.end(self.world.owner_of(self.account), bound)

    def bind_again(self) -> None:
        """A page that was live under another binding does not come back by itself."""
        self.world.bind(self.app, self.account)
        self.go_live_again()

    def go_live_again(self) -> None:
        self.world.go_live(people.any_mini_program(self.app.pk), self.account)

    def close_industries(self, *industries: str) -> None:
        surfaces.close_industries(self.platform, SURFACE, industries, "by law")

    def revoke(self) -> None:
        capability.revoke(self.platform, self.app, SURFACE, "fraud")

    def restore(self) -> None:
        capability.restore(self.platform, self.app, SURFACE, "settled")

    def remove(self) -> None:
        landing.remove(self.platform, self.app, SURFACE, self.account)

    def target(self, scope: Scope) -> str:
        """What a deny of this scope names to hide the entry."""
        targets = {
            Scope.ACCOUNT: self.account.pk,
            Scope.MINI_PROGRAM: self.app.pk,
            Scope.LEGAL_ENTITY: self.entity.pk,
            Scope.GLOBAL: "",
        }
        return targets[scope]

    def deny(self, scope: Scope) -> None:
        actions.deny(self.platform, scope, self.target(scope), "fraud")

    def lift(self, scope: Scope) -> None:
        found = queries.denies().get(scope=scope, target=self.target(scope), status="active")
        actions.lift(self.platform, found, "settled")

    def told(self, kind: str) -> list[tuple[str, str]]:
        """To whom messages of a kind went, oldest first."""
        found = InboxMessage.objects.filter(kind=kind).order_by("created_at", "id")
        return [(message.recipient_kind, message.recipient_id) for message in found]


@dataclass(frozen=True)
class Breaker:
    """Something that makes conditions fail, and what makes them hold again."""

    unmet: frozenset[str]
    hide: Callable[[Scene], object]
    mend: Callable[[Scene], object]


def denying(scope: Scope) -> Breaker:
    key = "not_denied_globally" if scope is Scope.GLOBAL else f"{scope}_not_denied"
    return Breaker(
        frozenset({key}), lambda scene: scene.deny(scope), lambda scene: scene.lift(scope)
    )


#: Each term of V1, made false with what cannot hold without it: a page is live under a binding.
BREAKERS: dict[str, Breaker] = {
    "capability_granted": Breaker(frozenset({"capability_granted"}), Scene.revoke, Scene.restore),
    "mini_program_online": Breaker(
        frozenset({"mini_program_online"}),
        lambda scene: scene.sync(is_online=False),
        lambda scene: scene.sync(is_online=True),
    ),
    "binding_active": Breaker(
        frozenset({"binding_active", "landing_live", "page_published"}),
        Scene.end_binding,
        Scene.bind_again,
    ),
    "landing_live": Breaker(
        frozenset({"landing_live", "page_published"}),
        Scene.remove,
        Scene.go_live_again,
    ),
    "page_published": Breaker(
        frozenset({"page_published"}),
        lambda scene: scene.publish("2.0.0", PAGES[1:]),
        lambda scene: scene.publish("1.0.0", PAGES),
    ),
    "account_meets_rules": Breaker(
        frozenset({"account_meets_rules"}),
        lambda scene: scene.follow(499),
        lambda scene: scene.follow(500),
    ),
    "industry_open": Breaker(
        frozenset({"industry_open"}),
        lambda scene: scene.close_industries(scene.app.industry),
        lambda scene: scene.close_industries(),
    ),
    "account_not_denied": denying(Scope.ACCOUNT),
    "mini_program_not_denied": denying(Scope.MINI_PROGRAM),
    "legal_entity_not_denied": denying(Scope.LEGAL_ENTITY),
    "not_denied_globally": denying(Scope.GLOBAL),
}
