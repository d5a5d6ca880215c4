"""Following the feed: whatever happens on the way, a node holds in the end what the log says."""

from __future__ import annotations

import random
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from guazai.feed import DenyRecord, Record, Scope, Sealed, seal
from guazai.feed.digest import is_blank
from guazai.feed.frames import Records, read, write
from guazai.resolver.board import Cell
from guazai.resolver.node import Node as Folder
from guazai.resolver.rebuild import Rebuilder
from guazai.resolver.relay import Relay
from guazai.resolver.replica import Replica
from guazai.resolver.source import Arrival, Direct
from guazai.resolver.tail import Tail
from guazai.resolver.veil import Veil
from tests.platform import within
from tests.resolver.edge import Edge, running_edge
from tests.resolver.following import everything, following
from tests.resolver.serving import EDGE_KEY, SURFACE, live, removed, verdict

STEPS = 150
TWIN_TRIES = 10


@pytest.fixture
def edge() -> Iterator[Edge]:
    with running_edge() as found:
        yield found


def flipped(data: bytes, at: int) -> bytes:
    """Bytes with one bit wrong."""
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def draw(rng: random.Random, version: int) -> Record:
    """Something that happens to one of 20 accounts."""
    account = f"dy_{rng.randrange(20)}"
    match rng.randrange(4):
        case 0:
            return removed(account, version)
        case 1:
            return verdict(account, version, passed=rng.random() < 0.7)
        case 2:
            denied = rng.random() < 0.5
            return DenyRecord(Scope.ACCOUNT, SURFACE, account, 1, version, denied)
        case _:
            return live(account, version)


def test_what_is_told_is_served_and_followed_on_after_any_restart(
    edge: Edge, tmp_path: Path
) -> None:
    edge.tell(*everything("dy_1"))
    with following(tmp_path, edge) as node:
        node.await_ready()
        assert node.shows("dy_1")
        edge.tell(*everything("dy_2", 2))
        node.await_shown("dy_2")

        edge.cut()
        edge.tell(removed("dy_1", 3), is_heard=False)
        node.await_shown("dy_1", shown=False)

        edge.stop()
        edge.tell(removed("dy_2", 4))
        edge.start()
        node.await_shown("dy_2", shown=False, seconds=10)

        node.with_follower(signal.SIGKILL)
        edge.tell(live("dy_1", 5))
        node.await_shown("dy_1")
        assert node.board[Cell.FOLLOWER_STARTS] == 2
        assert node.board[Cell.REHYDRATIONS] == 0
    edge.tell(live("dy_2", 6))
    with following(tmp_path, edge) as node:
        node.await_shown("dy_2")
        node.await_level_with(edge)
        assert node.held() == edge.sealed()
        assert edge.snapshots == 1


def test_a_gap_is_seen_and_rehydrated(edge: Edge, tmp_path: Path) -> None:
    edge.tell(*everything("dy_1"))
    with following(tmp_path, edge) as node:
        node.await_ready()
        edge.tell(removed("dy_1", 2), is_heard=False)
        edge.tell(*everything("dy_2", 3))
        node.await_shown("dy_2")
        assert not node.shows("dy_1")
        within(5, lambda: node.board[Cell.REHYDRATIONS] or None, "counted")
        assert node.held() == edge.sealed()


@pytest.mark.parametrize("change", ["log gone", "new epoch", "log behind"])
def test_a_log_that_does_not_go_on_from_here_is_taken_whole(
    edge: Edge, tmp_path: Path, change: str
) -> None:
    edge.tell(*everything("dy_1"))
    edge.tell(live("dy_1", 2))
    with following(tmp_path, edge) as node:
        node.await_ready()
        match change:
            case "log gone":
                edge.levers.is_log_gone = True
            case "new epoch":
                edge.epoch = 2
            case "log behind":
                edge.revision = 1
        edge.cut()
        within(10, lambda: node.board[Cell.REHYDRATIONS] or None, "rehydrated")
        edge.levers.is_log_gone = False
        node.await_ready()
        node.await_level_with(edge)
        assert node.held() == edge.sealed()


def test_a_record_with_a_wrong_mac_is_not_applied_but_hidden_and_fetched(
    edge: Edge, tmp_path: Path
) -> None:
    edge.tell(*everything("dy_1"))
    edge.tell(*everything("dy_2"))
    with following(tmp_path, edge) as node:
        node.await_ready()

        def tamper(data: bytes) -> bytes:
            match read(data):
                case Records(after, mark, (record,)):
                    wrong = Sealed(record.key, flipped(record.value, len(record.value) - 1))
                    return write(Records(after, mark, (wrong,)))
            return data

        edge.levers.tail = tamper
        edge.levers.snapshot_gate.clear()
        edge.tell(live("dy_1", 2))
        node.await_shown("dy_1", shown=False)
        assert node.shows("dy_2")
        assert node.board[Cell.BAD_MACS] == 1
        assert (node.board[Cell.DRIFT_FOUND], node.board[Cell.DRIFT_MENDED]) == (1, 0)
        edge.levers.snapshot_gate.set()
        node.await_shown("dy_1")
        assert node.held() == edge.sealed()
        assert node.board[Cell.DRIFT_MENDED] == 1


