"""The relay tells the edge what changed, once, in order, whatever fails meanwhile (R4)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import OperationalError, transaction

from guazai.control.entry import log, relay, upkeep
from guazai.control.entry.models import EdgeRecord, FeedHead
from guazai.control.entry.relay import Relay, SupersededError, Told
from guazai.control.journal import keys, queries
from guazai.control.journal.actions import touch
from guazai.control.kernel import clock
from guazai.feed import EdgeKey
from guazai.feed.codec import Sealed, is_genuine, seal
from guazai.feed.digest import weight
from guazai.feed.records import (
    ConfigRecord,
    DenyRecord,
    ProgramRecord,
    Record,
    Scope,
    VerdictRecord,
)
from guazai.feed.seal import BUCKETS, bucket_of
from guazai.resolver.node import Node
from tests.edge import EDGE_KEY, follow
from tests.entry.scene import Scene

OTHER_KEY = EdgeKey("another key that the planes share " * 2)


def the(scene: Scene, kind: type) -> Record:
    """The one record of a kind."""
    (found,) = [record for record in scene.edge.records() if isinstance(record, kind)]
    return found


def config(scene: Scene) -> ConfigRecord:
    found = the(scene, ConfigRecord)
    assert isinstance(found, ConfigRecord)
    return found


@pytest.fixture
def another(tmp_path: Path) -> Iterator[Node]:
    """Another node, empty."""
    opened = Node(tmp_path / "another")
    yield opened
    opened.close()


@pytest.fixture
def heard(scene: Scene) -> list[Told]:
    """What the scene's relay hands over from now on."""
    found: list[Told] = []
    scene.edge.relay = Relay(EDGE_KEY, found.append)
    scene.edge.relay.begin()
    return found


def test_r4_telling_the_same_again_keeps_its_version(scene: Scene) -> None:
    before, head = scene.edge.held(), log.head()
    touch(
        keys.entry(scene.account.pk),
        keys.entry(scene.account.pk, is_urgent=True),
        keys.verdict(scene.account.pk),
        keys.mini_program(scene.app.pk),
        keys.pages(scene.app.pk),
        keys.deny(Scope.MINI_PROGRAM, scene.app.pk),
        keys.deny(Scope.GLOBAL, ""),
    )
    scene.drain()
    assert scene.edge.held() == before
    assert log.head() == head
    assert queries.backlog() == 0


def test_r4_a_change_has_a_later_version_than_all_before(scene: Scene) -> None:
    versions = [config(scene).version]
    for title in ("A", "B", "A"):
        scene.world.go_live(scene.app, scene.account, title=title)
        scene.drain()
        versions.append(config(scene).version)
        answer = scene.answer()
        assert answer is not None
        assert (answer["title"], answer["version"]) == (title, versions[-1])
    assert versions == sorted(set(versions))
    assert versions[-1] == log.head().revision


def test_r4_what_never_was_is_not_told(scene: Scene) -> None:
    nowhere_live = scene.world.mini_program()
    scene.drain()
    before = scene.edge.held()
    touch(keys.entry("dy_unknown"), keys.verdict("dy_unknown"), keys.mini_program("tt_unknown"))
    touch(keys.deny(Scope.ACCOUNT, "dy_unknown"), keys.pages("tt_unknown"))
    touch(keys.mini_program(nowhere_live.pk))
    scene.drain()
    assert scene.edge.held() == before


def test_a_new_name_is_one_record_however_many_entries_there_are(
    scene: Scene, heard: list[Told]
) -> None:
    others = [scene.world.account() for _ in range(2)]
    for account in others:
        scene.world.bind(scene.app, account)
        scene.world.pass_rules(account)
        scene.world.go_live(scene.app, account)
    assert all(scene.is_shown(account) for account in others)
    heard.clear()
    scene.sync(name="Renamed", icon_url="https://example.com/new.png")
    scene.drain()
    assert sum(len(told.records) for told in heard) == 1
    for account in (scene.account, *others):
        answer = scene.answer(account)
        assert answer is not None
        assert (answer["app_name"], answer["icon_url"]) == (
            "Renamed",
            "https://example.com/new.png",
        )
    untouched = scene.world.entry()
    assert scene.is_shown(untouched.account)


def test_a_mini_program_comes_before_its_first_entry(scene: Scene) -> None:
    program, entry = the(scene, ProgramRecord), config(scene)
    assert isinstance(program, ProgramRecord)
    assert program.rank < entry.rank


