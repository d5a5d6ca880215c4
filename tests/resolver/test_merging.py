"""R6 and V1: whatever the order of arrival, the store equals a small model."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from guazai.feed import (
    ConfigRecord,
    DenyRecord,
    ProgramRecord,
    Record,
    Scope,
    Sealed,
    VerdictRecord,
    Watermark,
    unseal,
)
from guazai.resolver import Resolver
from guazai.resolver.node import Node
from guazai.resolver.store import Applied, Store
from tests.resolver.serving import sealed

SURFACES = ("profile_mount", "service_tab")
ACCOUNTS = ("dy_1", "dy_2")
APPS = ("tt01", "tt02")
ENTITIES = ("le01", "le02")
TWIN_TRIES = 50


def draw(rng: random.Random) -> Record:
    """Draw a record; what it says follows from its component and rank, as a writer's would."""
    major, minor = rng.randrange(3), rng.randrange(3)
    surface, account = rng.choice(SURFACES), rng.choice(ACCOUNTS)
    choice = random.Random(f"{major} {minor} {surface} {account}")
    kind = rng.randrange(5)
    if kind == 4:
        app = rng.choice(APPS)
        choice = random.Random(f"{major} {minor} {surface} {app}")
        name = f"{app} {major} {minor}"
        entity = choice.choice(ENTITIES)
        return ProgramRecord(surface, app, major, minor, entity, name, "", "{start_page}")
    if kind < 2:
        if choice.random() < 0.2:
            return ConfigRecord(surface, "douyin", account, major, minor, live=False)
        app, title = choice.choice(APPS), f"{surface} {account} {major} {minor}"
        return ConfigRecord(surface, "douyin", account, major, minor, True, app, title, "pages/a")
    if kind == 2:
        choice = random.Random(f"{major} {minor} {account}")
        day = date(2024, 8, 15 + major)
        return VerdictRecord(account, day, minor, choice.random() < 0.8)
    scope = rng.choice(list(Scope))
    target = {
        Scope.ACCOUNT: account,
        Scope.MINI_PROGRAM: rng.choice(APPS),
        Scope.LEGAL_ENTITY: rng.choice(ENTITIES),
        Scope.GLOBAL: "",
    }[scope]
    choice = random.Random(f"{major} {minor} {surface} {scope} {target}")
    return DenyRecord(scope, surface, target, major, minor, choice.random() < 0.3)


class Model:
    """The greatest record of each component, and what that shows."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.configs: dict[tuple[str, str], ConfigRecord] = {}
        self.verdicts: dict[str, VerdictRecord] = {}
        self.programs: dict[tuple[str, str], ProgramRecord] = {}
        self.denies: dict[tuple[Scope, str, str], DenyRecord] = {}
        for each in sorted(records, key=lambda record: record.rank):
            match each:
                case ConfigRecord():
                    self.configs[each.surface, each.aweme_id] = each
                case VerdictRecord():
                    self.verdicts[each.aweme_id] = each
                case ProgramRecord():
                    self.programs[each.surface, each.app_id] = each
                case DenyRecord():
                    self.denies[each.scope, each.surface, each.target] = each

    def records(self) -> set[Record]:
        by_kind = (self.configs, self.verdicts, self.programs, self.denies)
        return {record for held in by_kind for record in held.values()}

    def shown(self, surface: str, account: str) -> tuple[str, str, int] | None:
        config = self.configs.get((surface, account))
        verdict = self.verdicts.get(account)
        if config is None or not config.live or verdict is None or not verdict.passed:
            return None
        program = self.programs.get((surface, config.app_id))
        if program is None:
            return None
        denied = any(
            deny.denied
            for deny in self.denies.values()
            if deny.surface == surface
            and deny.target
            in {
                Scope.ACCOUNT: [account],
                Scope.MINI_PROGRAM: [config.app_id],
                Scope.LEGAL_ENTITY: [program.entity_id],
                Scope.GLOBAL: [""],
            }[deny.scope]
        )
        return None if denied else (program.app_name, config.title, config.version)


class LastWriterWins(Store):
    """The broken twin: it takes whatever comes last."""

    def apply(self, records: Sequence[Sealed], watermark: Watermark, position: int = 0) -> Applied:
        self.mend(records, ())
        return replace(super().apply([], watermark, position), is_wide=True)


def answer(resolver: Resolver, surface: str, account: str) -> tuple[str, str, int] | None:
    """What of an answer tells records apart."""
    body = resolver.get(account, surface)
    if body is None:
        return None
    told = json.loads(body)
    return told["app_name"], told["title"], told["version"]


def differences(kind: type[Store], rng: random.Random) -> list[str]:
    """Deliver records shuffled, repeated and cut into batches; say where the model is missed."""
    records = [draw(rng) for _ in range(rng.randrange(1, 60))]
    waiting = records + rng.choices(records, k=len(records))
    rng.shuffle(waiting)
    delivered: list[Record] = []
    found = []
    with tempfile.TemporaryDirectory() as path:
        node = Node(Path(path))
        node.store = kind(node.store.path, node.store.environment, is_writer=True)
        resolver = Resolver(path)
        while waiting:
            size = rng.randrange(1, 12)
            batch, waiting = waiting[:size], waiting[size:]
            delivered += batch
            node.apply(sealed(*batch), Watermark(1, len(delivered), 0))
            model = Model(delivered)
            found += [
                f"{surface} {account} after {len(delivered)}"
                for surface in SURFACES
                for account in ACCOUNTS
                if answer(resolver, surface, account) != model.shown(surface, account)
            ]
        if {unseal(each) for each in node.store.dump()} != Model(records).records():
            found.append("records")
        node.close()
    return found


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 2**64))
def test_r6_any_order_of_delivery_converges_on_the_model(seed: int) -> None:
    assert differences(Store, random.Random(seed)) == []


def test_r6_a_store_that_takes_the_last_diverges() -> None:
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    assert any(differences(LastWriterWins, rng) for _ in range(TWIN_TRIES))


def test_the_model_shows_something_often_enough_to_test_with() -> None:
    rng = random.Random(20240815)
    models = [Model([draw(rng) for _ in range(60)]) for _ in range(200)]
    assert sum(m.shown(s, a) is not None for m in models for s in SURFACES for a in ACCOUNTS) > 40
