"""R11: whatever a node holds wrongly is found at a checkpoint, hidden where it must be, mended."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from guazai.feed import DenyRecord, Record, Scope, Sealed, Watermark, seal
from guazai.feed.digest import is_blank
from guazai.feed.frames import Checkpoint
from guazai.resolver import Resolver, scrub
from guazai.resolver.board import Cell
from guazai.resolver.node import Node
from guazai.resolver.relay import Relay, RelayError
from guazai.resolver.replica import Notes, Replica
from guazai.resolver.scrub import Scrub, rest_after
from guazai.resolver.store import Row, StoreError
from guazai.resolver.veil import Veil
from tests.platform import within
from tests.resolver.edge import Edge, running_edge
from tests.resolver.following import everything, following
from tests.resolver.serving import EDGE_KEY, SURFACE, live, program, removed, sealed, verdict

ACCOUNTS = 60
CORRUPTIONS = 50
TWIN_TRIES = 20


@pytest.fixture
def edge() -> Iterator[Edge]:
    with running_edge() as found:
        yield found


class _Stop:
    """Nobody asks a scan to end."""

    def wait(self, _: float) -> bool:
        return False


@dataclass
class Scene:
    """A node, its scrub without a thread, and a reader."""

    edge: Edge
    node: Node
    replica: Replica
    veil: Veil
    scrub: Scrub
    reader: Resolver
    rebuilds: list[str]

    def checkpoint(self) -> None:
        """Compare with the log, and mend."""
        self.scrub._not_before = 0
        edge = self.edge
        self.scrub.at_checkpoint(Checkpoint(edge.epoch, edge.revision, edge.digests()))
        work, self.scrub._work = self.scrub._work, None
        assert work is not None, "the store is not as far as the checkpoint"
        self.scrub._compare(work, _Stop())  # type: ignore[arg-type]
        self.scrub._mend_wanted(_Stop())  # type: ignore[arg-type]

    def held(self) -> set[Sealed]:
        return {each for each in self.node.store.dump() if not is_blank(each)}

    def put(self, *records: Sealed) -> None:
        """Have the store hold something behind the feed's back."""
        self.node.store.mend(records, ())

    def hides(self) -> bool:
        return self.node.board[Cell.HIDDEN] > 0

    def drift(self) -> tuple[int, int]:
        board = self.node.board
        return board[Cell.DRIFT_FOUND], board[Cell.DRIFT_MENDED]


@contextmanager
def scene(folder: Path, edge: Edge) -> Iterator[Scene]:
    """A node that is level with `edge`, whatever that holds."""
    node, relay = Node(folder), Relay(edge.url, EDGE_KEY)
    replica, veil = Replica(node), Veil(node)
    replica.apply([each.sealed for each in edge.log.values()], edge.mark(), 0)
    rebuilds: list[str] = []
    found = Scrub(relay, replica, veil, EDGE_KEY, rebuilds.append)
    yield Scene(edge, node, replica, veil, found, Resolver(folder), rebuilds)
    relay.close()
    node.close()


def fill(edge: Edge) -> None:
    """Accounts of all sorts, from the first revision on."""
    edge.tell(program())
    for number in range(ACCOUNTS):
        name, version = f"dy_{number}", edge.revision + 1
        records: list[Record] = [live(name, version), verdict(name, passed=number % 5 > 0)]
        if number % 7 == 0:
            records.append(DenyRecord(Scope.ACCOUNT, SURFACE, name, 1, version, denied=True))
        if number % 11 == 0:
            records[0] = removed(name, version)
        edge.tell(*records)


def rewrite(node: Node, key: bytes, data: bytes | None) -> None:
    """Change bytes under the store, as a bad disk would."""
    with node.store.environment.begin(write=True) as transaction:
        if data is None:
            transaction.delete(key)
        else:
            transaction.put(key, data)


def rows(node: Node) -> list[tuple[bytes, bytes]]:
    with node.store.moment() as moment:
        return [*moment.under(b"a"), *moment.under(b"p"), *moment.under(b"d")]


