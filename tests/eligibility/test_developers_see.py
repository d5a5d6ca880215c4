"""E5: a developer learns that an account fails the rules, and nothing of which, or how it is known.

Whole bodies of every route that tells how an account stands are compared, whatever rule fails and
whether a feed, an event or a full record says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from guazai.control.directory.models import DouyinAccount
from guazai.control.eligibility import actions
from guazai.control.kernel import clock
from tests.eligibility.feeds import Feeds, yesterday
from tests.world import HOST, PAGES, PASSING, SURFACE, Api, World

FAILING: dict[str, dict[str, Any]] = {
    "a follower too few": {"effective_followers": 499},
    "no followers known": {"effective_followers": None},
    "a minor": {"is_verified_adult": False},
    "never verified": {"is_verified_adult": None},
    "a violation": {"has_serious_violation": True},
    "not as regulated": {"meets_regulatory_requirements": False},
    "everything": dict.fromkeys(PASSING),
}
#: How the platform comes to know of it; each is undone by its own means.
Say = Callable[[DouyinAccount, dict[str, Any]], None]


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 3, 10, 4, tzinfo=UTC), tick=False):
        yield


class Bound:
    """A live entry, and what its developer reads of it."""

    def __init__(self, world: World, *, is_judged: bool = True) -> None:
        app, self.account = world.grant(world.mini_program()), world.account()
        self.binding = world.bind(app, self.account)
        if is_judged:
            world.pass_rules(self.account)
        world.go_live(app, self.account)
        self.api: Api = world.api(world.developer(app.entity))
        self.place = f"/mini-programs/{app.pk}/surfaces/{SURFACE.key}"
        self.token: Api = world.api(token=world.developer_token(app))

    def bodies(self) -> dict[str, Any]:
        record = f"{self.place}/records/{self.account.pk}"
        paths = [
            f"{self.place}/records",
            record,
            f"{record}/changes",
            f"{record}/why",
            f"{self.place}/bindings",
            f"{self.place}/bindings/{self.binding.pk}",
        ]
        answers = {path: self.api.get(path) for path in paths}
        assert {answer.status for answer in answers.values()} == {200}
        as_machine = {f"machine {path}": self.token.get(path).body for path in paths}
        return {**{path: answer.body for path, answer in answers.items()}, **as_machine}

    def submitted(self) -> Any:
        """What is said at configuration time (E4)."""
        sent = {"page_path": PAGES[1]}
        path = f"{self.place}/records/{self.account.pk}/changes"
        answer = self.api.post(path, sent)
        assert answer.status == 201
        return answer.body["notice"]


def alike(bound: Bound, says: list[Say]) -> dict[str, Any]:
    """The one set of bodies, whatever fails and whoever says so."""
    first: dict[str, Any] | None = None
    for number, say in enumerate(says):
        for name, values in FAILING.items():
            say(bound.account, values)
            seen = bound.bodies()
            first = first or seen
            assert seen == first, f"{name}, said in way {number}"
            say(bound.account, {})
            assert bound.bodies() != first
    assert first is not None
    for values in FAILING.values():
        says[-1](bound.account, values)
        assert bound.submitted() == first[f"{bound.place}/records"]["items"][0]["notice"]
    return first


def test_e5_of_an_account_that_a_feed_knows(world: World, feeds: Feeds) -> None:
    bound = Bound(world, is_judged=False)

    def by_feed(account: DouyinAccount, values: dict[str, Any]) -> None:
        # Another account makes each delivery a feed of its own.
        feeds.run(yesterday(), {account.pk: values, f"other-{feeds.number}": {}})

    def by_event(account: DouyinAccount, values: dict[str, Any]) -> None:
        said = {**PASSING, **values}
        actions.record_facts(HOST, account, clock.today(), said, is_event=True)

    def by_one_event(account: DouyinAccount, values: dict[str, Any]) -> None:
        said = values or PASSING
        actions.record_facts(HOST, account, clock.today(), said, is_event=True)

    def by_record(account: DouyinAccount, values: dict[str, Any]) -> None:
        said = {**PASSING, **values}
        actions.record_facts(HOST, account, clock.today(), said, is_event=False)

    found = alike(bound, [by_feed, by_event, by_one_event, by_record])
    _says_only_that_it_fails(bound, found, as_of=yesterday().isoformat())


def test_e5_of_an_account_that_no_feed_knows(world: World) -> None:
    bound = Bound(world)

    def by_event(account: DouyinAccount, values: dict[str, Any]) -> None:
        said = values or PASSING
        actions.record_facts(HOST, account, clock.today(), said, is_event=True)

    def by_record(account: DouyinAccount, values: dict[str, Any]) -> None:
        said = {**PASSING, **values}
        actions.record_facts(HOST, account, clock.today(), said, is_event=False)

    found = alike(bound, [by_event, by_record])
    _says_only_that_it_fails(bound, found, as_of=clock.today().isoformat())


def _says_only_that_it_fails(bound: Bound, found: dict[str, Any], as_of: str) -> None:
    why = found[f"{bound.place}/records/{bound.account.pk}/why"]
    [term] = [each for each in why["terms"] if each["key"] == "account_meets_rules"]
    assert (term["is_met"], term["reason"], term["as_of"]) == (False, "account_not_eligible", as_of)
    assert why["notice"] is not None
    record = found[f"{bound.place}/records/{bound.account.pk}"]
    assert record["notice"] == why["notice"]
    words = str(found)
    for fact in (*PASSING, "too_few_effective_followers", "not_verified_adult"):
        assert fact not in words
