"""A mini program that calls the wire, its accounts, and the platform's people around it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from guazai.control.binding import actions as binding
from guazai.control.binding.models import Binding
from guazai.control.capability import actions as capability
from guazai.control.directory import actions as directory
from guazai.control.directory.models import DouyinAccount, LegalEntity, MiniProgram
from guazai.control.directory.states import AccountType
from guazai.control.governance import actions as governance
from guazai.control.kernel import clock
from guazai.control.openapi.wire.identity import check_digit
from guazai.feed.records import Scope
from tests.openapi.calling import Told, Wire, client_token, secret_of
from tests.world import HOST, SURFACE, World

CAPACITY = "/api/apps/v1/capacity"
MOUNT = "/api/apps/v1/profile_mount"
KEYS = ["profile_mount"]
#: Made up: no region has the code 990000.
REAL_NAME = "欧阳·试验"
DIGITS = "99000019900307123"
IDENTITY_NUMBER = DIGITS + check_digit(DIGITS)


@dataclass
class Scene:
    """One mini program and its calls."""

    world: World

    def __post_init__(self) -> None:
        self.entity: LegalEntity = self.world.entity()
        self.app: MiniProgram = self.world.mini_program(self.entity)
        self.operator = self.world.actor(self.world.operator())
        self.secret = secret_of(self.app)
        self.renew()

    def renew(self) -> None:
        """Get a new token, as time has passed."""
        self.wire = Wire(client_token(self.app.pk, self.secret))

    def grant(self) -> None:
        """Give it the capability."""
        self.world.grant(self.app)

    def revoke(self) -> None:
        """Take the capability away."""
        capability.revoke(self.operator, self.app, SURFACE, "违规挂载")

    def sync(self, **changes: Any) -> None:
        """What the host says of the mini program from now on."""
        fields = {
            "entity_id": self.entity.pk,
            "name": self.app.name,
            "icon_url": self.app.icon_url,
            "industry": self.app.industry,
            "is_online": True,
            "credit_score": 80,
            **changes,
        }
        directory.upsert_mini_program(HOST, self.app.pk, **fields)

    def deny(self, scope: Scope, target: str) -> None:
        """Have an operator deny something."""
        governance.deny(self.operator, scope, target, "举报")

    def brand(self, account_type: AccountType = AccountType.PERSONAL) -> DouyinAccount:
        """An account of the mini program's legal entity."""
        return self.world.account(self.entity, account_type=account_type)

    def employee(self, days: int = 400) -> DouyinAccount:
        """An account of somebody whom the legal entity employs."""
        account = self.world.account()
        self.world.employ(self.entity, account, days)
        return account

    def bind(self, account: DouyinAccount, type_: str = "brand", **more: Any) -> Told:
        """Ask for an account by the call."""
        body: dict[str, Any] = {"aweme_id": account.pk, "capacity_list": KEYS, "type": type_}
        if type_ == "employee":
            body["employee_info"] = employee_info()
        return self.wire.post(f"{CAPACITY}/bind_aweme_relation/", {**body, **more})

    def bound(self, account: DouyinAccount) -> Binding:
        """An active binding."""
        return self.world.bind(self.app, account)

    def consent(self, account: DouyinAccount) -> Binding:
        """The owner's consent to what was asked for."""
        found = Binding.objects.get(account=account, mini_program=self.app)
        code = binding.issue_code(HOST, found)
        return binding.consent(self.world.owner_of(account), code.raw, code.match_number)

    def relations(self, type_: str = "brand", **more: Any) -> Told:
        """The list of accounts."""
        query = {"type": type_, "page_num": 1, "page_size": 20, **more}
        return self.wire.get(f"{CAPACITY}/query_aweme_relation_list/", query)


def employee_info(**more: Any) -> dict[str, Any]:
    """What binding an employee's account asks for."""
    return {
        "real_name": REAL_NAME,
        "identity_number": IDENTITY_NUMBER,
        "relation_expire_date": seconds(clock.today() + timedelta(days=90)),
        **more,
    }


def seconds(day: date) -> int:
    """The first second of a day in Shanghai."""
    return int(clock.start_of(day).timestamp())
