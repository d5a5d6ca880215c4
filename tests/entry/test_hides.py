"""A takedown row is written by the acts that hide something, and by no others (V3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from guazai.control.binding import queries as bindings
from guazai.control.binding.models import Binding
from guazai.control.capability import actions as capability
from guazai.control.directory import actions as directory
from guazai.control.directory import queries as people
from guazai.control.directory.models import DouyinAccount, MiniProgram
from guazai.control.directory.states import AccountType
from guazai.control.eligibility import actions as eligibility
from guazai.control.entry import actions as entry
from guazai.control.entry import queries
from guazai.control.governance import actions as governance
from guazai.control.journal.models import AuditEvent, OutboxKey, Takedown
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor
from guazai.control.landing import actions as landing
from guazai.control.surfaces import actions as surfaces
from guazai.feed.records import Scope
from tests.world import HOST, PAGES, PASSING, SURFACE, World


@dataclass
class Place:
    """One entry that is shown, and what people do around it."""

    world: World
    app: MiniProgram = field(init=False)
    account: DouyinAccount = field(init=False)

    def __post_init__(self) -> None:
        change = self.world.entry()
        self.app, self.account = change.mini_program, change.account
        self.operator: Actor = self.world.actor(self.world.operator())
        self.another: Actor = self.world.actor(self.world.operator())

    @property
    def binding(self) -> Binding:
        found = bindings.active(self.app.pk, self.account.pk, SURFACE)
        assert found is not None
        return found

    def sync(self, **changes: Any) -> None:
        app = people.any_mini_program(self.app.pk)
        names = ("entity_id", "name", "icon_url", "industry", "is_online", "credit_score")
        fields = {name: getattr(app, name) for name in names}
        directory.upsert_mini_program(HOST, app.pk, **{**fields, **changes})

    def tell(self, *, is_event: bool = True, **facts: Any) -> None:
        values = facts if is_event else {**PASSING, **facts}
        eligibility.record_facts(HOST, self.account, clock.today(), values, is_event=is_event)

    def revoke(self) -> None:
        capability.revoke(self.operator, self.app, SURFACE, "fraud")

    def deny(self, scope: Scope) -> None:
        targets = {
            Scope.ACCOUNT: self.account.pk,
            Scope.MINI_PROGRAM: self.app.pk,
            Scope.LEGAL_ENTITY: self.app.entity_id,
            Scope.GLOBAL: "",
        }
        governance.deny(self.operator, scope, targets[scope], "fraud")

    def lift(self) -> None:
        found = queries.denies().get(status="active")
        if (proposal := governance.lift(self.operator, found, "settled")) is not None:
            governance.confirm_lift(self.another, proposal)

    def close(self, *industries: str) -> None:
        surfaces.close_industries(self.operator, SURFACE, industries, "by law")

    def neighbour(self) -> Binding:
        """Another mini program that is bound to the account, and shows nothing there."""
        return self.world.bind(self.world.grant(self.world.mini_program()), self.account)

    def submit(self) -> None:
        landing.submit(HOST, self.app, SURFACE, self.account, page_path=PAGES[1])

    def replace(self) -> None:
        """What is in review is all that there is."""
        self.remove()
        self.submit()

    def remove(self) -> None:
        landing.remove(HOST, self.app, SURFACE, self.account)


Act = Callable[[Place], object]


def nothing(_: Place) -> None:
    """What is there is enough."""


@dataclass(frozen=True)
class Case:
    """An act, what is there before it, and what it hides: kind, key and surface."""

    act: Act
    before: Act = nothing
    hides: Callable[[Place], tuple[str, str, str]] | None = None


def entry_of(place: Place) -> tuple[str, str, str]:
    return "entry", place.account.pk, SURFACE.key


def program_of(place: Place) -> tuple[str, str, str]:
    return "deny", f"mini_program:{place.app.pk}", ""


def program_here(place: Place) -> tuple[str, str, str]:
    return "deny", f"mini_program:{place.app.pk}", SURFACE.key


def verdict_of(place: Place) -> tuple[str, str, str]:
    return "verdict", place.account.pk, ""


CASES: dict[str, Case] = {
    # Hide.
    "revoke": Case(Place.revoke, hides=program_here),
    "remove": Case(Place.remove, hides=entry_of),
    "remove with a change in review": Case(Place.remove, Place.submit, entry_of),
    "release": Case(
        lambda place: landing.release(HOST, SURFACE, place.account),
        hides=entry_of,
    ),
    "unbind": Case(lambda place: landing.unbind(HOST, place.binding), hides=entry_of),
    "end by the owner": Case(
        lambda place: landing.end_binding(HOST, place.binding), hides=entry_of
    ),
    "lapse": Case(lambda place: landing.lapse_binding(HOST, place.binding), hides=entry_of),
    "deny an account": Case(
        lambda place: place.deny(Scope.ACCOUNT),
        hides=lambda place: ("deny", f"account:{place.account.pk}", ""),
    ),
    "deny a mini program": Case(lambda place: place.deny(Scope.MINI_PROGRAM), hides=program_of),
    "deny a legal entity": Case(
        lambda place: place.deny(Scope.LEGAL_ENTITY),
        hides=lambda place: ("deny", f"legal_entity:{place.app.entity_id}", ""),
    ),
    "deny everything": Case(
        lambda place: place.deny(Scope.GLOBAL), hides=lambda _: ("deny", "global:", "")
    ),
    "go offline": Case(lambda place: place.sync(is_online=False), hides=program_of),
    "close the industry": Case(lambda place: place.close("retail", "games"), hides=program_here),
    "a violation today": Case(
        lambda place: place.tell(has_serious_violation=True), hides=verdict_of
    ),
    # Open.
    "grant": Case(lambda place: place.world.grant(place.world.mini_program())),
    "restore": Case(
        lambda place: capability.restore(place.operator, place.app, SURFACE, "settled"),
        Place.revoke,
    ),
    "lift": Case(Place.lift, lambda place: place.deny(Scope.ACCOUNT)),
    "lift by two": Case(Place.lift, lambda place: place.deny(Scope.GLOBAL)),
    "come online": Case(
        lambda place: place.sync(is_online=True), lambda place: place.sync(is_online=False)
    ),
    "open the industry": Case(Place.close, lambda place: place.close("retail")),
    "pass again": Case(
        lambda place: place.tell(has_serious_violation=False),
        lambda place: place.tell(has_serious_violation=True),
    ),
    # Change nothing that is shown, or are told in their own time.
    "close another industry": Case(lambda place: place.close("games")),
    "keep an industry closed": Case(
        lambda place: place.close("retail", "games"), lambda place: place.close("retail")
    ),
    "come, and be offline": Case(lambda place: place.world.mini_program(is_online=False)),
    "a new name": Case(lambda place: place.sync(name="Renamed")),
    "another industry": Case(lambda place: place.sync(industry="games")),
    "fail once more": Case(
        lambda place: place.tell(effective_followers=1),
        lambda place: place.tell(has_serious_violation=True),
    ),
    "pass as before": Case(lambda place: place.tell(effective_followers=900)),
    "the day's facts": Case(lambda place: place.tell(is_event=False, effective_followers=1)),
    "another account type": Case(
        lambda place: directory.upsert_account(
            HOST,
            place.account.pk,
            nickname=place.account.nickname,
            account_type=AccountType.INSTITUTION,
        )
    ),
    "submit": Case(Place.submit),
    "approve another page": Case(
        lambda place: place.world.go_live(place.app, place.account, PAGES[1])
    ),
    "a version without the page": Case(
        lambda place: directory.publish_version(HOST, place.app.pk, "2.0.0", PAGES[1:])
    ),
    "unbind one that shows nothing": Case(
        lambda place: landing.unbind(
            HOST, Binding.objects.exclude(mini_program=place.app).get(account=place.account)
        ),
        Place.neighbour,
    ),
    "remove what is not live yet": Case(Place.remove, Place.replace),
    "remind": Case(
        lambda place: entry.remind_owner(HOST, place.account, place.app),
        lambda place: place.tell(has_serious_violation=True),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_v3_an_act_is_a_takedown_exactly_where_it_hides(world: World, name: str) -> None:
    case = CASES[name]
    place = Place(world)
    case.before(place)
    OutboxKey.objects.all().delete()
    Takedown.objects.all().delete()
    case.act(place)
    found = list(Takedown.objects.values_list("kind", "key", "surface"))
    assert found == ([case.hides(place)] if case.hides else [])


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.hides])
def test_v3_a_takedown_is_of_its_event_and_waits_in_front(world: World, name: str) -> None:
    place = Place(world)
    OutboxKey.objects.all().delete()
    CASES[name].act(place)
    takedown = Takedown.objects.get()
    assert takedown.accepted_at == AuditEvent.objects.get(pk=takedown.event_id).at
    assert (takedown.told_epoch, takedown.told_revision, takedown.effective_at) == (None,) * 3
    row = OutboxKey.objects.order_by("-is_urgent", "id")[0]
    assert (row.kind, row.key, row.is_urgent) == (takedown.kind, takedown.key, True)
    assert row.takedown_id == takedown.pk