def test_what_is_removed_leaves_a_tombstone(scene: Scene) -> None:
    live = config(scene)
    scene.remove()
    scene.drain()
    dead = config(scene)
    assert (dead.live, dead.app_id, dead.page_path) == (False, "", "")
    assert dead.rank > live.rank
    mark = scene.edge.node.store.watermark()
    assert mark is not None
    scene.edge.node.apply([seal(live, EDGE_KEY)], mark)
    assert scene.answer() is None


def test_a_lifted_deny_is_told_as_such(scene: Scene) -> None:
    for step in (scene.deny, scene.lift):
        step(Scope.GLOBAL)
        scene.drain()
    denies = [each for each in scene.edge.records() if isinstance(each, DenyRecord)]
    assert [each.denied for each in denies if each.scope is Scope.GLOBAL] == [False]


def test_all_that_is_told_is_sealed(scene: Scene) -> None:
    assert all(is_genuine(each, EDGE_KEY) for each in scene.edge.held())
    assert not any(is_genuine(each, OTHER_KEY) for each in scene.edge.held())


def test_r10_an_empty_node_follows_from_the_beginning(scene: Scene, another: Node) -> None:
    scene.deny(Scope.LEGAL_ENTITY)
    scene.world.entry()
    scene.drain()
    assert follow(another) == EdgeRecord.objects.count()
    assert list(another.store.dump()) == scene.edge.held()
    assert follow(another) == 0


def test_a_node_that_was_away_gets_what_it_lacks(scene: Scene, another: Node) -> None:
    follow(another)
    scene.sync(name="Renamed")
    scene.remove()
    scene.drain()
    assert follow(another) == 2
    assert list(another.store.dump()) == scene.edge.held()


def test_the_log_does_not_go_on_where_it_never_was(scene: Scene) -> None:
    head = log.head()
    with log.moment() as moment:
        assert list(moment.tail(head.epoch, head.revision)) == []
        for epoch, after in ((head.epoch + 1, 0), (head.epoch, head.revision + 1)):
            with pytest.raises(log.LogGoneError):
                moment.tail(epoch, after)


def test_v3_a_takedown_goes_before_everything_else(scene: Scene) -> None:
    for number in range(20):
        touch(keys.entry(f"dy_{number}"))
    scene.deny(Scope.ACCOUNT)
    assert scene.answer() is not None
    assert scene.edge.relay.drain(limit=1) == 1
    follow(scene.edge.node)
    assert scene.answer() is None
    assert queries.backlog() == 20


def test_v3_a_verdict_that_fails_is_urgent_and_one_that_passes_is_not(scene: Scene) -> None:
    for followers, is_urgent in ((499, True), (500, False)):
        scene.follow(followers)
        (row,) = queries.waiting(10)
        assert (row.kind, row.is_urgent) == ("verdict", is_urgent)
        scene.drain()


def test_v3_a_batch_takes_no_longer_than_it_may(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "BATCH_SECONDS", 0.0)
    touch(*(keys.entry(f"dy_{number}") for number in range(3 * relay.CHUNK)))
    assert scene.edge.relay.drain() == relay.CHUNK
    assert queries.backlog() == 2 * relay.CHUNK


def test_what_is_committed_is_handed_over(scene: Scene, heard: list[Told]) -> None:
    before = log.head()
    scene.deny(Scope.ACCOUNT)
    scene.remove()
    scene.drain()
    (told,) = heard
    head = log.head()
    assert told.after == (before.epoch, before.revision)
    assert (told.watermark.epoch, told.watermark.revision) == (head.epoch, head.revision)
    with log.moment() as moment:
        assert [told.records] == [tuple(each) for each in moment.tail(*told.after)]


def test_digests_kept_by_what_is_told_are_those_of_a_scan(scene: Scene, heard: list[Told]) -> None:
    def scanned() -> list[int]:
        with log.moment() as moment:
            return moment.digests()

    kept = scanned()
    assert sum(1 for each in kept if each) > 0
    for step in (
        lambda: scene.follow(499),
        scene.remove,
        lambda: scene.deny(Scope.GLOBAL),
        lambda: scene.lift(Scope.GLOBAL),
        lambda: scene.sync(name="Renamed"),
        scene.go_live_again,
    ):
        step()
        scene.drain()
    for told in heard:
        for bucket, change in told.digests.items():
            kept[bucket] ^= change
    assert kept == scanned()
    held = [0] * BUCKETS
    for each in scene.edge.held():
        held[bucket_of(each.key)] ^= weight(each)
    assert kept == held


