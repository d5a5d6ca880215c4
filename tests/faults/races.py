"""R7's program: many clients at the same accounts, quotas and slots.

They play in scenes of a few accounts and mini programs, one scene after the other, so that quotas
and slots are wanted by more than there is room for. Every client looks at an account and does
something that could be possible by what it saw, or by what it saw long ago.
"""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from guazai.control.binding import actions as binding
from guazai.control.binding import queries as bindings
from guazai.control.binding.models import Binding, BindingQuota, ConsentLoad
from guazai.control.binding.states import OPEN, BindingStatus
from guazai.control.directory import actions as directory
from guazai.control.directory.models import DouyinAccount, MiniProgram
from guazai.control.directory.states import AccountType
from guazai.control.journal import chain
from guazai.control.journal.models import AuditEvent
from guazai.control.kernel.errors import Problem
from guazai.control.kernel.locks import is_single_writer
from guazai.control.kernel.reasons import Reason
from guazai.control.landing import actions as landing
from guazai.control.landing import queries as pages
from guazai.control.landing.models import LandingChange, LandingSlot
from guazai.control.landing.states import ChangeStatus
from guazai.control.surfaces.registry import BindingKind
from tests.faults import twins
from tests.faults.arena import crowd
from tests.faults.history import BLOCKING, FREEING, OK, Held, Op, check, quota_faults
from tests.faults.stage import OPERATOR, REVIEWER, SURFACE, Stage, owner_of
from tests.world import HOST, PAGES

CLIENTS = 32
ACCOUNTS_OF_A_SCENE = 20
APPS_OF_A_SCENE = 4
#: An operator moves each quota between these; four mini programs want twenty accounts each.
QUOTAS = {BindingKind.BRAND: (2, 4), BindingKind.EMPLOYEE: (4, 6)}
UNBINDS = 25
#: A client looks at all constraints at every so many of its operations.
SAMPLED = 20
REASON = Reason("page_broken", "The page does not load", "Mend it and submit again")
#: The audit event of each verb's success.
EVENTS = {
    "request": "binding.request",
    "issue_code": "binding.issue_code",
    "consent": "binding.consent",
    "cancel": "binding.cancel",
    "block": "binding.block",
    "unblock": "binding.unblock",
    "unbind": "landing.unbind",
    "end": "landing.end_binding",
    "submit": "landing.submit",
    "approve": "landing.approve",
    "reject": "landing.reject",
    "remove": "landing.remove",
    "release": "landing.release",
}
READS = frozenset({"read_bindings", "read_review", "read_live"})


