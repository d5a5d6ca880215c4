"""Leases and the overlay: what a node believes of itself is never more than the relay counts with.

The follower's part of R1 to R3; the warden's is tested beside it.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from guazai.feed import Scope
from guazai.feed.lease import HEARTBEAT_SECONDS, LEASE_SECONDS, LeaseAnswer
from guazai.resolver import Resolver
from guazai.resolver.board import Board, Cell
from guazai.resolver.break_glass import Box
from guazai.resolver.leases import Leases
from guazai.resolver.node import Node
from guazai.resolver.overlay import Hiding
from guazai.resolver.relay import Relay, RelayError
from guazai.resolver.replica import Replica
from guazai.resolver.veil import Veil
from tests.platform import within
from tests.resolver.edge import Edge, running_edge
from tests.resolver.following import everything, following
from tests.resolver.serving import EDGE_KEY, mark, removed, sealed, shown

TAKEDOWN_SECONDS = 0.5


@pytest.fixture
def edge() -> Iterator[Edge]:
    with running_edge() as found:
        yield found


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """A node's folder with `dy_1` in it."""
    opened = Node(tmp_path)
    opened.apply(shown("dy_1"), mark())
    yield opened
    opened.close()


@pytest.fixture
def relay(edge: Edge) -> Iterator[Relay]:
    opened = Relay(edge.url, EDGE_KEY)
    yield opened
    opened.close()


def leases_of(
    node: Node, relay: Relay, kind: type[Leases] = Leases, veil: type[Veil] = Veil
) -> Leases:
    """What asks for leases, without its thread."""
    heard = threading.Event()
    return kind("node-1", relay, Replica(node), veil(node), Box(node.folder), heard)


# --- in one process, step by step ---


class FromReceipt(Leases):
    """The broken twin: it counts from when the answer came."""

    def _take(self, answer: LeaseAnswer, sent_at: int) -> None:  # noqa: ARG002 - that is it
        super()._take(answer, time.monotonic_ns())


class RenewsFirst(Leases):
    """The broken twin: it renews the lease before its workers see the overlay."""

    def _take(self, answer: LeaseAnswer, sent_at: int) -> None:
        floor = answer.floor_epoch, answer.floor_revision
        self._replica.grant(sent_at + int(LEASE_SECONDS * 1e9), floor)
        super()._take(answer, sent_at)


def slow(answer: LeaseAnswer) -> LeaseAnswer:
    """An answer that takes its time on the way."""
    time.sleep(0.2)
    return answer


def outlasts(node: Node, edge: Edge, relay: Relay, kind: type[Leases]) -> bool:
    """Whether a lease holds longer than from when the relay had been asked, if it is slow."""
    leases = leases_of(node, relay, kind)
    edge.levers.lease = slow
    leases.ask()
    return node.board[Cell.LEASE_UNTIL] / 1e9 > edge.asked_at[-1] + LEASE_SECONDS


def test_r3_a_lease_is_counted_from_when_it_was_asked_for(
    node: Node, edge: Edge, relay: Relay
) -> None:
    assert not outlasts(node, edge, relay, Leases)
    assert outlasts(node, edge, relay, FromReceipt)


def renews_unseen(node: Node, edge: Edge, relay: Relay, kind: type[Leases]) -> bool:
    """Whether the lease that came with a takedown begins while a worker would still show it."""
    leases = leases_of(node, relay, kind)
    leases.ask()
    reader = Resolver(node.folder)
    assert reader.get("dy_1") is not None
    edge.hide(1, Scope.ACCOUNT, "dy_1")
    before = node.board[Cell.LEASE_UNTIL]
    seen: list[bool] = []
    hide = node.hide

    def watched(hidings: Iterable[Hiding]) -> None:
        seen.append(node.board[Cell.LEASE_UNTIL] == before)
        hide(hidings)

    node.hide = watched  # type: ignore[method-assign]
    try:
        leases.ask()
    finally:
        node.hide = hide  # type: ignore[method-assign]
    assert reader.get("dy_1") is None
    assert node.board[Cell.LEASE_UNTIL] > before
    edge.unhide(1)
    return seen != [True]


def test_r3_a_lease_is_renewed_after_the_workers_see_its_overlay(
    node: Node, edge: Edge, relay: Relay
) -> None:
    assert not renews_unseen(node, edge, relay, Leases)
    edge.restart()
    assert renews_unseen(node, edge, relay, RenewsFirst)


def test_what_a_node_holds_is_told_with_the_next_request_only(
    node: Node, edge: Edge, relay: Relay
) -> None:
    leases = leases_of(node, relay)
    leases.ask()
    assert edge.asked[-1].holds is None
    edge.hide(1, Scope.ACCOUNT, "dy_1")
    leases.ask()
    assert not edge.is_held()
    leases.ask()
    assert edge.is_held()
    assert (edge.asked[-1].epoch, edge.asked[-1].revision) == (1, 1)