def test_a_heartbeat_says_that_all_is_told(scene: Scene, heard: list[Told]) -> None:
    touch(keys.entry(scene.account.pk))
    scene.edge.relay.heartbeat()
    assert heard == []
    scene.drain()
    heard.clear()
    scene.edge.relay.heartbeat()
    (told,) = heard
    head = log.head()
    assert told.after == (told.watermark.epoch, told.watermark.revision) == head[:2]
    assert told.records == ()


def test_an_older_relay_ends(scene: Scene) -> None:
    older, newer = scene.edge.relay, Relay(EDGE_KEY)
    newer.begin()
    scene.deny(Scope.ACCOUNT)
    for what in (older.drain, older.heartbeat, lambda: older.run(lambda: False)):
        with pytest.raises(SupersededError):
            what()
    assert queries.backlog() == 1
    assert newer.drain() == 1
    FeedHead.objects.update(epoch=newer.epoch + 1)
    with pytest.raises(SupersededError):
        newer.heartbeat()


@pytest.mark.parametrize("failures", [0, 1, 3])
def test_r4_the_relay_outlives_failures(
    scene: Scene, failures: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The connection holds this test's own transaction.
    monkeypatch.setattr(relay, "close_old_connections", lambda: None)
    scene.deny(Scope.ACCOUNT)
    tries = itertools.count()
    drain = scene.edge.relay.drain

    def flaky() -> int:
        if next(tries) < failures:
            with transaction.atomic():
                drain()
                raise OperationalError("the database restarts")
        return drain()

    monkeypatch.setattr(scene.edge.relay, "drain", flaky)
    rounds = itertools.count()
    scene.edge.relay.run(lambda: queries.backlog() == 0 or next(rounds) > 50)
    assert next(tries) > failures
    assert (queries.backlog(), scene.is_shown()) == (0, False)


def test_a_verdict_brings_its_own_version(scene: Scene) -> None:
    scene.follow(600)
    scene.drain()
    judgement = scene.explain().judgement
    record = the(scene, VerdictRecord)
    assert isinstance(record, VerdictRecord)
    assert (record.as_of, record.passed) == (judgement.as_of, True)
    assert record.revision > 1


def test_old_tombstones_are_dropped_and_who_lacks_them_is_refused(
    scene: Scene, another: Node
) -> None:
    follow(another)
    mark = another.store.watermark()
    assert mark is not None
    before = EdgeRecord.objects.count()
    for step in (lambda: scene.deny(Scope.ACCOUNT), lambda: scene.lift(Scope.ACCOUNT)):
        step()
        scene.drain()
    scene.remove()
    scene.drain()
    assert EdgeRecord.objects.filter(blank_since__isnull=False).count() == 2
    assert upkeep.purge() == 0
    with time_machine.travel(clock.now() + upkeep.KEPT + timedelta(seconds=1), tick=False):
        assert [upkeep.purge(1), upkeep.purge(1), upkeep.purge(1)] == [1, 1, 0]
    # The config is gone; a deny that was laid and lifted came and went.
    assert EdgeRecord.objects.count() == before - 1
    head = log.head()
    assert head.purged == head.revision
    with log.moment() as moment, pytest.raises(log.LogGoneError):
        moment.tail(mark.epoch, mark.revision)
    assert follow(scene.edge.node) == 0
    scene.go_live_again()
    assert scene.is_shown()


def test_what_is_shown_again_is_not_dropped(scene: Scene) -> None:
    scene.remove()
    scene.drain()
    scene.go_live_again()
    scene.drain()
    with time_machine.travel(clock.now() + upkeep.KEPT * 2, tick=False):
        assert upkeep.purge() == 0


def test_another_edge_key_seals_everything_anew(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "RESEAL_BATCH", 2)
    scene.remove()
    scene.drain()
    before, epoch = scene.edge.held(), log.head().epoch
    Relay(EDGE_KEY).begin()
    assert log.head().epoch == epoch
    Relay(OTHER_KEY).begin()
    assert log.head().epoch > epoch
    with log.moment() as moment:
        (after,) = list(moment.records())
    assert [each.key for each in after] == sorted(each.key for each in before)
    contents = {each.key: each.value[8:] for each in before}
    assert {each.key: each.value[8:] for each in after} == contents
    assert all(is_genuine(Sealed(*each), OTHER_KEY) for each in after)
    assert FeedHead.objects.get().edge_key_id == OTHER_KEY.identifier()
