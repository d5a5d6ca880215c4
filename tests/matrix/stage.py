"""Nine principals, each also after what it stood for was taken away, and the objects they ask for.

Everything is made through the real actions. What a route needs besides is made when it is asked
for, in a savepoint that is rolled back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.contrib.auth.hashers import make_password

from guazai.control.binding import actions as binding
from guazai.control.binding import queries as bindings
from guazai.control.capability import actions as capability
from guazai.control.capability.models import CapabilityApplication, CapabilityGrant
from guazai.control.directory import actions as directory
from guazai.control.directory.models import DouyinAccount, LegalEntity, MiniProgram, Person, Token
from guazai.control.directory.states import AccountType, MemberRole
from guazai.control.evaluation import actions as evaluation
from guazai.control.evaluation import drafting, queries
from guazai.control.evaluation.breaker import Reason
from guazai.control.evaluation.states import Decision, RunKind
from guazai.control.governance import actions as governance
from guazai.control.journal import queries as journal
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor, Scope
from guazai.control.landing import actions as landing
from guazai.control.mail.models import MailAddress
from guazai.control.mail.states import CODE_LIFE
from guazai.control.openapi.actions import credentials, links, providers
from guazai.control.openapi.queries import live_secrets
from guazai.control.openapi.states import HostApp, Permission
from guazai.control.review import actions as review
from guazai.control.review import queries as desk
from guazai.control.review.states import SubjectKind
from guazai.control.surfaces.registry import BindingKind
from guazai.control.webhooks.models import Delivery, WebhookEndpoint
from guazai.control.webhooks.states import DeliveryStatus, EndpointStatus, Event
from guazai.feed.records import Scope as DenyScope
from tests.evaluation.samples import draft_json
from tests.world import HOST, PAGES, SURFACE, Api, World

Values = dict[str, Any]
WHY = "a test"


class Principal(StrEnum):
    """Who asks."""

    NOBODY = "nobody"
    DEVELOPER_OWNER = "developer-owner"
    DEVELOPER_MEMBER = "developer-member"
    OUTSIDER = "outsider developer"
    REVIEWER = "reviewer"
    OPERATOR = "operator"
    ACCOUNT_OWNER = "account owner"
    HOST = "host token"
    TOKEN = "developer token"


MACHINES = frozenset({Principal.HOST, Principal.TOKEN})


class Whose(StrEnum):
    """Whose the object is, seen from the developers and the account's owner."""

    OWN = "own"
    SIBLING = "same entity's other app"
    FOREIGN = "foreign"
    ABSENT = "absent"


