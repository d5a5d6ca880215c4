from __future__ import annotations

import json
import multiprocessing
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import Any

import lmdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guazai.feed import DenyRecord, Record, Scope, VerdictRecord, Watermark
from guazai.resolver import Resolver
from guazai.resolver.board import Cell
from guazai.resolver.node import Node, NodeBusyError
from guazai.resolver.overlay import Hiding
from guazai.resolver.store import Applied, Store, StoreError
from tests.resolver.serving import (
    HOST,
    SURFACE,
    body_of,
    live,
    mark,
    program,
    removed,
    sealed,
    verdict,
)

Body = bytes | None


def texts(size: int) -> st.SearchStrategy[str]:
    """Texts that stand in JSON and in links as they are, and others."""
    plain = st.from_regex(r"[A-Za-z0-9_./?=&%-]{0,30}", fullmatch=True)
    return plain | st.text(st.characters(exclude_categories=["Cs"]), max_size=size)


def shown(node: Node, aweme_id: str = "dy_1", place: tuple[str, str] = (SURFACE, HOST)) -> Body:
    return Resolver(node.folder).get(aweme_id, *place)


def apply(node: Node, *records: Record) -> Applied:
    return node.apply(sealed(*records), mark())


def test_v1_shown_needs_a_live_config_its_program_and_a_passed_verdict(node: Node) -> None:
    assert shown(node) is None
    for record in (live("dy_1"), program(), verdict("dy_1")):
        assert shown(node) is None
        apply(node, record)
    assert shown(node) == body_of("dy_1")
    assert shown(node, place=("profile_service_tab", HOST)) is None
    assert shown(node, place=(SURFACE, "toutiao")) is None


def test_e4_a_failed_verdict_hides_and_a_passed_one_shows_again(node: Node) -> None:
    apply(node, live("dy_1"), program(), verdict("dy_1"))
    apply(node, verdict("dy_1", 2, passed=False))
    assert shown(node) is None
    apply(node, VerdictRecord("dy_1", date(2024, 8, 16), 0, True))
    assert shown(node) == body_of("dy_1")


@pytest.mark.parametrize(
    ("scope", "target"),
    [
        (Scope.ACCOUNT, "dy_1"),
        (Scope.MINI_PROGRAM, "tt01"),
        (Scope.LEGAL_ENTITY, "le01"),
        (Scope.GLOBAL, ""),
    ],
)
def test_g1_a_deny_hides_and_lifting_it_shows(node: Node, scope: Scope, target: str) -> None:
    apply(node, live("dy_1"), program(), verdict("dy_1"))
    resolver = Resolver(node.folder)
    deny = DenyRecord(scope, SURFACE, target, 1, 1, True)
    apply(node, deny)
    assert resolver.get("dy_1") is None
    apply(node, replace(deny, version=2, denied=False))
    assert resolver.get("dy_1") == body_of("dy_1")


@pytest.mark.parametrize("surface", ["", SURFACE])
@pytest.mark.parametrize(
    ("scope", "target"),
    [
        (Scope.ACCOUNT, "dy_1"),
        (Scope.MINI_PROGRAM, "tt01"),
        (Scope.LEGAL_ENTITY, "le01"),
        (Scope.GLOBAL, ""),
    ],
)
def test_v3_what_the_overlay_hides_is_hidden_whatever_the_store_says(
    node: Node, scope: Scope, target: str, surface: str
) -> None:
    apply(node, live("dy_1"), program(), verdict("dy_1"))
    resolver = Resolver(node.folder)
    node.hide([Hiding(scope, surface, target)])
    assert resolver.get("dy_1") is None
    assert resolver.get_many(["dy_1"]) == {"dy_1": None}
    node.hide([Hiding(scope, "profile_service_tab", target), Hiding(scope, surface, "other")])
    assert resolver.get("dy_1") == (None if scope is Scope.GLOBAL else body_of("dy_1"))
    node.hide([])
    assert resolver.get("dy_1") == body_of("dy_1")


def test_g1_a_deny_reaches_its_surface_and_target_only(node: Node) -> None:
    apply(node, live("dy_1"), program(), verdict("dy_1"))
    apply(
        node,
        DenyRecord(Scope.GLOBAL, "profile_service_tab", "", 1, 1, True),
        DenyRecord(Scope.ACCOUNT, SURFACE, "dy_2", 1, 1, True),
        DenyRecord(Scope.MINI_PROGRAM, SURFACE, "dy_1", 1, 1, True),
        DenyRecord(Scope.LEGAL_ENTITY, SURFACE, "tt01", 1, 1, True),
    )
    assert shown(node) == body_of("dy_1")


def test_l6_a_tombstone_is_kept_so_that_an_older_config_stays_away(node: Node) -> None:
    apply(node, live("dy_1", 1), program(), verdict("dy_1"))
    apply(node, removed("dy_1", 3))
    assert apply(node, live("dy_1", 2)) == Applied(changed=0, ignored=1, is_wide=False)
    assert shown(node) is None
    assert sealed(removed("dy_1", 3))[0] in list(node.store.dump())


