"""R10: a store is rebuilt beside the one that answers; a kill leaves the old one or the new one."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from guazai.feed import ConfigRecord, Sealed, unseal
from guazai.feed.frames import Records, SnapshotEnd, SnapshotRows, SnapshotStart, read, write
from guazai.resolver.board import Board, Cell
from guazai.resolver.follower import REBUILD_WISH, Following, rebuild_here
from guazai.resolver.node import Node, NodeBusyError, current_store
from guazai.resolver.rebuild import Rebuilder
from guazai.resolver.relay import RelayError
from guazai.resolver.store import Store
from tests.platform import REPOSITORY, within
from tests.resolver.edge import Edge, running_edge
from tests.resolver.following import everything, following
from tests.resolver.serving import EDGE_KEY, live, mark, program, removed, sealed, verdict

ACCOUNTS = 800
KILLS = 8
TWIN_KILLS = 40
_REBUILDER = """
import sys
from pathlib import Path
from guazai.resolver import follower
from guazai.resolver.follower import Following, rebuild_here
from tests.resolver.serving import EDGE_KEY
from tests.resolver.test_rebuild import FlipsFirst
folder, url, manner = sys.argv[1:]
if manner == "flip first":
    follower.Rebuilder = FlipsFirst
print("ready", flush=True)
while True:
    rebuild_here(Path(folder), Following(url, EDGE_KEY, "node-1"))
    print("rebuilt", flush=True)
