"""A mini program with the capability, its people, and accounts to bind."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from guazai.control.binding import actions, queries
from guazai.control.binding.models import Binding, ConsentLoad
from guazai.control.directory import actions as directory
from guazai.control.directory.models import DouyinAccount, LegalEntity, MiniProgram, Person
from guazai.control.directory.states import AccountType, MemberRole
from guazai.control.inbox import queries as inbox
from guazai.control.inbox.states import RecipientKind
from guazai.control.journal import queries as journal
from guazai.control.journal.models import AuditEvent
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor
from guazai.control.surfaces import registry
from guazai.control.surfaces.registry import BindingKind, Surface
from tests.world import HOST, Answer, World


@dataclass
class Scene:
    """One mini program seen by its owner, a teammate and an outsider."""

    world: World
    surface: Surface = field(default_factory=lambda: registry.get(registry.PROFILE_MOUNT))

    def __post_init__(self) -> None:
        self.entity: LegalEntity = self.world.entity()
        self.app: MiniProgram = self.granted_app(self.entity)
        self.developer: Person = self.world.developer(self.entity)
        self.teammate: Person = self.world.developer(self.entity, MemberRole.MEMBER)
        self.outsider: Person = self.world.developer(self.world.entity())
        self.operator: Person = self.world.operator()

    @property
    def who(self) -> Actor:
        """The developer."""
        return self.world.actor(self.developer)

    @property
    def path(self) -> str:
        """Where the mini program's bindings are in the API."""
        return f"{self.base}/bindings"

    @property
    def base(self) -> str:
        """Where the mini program's surface is in the API."""
        return f"/mini-programs/{self.app.pk}/surfaces/{self.surface.key}"

    def granted_app(self, entity: LegalEntity) -> MiniProgram:
        """A mini program with the capability."""
        return self.world.grant(self.world.mini_program(entity))

    def brand(self, account_type: AccountType = AccountType.PERSONAL) -> DouyinAccount:
        """An account of the mini program's legal entity."""
        return self.world.account(self.entity, account_type=account_type)

    def employee(self, ends_on: date | None = None) -> DouyinAccount:
        """An account of somebody whom the legal entity employs."""
        account = self.world.account()
        last_day = ends_on or clock.today() + timedelta(days=30)
        directory.upsert_employment(HOST, self.entity.pk, account.pk, ends_on=last_day)
        return account

    def request(
        self,
        account: DouyinAccount,
        kind: BindingKind = BindingKind.EMPLOYEE,
        app: MiniProgram | None = None,
        ends_on: date | None = None,
    ) -> Binding:
        """A request that awaits consent."""
        wanted = app or self.app
        return actions.request(self.who, wanted, self.surface, account.pk, kind, ends_on=ends_on)

    def bind(
        self,
        account: DouyinAccount,
        kind: BindingKind = BindingKind.EMPLOYEE,
        ends_on: date | None = None,
    ) -> Binding:
        """An active binding."""
        code = actions.issue_code(self.who, self.request(account, kind, ends_on=ends_on))
        return actions.consent(self.world.owner_of(account), code.raw, code.match_number)

    def ask(self, account: DouyinAccount, kind: str = "employee") -> Answer:
        """A request by the API."""
        body = {"aweme_id": account.pk, "kind": kind}
        return self.world.api(self.developer).post(self.path, body)

    def fresh(self, binding: Binding) -> Binding:
        """The binding as it is stored now."""
        return queries.one_of(Binding.objects.all(), binding.pk)

    def quota(self, kind: BindingKind = BindingKind.EMPLOYEE) -> tuple[int, int]:
        """What of a kind's quota is used, and the quota."""
        state = queries.quota(self.app, self.surface, kind)
        return state.used, state.quota

    def awaiting(self, account: DouyinAccount) -> int:
        """How many requests await the account's consent, as counted."""
        row = ConsentLoad.objects.filter(account=account).first()
        return row.awaiting if row else 0

    def told_entity(self) -> list[str]:
        """The kinds of messages to the mini program's legal entity about bindings."""
        return self._told(RecipientKind.LEGAL_ENTITY, self.entity.pk)

    def told_owner(self, account: DouyinAccount) -> list[str]:
        """The kinds of messages to the account's owner."""
        return self._told(RecipientKind.ACCOUNT, account.pk)

    def _told(self, recipient_kind: RecipientKind, recipient_id: str) -> list[str]:
        found = inbox.messages(recipient_kind, [recipient_id]).filter(subject_kind="binding")
        return [message.kind for message in found.order_by("pk")]


def events(verb: str, subject_id: str) -> list[AuditEvent]:
    """The audit events of one verb on one subject."""
    return list(journal.search(verb=verb, subject_id=subject_id))


def in_shanghai(*parts: int) -> datetime:
    """An instant by the clock of Asia/Shanghai."""
    return datetime(*parts, tzinfo=clock.SHANGHAI)  # type: ignore[misc, arg-type]