def test_equal_rank_is_ignored_and_epoch_wins_over_version(node: Node) -> None:
    apply(node, live("dy_1", 9), program(), program("tt02"), verdict("dy_1"))
    assert apply(node, live("dy_1", 9, "tt02")) == Applied(0, 1, is_wide=False)
    later = replace(live("dy_1", 1, "tt02"), epoch=2)
    assert apply(node, later) == Applied(1, 0, is_wide=False)
    assert shown(node) == body_of("dy_1", 1, "tt02")


def test_one_batch_may_speak_of_one_component_twice(node: Node) -> None:
    found = apply(node, live("dy_1", 2), live("dy_1", 3), live("dy_1", 1), verdict("dy_1"))
    assert (found.changed, found.ignored) == (3, 1)
    apply(node, program())
    assert shown(node) == body_of("dy_1", 3)


def test_get_many_answers_each_id_once(node: Node) -> None:
    apply(node, live("dy_1"), program(), verdict("dy_1"))
    found = Resolver(node.folder).get_many(["dy_1", "dy_2", "dy_1"])
    assert found == {"dy_1": body_of("dy_1"), "dy_2": None}


@given(
    title=texts(20),
    page_path=texts(40),
    query=texts(40),
    aweme_id=st.from_regex(r"[A-Za-z0-9_.-]{1,64}", fullmatch=True),
    version=st.integers(0, 2**64 - 1),
)
def test_an_answer_is_what_a_json_encoder_writes(
    title: str, page_path: str, query: str, aweme_id: str, version: int
) -> None:
    with tempfile.TemporaryDirectory() as path:
        node = Node(Path(path))
        page: dict[str, Any] = {"title": title, "page_path": page_path, "query": query}
        apply(node, live(aweme_id, version, **page), program(), verdict(aweme_id))
        assert shown(node, aweme_id) == body_of(aweme_id, version, **page)
        node.close()


def test_a_renamed_program_renames_its_entries(node: Node) -> None:
    apply(node, live("dy_1", title=""), program(), verdict("dy_1"))
    resolver = Resolver(node.folder)
    assert resolver.get("dy_1") == body_of("dy_1", title="")
    apply(node, replace(program(version=2), app_name='An "other" name'))
    told = json.loads(resolver.get("dy_1") or b"")
    assert (told["app_name"], told["title"]) == ('An "other" name', 'An "other" name')


def test_surfaces_and_hosts_of_one_account_are_apart(node: Node) -> None:
    places = [(SURFACE, HOST), (SURFACE, "toutiao"), ("profile_service_tab", HOST)]
    resolver = Resolver(node.folder)
    apply(node, verdict("dy_1"), program(), program(surface="profile_service_tab"))
    for version, place in enumerate(places, 1):
        apply(node, live("dy_1", version, place=place))
    for version, place in enumerate(places, 1):
        assert resolver.get("dy_1", *place) == body_of("dy_1", version, place=place)
    apply(node, DenyRecord(Scope.ACCOUNT, SURFACE, "dy_1", 1, 1, True))
    assert [resolver.get("dy_1", *place) is None for place in places] == [True, True, False]


def test_an_isolated_node_hides_where_it_is_told_to(node: Node) -> None:
    apply(node, live("dy_1"), program(), verdict("dy_1"))
    hiding, serving = Resolver(node.folder, hides_when_isolated=True), Resolver(node.folder)
    now = time.monotonic_ns()
    for until, is_shown in [(0, False), (now + 10**12, True), (now, False)]:
        node.board[Cell.ROTATION_UNTIL] = until
        assert (hiding.get("dy_1") is not None) == is_shown
        assert (hiding.get_many(["dy_1"])["dy_1"] is not None) == is_shown
        assert serving.get("dy_1") is not None


def test_any_damage_to_a_row_hides_or_shows_something_whole(node: Node, rng: random.Random) -> None:
    """Damage is for the scrub to find; an answer never fails."""
    apply(node, live("dy_1"), program(), verdict("dy_1"))
    with node.store.environment.begin() as transaction:
        whole = transaction.get(b"ady_1")
    assert isinstance(whole, bytes)
    resolver = Resolver(node.folder)
    for _ in range(2000):
        row = bytearray(whole[: rng.randrange(len(whole) + 1)])
        for _ in range(rng.randrange(4)):
            if row:
                row[rng.randrange(len(row))] = rng.randrange(256)
        with node.store.environment.begin(write=True) as transaction:
            transaction.put(b"ady_1", bytes(row))
        assert resolver.get("dy_1") is None or row[20]
    node.mend(sealed(live("dy_1"), verdict("dy_1")), ())
    assert resolver.get("dy_1") == body_of("dy_1")