def test_without_a_grant_no_lease_is_renewed_but_the_overlay_is_taken(
    node: Node, edge: Edge, relay: Relay
) -> None:
    leases = leases_of(node, relay)
    edge.levers.is_granting = False
    edge.hide(1, Scope.ACCOUNT, "dy_1")
    leases.ask()
    assert node.board[Cell.LEASE_UNTIL] == 0
    assert Resolver(node.folder).get("dy_1") is None


def test_r3_the_floor_never_falls_granted_or_not(node: Node, edge: Edge, relay: Relay) -> None:
    leases = leases_of(node, relay)
    for is_granting in (True, False):
        edge.levers.is_granting = is_granting
        for revision, expected in ((5, 5), (3, 5)):
            edge.levers.floor = (1, revision)
            leases.ask()
            assert node.board[Cell.FLOOR_REVISION] == expected


def test_a_late_answer_grants_what_is_left_of_the_lease_or_none(
    node: Node, edge: Edge, relay: Relay
) -> None:
    leases = leases_of(node, relay)
    edge.levers.lease_gate.clear()
    with pytest.raises(RelayError):
        leases.ask()
    assert node.board[Cell.LEASE_UNTIL] == 0


class DropsAtOnce(Veil):
    """The broken twin: what the relay says to drop is dropped, however old the store is."""

    def take(self, answer: LeaseAnswer) -> None:
        super().take(answer)
        self._leaving = []
        self._show()


def forgets(folder: Path, edge: Edge, relay: Relay, kind: type[Veil]) -> bool:
    """Whether a node shows again what was taken down, once the relay lets the overlay go."""
    node = Node(folder)
    node.apply(shown("dy_1"), mark())
    edge.levers.floor = None
    leases, reader = leases_of(node, relay, veil=kind), Resolver(folder)
    leases.ask()
    edge.hide(1, Scope.ACCOUNT, "dy_1")
    leases.ask()
    assert reader.get("dy_1") is None
    # Every node that is in rotation has revision 2; this one has not.
    edge.levers.floor = (1, 2)
    edge.unhide(1)
    leases.ask()
    has_forgotten = reader.get("dy_1") is not None
    assert not reader.is_in_rotation()
    leases._replica.apply(sealed(removed("dy_1", 2)), mark(2), 0)
    leases.ask()
    assert reader.is_in_rotation()
    assert reader.get("dy_1") is None
    assert node.board[Cell.HIDDEN] == 0
    node.close()
    return has_forgotten


def test_r3_what_the_relay_drops_stays_hidden_until_the_store_says_so(
    edge: Edge, relay: Relay, tmp_path: Path
) -> None:
    assert not forgets(tmp_path / "node", edge, relay, Veil)
    assert forgets(tmp_path / "twin", edge, relay, DropsAtOnce)


def test_what_was_hidden_before_a_restart_stays_until_a_whole_overlay_is_granted(
    edge: Edge, relay: Relay, tmp_path: Path
) -> None:
    node = Node(tmp_path)
    node.apply(shown("dy_1"), mark())
    edge.hide(1, Scope.ACCOUNT, "dy_1")
    leases_of(node, relay).ask()
    node.close()
    node = Node(tmp_path)
    leases, reader = leases_of(node, relay), Resolver(tmp_path)
    assert reader.get("dy_1") is None
    edge.restart()
    edge.hidden.clear()
    edge.levers.is_granting = False
    leases.ask()
    assert reader.get("dy_1") is None
    edge.levers.is_granting = True
    leases.ask()
    assert reader.get("dy_1") is not None
    node.close()


def test_a_whole_overlay_in_pieces_drops_nothing_before_the_last(
    node: Node, edge: Edge, relay: Relay
) -> None:
    leases, reader = leases_of(node, relay), Resolver(node.folder)
    edge.hide(1, Scope.ACCOUNT, "dy_1")
    edge.hide(2, Scope.ACCOUNT, "dy_2")
    leases.ask()
    edge.restart()
    first, *rest = edge.hidden.values()
    pieces: list[Callable[[LeaseAnswer], LeaseAnswer]] = [
        lambda answer: answer.model_copy(update={"granted": False, "added": tuple(rest)}),
        lambda answer: answer.model_copy(update={"is_whole": False, "added": (first,)}),
    ]
    for piece in pieces:
        edge.levers.lease = piece
        leases.ask()
        assert reader.get("dy_1") is None
        assert node.board[Cell.HIDDEN] == 2


# --- real processes ---


def no_more_asked(edge: Edge) -> float | None:
    """When the relay was last asked, if it has not been for a while."""
    asked_at = edge.asked_at[-1]
    return asked_at if time.monotonic() > asked_at + 2 * HEARTBEAT_SECONDS else None