"""


@pytest.fixture
def edge() -> Iterator[Edge]:
    with running_edge() as found:
        yield found


def fill(edge: Edge, version: int, accounts: int = ACCOUNTS) -> None:
    """Tell many accounts, all of one version."""
    records = [live(f"dy_{n:06}", version) for n in range(accounts)]
    verdicts = [verdict(f"dy_{n:06}") for n in range(accounts)]
    edge.tell(program(), *records, *verdicts)


def follow_as(edge: Edge) -> Following:
    return Following(edge.url, EDGE_KEY, "node-1")


class FlipsFirst(Rebuilder):
    """The broken twin: it makes the new store current before it is filled."""

    def _fill(self, store: Store, bad: set[bytes]) -> None:
        self._replica.take_over(store, is_forced=True)
        super()._fill(store, bad)

    def _replace(self, *_: object, **__: object) -> None:
        pass


def is_whole(folder: Path) -> bool:
    """Whether the current store holds all accounts of one version, and its own watermark."""
    store = current_store(folder)
    if store is None:
        return False
    try:
        mark_ = store.watermark()
        records = [unseal(each) for each in store.dump()]
    finally:
        store.close()
    configs = [each for each in records if isinstance(each, ConfigRecord)]
    versions = {each.version for each in configs}
    return (
        mark_ is not None
        and versions == {mark_.revision}
        and len(configs) == ACCOUNTS
        and len(records) == 2 * ACCOUNTS + 1
    )


def rebuild_and_kill(folder: Path, edge: Edge, rng: random.Random, manner: str) -> None:
    """Rebuild again and again in a process, and kill that at a random moment."""
    with subprocess.Popen(
        [sys.executable, "-c", _REBUILDER, str(folder), edge.url, manner],
        stdout=subprocess.PIPE,
        cwd=REPOSITORY,
    ) as rebuilding:
        assert rebuilding.stdout is not None
        assert rebuilding.stdout.readline() == b"ready\n"
        for _ in range(rng.randrange(3)):
            rebuilding.stdout.readline()
        time.sleep(rng.random() * 0.08)
        rebuilding.send_signal(signal.SIGKILL)


@pytest.mark.parametrize("manner", ["beside", "flip first"])
def test_r10_a_kill_leaves_the_old_store_or_the_new_one(
    edge: Edge, tmp_path: Path, manner: str
) -> None:
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    is_twin = manner != "beside"
    fill(edge, 1)
    rebuild_here(tmp_path, follow_as(edge))
    version = 1
    kills = TWIN_KILLS if is_twin else KILLS
    for _ in range(kills):
        version += 1
        fill(edge, version)
        rebuild_and_kill(tmp_path, edge, rng, manner)
        if not is_whole(tmp_path):
            assert is_twin
            return
        # Whatever was left lying about is gone once somebody writes.
        Node(tmp_path).close()
        assert len(list(tmp_path.glob("store-*"))) == 1
    assert not is_twin, f"{kills} kills did not catch the twin"


def test_r10_a_rebuild_beside_a_fed_store_loses_nothing_and_is_never_seen(
    edge: Edge, tmp_path: Path
) -> None:
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    fill(edge, 1)
    with following(tmp_path, edge, workers=2) as node:
        node.await_ready(20)
        ended = threading.Event()
        unanswered: list[str] = []

        def look() -> None:
            newest = 1
            while not ended.is_set():
                answer = node.get("/v1/entries/dy_000000")
                version = answer.json()["version"] if answer.status == 200 else 0
                if not isinstance(version, int) or version < newest:
                    unanswered.append(f"{answer.status}: version {version} after {newest}")
                    return
                newest = version
                if not node.readiness()["ready"]:
                    unanswered.append(str(node.readiness()))

        looking = threading.Thread(target=look)
        looking.start()
        try:
            for number in range(1, 4):
                (tmp_path / REBUILD_WISH).touch()
                while node.board[Cell.REBUILDS] <= number:
                    version = edge.revision + 1
                    edge.tell(
                        live("dy_000000", version),
                        live(f"dy_{rng.randrange(ACCOUNTS):06}", version),
                    )
                    time.sleep(0.002)
        finally:
            ended.set()
            looking.join(10)
        assert unanswered == []
        node.await_level_with(edge)
        assert node.held() == edge.sealed()
        assert node.board[Cell.REHYDRATIONS] == node.board[Cell.REBUILD_FAILURES] == 0


def test_r10_takedowns_are_obeyed_while_a_rebuild_goes_on(edge: Edge, tmp_path: Path) -> None:
    fill(edge, 1)
    with following(tmp_path, edge) as node:
        node.await_ready(20)
        edge.levers.snapshot_gate.clear()
        (tmp_path / REBUILD_WISH).touch()
        within(5, lambda: edge.snapshots == 2 or None, "begun")
        edge.tell(removed("dy_000001", edge.revision + 1))
        node.await_shown("dy_000001", shown=False, seconds=1)
        edge.levers.snapshot_gate.set()
        within(20, lambda: node.board[Cell.REBUILDS] == 2 or None, "rebuilt")
        assert not node.shows("dy_000001")
        assert node.held() == edge.sealed()


def cut_short(frame: bytes) -> bytes:
    return b"" if isinstance(read(frame), SnapshotEnd) else frame


def one_row_less(frame: bytes) -> bytes:
    match read(frame):
        case SnapshotRows(records):
            return write(SnapshotRows(records[1:]))
    return frame


def promises_more(frame: bytes) -> bytes:
    match read(frame):
        case SnapshotStart(mark_, rows, position):
            return write(SnapshotStart(mark_, rows + 1, position))
    return frame


def not_in_order(frame: bytes) -> bytes:
    match read(frame):
        case SnapshotRows(records):
            return write(SnapshotRows(records[::-1]))
    return frame


def other_frames(frame: bytes) -> bytes:
    return write(Records((1, 1), mark(2))) if isinstance(read(frame), SnapshotRows) else frame


def garbage(frame: bytes) -> bytes:
    return b"\xff" * len(frame)


def nothing(_: bytes) -> bytes:
    return b""


@pytest.mark.parametrize(
    "fault",
    [cut_short, one_row_less, promises_more, not_in_order, other_frames, garbage, nothing],
)
def test_a_snapshot_that_is_not_whole_is_not_taken(
    edge: Edge, tmp_path: Path, fault: Callable[[bytes], bytes]
) -> None:
    fill(edge, 1)
    rebuild_here(tmp_path, follow_as(edge))
    fill(edge, 2)
    edge.levers.snapshot = fault
    with pytest.raises(RelayError):
        rebuild_here(tmp_path, follow_as(edge))
    assert is_whole(tmp_path)
    assert len(list(tmp_path.glob("store-*"))) == 1
    board = Board.open(tmp_path)
    assert (board[Cell.REBUILDS], board[Cell.REBUILD_FAILURES]) == (1, 1)
    edge.levers.snapshot = lambda frame: frame
    rebuild_here(tmp_path, follow_as(edge))
    assert is_whole(tmp_path)


def test_a_snapshots_record_with_a_wrong_mac_is_left_out_and_hidden(
    edge: Edge, tmp_path: Path
) -> None:
    edge.tell(*everything("dy_1"), *everything("dy_2"))
    (right,) = sealed(live("dy_1", 2))
    edge.tell_sealed(Sealed(right.key, right.value[:-1] + b"!"))
    with following(tmp_path, edge) as node:
        node.await_ready()
        assert not node.shows("dy_1")
        assert node.shows("dy_2")
        assert node.board[Cell.HIDDEN] == 1
        edge.tell(live("dy_1", 3))
        edge.checkpoint()
        node.await_shown("dy_1")


def test_two_do_not_write_one_node(edge: Edge, tmp_path: Path) -> None:
    edge.tell(*everything("dy_1"))
    with following(tmp_path, edge) as node:
        node.await_ready()
        with pytest.raises(NodeBusyError):
            rebuild_here(tmp_path, follow_as(edge))
        assert node.shows("dy_1")


def test_the_first_rebuild_waits_for_the_relay_and_answers_meanwhile(tmp_path: Path) -> None:
    with running_edge() as edge:
        edge.tell(*everything("dy_1"))
        edge.stop()
        with following(tmp_path, edge) as node:
            assert not node.shows("dy_1")
            assert node.readiness()["reasons"] == ["no_store", "lease_expired"]
            edge.start()
            node.await_ready()
            assert node.shows("dy_1")


def test_a_command_rebuilds_a_running_node_and_one_that_does_not_run(
    edge: Edge, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    env = os.environ | {
        "GUAZAI_STATE": str(state),
        "GUAZAI_EDGE_KEY": "an edge key that only tests know " * 2,
        "GUAZAI_RELAY_URL": edge.url,
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "guazai", "resolver", *arguments]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False)

    assert run("status").returncode == 1
    edge.tell(*everything("dy_1"))
    done = run("rebuild")
    assert done.returncode == 0, done.stderr
    assert "rebuilt up to revision 1 of epoch 1" in done.stdout
    with following(state / "edge", edge) as node:
        node.await_ready()
        done = run("rebuild")
        assert done.returncode == 0, done.stderr
        assert "the resolver runs" in done.stderr
        assert "revision 1 of epoch 1" in run("status").stdout
        edge.levers.snapshot = nothing
        assert run("rebuild").returncode == 1
        assert node.shows("dy_1")
    edge.stop()
    done = run("rebuild")
    assert done.returncode == 1
    assert "not rebuilt" in done.stderr
    edge.start()
