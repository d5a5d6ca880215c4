"""What the races are about: granted mini programs, accounts to bind, and their people."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property

from guazai.control.binding import actions as binding
from guazai.control.binding.models import Binding
from guazai.control.capability import actions as capability
from guazai.control.capability.states import Dimension, Mark
from guazai.control.directory import actions as directory
from guazai.control.directory import queries as people
from guazai.control.directory.models import DouyinAccount, LegalEntity, MiniProgram
from guazai.control.directory.states import AccountType
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor, ActorKind
from guazai.control.surfaces import registry
from guazai.control.surfaces.registry import PROFILE_MOUNT, BindingKind
from tests.world import HOST, World

SURFACE = registry.get(PROFILE_MOUNT)
GOOD = dict.fromkeys(Dimension.values, Mark.GOOD.value)
REVIEWER = Actor(ActorKind.PERSON, "psn_reviewer", is_reviewer=True)
OPERATOR = Actor(ActorKind.PERSON, "psn_operator", is_operator=True)


def owner_of(aweme_id: str) -> Actor:
    """The owner of an account."""
    return Actor(ActorKind.PERSON, f"psn_{aweme_id}", accounts=frozenset({aweme_id}))


class Stage:
    """One legal entity, its mini programs, and accounts that are its own and its employees'."""

    def __init__(self) -> None:
        self.world = World()
        self.entity: LegalEntity = self.world.entity()

    @cached_property
    def developer(self) -> Actor:
        """A developer of the entity."""
        return Actor(ActorKind.PERSON, "psn_developer", entities=frozenset({self.entity.pk}))

    def app(self) -> MiniProgram:
        """A mini program with the capability."""
        app = self.world.mini_program(self.entity)
        application = capability.apply(self.developer, app, SURFACE, "visitors ask for it")
        capability.approve(REVIEWER, application, GOOD)
        return app

    def account(self) -> DouyinAccount:
        """An account that can be bound as either kind."""
        aweme_id = f"dy{next(self.world.numbers)}"
        directory.upsert_account(
            HOST,
            aweme_id,
            nickname=f"Account {aweme_id}",
            account_type=AccountType.PERSONAL,
            entity_id=self.entity.pk,
        )
        last_day = clock.today() + timedelta(days=30)
        directory.upsert_employment(HOST, self.entity.pk, aweme_id, ends_on=last_day)
        return people.any_account(aweme_id)

    def request(self, app: MiniProgram, account: DouyinAccount) -> Binding:
        """A request that awaits consent."""
        kind = BindingKind.EMPLOYEE
        return binding.request(self.developer, app, SURFACE, account.pk, kind)

    def bind(self, app: MiniProgram, account: DouyinAccount) -> Binding:
        """An active binding."""
        code = binding.issue_code(self.developer, self.request(app, account))
        return binding.consent(owner_of(account.pk), code.raw, code.match_number)
