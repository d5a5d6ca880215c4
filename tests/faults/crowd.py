"""Accounts that show entries, made through the real actions by the people who would make them."""

from __future__ import annotations

from datetime import date
from typing import Any

from guazai.control.binding import actions as binding
from guazai.control.capability import actions as capability
from guazai.control.capability.states import Dimension, Mark
from guazai.control.directory.models import DouyinAccount, MiniProgram
from guazai.control.eligibility import actions as eligibility
from guazai.control.kernel.actor import Actor
from guazai.control.landing import actions as landing
from guazai.control.surfaces import registry
from guazai.control.surfaces.registry import PROFILE_MOUNT, BindingKind
from tests.world import HOST, PAGES, World

SURFACE = registry.get(PROFILE_MOUNT)
MARKS: dict[str, str] = dict.fromkeys(Dimension, Mark.GOOD)
PASSING = {
    "effective_followers": 500,
    "is_verified_adult": True,
    "has_serious_violation": False,
    "meets_regulatory_requirements": True,
}
#: A day that is over, so that a run on either side of midnight makes the same facts.
AS_OF = date(2025, 6, 1)


class Crowd:
    """One legal entity with any number of mini programs and accounts, all of one owner."""

    def __init__(self) -> None:
        self.world = World()
        self.entity = self.world.entity()
        self.owner = self.world.person()
        self.reviewer: Actor = self.world.actor(self.world.reviewer())

    def mini_program(self) -> MiniProgram:
        """A mini program with the capability, and room for any number of bindings."""
        app = self.world.mini_program(self.entity)
        application = capability.apply(HOST, app, SURFACE, "visitors ask for it")
        capability.approve(self.reviewer, application, MARKS)
        binding.set_quota(HOST, app, SURFACE, BindingKind.BRAND, 10_000, "a crowd")
        return app

    def account(self, app: MiniProgram, *, is_judged: bool = True) -> DouyinAccount:
        """An account that is bound to `app`; it passes the rules, unless it is not judged yet."""
        account = self.world.account(self.entity, self.owner)
        if is_judged:
            eligibility.record_facts(HOST, account, AS_OF, PASSING, is_event=False)
        bound = binding.request(HOST, app, SURFACE, account.pk, BindingKind.BRAND)
        code = binding.issue_code(HOST, bound)
        binding.consent(self.world.owner_of(account), code.raw, code.match_number)
        return account

    def show(self, app: MiniProgram, account: DouyinAccount, **content: Any) -> None:
        """Submit and approve what the account's entry opens."""
        named = {"page_path": PAGES[0], **content}
        change = landing.submit(HOST, app, SURFACE, account, **named)
        landing.approve(self.reviewer, change, change.content_hash)
