"""The edge is compared with what all contexts say now, not with what was told (R11)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from guazai.control.entry import verify
from guazai.control.entry.verify import Difference
from guazai.control.journal.models import OutboxKey
from guazai.feed import EdgeKey
from guazai.feed.codec import Sealed, seal
from guazai.feed.records import (
    ConfigRecord,
    DenyRecord,
    ProgramRecord,
    Record,
    Scope,
    VerdictRecord,
)
from tests.edge import EDGE_KEY
from tests.entry.scene import BREAKERS, Scene
from tests.world import SURFACE

Tampering = Callable[[list[Record]], list[Record]]


def without(kind: type) -> Tampering:
    return lambda records: [record for record in records if not isinstance(record, kind)]


def changed(kind: type, **fields: object) -> Tampering:
    def change(records: list[Record]) -> list[Record]:
        return [
            replace(record, **fields) if isinstance(record, kind) else record  # type: ignore[arg-type]
            for record in records
        ]

    return change


def added(*more: Record) -> Tampering:
    return lambda records: [*records, *more]


def an_older_verdict(records: list[Record]) -> list[Record]:
    return [
        replace(record, as_of=record.as_of - timedelta(days=1))
        if isinstance(record, VerdictRecord)
        else record
        for record in records
    ]


def a_deny(scope: Scope, target: str, *, denied: bool = True) -> DenyRecord:
    return DenyRecord(scope, SURFACE.key, target, epoch=1, version=1, denied=denied)


STRANGER = ConfigRecord(SURFACE.key, "douyin", "dy_stranger", 1, 1, live=True, app_id="tt")
TOMBSTONE = ConfigRecord(SURFACE.key, "douyin", "dy_gone", 1, 1, live=False)
TAMPERINGS: dict[str, Tampering] = {
    "an entry is lost": without(ConfigRecord),
    "a verdict is lost": without(VerdictRecord),
    "a deny is lost": without(DenyRecord),
    "a mini program is lost": without(ProgramRecord),
    "an entry opens another page": changed(ConfigRecord, page_path="pages/other"),
    "an entry is another mini program's": changed(ConfigRecord, app_id="tt_other"),
    "a mini program is another entity's": changed(ProgramRecord, entity_id="ent_other"),
    "a mini program opens another link": changed(ProgramRecord, link="sslocal://other"),
    "a verdict is turned": changed(VerdictRecord, passed=False),
    "a verdict is another revision": changed(VerdictRecord, revision=9),
    "a verdict is older": an_older_verdict,
    "a deny is turned": changed(DenyRecord, denied=False),
    "an entry was never made": added(STRANGER),
    "a deny was never made": added(a_deny(Scope.GLOBAL, "")),
    "an account is denied at the edge alone": added(a_deny(Scope.ACCOUNT, "dy_other")),
    "everything is lost": lambda _: [],
}


def sealed(records: Iterable[Record], edge_key: EdgeKey = EDGE_KEY) -> dict[bytes, bytes]:
    return dict(seal(record, edge_key) for record in records)


def differences(held: Iterable[Record]) -> list[Difference]:
    return list(verify.compare_with_contexts(sealed(held), EDGE_KEY))


def records(scene: Scene) -> list[Record]:
    """What the edge holds, with every kind of record among it."""
    scene.deny(Scope.LEGAL_ENTITY)
    scene.drain()
    found = scene.edge.records()
    kinds = {ConfigRecord, VerdictRecord, DenyRecord, ProgramRecord}
    assert {type(record) for record in found} == kinds
    return found


@pytest.mark.parametrize("what", TAMPERINGS)
def test_r11_every_injected_difference_is_found(scene: Scene, what: str) -> None:
    held = records(scene)
    assert differences(held) == []
    assert differences(TAMPERINGS[what](held))


@pytest.mark.parametrize("what", TAMPERINGS)
def test_r11_every_difference_of_a_node_is_found(scene: Scene, what: str) -> None:
    held = records(scene)
    told = verify.log_held()

    def compared(records: Iterable[Record]) -> list[Difference]:
        store = (Sealed(*each) for each in sealed(records).items())
        return list(verify.compare_with_log(told, store))

    assert compared(held) == []
    assert compared(TAMPERINGS[what](held))


def test_r11_what_somebody_else_sealed_is_found(scene: Scene) -> None:
    held = sealed(records(scene), EdgeKey("not the key of this platform " * 2))
    found = list(verify.compare_with_contexts(held, EDGE_KEY))
    assert len(found) == len(held)
    assert {each.what for each in found} == {"not sealed with this platform's key"}


def test_r11_a_tombstone_and_a_lifted_deny_are_as_nothing(scene: Scene) -> None:
    held = records(scene)
    lifted = a_deny(Scope.ACCOUNT, "dy_other", denied=False)
    assert differences([*held, TOMBSTONE, lifted]) == []
    store = [Sealed(*each) for each in sealed([*held, TOMBSTONE, lifted]).items()]
    assert list(verify.compare_with_log(verify.log_held(), store)) == []


@pytest.mark.parametrize("term", BREAKERS)
def test_r11_the_edge_is_as_it_should_be_whatever_was_hidden_and_shown_again(
    scene: Scene, term: str
) -> None:
    for step in (BREAKERS[term].hide, BREAKERS[term].mend):
        step(scene)
        assert differences(scene.edge.records())
        scene.drain()
        assert differences(scene.edge.records()) == []
        assert list(verify.compare_with_log(verify.log_held(), scene.edge.held())) == []


def test_r11_what_the_relay_was_never_told_is_found(scene: Scene) -> None:
    scene.deny(Scope.ACCOUNT)
    OutboxKey.objects.all().delete()
    (difference,) = differences(scene.edge.records())
    assert difference.what == "missing"
    assert scene.account.pk in difference.key


def test_r11_the_twin_that_trusts_the_feed_finds_nothing(scene: Scene) -> None:
    """Compared with what was told, an edge that was told wrongly seems right."""
    scene.deny(Scope.ACCOUNT)
    OutboxKey.objects.all().delete()
    assert list(verify.compare_with_log(verify.log_held(), scene.edge.held())) == []
    assert differences(scene.edge.records())