def readable(node: Node) -> Iterator[tuple[bytes, Row]]:
    """The rows of accounts that nothing has damaged yet."""
    for key, data in rows(node):
        if key.startswith(b"a"):
            with suppress(StoreError):
                yield key, Row.read(data)


# --- fifty ways to be wrong ---


def flip_a_bit(node: Node, rng: random.Random) -> None:
    key, data = rng.choice(rows(node))
    at = rng.randrange(len(data))
    rewrite(node, key, data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :])


def cut_a_row(node: Node, rng: random.Random) -> None:
    key, data = rng.choice(rows(node))
    rewrite(node, key, data[: rng.randrange(1, len(data))])


def lose_a_row(node: Node, rng: random.Random) -> None:
    rewrite(node, rng.choice(rows(node))[0], None)


def lose_a_component(node: Node, rng: random.Random) -> None:
    key, row = rng.choice([(key, row) for key, row in readable(node) if row.components])
    row.components.pop(rng.choice(list(row.components)))
    rewrite(node, key, row.write())


def swap_two_rows(node: Node, rng: random.Random) -> None:
    (one, first), (other, second) = rng.sample([r for r in rows(node) if r[0][:1] == b"a"], 2)
    rewrite(node, one, second)
    rewrite(node, other, first)


def put_an_older_record(node: Node, rng: random.Random) -> None:
    node.store.mend(sealed(live(f"dy_{rng.randrange(ACCOUNTS)}", 0)), ())


def put_a_record_of_nobody(node: Node, rng: random.Random) -> None:
    name = f"zz_{rng.randrange(10**6)}"
    node.store.mend(sealed(live(name), verdict(name)), ())


def put_a_newer_record(node: Node, rng: random.Random) -> None:
    node.store.mend(sealed(live(f"dy_{rng.randrange(ACCOUNTS)}", 10**6)), ())


def put_a_forged_record(node: Node, rng: random.Random) -> None:
    forged = seal(live(f"dy_{rng.randrange(ACCOUNTS)}", 10**6), type(EDGE_KEY)("x" * 40))
    node.store.mend([forged], ())


def pass_a_verdict(node: Node, rng: random.Random) -> None:
    node.store.mend(sealed(verdict(f"dy_{rng.randrange(0, ACCOUNTS, 5)}", 7)), ())


def lift_a_deny(node: Node, rng: random.Random) -> None:
    name = f"dy_{rng.randrange(0, ACCOUNTS, 7)}"
    node.store.mend(sealed(DenyRecord(Scope.ACCOUNT, SURFACE, name, 1, 1, denied=False)), ())


FAULTS: list[Callable[[Node, random.Random], None]] = [
    flip_a_bit,
    cut_a_row,
    lose_a_row,
    lose_a_component,
    swap_two_rows,
    put_an_older_record,
    put_a_record_of_nobody,
    put_a_newer_record,
    put_a_forged_record,
    pass_a_verdict,
    lift_a_deny,
]


def test_r11_fifty_corruptions_are_found_and_mended(edge: Edge, tmp_path: Path) -> None:
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    fill(edge)
    with scene(tmp_path, edge) as found:
        for number in range(CORRUPTIONS):
            fault = FAULTS[number % len(FAULTS)]
            fault(found.node, rng)
            was_right = found.held() == edge.sealed() if fault not in _UNREADABLE else False
            found.checkpoint()
            assert found.held() == edge.sealed(), fault.__name__
            assert not found.hides(), fault.__name__
            assert found.drift()[0] == found.drift()[1], fault.__name__
            assert was_right or found.drift()[0] > number // 2
        assert found.rebuilds == []
        before = found.drift()
        found.checkpoint()
        assert found.drift() == before


_UNREADABLE = {flip_a_bit, cut_a_row}


def test_r11_a_row_is_mended_wherever_it_was_cut(edge: Edge, tmp_path: Path) -> None:
    edge.tell(*everything("dy_1"))
    with scene(tmp_path, edge) as found:
        for key, data in rows(found.node):
            for length in range(1, len(data)):
                rewrite(found.node, key, data[:length])
                found.checkpoint()
                assert found.held() == edge.sealed(), (key, length)