@dataclass(frozen=True, slots=True)
class Scene:
    """A few accounts that a few mini programs want."""

    apps: tuple[MiniProgram, ...]
    accounts: tuple[DouyinAccount, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A code as somebody has seen it on a screen."""

    binding: str
    raw: str
    number: str


@dataclass
class Sight:
    """What a client saw of an account."""

    bound: dict[str, tuple[str, bool]]
    in_review: Held | None
    live: Held | None


@dataclass
class Client:
    """One of those who race."""

    number: int
    rng: random.Random
    stage: Stage
    #: The codes that the clients of this process were shown, by binding.
    codes: dict[str, Code]
    log: list[Op] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    #: Bindings and changes seen before, which may be closed by now; changes with their account.
    old_bindings: set[str] = field(default_factory=set)
    old_changes: dict[str, str] = field(default_factory=dict)

    def play(self, scenes: list[Scene], operations: int) -> None:
        """Do so many operations, the scenes after each other."""
        for done in range(operations):
            scene = scenes[done * len(scenes) // operations]
            account = self.rng.choice(scene.accounts)
            self.act(scene, account, self.look(account))
            if done % SAMPLED == self.number % SAMPLED:
                self.faults += faults_now()

    def look(self, account: DouyinAccount) -> Sight:
        """What the account has, in three reads, each of which is part of the history."""
        bound = self.read(account, "read_bindings", lambda: read_bindings(account.pk))
        in_review = self.read(account, "read_review", lambda: read_review(account.pk))
        live = self.read(account, "read_live", lambda: read_live(account.pk))
        self.old_bindings.update(found for _, found, _ in bound)
        if in_review:
            self.old_changes[in_review.change] = account.pk
        return Sight({app: (found, active) for app, found, active in bound}, in_review, live)

    def read(self, account: DouyinAccount, verb: str, query: Callable[[], Any]) -> Any:
        begin = time.monotonic_ns()
        seen = query()
        end = time.monotonic_ns()
        self.log.append(Op(account.pk, self.number, verb, "", "", OK, seen, begin, end))
        return seen

    def act(self, scene: Scene, account: DouyinAccount, sight: Sight) -> None:
        """One operation that could be possible."""
        weights, calls = zip(*self.options(scene, account, sight), strict=True)
        (call,) = self.rng.choices(calls, weights)
        call()

    def options(
        self, scene: Scene, account: DouyinAccount, sight: Sight
    ) -> Iterator[tuple[float, Callable[[], None]]]:
        """What can be tried, and how often it is."""
        for app in scene.apps:
            found, is_active = sight.bound.get(app.pk, ("", False))
            yield (0.2 if found else 1.0), partial(self.request, account, app)
            yield (2.0 if is_active else 0.1), partial(self.submit, account, app)
            yield 0.05, partial(self.unblock, account, app)
            if found:
                yield 0.05, partial(self.close, account, app.pk, found, "block")
            if is_active:
                yield 0.3, partial(self.close, account, app.pk, found, "unbind")
                yield 0.3, partial(self.close, account, app.pk, found, "end")
            elif found:
                yield from self.on_request(account, app.pk, found)
        if sight.in_review:
            for verb, weight in (("approve", 3.0), ("reject", 1.0), ("withdraw", 0.7)):
                yield weight, partial(self.decide, account, sight.in_review.change, verb)
        if holder := sight.in_review or sight.live:
            for app in scene.apps:
                yield (0.5 if app.pk == holder.app else 0.1), partial(self.remove, account, app)
            yield 0.4, partial(self.release, account)
        yield 0.3, self.be_late
        yield 0.3, partial(self.set_quota, self.rng.choice(scene.apps))
        yield 0.3, partial(self.sync, account, self.rng.choice(scene.apps))

    def on_request(
        self, account: DouyinAccount, app_id: str, found: str
    ) -> Iterator[tuple[float, Callable[[], None]]]:
        """What can be tried with a request that awaits consent."""
        code = self.codes.get(found)
        yield (1.0 if code else 4.0), partial(self.issue, account, app_id, found)
        if code:
            yield 6.0, partial(self.consent, account, app_id, code, is_right=True)
            yield 0.3, partial(self.consent, account, app_id, code, is_right=False)
        yield 0.5, partial(self.close, account, app_id, found, "cancel")
        yield 0.1, partial(self.close, account, app_id, found, "refuse")

    def do(
        self, account: DouyinAccount, verb: str, app_id: str, target: str, call: Callable[[], Any]
    ) -> None:
        """Do it, and note what was asked and answered, and when."""
        begin = time.monotonic_ns()
        try:
            made = call()
            told, given = OK, made if isinstance(made, str) else None
        except Problem as problem:
            told, given = problem.code.name, problem.extra.get("binding")
        end = time.monotonic_ns()
        self.log.append(Op(account.pk, self.number, verb, app_id, target, told, given, begin, end))

    def request(self, account: DouyinAccount, app: MiniProgram) -> None:
        kind = self.rng.choice(list(QUOTAS))
        who = self.stage.developer

        def call() -> str:
            return binding.request(who, app, SURFACE, account.pk, kind).pk

        self.do(account, "request", app.pk, kind.value, call)

    def issue(self, account: DouyinAccount, app_id: str, found: str) -> None:
        row = bindings.one_of(bindings.of_account(account.pk), found)

        def call() -> str:
            made = binding.issue_code(self.stage.developer, row)
            self.codes[found] = Code(found, made.raw, made.match_number)
            return made.raw

        self.do(account, "issue_code", app_id, found, call)

    def consent(self, account: DouyinAccount, app_id: str, code: Code, *, is_right: bool) -> None:
        number = code.number if is_right else f"{(int(code.number) + 1) % 100:02}"
        verb = "consent" if is_right else "mistype"
        call = partial(binding.consent, owner_of(account.pk), code.raw, number)
        self.do(account, verb, app_id, code.raw, call)

    def close(self, account: DouyinAccount, app_id: str, found: str, verb: str) -> None:
        row = bindings.one_of(bindings.of_account(account.pk), found)
        who, owner = self.stage.developer, owner_of(account.pk)
        calls: dict[str, Callable[[], Any]] = {
            "cancel": partial(binding.cancel, who, row),
            "refuse": partial(binding.refuse, owner, row),
            "block": partial(binding.block, owner, row),
            "unbind": partial(landing.unbind, who, row),
            "end": partial(landing.end_binding, owner, row),
        }
        self.do(account, verb, app_id, found, calls[verb])

    def unblock(self, account: DouyinAccount, app: MiniProgram) -> None:
        call = partial(binding.unblock, owner_of(account.pk), account, app)
        self.do(account, "unblock", app.pk, "", call)

    def submit(self, account: DouyinAccount, app: MiniProgram) -> None:
        who, page = self.stage.developer, self.rng.choice(PAGES)

        def call() -> str:
            return landing.submit(who, app, SURFACE, account, page_path=page).pk

        self.do(account, "submit", app.pk, "", call)

    def decide(self, account: DouyinAccount, found: str, verb: str) -> None:
        row = pages.changes().get(pk=found)
        seen = row.content_hash
        calls: dict[str, Callable[[], Any]] = {
            "approve": partial(landing.approve, REVIEWER, row, seen),
            "reject": partial(landing.reject, REVIEWER, row, seen, [REASON]),
            "withdraw": partial(landing.withdraw, self.stage.developer, row),
        }
        self.do(account, verb, "", found, calls[verb])

    def remove(self, account: DouyinAccount, app: MiniProgram) -> None:
        call = partial(landing.remove, self.stage.developer, app, SURFACE, account)
        self.do(account, "remove", app.pk, "", call)

    def release(self, account: DouyinAccount) -> None:
        call = partial(landing.release, owner_of(account.pk), SURFACE, account)
        self.do(account, "release", "", "", call)

    def be_late(self) -> None:
        """Act on something seen long ago, of whichever account."""
        if self.old_changes and self.rng.random() < 0.5:
            change = self.rng.choice(list(self.old_changes))
            verb = self.rng.choice(["approve", "reject", "withdraw"])
            self.decide(DouyinAccount(pk=self.old_changes[change]), change, verb)
        elif self.old_bindings:
            found = self.rng.choice(sorted(self.old_bindings))
            verb = self.rng.choice(sorted({*FREEING, BLOCKING}))
            row = Binding.objects.get(pk=found)
            self.close(DouyinAccount(pk=row.account_id), row.mini_program_id, found, verb)

    def set_quota(self, app: MiniProgram) -> None:
        """Move a quota; what would be below its use is refused."""
        kind = self.rng.choice(list(QUOTAS))
        try:
            binding.set_quota(OPERATOR, app, SURFACE, kind, self.rng.choice(QUOTAS[kind]), "a test")
        except Problem as problem:
            assert problem.code.name == "quota_below_use"  # noqa: PT017 - nothing else may be said

    def sync(self, account: DouyinAccount, app: MiniProgram) -> None:
        """The host syncs the account or the mini program in, while others refer to them."""
        number = f"{self.number}.{len(self.log)}"
        if self.rng.random() < 0.5:
            directory.publish_version(HOST, app.pk, number, PAGES)
        else:
            directory.upsert_account(
                HOST,
                account.pk,
                nickname=number,
                account_type=AccountType.PERSONAL,
                entity_id=self.stage.entity.pk,
            )


def read_bindings(aweme_id: str) -> frozenset[tuple[str, str, bool]]:
    """The open bindings of an account, in one statement."""
    rows = Binding.objects.filter(account=aweme_id, status__in=OPEN)
    found = rows.values_list("mini_program", "pk", "status")
    return frozenset((app, pk, status == BindingStatus.ACTIVE) for app, pk, status in found)


def read_review(aweme_id: str) -> Held | None:
    """What the account has in review, in one statement."""
    rows = LandingChange.objects.filter(account=aweme_id, status=ChangeStatus.IN_REVIEW)
    found = rows.values_list("mini_program", "pk").first()
    return Held(*found) if found else None


def read_live(aweme_id: str) -> Held | None:
    """What the account shows, in one statement."""
    rows = LandingSlot.objects.filter(account=aweme_id, live_change__isnull=False)
    found = rows.values_list("live_change__mini_program", "live_change").first()
    return Held(*found) if found else None


def faults_now() -> list[str]:
    """Every constraint that does not hold now; each is one statement, so it sees one moment."""
    places = Binding.objects.filter(
        mini_program=OuterRef("mini_program"),
        surface=OuterRef("surface"),
        kind=OuterRef("kind"),
        status__in=OPEN,
    )
    requests = Binding.objects.filter(
        account=OuterRef("account"), status=BindingStatus.AWAITING_CONSENT
    )
    quotas = BindingQuota.objects.annotate(n=_count(places, "mini_program"))
    loads = ConsentLoad.objects.annotate(n=_count(requests, "account"))
    in_review = LandingChange.objects.filter(status=ChangeStatus.IN_REVIEW)
    live = LandingSlot.objects.filter(live_change__isnull=False)
    broken: dict[str, QuerySet[Any, Any]] = {
        "over quota": quotas.filter(n__gt=F("quota")),
        "quota miscounted": quotas.exclude(n=F("used")),
        "requests miscounted": loads.exclude(n=F("awaiting")),
        "two in review": in_review.values("account").annotate(n=Count("pk")).filter(n__gt=1),
        "two slots": LandingSlot.objects.values("account").annotate(n=Count("pk")).filter(n__gt=1),
        "live without approval": live.exclude(live_change__status=ChangeStatus.APPROVED),
        "live unbound": live.exclude(live_change__binding__status=BindingStatus.ACTIVE),
        "in review unbound": in_review.exclude(binding__status=BindingStatus.ACTIVE),
    }
    return [f"{what}: {list(rows.values())}" for what, rows in broken.items() if rows.exists()]


def _count(rows: QuerySet[Any], by: str) -> Coalesce:
    counted = rows.values(by).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def make_scenes(stage: Stage, accounts: int) -> list[Scene]:
    """Enough scenes for so many accounts."""
    scenes = []
    for _ in range(0, accounts, ACCOUNTS_OF_A_SCENE):
        apps = tuple(stage.app() for _ in range(APPS_OF_A_SCENE))
        for app in apps:
            binding.set_unbind_limit(OPERATOR, app, SURFACE, UNBINDS, "a test")
            for kind, (_, high) in QUOTAS.items():
                binding.set_quota(OPERATOR, app, SURFACE, kind, high, "a test")
        people = tuple(stage.account() for _ in range(ACCOUNTS_OF_A_SCENE))
        scenes.append(Scene(apps, people))
    return scenes


def play(stage: Stage, scenes: list[Scene], operations: int, seed: str) -> list[Client]:
    """All clients at once; they come back with what they noted."""
    codes: dict[str, Code] = {}

    def work(number: int) -> Client:
        client = Client(number, random.Random(f"{seed}:{number}"), stage, codes)
        client.play(scenes, operations // CLIENTS)
        return client

    return crowd(work, CLIENTS)


def main(accounts: str, operations: str, seed: str) -> dict[str, Any]:
    """Race, then check: what held at every moment, and each history apart."""
    stage = Stage()
    scenes = make_scenes(stage, int(accounts))
    began = time.monotonic()
    clients = play(stage, scenes, int(operations), seed)
    seconds = time.monotonic() - began
    faults = [fault for client in clients for fault in client.faults]
    last = Client(-1, random.Random(), stage, {})
    for scene in scenes:
        for account in scene.accounts:
            last.look(account)
    log = [op for client in [*clients, last] for op in client.log]
    answers = Counter((op.verb, op.told) for op in log if op.verb not in READS)
    return {
        "accounts": int(accounts),
        "operations": sum(answers.values()),
        "reads": len(log) - sum(answers.values()),
        "seconds": round(seconds, 1),
        "answers": {f"{verb}: {told}": n for (verb, told), n in sorted(answers.items())},
        "overlapping": overlapping(log),
        "faults": faults + faults_now(),
        "histories": [f"{account}: {verdict}" for account, verdict in unlinearizable(log)],
        "quotas": list(wrong_quotas(log)),
        "audit": audit_faults(answers),
        "blocks": twins.block(stage),
        # One writer of SQLite keeps everybody out, and waits for nobody.
        "held up": [] if is_single_writer() else twins.held_up(stage),
        "twins": {
            "quota": twins.quota(stage),
            "block": twins.unlocked_block(stage),
            "held up": [] if is_single_writer() else twins.held_up_by_stronger_locks(stage),
            "slot": twins.slot(stage),
        },
    }


def overlapping(log: list[Op]) -> int:
    """How many operations ran while another one on the same account did: how much was a race."""
    count = 0
    last_end: dict[str, int] = defaultdict(int)
    for op in sorted(log, key=lambda op: op.begin):
        if op.verb not in READS:
            count += op.begin < last_end[op.account]
            last_end[op.account] = max(last_end[op.account], op.end)
    return count


def unlinearizable(log: list[Op]) -> Iterator[tuple[str, object]]:
    """The accounts whose history is not that of any sequence, and why."""
    histories = defaultdict(list)
    for op in log:
        histories[op.account].append(op)
    for account, history in histories.items():
        if not (verdict := check(history)).is_linearizable:
            yield account, verdict


def wrong_quotas(log: list[Op]) -> Iterator[str]:
    """Where a quota was exceeded, or refused without being used up."""
    kinds = {op.given: (op.app, op.target) for op in log if (op.verb, op.told) == ("request", OK)}
    histories = defaultdict(list)
    for op in log:
        if op.verb == "request":
            histories[op.app, op.target].append(op)
        elif op.verb in FREEING:
            histories[kinds[op.target]].append(op)
        elif op.verb == BLOCKING:
            for kind in QUOTAS:
                histories[op.app, kind.value].append(op)
    for (_, wanted), history in histories.items():
        yield from quota_faults(history, *QUOTAS[BindingKind(wanted)])


def audit_faults(answers: Counter[tuple[str, str]]) -> list[str]:
    """Successes without their event, events without a success, and breaks in the chain."""
    kept = Counter(AuditEvent.objects.values_list("verb", flat=True))
    wrong = [
        f"{verb}: {answers[verb, OK]} successes, {kept[event]} events"
        for verb, event in EVENTS.items()
        if answers[verb, OK] != kept[event]
    ]
    # A block refuses what waits, so refusals are counted by their bindings.
    refused = Binding.objects.filter(status=BindingStatus.REFUSED).count()
    if refused != kept["binding.refuse"]:
        wrong.append(f"refuse: {refused} bindings, {kept['binding.refuse']} events")
    return wrong + [str(found) for found in chain.verify()]
