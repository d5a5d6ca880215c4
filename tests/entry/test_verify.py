"""The edge is compared with what all contexts say now, not with what was told (R11)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from guazai.control.entry import verify
from guazai.control.entry.models import EdgeRecord
from guazai.control.journal.models import OutboxKey
from guazai.feed import codec
from guazai.feed.records import ConfigRecord, DenyRecord, Record, Scope, VerdictRecord
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


STRANGER = ConfigRecord(
    SURFACE.key, "douyin", "dy_stranger", 1, 1, live=True, app_id="tt", entity_id="e", body=b"{}"
)
TOMBSTONE = ConfigRecord(
    SURFACE.key, "douyin", "dy_gone", 1, 1, live=False, app_id="", entity_id="", body=b""
)
TAMPERINGS: dict[str, Tampering] = {
    "an entry is lost": without(ConfigRecord),
    "a verdict is lost": without(VerdictRecord),
    "a deny is lost": without(DenyRecord),
    "an entry opens another page": changed(ConfigRecord, body=b"{}"),
    "an entry is another mini program's": changed(ConfigRecord, app_id="tt_other"),
    "an entry is another entity's": changed(ConfigRecord, entity_id="ent_other"),
    "a verdict is turned": changed(VerdictRecord, passed=False),
    "a verdict is another revision": changed(VerdictRecord, revision=9),
    "a verdict is older": an_older_verdict,
    "a deny is turned": changed(DenyRecord, denied=False),
    "an entry was never made": added(STRANGER),
    "a deny was never made": added(a_deny(Scope.GLOBAL, "")),
    "an account is denied at the edge alone": added(a_deny(Scope.ACCOUNT, "dy_other")),
    "everything is lost": lambda _: [],
}


def records(scene: Scene) -> list[Record]:
    """What the edge holds, with every kind of record among it."""
    scene.deny(Scope.LEGAL_ENTITY)
    scene.drain()
    found = list(scene.store.dump())
    assert {type(record) for record in found} == {ConfigRecord, VerdictRecord, DenyRecord}
    return found


@pytest.mark.parametrize("what", TAMPERINGS)
def test_r11_every_injected_difference_is_found(scene: Scene, what: str) -> None:
    held = records(scene)
    assert list(verify.compare(held)) == []
    assert list(verify.compare(TAMPERINGS[what](held)))


def test_r11_a_tombstone_and_a_lifted_deny_are_as_nothing(scene: Scene) -> None:
    held = records(scene)
    lifted = a_deny(Scope.ACCOUNT, "dy_other", denied=False)
    assert list(verify.compare([*held, TOMBSTONE, lifted])) == []


@pytest.mark.parametrize("term", BREAKERS)
def test_r11_the_edge_is_as_it_should_be_whatever_was_hidden_and_shown_again(
    scene: Scene, term: str
) -> None:
    for step in (BREAKERS[term].hide, BREAKERS[term].mend):
        step(scene)
        assert list(verify.compare(scene.store.dump()))
        scene.drain()
        assert list(verify.compare(scene.store.dump())) == []


def test_r11_what_the_relay_was_never_told_is_found(scene: Scene) -> None:
    scene.deny(Scope.ACCOUNT)
    OutboxKey.objects.all().delete()
    (difference,) = verify.compare(scene.store.dump())
    assert difference.what == "missing at the edge"
    assert scene.account.pk in difference.key


def test_r11_the_twin_that_trusts_the_feed_finds_nothing(scene: Scene) -> None:
    """Compared with what was told, an edge that was told wrongly seems right."""
    scene.deny(Scope.ACCOUNT)
    OutboxKey.objects.all().delete()
    told = {codec.decode(bytes(row.record)) for row in EdgeRecord.objects.all()}
    assert told == set(scene.store.dump())
    assert list(verify.compare(scene.store.dump()))