@dataclass
class Target:
    """A mini program with an entry on an account, and what a route may need about them.

    Every method answers the values that it makes for the path and the body.
    """

    stage: Stage
    whose: Whose
    app: MiniProgram
    account: DouyinAccount

    @property
    def values(self) -> Values:
        """What is there without more: the mini program, its account, their binding."""
        return {
            "app_id": self.app.pk,
            "aweme_id": self.account.pk,
            "entity_id": self.app.entity_id,
            "surface": SURFACE.key,
            "binding_id": self.binding.pk,
        }

    @property
    def binding(self) -> Any:
        """The active binding."""
        return bindings.active(self.app.pk, self.account.pk, SURFACE)

    @property
    def owner(self) -> Actor:
        """The account's owner."""
        return self.stage.world.owner_of(self.account)

    def nothing(self) -> Values:
        """No more than is there."""
        return {}

    def candidate(self) -> Values:
        """An account of the same owner, which may be bound but is not."""
        account = self.stage.world.account(self.app.entity, self.account.owner)
        return {"aweme_id": account.pk}

    def awaiting(self) -> Values:
        """A request that awaits consent."""
        found = self.candidate()["aweme_id"]
        made = binding.request(HOST, self.app, SURFACE, found, BindingKind.BRAND)
        return {"binding_id": made.pk, "aweme_id": found, "made": made}

    def code(self) -> Values:
        """A code for such a request."""
        issued = binding.issue_code(HOST, self.awaiting()["made"])
        return {"code": issued.raw, "match_number": issued.match_number}

    def blocked(self) -> Values:
        """The mini program, blocked by the account's owner."""
        binding.block(self.owner, self.binding)
        return {}

    def ungranted(self) -> Values:
        """The mini program as it was before it applied."""
        CapabilityGrant.objects.filter(mini_program=self.app).delete()
        CapabilityApplication.objects.filter(mini_program=self.app).delete()
        return {}

    def application(self) -> Values:
        """An application in review, in the reviewer's hands."""
        self.ungranted()
        made = capability.apply(HOST, self.app, SURFACE, WHY)
        self._claim(SubjectKind.CAPABILITY_APPLICATION, made.pk)
        kind = SubjectKind.CAPABILITY_APPLICATION.value
        return {"application_id": made.pk, "item_id": made.pk, "kind": kind}

    def revoked(self) -> Values:
        """The mini program without its capability."""
        capability.revoke(self.stage.operator, self.app, SURFACE, WHY)
        return {}

    def url_link(self) -> Values:
        """A link that opens the mini program from outside."""
        made = links.generate(
            HOST,
            self.app,
            links.Target(PAGES[0], ""),
            host_app=HostApp.DOUYIN,
            expires_at=clock.now() + timedelta(days=1),
        )
        return {"link_id": made.pk}

    def share_link(self) -> Values:
        """A share link."""
        return {"link_id": landing.create_share_link(HOST, self.app, WHY, PAGES[0]).pk}

    def change(self) -> Values:
        """A change in review, which nobody has in hand."""
        made = landing.submit(HOST, self.app, SURFACE, self.account, page_path=PAGES[1])
        return {
            "change_id": made.pk,
            "item_id": made.pk,
            "kind": SubjectKind.LANDING_CHANGE.value,
            "content_hash": made.content_hash,
        }

    def claimed(self) -> Values:
        """A change in review, in the reviewer's hands."""
        made = self.change()
        self._claim(SubjectKind.LANDING_CHANGE, made["item_id"])
        return made

    def removed(self) -> Values:
        """The takedown of the entry."""
        landing.remove(HOST, self.app, SURFACE, self.account)
        takedown = journal.takedowns_on("account", self.account.pk).latest("pk")
        return {"takedown_id": takedown.pk}

    def failing(self) -> Values:
        """The account, failing the creator rules."""
        self.stage.world.pass_rules(self.account, effective_followers=499)
        return {}

    def cleared(self) -> Values:
        """A clearance."""
        made = binding.clear_enterprise(self.stage.operator, self.account, self.app, WHY)
        return {"clearance_id": made.pk}

    def denied(self) -> Values:
        """A deny of the account, and the takedown that it is."""
        made = governance.deny(self.stage.operator, DenyScope.ACCOUNT, self.account.pk, WHY)
        takedown = journal.takedowns_of("deny", [made.pk])[made.pk]
        return {"deny_id": made.pk, "takedown_id": takedown.pk}

    def proposed(self) -> Values:
        """A deny of the mini program that another operator proposes to lift."""
        made = governance.deny(self.stage.operator, DenyScope.MINI_PROGRAM, self.app.pk, WHY)
        governance.lift(self.stage.other_operator, made, WHY)
        return {"deny_id": made.pk}

    def held(self) -> Values:
        """A run that the breaker holds."""
        tried = evaluation.Tried(RunKind.FEED, clock.today(), "feeds", "f" * 64)
        made = evaluation.start_run(self.stage.operator, tried)
        evaluation.hold_run(self.stage.operator, made, [Reason("too_many_hidden", 99, 20)])
        return {
            "run_id": made.pk,
            "run": made,
            "alarm_id": queries.open_alarms().get(key=made.pk).pk,
        }

    def decided(self) -> Values:
        """A held run that another operator proposes to reject."""
        made = self.held()
        evaluation.propose(self.stage.other_operator, made["run"], Decision.REJECT, WHY)
        return made

    def draft(self) -> Values:
        """A draft of a policy."""
        made = drafting.create_draft(self.stage.operator, draft_json(), WHY)
        return {"draft_id": made.pk, "draft": made}

    def tried(self) -> Values:
        """A draft with a dry run that is done."""
        made = self.draft()
        dry_run = drafting.request_dry_run(self.stage.operator, made["draft"])
        drafting.start_dry_run(dry_run)
        drafting.finish_dry_run(self.stage.operator, dry_run, None, {})
        return {**made, "dry_run_id": dry_run.pk}

    def token(self) -> Values:
        """A developer's token."""
        scopes = [Scope.DEVELOPER_READ]
        made, _ = directory.issue_token(HOST, WHY, scopes, app_id=self.app.pk)
        return {"token_id": made.pk}

    def credential(self) -> Values:
        """A credential with a secret."""
        made, _ = credentials.create_secret(HOST, self.app)
        return {"secret_id": made.pk}

    def provider(self) -> Values:
        """A service provider with a secret."""
        made, _ = providers.create_provider(HOST, WHY)
        return {"client_key": made.pk, "secret_id": live_secrets(made.credential)[0].pk}

    def authorized(self) -> Values:
        """The mini program, having authorised a service provider."""
        values = self.provider()
        made = providers.authorize(HOST, self.app, values["client_key"], [Permission.OPERATION])
        return {**values, "authorization_id": made.pk}

    def member(self) -> Values:
        """A member of the entity."""
        return {"member": self.stage.world.developer(self.app.entity).login}

    def webhook(self, status: EndpointStatus = EndpointStatus.ENABLED) -> Values:
        """A webhook that took what it was told."""
        now = clock.now()
        WebhookEndpoint.objects.update_or_create(
            mini_program=self.app,
            defaults={
                "url": f"https://hooks.example.com/{self.app.pk}",
                "status": status,
                "events": [],
                "verified_at": now,
                "check_at": now,
            },
        )
        return {}

    def webhook_off(self) -> Values:
        """A webhook that is disabled."""
        return self.webhook(EndpointStatus.DISABLED)

    def dead_letter(self) -> Values:
        """A webhook, and an event that it would not take."""
        self.webhook()
        made = Delivery.objects.create(
            mini_program=self.app,
            event=Event.TEST,
            subject="",
            log_id="",
            body="{}",
            status=DeliveryStatus.DEAD,
            created_at=clock.now(),
        )
        return {"delivery_id": made.pk}

    def mail(self) -> Values:
        """A mail address of the entity, and the code that was sent there."""
        now = clock.now()
        MailAddress.objects.update_or_create(
            entity=self.app.entity,
            defaults={
                "address": f"{self.app.pk}@example.com",
                "code_asked_at": now,
                "code_hash": make_password("246810"),
                "code_expires_at": now + CODE_LIFE,
            },
        )
        return {}

    def _claim(self, kind: SubjectKind, item_id: str) -> None:
        review.claim(self.stage.reviewer, desk.item(kind, item_id))


