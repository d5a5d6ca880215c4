from __future__ import annotations

import multiprocessing
import signal
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import date
from multiprocessing.queues import SimpleQueue
from pathlib import Path

import lmdb
import pytest

from guazai.feed import Applied, DenyRecord, Record, Scope, VerdictRecord, Watermark
from guazai.resolver.store import Store, StoreError
from tests.resolver.serving import HOST, SURFACE, body_of, live, mark, removed, verdict


def shown(store: Store, aweme_id: str = "dy_1") -> bytes | None:
    return store.resolve(SURFACE, HOST, aweme_id)


def test_v1_shown_needs_a_live_config_and_a_passed_verdict(store: Store) -> None:
    assert shown(store) is None
    store.apply([live("dy_1")], mark())
    assert shown(store) is None
    store.apply([verdict("dy_1")], mark())
    assert shown(store) == body_of("dy_1")
    assert store.resolve("profile_service_tab", HOST, "dy_1") is None
    assert store.resolve(SURFACE, "toutiao", "dy_1") is None


def test_e4_a_failed_verdict_hides_and_a_passed_one_shows_again(store: Store) -> None:
    store.apply([live("dy_1"), verdict("dy_1")], mark())
    store.apply([verdict("dy_1", 2, passed=False)], mark())
    assert shown(store) is None
    store.apply([VerdictRecord("dy_1", date(2024, 8, 16), 0, True)], mark())
    assert shown(store) == body_of("dy_1")


@pytest.mark.parametrize(
    ("scope", "target"),
    [
        (Scope.ACCOUNT, "dy_1"),
        (Scope.MINI_PROGRAM, "tt01"),
        (Scope.LEGAL_ENTITY, "le01"),
        (Scope.GLOBAL, ""),
    ],
)
def test_g1_a_deny_hides_and_lifting_it_shows(store: Store, scope: Scope, target: str) -> None:
    store.apply([live("dy_1"), verdict("dy_1")], mark())
    deny = DenyRecord(scope, SURFACE, target, 1, 1, True)
    store.apply([deny], mark())
    assert shown(store) is None
    store.apply([replace(deny, version=2, denied=False)], mark())
    assert shown(store) == body_of("dy_1")


def test_g1_a_deny_reaches_its_surface_and_target_only(store: Store) -> None:
    store.apply([live("dy_1"), verdict("dy_1")], mark())
    store.apply(
        [
            DenyRecord(Scope.GLOBAL, "profile_service_tab", "", 1, 1, True),
            DenyRecord(Scope.ACCOUNT, SURFACE, "dy_2", 1, 1, True),
            DenyRecord(Scope.MINI_PROGRAM, SURFACE, "dy_1", 1, 1, True),
            DenyRecord(Scope.LEGAL_ENTITY, SURFACE, "tt01", 1, 1, True),
        ],
        mark(),
    )
    assert shown(store) == body_of("dy_1")


def test_l6_a_tombstone_is_kept_so_that_an_older_config_stays_away(store: Store) -> None:
    store.apply([live("dy_1", 1), verdict("dy_1")], mark())
    store.apply([removed("dy_1", 3)], mark())
    assert store.apply([live("dy_1", 2)], mark()) == Applied(changed=0, ignored=1)
    assert shown(store) is None
    assert removed("dy_1", 3) in list(store.dump())


def test_equal_rank_is_ignored_and_epoch_wins_over_version(store: Store) -> None:
    store.apply([live("dy_1", 9), verdict("dy_1")], mark())
    assert store.apply([live("dy_1", 9, "tt02")], mark()) == Applied(changed=0, ignored=1)
    later = replace(live("dy_1", 1, "tt02"), epoch=2)
    assert store.apply([later], mark()) == Applied(changed=1, ignored=0)
    assert shown(store) == later.body


def test_one_batch_may_speak_of_one_component_twice(store: Store) -> None:
    batch: list[Record] = [live("dy_1", 2), live("dy_1", 3), live("dy_1", 1), verdict("dy_1")]
    assert store.apply(batch, mark()) == Applied(changed=3, ignored=1)
    assert shown(store) == body_of("dy_1", 3)