def test_r1_a_takedown_hides_within_its_time_and_is_acknowledged(
    edge: Edge, tmp_path: Path
) -> None:
    edge.tell(*(each for n in range(20) for each in everything(f"dy_{n}")))
    with following(tmp_path, edge, workers=2) as node:
        node.await_ready()
        for n in range(20):
            assert node.shows(f"dy_{n}")
            edge.hide(n, Scope.ACCOUNT, f"dy_{n}")
            within(TAKEDOWN_SECONDS, lambda: edge.is_held() or None, "acknowledged")
            # Acknowledged means by every worker, whichever answers.
            assert not any(node.shows(f"dy_{n}") for _ in range(8))


@pytest.mark.parametrize(
    ("scope", "target"),
    [(Scope.MINI_PROGRAM, "tt01"), (Scope.LEGAL_ENTITY, "le01"), (Scope.GLOBAL, "")],
)
def test_a_takedown_of_any_scope_hides(
    edge: Edge, tmp_path: Path, scope: Scope, target: str
) -> None:
    edge.tell(*everything("dy_1"))
    with following(tmp_path, edge) as node:
        node.await_ready()
        edge.hide(1, scope, target, "service_tab")
        within(2, lambda: edge.is_held() or None, "acknowledged")
        assert node.shows("dy_1")
        edge.hide(2, scope, target, "profile_mount")
        node.await_shown("dy_1", shown=False)
        edge.unhide(2)
        node.await_shown("dy_1")
        edge.hide(3, scope, target)
        node.await_shown("dy_1", shown=False)


def test_r3_a_stopped_follower_takes_the_node_out_of_rotation_in_time(
    edge: Edge, tmp_path: Path
) -> None:
    edge.tell(*everything("dy_1"))
    with following(tmp_path, edge, on_isolation="hide") as node:
        node.await_ready()
        node.with_follower(signal.SIGSTOP)
        try:
            asked_at = within(5, lambda: no_more_asked(edge), "stopped")
            within(2, lambda: time.monotonic() > asked_at + LEASE_SECONDS or None, "lease over")
            # From now on the relay may call a takedown effective that this node knows nothing of.
            assert not node.readiness()["ready"]
            assert not node.shows("dy_1")
            edge.hide(1, Scope.ACCOUNT, "dy_1")
        finally:
            node.with_follower(signal.SIGCONT)
        node.await_ready()
        assert not node.shows("dy_1")


def test_r3_a_killed_follower_leaves_what_it_hid_hidden(edge: Edge, tmp_path: Path) -> None:
    edge.tell(*everything("dy_1"))
    with following(tmp_path, edge) as node:
        node.await_ready()
        edge.hide(1, Scope.ACCOUNT, "dy_1")
        node.await_shown("dy_1", shown=False)
        edge.levers.is_granting = False
        node.with_follower(signal.SIGKILL)
        within(5, lambda: node.board[Cell.FOLLOWER_STARTS] == 2 or None, "started again")
        within(5, lambda: edge.asked[-1].holds == edge.version() or None, "asking again")
        assert not node.shows("dy_1")
        assert node.readiness()["reasons"] == ["lease_expired"]
        edge.levers.is_granting = True
        node.await_ready()
        assert not node.shows("dy_1")


def test_a_relay_that_comes_back_is_heard_at_once(edge: Edge, tmp_path: Path) -> None:
    edge.tell(*everything("dy_1"))
    with following(tmp_path, edge) as node:
        node.await_ready()
        edge.stop()
        within(3, lambda: not node.readiness()["ready"] or None, "not ready")
        edge.restart()
        edge.hide(7, Scope.ACCOUNT, "dy_1")
        edge.start()
        within(0.5, lambda: edge.is_held() or None, "heard")
        assert not node.shows("dy_1")


def test_a_node_behind_the_floor_says_so_until_its_store_has_come_there(
    edge: Edge, tmp_path: Path
) -> None:
    edge.tell(*everything("dy_1"))
    with following(tmp_path, edge, on_isolation="hide") as node:
        node.await_ready()
        edge.levers.floor = (1, 2)
        within(2, lambda: node.readiness()["reasons"] == ["below_floor"] or None, "behind")
        assert not node.shows("dy_1")
        edge.tell(*everything("dy_2", 2))
        node.await_ready()
        assert node.shows("dy_1")


def test_a_lease_from_before_is_worth_nothing_to_a_resolver_that_starts(
    edge: Edge, tmp_path: Path
) -> None:
    board = Board.open(tmp_path, writable=True)
    board[Cell.ROTATION_UNTIL] = board[Cell.LEASE_UNTIL] = time.monotonic_ns() + 10**12
    edge.levers.is_granting = False
    edge.tell(*everything("dy_1"))
    with following(tmp_path, edge) as node:
        node.await_level_with(edge)
        assert node.readiness()["reasons"] == ["lease_expired"]