def test_a_store_made_beside_takes_over_under_a_reader(node: Node) -> None:
    apply(node, live("dy_1"), program(), verdict("dy_1"))
    resolver = Resolver(node.folder)
    assert resolver.get("dy_1") == body_of("dy_1")
    beside = node.beside()
    records = sealed(live("dy_1", 2), verdict("dy_1"), live("dy_2"), program())
    told: list[int] = []
    beside.load(sorted(records), Watermark(2, 7, 8), 9, told.append)
    assert resolver.get("dy_1") == body_of("dy_1")
    node.flip(beside)
    assert resolver.get("dy_1") == body_of("dy_1", 2)
    assert (node.store.watermark(), node.store.position()) == (Watermark(2, 7, 8), 9)
    assert sum(told) == len(records)
    assert sorted(each.name for each in node.folder.glob("store-*")) == ["store-1"]
    assert {*node.store.dump()} == {*records}


def test_records_out_of_order_are_not_loaded(node: Node) -> None:
    beside = node.beside()
    with pytest.raises(StoreError, match="order"):
        beside.load(sealed(live("dy_2"), live("dy_1")), mark())
    assert beside.watermark() is None


def test_one_process_writes_a_node(node: Node) -> None:
    with pytest.raises(NodeBusyError):
        Node(node.folder)


def test_what_a_killed_rebuild_left_is_removed(tmp_path: Path) -> None:
    node = Node(tmp_path)
    node.beside().close()
    node.close()
    Node(tmp_path).close()
    assert [each.name for each in tmp_path.glob("store-*")] == ["store-0"]


def test_the_watermark_never_goes_back_within_an_epoch(node: Node) -> None:
    store = node.store
    assert store.watermark() is None
    for told, held in [
        (Watermark(1, 5, 1000), Watermark(1, 5, 1000)),
        (Watermark(1, 4, 2000), Watermark(1, 5, 1000)),
        (Watermark(1, 5, 3000), Watermark(1, 5, 3000)),
        (Watermark(2, 1, 500), Watermark(2, 1, 500)),
        (Watermark(1, 9, 9000), Watermark(2, 1, 500)),
    ]:
        store.apply([], told)
        assert store.watermark() == held


def test_dump_gives_back_every_record_and_not_the_watermark(node: Node) -> None:
    denies = DenyRecord(Scope.GLOBAL, SURFACE, "", 1, 1, False)
    given = sealed(live("dy_1"), removed("dy_2", 1), verdict("dy_1"), program(), denies)
    node.apply(given, mark())
    assert sorted(node.store.dump()) == sorted(given)
    with node.store.moment() as moment:
        assert [moment.find(each.key) for each in given] == [each.value for each in given]


def test_the_longest_identifiers_fit(node: Node) -> None:
    place, app_id = ("s" * 128, "h" * 128), "挂" * 42
    config = live("i" * 128, 1, app_id, place=place)
    apply(node, config, program(app_id, surface=place[0]), verdict("i" * 128))
    assert shown(node, "i" * 128, place) == body_of("i" * 128, 1, app_id, place=place)
    apply(node, DenyRecord(Scope.MINI_PROGRAM, place[0], app_id, 1, 1, True))
    assert shown(node, "i" * 128, place) is None


def test_state_survives_reopening(tmp_path: Path) -> None:
    node = Node(tmp_path / "a" / "b")
    node.apply(sealed(live("dy_1"), verdict("dy_1"), program()), Watermark(1, 7, 8), 9)
    path = node.store.path
    node.close()
    store = Store.open(path)
    assert (store.watermark(), store.position()) == (Watermark(1, 7, 8), 9)
    with pytest.raises(lmdb.ReadonlyError):
        store.apply([], mark())
    store.close()
    assert Resolver(tmp_path / "a" / "b").get("dy_1") == body_of("dy_1")


def test_a_reader_may_open_before_the_writer(tmp_path: Path) -> None:
    """Each side is a process of its own; the reader sees what is written after it opened."""
    reader = Resolver(tmp_path)
    assert reader.watermark() is None
    assert reader.get("dy_1") is None
    program = (
        "import sys; from pathlib import Path; from guazai.resolver.node import Node\n"
        "from tests.resolver.serving import mark, shown\n"
        "Node(Path(sys.argv[1])).apply(shown('dy_1'), mark())"
    )
    subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        check=True,
        timeout=30,
        cwd=Path(__file__).parents[2],
    )
    assert reader.get("dy_1") == body_of("dy_1")


def _use_in_child(store: Store, answers: SimpleQueue[str]) -> None:
    try:
        store.watermark()
    except StoreError as error:
        answers.put(str(error))
    else:
        answers.put("")


def test_a_store_is_refused_after_a_fork(node: Node) -> None:
    store = node.store
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    child = context.Process(target=_use_in_child, args=(store, answers))
    child.start()
    assert "opened before a fork" in answers.get()
    child.join(10)
    assert child.exitcode == 0
    apply(node, live("dy_1"), program(), verdict("dy_1"))
    assert shown(node) == body_of("dy_1")


def test_the_slot_of_a_killed_reader_is_cleared(node: Node) -> None:
    store = node.store
    program = (
        "import sys; from pathlib import Path; from guazai.resolver.store import Store\n"
        "reading = Store.open(Path(sys.argv[1]))._environment.begin()\n"
        "print('reading', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(store.path)],
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