def test_r11_a_row_that_cannot_be_believed_is_hidden_until_it_is_mended(
    edge: Edge, tmp_path: Path
) -> None:
    edge.tell(*everything("dy_1"), *everything("dy_2"))
    with scene(tmp_path, edge) as found:
        key, data = next(each for each in rows(found.node) if each[0] == b"ady_1")
        changed = data.replace(b"pages/index", b"pages/other")
        assert changed != data
        rewrite(found.node, key, changed)
        assert found.reader.get("dy_1") is not None
        edge.stop()
        with pytest.raises(RelayError):
            found.checkpoint()
        assert found.reader.get("dy_1") is None
        assert found.reader.get("dy_2") is not None
        assert found.drift() == (1, 0)
        edge.start()
        found.scrub._mend_wanted(_Stop())  # type: ignore[arg-type]
        assert found.reader.get("dy_1") is not None
        assert found.held() == edge.sealed()
        assert found.drift() == (1, 1)


def test_r11_a_scrub_that_trusts_the_macs_held_is_caught(
    edge: Edge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    fill(edge)
    monkeypatch.setattr(scrub, "is_genuine", lambda *_: True)
    with scene(tmp_path, edge) as found:
        for _ in range(TWIN_TRIES):
            flip_a_bit(found.node, rng)
        found.checkpoint()
        assert found.held() != edge.sealed()


def test_a_row_that_the_feed_touched_meanwhile_is_left_to_the_feed(
    edge: Edge, tmp_path: Path
) -> None:
    edge.tell(*everything("dy_1"))
    with scene(tmp_path, edge) as found:
        buckets = [scrub._bucket(b"ady_1")]
        with found.replica.noting() as notes:
            # The node is ahead of the answer: it comes from before the feed's newest.
            stale = dict(edge.log)
            newest = edge.tell(removed("dy_1", 2))
            found.replica.apply(sealed(removed("dy_1", 2)), Watermark(1, newest, 0), 0)
            edge.log = stale
            unsettled = found.scrub._mend(buckets, {b"ady_1"}, notes)
            assert unsettled == set(buckets)
            assert found.reader.get("dy_1") is None
        with found.replica.noting() as unaware:
            # The broken twin does not note, and puts the old record over the takedown.
            assert found.scrub._mend(buckets, {b"ady_1"}, unaware) == set()
            assert found.reader.get("dy_1") is not None


def test_a_log_that_is_behind_mends_nothing(edge: Edge, tmp_path: Path) -> None:
    edge.tell(*everything("dy_1"))
    edge.tell(*everything("dy_2", 2))
    with scene(tmp_path, edge) as found:
        edge.revision = 1
        with pytest.raises(RelayError, match="the log is at"):
            found.scrub._mend([scrub._bucket(b"ady_1")], set(), Notes())
        edge.epoch, edge.revision = 2, 9
        with pytest.raises(RelayError, match="the log is at"):
            found.scrub._mend([scrub._bucket(b"ady_1")], set(), Notes())


def test_a_record_newer_than_the_database_is_replaced_and_told(edge: Edge, tmp_path: Path) -> None:
    edge.tell(*everything("dy_1"))
    with scene(tmp_path, edge) as found:
        found.put(*sealed(live("dy_1", 99)))
        found.checkpoint()
        assert found.held() == edge.sealed()
        assert found.node.board[Cell.TOO_NEW] == 1


def test_what_the_log_itself_cannot_vouch_for_stays_hidden(edge: Edge, tmp_path: Path) -> None:
    edge.tell(*everything("dy_1"))
    with scene(tmp_path, edge) as found:
        (right,) = sealed(live("dy_1", 2))
        edge.tell_sealed(Sealed(right.key, right.value[:-1] + b"!"))
        found.replica.apply([], edge.mark(), 0)
        found.checkpoint()
        assert found.reader.get("dy_1") is None
        edge.tell_sealed(right)
        found.replica.apply([right], edge.mark(), 0)
        found.checkpoint()
        assert found.reader.get("dy_1") is not None
        assert found.held() == edge.sealed()


def test_a_lifted_deny_or_tombstone_that_the_log_forgot_is_no_drift(
    edge: Edge, tmp_path: Path
) -> None:
    edge.tell(*everything("dy_1"), removed("dy_2", 1))
    edge.tell(DenyRecord(Scope.GLOBAL, SURFACE, "", 1, 2, denied=False))
    with scene(tmp_path, edge) as found:
        edge.log = {key: told for key, told in edge.log.items() if not is_blank(told.sealed)}
        found.checkpoint()
        assert found.drift() == (0, 0)
        assert len(list(found.node.store.dump())) == 5


def test_a_tombstone_that_cannot_be_believed_is_removed(edge: Edge, tmp_path: Path) -> None:
    edge.tell(*everything("dy_1"), *everything("dy_2"))
    with scene(tmp_path, edge) as found:
        (tombstone,) = sealed(DenyRecord(Scope.ACCOUNT, SURFACE, "dy_1", 1, 1, denied=False))
        found.put(Sealed(tombstone.key, b"\0" * 8 + tombstone.value[8:]))
        found.checkpoint()
        assert found.drift() == (1, 1)
        assert set(found.node.store.dump()) == edge.sealed()
        found.checkpoint()
        assert found.drift() == (1, 1)


def test_a_store_that_differs_all_over_is_rebuilt(
    edge: Edge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(edge)
    monkeypatch.setattr(scrub, "MAX_BUCKETS", 20)
    with scene(tmp_path, edge) as found:
        for key, _ in rows(found.node):
            rewrite(found.node, key, None)
        found.checkpoint()
        assert len(found.rebuilds) == 1


def test_a_checkpoint_of_another_moment_is_not_compared(edge: Edge, tmp_path: Path) -> None:
    edge.tell(*everything("dy_1"))
    with scene(tmp_path, edge) as found:
        found.scrub.at_checkpoint(Checkpoint(1, 2, edge.digests()))
        assert found.scrub._work is None


def test_a_replacement_does_not_wait_for_a_scan_to_end(edge: Edge, tmp_path: Path) -> None:
    edge.tell(*everything("dy_1"))
    with scene(tmp_path, edge) as found:
        found.scrub.at_checkpoint(Checkpoint(1, edge.revision, edge.digests()))
        work = found.scrub._work
        assert work is not None
        found.replica._is_replacing = True
        with pytest.raises(scrub.Interrupted):
            found.scrub._compare(work, _Stop())  # type: ignore[arg-type]
        assert found.replica._readers == 0


def test_scans_rest_but_find_drift_within_a_minute() -> None:
    assert rest_after(0.1) == pytest.approx(1)
    for took in (0.1, 1, 3, 5, 10):
        assert took + rest_after(took) + took <= 60
    assert rest_after(30) == 90


# --- a real node ---


def test_r11_a_running_node_mends_itself(edge: Edge, tmp_path: Path) -> None:
    """Bytes are changed under a node that does not run, as a disk does; then it runs."""
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    fill(edge)
    with following(tmp_path, edge) as node:
        node.await_ready()
        assert node.held() == edge.sealed()
    folder = Node(tmp_path)
    for number in range(CORRUPTIONS):
        FAULTS[number % len(FAULTS)](folder, rng)
    folder.close()
    with following(tmp_path, edge) as node:
        node.await_ready()

        def is_mended() -> bool | None:
            edge.checkpoint()
            found, mended = node.board[Cell.DRIFT_FOUND], node.board[Cell.DRIFT_MENDED]
            return (node.board[Cell.SCRUBS] > 0 and found == mended > 0) or None

        within(60, is_mended, "mended")
        assert node.held() == edge.sealed()
        assert node.board[Cell.HIDDEN] == 0
        text = node.get("/metrics").body.decode()
        assert f"guazai_resolver_drift_mended_total {node.board[Cell.DRIFT_MENDED]}.0" in text