def test_what_is_hidden_for_a_wrong_mac_stays_so_over_a_restart(edge: Edge, tmp_path: Path) -> None:
    edge.tell(*everything("dy_1"))
    edge.levers.snapshot = lambda data: data
    with following(tmp_path, edge) as node:
        node.await_ready()
        wrong = seal(live("dy_1", 2), EDGE_KEY)
        wrong = Sealed(wrong.key, flipped(wrong.value, 0))
        edge.tell_sealed(wrong)
        node.await_shown("dy_1", shown=False)
    with following(tmp_path, edge) as node:
        node.await_ready()
        assert not node.shows("dy_1")
        edge.tell(live("dy_1", 3))
        node.await_level_with(edge)
        node.await_shown("dy_1")


def test_bytes_that_are_no_frames_end_the_connection_only(edge: Edge, tmp_path: Path) -> None:
    edge.tell(*everything("dy_1"))
    with following(tmp_path, edge) as node:
        node.await_ready()
        edge.send(b"\xff" * 64)
        edge.tell(removed("dy_1", 2))
        node.await_shown("dy_1", shown=False)
        assert node.board[Cell.FOLLOWER_STARTS] == 1


@pytest.mark.parametrize(("on_isolation", "shown"), [("serve", True), ("hide", False)])
def test_an_isolated_node_serves_or_hides_and_says_why_it_is_not_ready(
    edge: Edge, tmp_path: Path, on_isolation: str, shown: bool
) -> None:
    edge.tell(*everything("dy_1"))
    with following(tmp_path, edge, max_age_seconds=2, on_isolation=on_isolation) as node:
        node.await_ready()
        assert node.shows("dy_1")
        edge.stop()
        within(2, lambda: "lease_expired" in node.readiness()["reasons"] or None, "lease over")
        node.await_shown("dy_1", shown=shown)
        within(5, lambda: "stale" in node.readiness()["reasons"] or None, "stale")
        edge.start()
        node.await_ready()
        assert node.shows("dy_1")


def lossy(rng: random.Random) -> Callable[[bytes], bytes]:
    """A link on which frames are lost, repeated, cut short or damaged."""
    before = b""

    def send(data: bytes) -> bytes:
        nonlocal before
        again, before = before, data
        match rng.randrange(12):
            case 0:
                return b""
            case 1:
                return again + data
            case 2:
                return data[: rng.randrange(1, len(data))]
            case 3:
                return flipped(data, rng.randrange(len(data)))
        return data

    return send


def test_r6_a_node_on_a_bad_link_holds_what_the_log_says(edge: Edge, tmp_path: Path) -> None:
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    edge.tell(*everything("dy_1"))
    with following(tmp_path, edge) as node:
        node.await_ready()
        edge.levers.tail = lossy(rng)
        for version in range(2, STEPS):
            edge.tell(draw(rng, version), is_heard=rng.random() < 0.97)
            if rng.random() < 0.03:
                edge.checkpoint()
        edge.levers.tail = lambda data: data
        edge.cut()
        node.await_level_with(edge, 30)

        def is_same() -> bool | None:
            edge.checkpoint()
            return node.held() == edge.sealed() or None

        within(30, is_same, "the log's records")


class NoGapCheck(Tail):
    """The broken twin: it applies whatever comes."""

    def _apply(self, waiting: Sequence[Arrival]) -> None:
        for frame, position in waiting:
            assert isinstance(frame, Records)
            self._replica.apply(frame.records, frame.watermark, position)


@contextmanager
def tailing(folder: Path, edge: Edge, kind: type[Tail]) -> Iterator[Folder]:
    """Follow in this process, with a tail of some kind."""
    node = Folder(folder)
    relay = Relay(edge.url, EDGE_KEY)
    replica, veil, source = Replica(node), Veil(node), Direct(relay)
    rebuilder = Rebuilder(relay, source, replica, veil, EDGE_KEY)
    stop, heard = threading.Event(), threading.Event()
    tail = kind(
        source,
        replica,
        veil,
        EDGE_KEY,
        rebuilder.rehydrate,
        lambda _: None,
        lambda _: None,
        heard,
    )
    thread = threading.Thread(target=tail.run, args=(stop,))
    thread.start()
    try:
        within(10, lambda: node.board[Cell.CONNECTED] or None, "connected")
        yield node
    finally:
        stop.set()
        heard.set()
        edge.cut()
        thread.join(20)
        relay.close()
        node.close()


def is_right_after_losses(folder: Path, edge: Edge, kind: type[Tail], rng: random.Random) -> bool:
    """Whether a node holds what the log says after some frames were lost."""
    edge.tell(*everything("dy_1", edge.revision + 1))
    with tailing(folder, edge, kind) as node:
        for _ in range(40):
            edge.tell(draw(rng, edge.revision + 1), is_heard=rng.random() < 0.8)
        last = edge.tell(live("dy_0", edge.revision + 1))

        def is_there() -> bool | None:
            mark = node.store.watermark()
            return (mark is not None and mark.revision == last) or None

        within(20, is_there, "the last revision")
        return {each for each in node.store.dump() if not is_blank(each)} == edge.sealed()


@pytest.mark.parametrize("kind", [Tail, NoGapCheck])
def test_r6_lost_frames_are_noticed_and_a_tail_that_does_not_look_is_caught(
    edge: Edge, tmp_path: Path, kind: type[Tail]
) -> None:
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    tries = (
        is_right_after_losses(tmp_path / str(number), edge, kind, rng)
        for number in range(TWIN_TRIES if kind is NoGapCheck else 3)
    )
    assert all(tries) is (kind is Tail)