class Stage:
    """Two mini programs of one entity and one of another, each with a live entry; everybody."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.people: dict[Principal, Person] = {}
        self.ids: dict[Principal, str] = {}
        entity, foreign = world.entity(), world.entity()
        own, sibling = world.mini_program(entity), world.mini_program(entity)
        owner = world.person()
        self.targets = {
            whose: Target(self, whose, app, self._entry(app, person))
            for whose, app, person in (
                (Whose.OWN, own, owner),
                (Whose.SIBLING, sibling, world.person()),
                (Whose.FOREIGN, world.mini_program(foreign), world.person()),
            )
        }
        self.reviewer = world.actor(self._join(Principal.REVIEWER, world.reviewer()))
        self.operator = world.actor(self._join(Principal.OPERATOR, world.operator()))
        self.other_operator = world.actor(world.operator())
        self._join(Principal.ACCOUNT_OWNER, owner)
        self._join(Principal.DEVELOPER_OWNER, world.developer(entity))
        self._join(Principal.DEVELOPER_MEMBER, world.developer(entity, MemberRole.MEMBER))
        self._join(Principal.OUTSIDER, world.developer(world.entity()))
        self.callers = {who: world.api(person) for who, person in self.people.items()}
        self.callers[Principal.NOBODY] = browser()
        self.callers |= {who: self._machine(who) for who in MACHINES}
        self.revoked = self._fallen(entity)
        rows = Person.objects.filter(is_reviewer=True).values_list("pk", "login")
        #: The ids and logins of everybody who decided on anything.
        self.reviewers = frozenset(name for names in rows for name in names)

    def _entry(self, app: MiniProgram, owner: Person) -> DouyinAccount:
        account = self.world.account(owner=owner)
        self.world.entry(app, account)
        return account

    def _join(self, who: Principal, person: Person) -> Person:
        self.people[who], self.ids[who] = person, person.pk
        return person

    def _machine(self, who: Principal) -> Api:
        token, raw = self._token(who)
        self.ids[who] = token.pk
        return Api(token=raw)

    def _token(self, who: Principal) -> tuple[Token, str]:
        if who is Principal.HOST:
            return directory.issue_token(HOST, who, [Scope.HOST_WRITE])
        own = self.targets[Whose.OWN].app.pk
        return directory.issue_token(HOST, who, [Scope.DEVELOPER_WRITE], app_id=own)

    def _fallen(self, entity: LegalEntity) -> dict[Principal, Api]:
        """Everybody once more; they log in, and then lose what they stand for."""
        world, other = self.world, self.world.entity()
        members = {
            Principal.DEVELOPER_OWNER: (entity, MemberRole.OWNER),
            Principal.DEVELOPER_MEMBER: (entity, MemberRole.MEMBER),
            Principal.OUTSIDER: (other, MemberRole.OWNER),
        }
        fallen = {Principal.NOBODY: browser()}
        for who, (where, role) in members.items():
            person = world.developer(where, role)
            fallen[who] = world.api(person)
            directory.remove_member(HOST, where.pk, person.login)
        for who, person in (
            (Principal.REVIEWER, world.reviewer()),
            (Principal.OPERATOR, world.operator()),
        ):
            fallen[who] = world.api(person)
            directory.save_person(HOST, person.login)
        person = world.person()
        fallen[Principal.ACCOUNT_OWNER] = world.api(person)
        account = world.account(owner=person)
        directory.upsert_account(
            HOST,
            account.pk,
            nickname=account.nickname,
            account_type=AccountType.PERSONAL,
            owner_login=world.person().login,
        )
        for who in MACHINES:
            token, raw = self._token(who)
            fallen[who] = Api(token=raw)
            directory.revoke_token(HOST, token)
        return fallen


def browser() -> Api:
    """A browser in which nobody is logged in, with its CSRF token."""
    api = Api()
    api.headers["X-CSRFToken"] = api.get("/session").body["csrf_token"]
    return api