def test_resolve_many_answers_each_id_once(store: Store) -> None:
    store.apply([live("dy_1"), verdict("dy_1")], mark())
    found = store.resolve_many(SURFACE, HOST, ["dy_1", "dy_2", "dy_1"])
    assert found == {"dy_1": body_of("dy_1"), "dy_2": None}


def test_the_watermark_never_goes_back_within_an_epoch(store: Store) -> None:
    assert store.watermark() is None
    for given, held in [
        (Watermark(1, 5, 1000), Watermark(1, 5, 1000)),
        (Watermark(1, 4, 2000), Watermark(1, 5, 1000)),
        (Watermark(1, 5, 3000), Watermark(1, 5, 3000)),
        (Watermark(2, 1, 500), Watermark(2, 1, 500)),
        (Watermark(1, 9, 9000), Watermark(2, 1, 500)),
    ]:
        store.apply([], given)
        assert store.watermark() == held


def test_dump_gives_back_every_record_and_not_the_watermark(store: Store) -> None:
    given: list[Record] = [
        live("dy_1"),
        removed("dy_2", 1),
        verdict("dy_1"),
        DenyRecord(Scope.GLOBAL, SURFACE, "", 1, 1, False),
    ]
    store.apply(given, mark())
    assert sorted(store.dump(), key=repr) == sorted(given, key=repr)


def test_the_longest_identifiers_fit(store: Store) -> None:
    longest = replace(live("i" * 128), surface="s" * 128, host="h" * 128, app_id="挂" * 42)
    deny = DenyRecord(Scope.MINI_PROGRAM, "s" * 128, "挂" * 42, 1, 1, True)
    store.apply([longest, verdict("i" * 128)], mark())
    assert store.resolve("s" * 128, "h" * 128, "i" * 128) == longest.body
    store.apply([deny], mark())
    assert store.resolve("s" * 128, "h" * 128, "i" * 128) is None


def test_state_survives_reopening(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "a" / "b", writable=True)
    store.apply([live("dy_1"), verdict("dy_1")], Watermark(1, 7, 8))
    store.close()
    store = Store.open(tmp_path / "a" / "b")
    assert shown(store) == body_of("dy_1")
    assert store.watermark() == Watermark(1, 7, 8)
    with pytest.raises(lmdb.ReadonlyError):
        store.apply([], mark())
    store.close()


def test_a_reader_may_open_before_the_writer(tmp_path: Path) -> None:
    """Each side is a process of its own; the reader sees what is written after it opened."""
    reader = Store.open(tmp_path)
    assert reader.watermark() is None
    assert list(reader.dump()) == []
    program = (
        "import sys; from pathlib import Path; from guazai.resolver.store import Store\n"
        "from tests.resolver.serving import live, mark, verdict\n"
        "store = Store.open(Path(sys.argv[1]), writable=True)\n"
        "store.apply([live('dy_1'), verdict('dy_1')], mark())"
    )
    subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        check=True,
        timeout=30,
        cwd=Path(__file__).parents[2],
    )
    assert shown(reader) == body_of("dy_1")
    reader.close()


def _use_in_child(store: Store, answers: SimpleQueue[str]) -> None:
    try:
        store.resolve(SURFACE, HOST, "dy_1")
    except StoreError as error:
        answers.put(str(error))
    else:
        answers.put("")


def test_a_store_is_refused_after_a_fork(store: Store) -> None:
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    child = context.Process(target=_use_in_child, args=(store, answers))
    child.start()
    assert "opened before a fork" in answers.get()
    child.join(10)
    assert child.exitcode == 0
    store.apply([live("dy_1"), verdict("dy_1")], mark())
    assert shown(store) == body_of("dy_1")


def test_the_slot_of_a_killed_reader_is_cleared(store: Store, tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from guazai.resolver.store import Store\n"
        "reading = Store.open(Path(sys.argv[1]))._environment.begin()\n"
        "print('reading', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == b"reading\n"
        assert str(reader.pid) in store._environment.readers()
        reader.send_signal(signal.SIGKILL)
    assert str(reader.pid) in store._environment.readers()
    store._next_reader_check = 0.0
    store.apply([], mark())
    assert str(reader.pid) not in store._environment.readers()


def test_the_map_is_sparse() -> None:
    with tempfile.TemporaryDirectory() as path:
        Store.open(Path(path), writable=True).close()
        assert (Path(path) / "data.mdb").stat().st_blocks * 512 < 2**20
