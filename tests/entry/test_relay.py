"""The relay tells the edge what changed, once, in order, whatever fails meanwhile (R4)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from guazai.control.entry import relay
from guazai.control.entry.models import EdgeRecord, FeedHead
from guazai.control.journal import keys, queries
from guazai.control.journal.actions import touch
from guazai.feed.codec import record_key
from guazai.feed.records import (
    Applied,
    ConfigRecord,
    DenyRecord,
    Record,
    Scope,
    VerdictRecord,
    Watermark,
)
from guazai.resolver.store import Store
from tests.entry.scene import Scene


def held(store: Store) -> dict[bytes, Record]:
    return {record_key(record): record for record in store.dump()}


def config(scene: Scene) -> ConfigRecord:
    (found,) = [
        record
        for record in scene.store.dump()
        if isinstance(record, ConfigRecord) and record.aweme_id == scene.account.pk
    ]
    return found


@pytest.fixture
def another(tmp_path: Path) -> Iterator[Store]:
    """The edge of another node, empty."""
    opened = Store.open(tmp_path / "another", writable=True)
    yield opened
    opened.close()


class Flaky:
    """A store that fails at first, as one that restarts."""

    def __init__(self, store: Store, failures: int) -> None:
        self.store, self.failures, self.calls = store, failures, 0

    def watermark(self) -> Watermark | None:
        return self.store.watermark()

    def apply(self, records: Sequence[Record], watermark: Watermark) -> Applied:
        self.calls += 1
        if self.calls <= self.failures:
            raise OSError("the store restarts")
        return self.store.apply(records, watermark)


def test_r4_telling_the_same_again_keeps_its_version(scene: Scene) -> None:
    before, head = held(scene.store), FeedHead.objects.get()
    touch(
        keys.entry(scene.account.pk),
        keys.entry(scene.account.pk, is_urgent=True),
        keys.verdict(scene.account.pk),
        keys.mini_program(scene.app.pk),
        keys.deny(Scope.MINI_PROGRAM, scene.app.pk),
        keys.deny(Scope.GLOBAL, ""),
    )
    scene.drain()
    assert held(scene.store) == before
    assert FeedHead.objects.get().revision == head.revision
    assert queries.backlog() == 0


def test_r4_a_change_has_a_later_version_than_all_before(scene: Scene) -> None:
    versions = [config(scene).version]
    for name in ("A", "B", "A"):
        scene.sync(name=name)
        scene.drain()
        versions.append(config(scene).version)
        answer = scene.answer()
        assert answer is not None
        assert (answer["app_name"], answer["version"]) == (name, versions[-1])
    assert versions == sorted(set(versions))
    revisions = EdgeRecord.objects.values_list("revision", flat=True)
    assert len(revisions) == len(set(revisions))


def test_r4_what_never_was_is_not_told(scene: Scene) -> None:
    before = held(scene.store)
    touch(keys.entry("dy_unknown"), keys.verdict("dy_unknown"), keys.mini_program("tt_unknown"))
    touch(keys.deny(Scope.ACCOUNT, "dy_unknown"))
    scene.drain()
    assert held(scene.store) == before


def test_a_new_name_reaches_every_entry_of_the_mini_program(scene: Scene) -> None:
    others = [scene.world.account() for _ in range(2)]
    for account in others:
        scene.world.bind(scene.app, account)
        scene.world.pass_rules(account)
        scene.world.go_live(scene.app, account)
    assert all(scene.is_shown(account) for account in others)
    scene.sync(name="Renamed", icon_url="https://example.com/new.png")
    scene.drain()
    for account in (scene.account, *others):
        answer = scene.answer(account)
        assert answer is not None
        assert (answer["app_name"], answer["icon_url"]) == (
            "Renamed",
            "https://example.com/new.png",
        )
    untouched = scene.world.entry()
    assert scene.is_shown(untouched.account)


def test_what_is_removed_leaves_a_tombstone(scene: Scene) -> None:
    live = config(scene)
    scene.remove()
    scene.drain()
    dead = config(scene)
    assert (dead.live, dead.app_id, dead.body) == (False, "", b"")
    assert dead.rank > live.rank
    scene.store.apply([live], Watermark(live.epoch, 0, 0))
    assert scene.answer() is None


def test_a_lifted_deny_is_told_as_such(scene: Scene) -> None:
    scene.deny(Scope.GLOBAL)
    scene.drain()
    scene.lift(Scope.GLOBAL)
    scene.drain()
    (record,) = [
        record
        for record in scene.store.dump()
        if isinstance(record, DenyRecord) and record.scope is Scope.GLOBAL
    ]
    assert not record.denied


def test_r10_an_empty_store_catches_up_with_everything(scene: Scene, another: Store) -> None:
    scene.deny(Scope.LEGAL_ENTITY)
    scene.world.entry()
    scene.drain()
    assert relay.catch_up(another) == EdgeRecord.objects.count()
    assert held(another) == held(scene.store)
    assert another.watermark() is not None
    assert relay.catch_up(another) == 0


def test_a_store_that_was_away_gets_what_it_lacks(scene: Scene, another: Store) -> None:
    relay.catch_up(another)
    scene.sync(name="Renamed")
    scene.remove()
    scene.drain()
    assert relay.catch_up(another) == 1
    assert held(another) == held(scene.store)


def test_a_store_of_another_epoch_gets_everything(scene: Scene) -> None:
    FeedHead.objects.update(epoch=FeedHead.objects.get().epoch + 1)
    assert relay.catch_up(scene.store) == EdgeRecord.objects.count()
    mark = scene.store.watermark()
    assert mark is not None
    assert mark.epoch == FeedHead.objects.get().epoch


def test_v3_a_takedown_goes_before_everything_else(scene: Scene) -> None:
    for number in range(20):
        touch(keys.entry(f"dy_{number}"))
    scene.deny(Scope.ACCOUNT)
    assert scene.answer() is not None
    assert relay.drain(scene.store, limit=1) == 1
    assert scene.answer() is None
    assert queries.backlog() == 20


def test_v3_a_verdict_that_fails_is_urgent_and_one_that_passes_is_not(scene: Scene) -> None:
    for followers, is_urgent in ((499, True), (500, False)):
        scene.follow(followers)
        (row,) = queries.waiting(10)
        assert (row.kind, row.is_urgent) == ("verdict", is_urgent)
        scene.drain()


def test_a_heartbeat_tells_the_time_when_nothing_waits(scene: Scene) -> None:
    before = scene.store.watermark()
    assert before is not None
    touch(keys.entry(scene.account.pk))
    relay.heartbeat(scene.store)
    assert scene.store.watermark() == before
    scene.drain()
    relay.heartbeat(scene.store)
    after = scene.store.watermark()
    assert after is not None
    assert (after.epoch, after.revision) == (before.epoch, before.revision)
    assert after.at_ms >= before.at_ms


def test_there_is_no_heartbeat_before_the_first_record(db: None, another: Store) -> None:
    relay.heartbeat(another)
    assert another.watermark() is None


def test_r4_what_the_store_did_not_take_is_told_again(scene: Scene) -> None:
    scene.deny(Scope.ACCOUNT)
    flaky = Flaky(scene.store, failures=1)
    with pytest.raises(OSError, match="restarts"):
        relay.drain(flaky)
    assert queries.backlog() == 1
    assert scene.answer() is not None
    relay.drain(flaky)
    assert (queries.backlog(), scene.answer()) == (0, None)


@pytest.mark.parametrize("failures", [0, 1, 3])
def test_r4_the_relay_outlives_a_store_that_fails(
    scene: Scene, failures: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The connection holds this test's own transaction.
    monkeypatch.setattr(relay, "close_old_connections", lambda: None)
    scene.deny(Scope.ACCOUNT)
    flaky = Flaky(scene.store, failures)
    rounds = itertools.count()
    relay.run(flaky, lambda: queries.backlog() == 0 or next(rounds) > 50)
    assert flaky.calls > failures
    assert (queries.backlog(), scene.answer()) == (0, None)


def test_a_verdict_brings_its_own_version(scene: Scene) -> None:
    scene.follow(600)
    scene.drain()
    judgement = scene.explain().judgement
    (record,) = [record for record in scene.store.dump() if isinstance(record, VerdictRecord)]
    assert (record.as_of, record.passed) == (judgement.as_of, True)
    assert record.revision > 1
