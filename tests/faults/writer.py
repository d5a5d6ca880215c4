"""A writer that keeps changing what entries, verdicts and denies are, through the real actions.

What it does depends on its random numbers alone, so that two databases get the same writes.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from django.db import transaction

from guazai.control.capability import actions as capability
from guazai.control.directory import actions as directory
from guazai.control.directory import queries
from guazai.control.directory.models import DouyinAccount, MiniProgram
from guazai.control.eligibility import actions as eligibility
from guazai.control.entry import actions as entry
from guazai.control.entry.models import Deny
from guazai.control.entry.projection import project
from guazai.control.journal import keys
from guazai.control.journal.keys import Key
from guazai.control.landing import actions as landing
from guazai.feed.records import Scope
from tests.faults.changes import Written, content_of, key_of
from tests.faults.crowd import AS_OF, SURFACE, Crowd
from tests.world import HOST, PAGES

APPS = 2
ACCOUNTS_EACH = 5
NEW_PAGES = [*PAGES, "pages/new/new"]


@dataclass
class App:
    """A mini program and what the writer last made of it."""

    id: str
    is_granted: bool = True
    has_page: bool = True


@dataclass
class Account:
    """An account and what the writer last made of it."""

    found: DouyinAccount
    app: App
    is_live: bool = True
    followers: int = 500


@dataclass
class Writer:
    """Writes one random change at a time, and says what each makes of the edge."""

    rng: random.Random
    crowd: Crowd
    apps: list[App] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    denied: dict[tuple[Scope, str], Deny] = field(default_factory=dict)
    number: int = 0

    @classmethod
    def make(cls, rng: random.Random) -> Writer:
        """The scene: every account shows an entry."""
        with transaction.atomic():
            writer = cls(rng, Crowd())
            for _ in range(APPS):
                made = writer.crowd.mini_program()
                app = App(made.pk)
                writer.apps.append(app)
                for _ in range(ACCOUNTS_EACH):
                    account = writer.crowd.account(made)
                    writer.crowd.show(made, account)
                    writer.accounts.append(Account(account, app))
        return writer

    def beginning(self) -> Iterator[Written]:
        """The state before the first change."""
        at = time.monotonic()
        for app in self.apps:
            yield from _states(at, keys.deny(Scope.MINI_PROGRAM, app.id))
        for account in self.accounts:
            yield from _states(at, keys.entry(account.found.pk), keys.verdict(account.found.pk))

    def change(self) -> list[Written]:
        """One change; the state of everything that it was about."""
        self.number += 1
        at = time.monotonic()
        touched = self._choose()()
        return list(_states(at, *touched))

    def _choose(self) -> Callable[[], list[Key]]:
        account, app = self.rng.choice(self.accounts), self.rng.choice(self.apps)
        if account.app.is_granted and account.app.has_page and self.rng.random() < 0.35:
            return partial(self._show, account)
        verbs: list[Callable[[], list[Key]]] = [
            partial(self._remove, account),
            partial(self._report, account),
            partial(self._deny_account, account),
            partial(self._close, app),
            partial(self._app, app),
        ]
        return self.rng.choices(verbs, (10, 25, 25, 20, 20))[0]

    def _show(self, account: Account) -> list[Key]:
        title = f"第 {self.number} 页"
        self.crowd.show(_app(account.app), account.found, title=title, query=f"n={self.number}")
        account.is_live = True
        return [keys.entry(account.found.pk)]

    def _remove(self, account: Account) -> list[Key]:
        if not account.is_live:
            return self._report(account)
        landing.remove(HOST, _app(account.app), SURFACE, account.found)
        account.is_live = False
        return [keys.entry(account.found.pk)]

    def _report(self, account: Account) -> list[Key]:
        account.followers = 1000 - account.followers + self.rng.choice((-1, 1))
        facts = {"effective_followers": account.followers}
        eligibility.record_facts(HOST, account.found, AS_OF, facts, is_event=True)
        return [keys.verdict(account.found.pk)]

    def _deny_account(self, account: Account) -> list[Key]:
        return self._toggle(Scope.ACCOUNT, account.found.pk)

    def _close(self, app: App) -> list[Key]:
        """Hide, or show again, everything of one mini program, its legal entity, or at all."""
        kind = self.rng.randrange(4)
        if kind == 0:
            return self._toggle(Scope.LEGAL_ENTITY, self.crowd.entity.pk)
        if kind == 1:
            return self._toggle(Scope.MINI_PROGRAM, app.id)
        if kind == 2:
            return self._toggle(Scope.GLOBAL, "")
        verb = capability.revoke if app.is_granted else capability.restore
        verb(HOST, _app(app), SURFACE, "a fault test")
        app.is_granted = not app.is_granted
        return [keys.deny(Scope.MINI_PROGRAM, app.id)]

    def _toggle(self, scope: Scope, target: str) -> list[Key]:
        held = self.denied.pop((scope, target), None)
        if held is None:
            self.denied[scope, target] = entry.deny(HOST, scope, target, "a fault test")
        else:
            entry.lift(HOST, held, "a fault test")
        return [keys.deny(scope, target)]

    def _app(self, app: App) -> list[Key]:
        """Rename a mini program, or publish a version without, or again with, what is live."""
        if self.rng.random() < 0.5:
            now = _app(app)
            directory.upsert_mini_program(
                HOST,
                app.id,
                entity_id=now.entity_id,
                name=f"App {self.number}",
                icon_url=now.icon_url,
                industry=now.industry,
                is_online=now.is_online,
                credit_score=now.credit_score,
            )
            return [keys.mini_program(app.id)]
        pages = PAGES[1:] if app.has_page else NEW_PAGES
        directory.publish_version(HOST, app.id, f"1.0.{self.number}", pages)
        app.has_page = not app.has_page
        return [keys.entry(each.found.pk) for each in self.accounts if each.app is app]


def _app(app: App) -> MiniProgram:
    return queries.any_mini_program(app.id)


def _states(at: float, *touched: Key) -> Iterator[Written]:
    for projected in project(touched):
        record = projected.record
        yield Written(at, key_of(record), content_of(record), projected.is_optional)
