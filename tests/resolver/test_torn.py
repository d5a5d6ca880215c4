"""After a power cut a store may be torn: it is not read, and the node is rebuilt."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from guazai.feed import Scope
from guazai.resolver import Resolver, overlay
from guazai.resolver.board import Cell
from guazai.resolver.node import Node, forget_torn
from guazai.resolver.overlay import Hiding
from tests.platform import within
from tests.resolver.edge import Edge, running_edge
from tests.resolver.following import everything, following
from tests.resolver.serving import mark, shown

WRITTEN = "written"


@pytest.fixture
def edge() -> Iterator[Edge]:
    with running_edge() as found:
        yield found


def test_a_store_of_an_earlier_life_of_the_machine_is_not_trusted(tmp_path: Path) -> None:
    node = Node(tmp_path)
    node.apply(shown("dy_1"), mark())
    node.hide([Hiding(Scope.ACCOUNT, "", "dy_2")])
    assert (tmp_path / WRITTEN).exists()
    (tmp_path / WRITTEN).write_text("another life")
    assert forget_torn(tmp_path)
    assert Resolver(tmp_path).get("dy_1") is None
    assert overlay.read(tmp_path) == frozenset()
    assert not forget_torn(tmp_path)
    node.close()
    node = Node(tmp_path)
    assert node.store.watermark() is None
    node.close()


def test_a_store_that_was_closed_is_trusted_over_a_restart_of_the_machine(tmp_path: Path) -> None:
    node = Node(tmp_path)
    node.apply(shown("dy_1"), mark())
    node.close()
    assert not (tmp_path / WRITTEN).exists()
    assert not forget_torn(tmp_path)
    assert Resolver(tmp_path).get("dy_1") is not None


def test_a_node_that_was_told_to_end_is_whole_and_one_that_was_killed_is_too(
    edge: Edge, tmp_path: Path
) -> None:
    edge.tell(*everything("dy_1"))
    with following(tmp_path, edge) as node:
        node.await_ready()
        assert (tmp_path / WRITTEN).exists()
    assert not (tmp_path / WRITTEN).exists()
    with following(tmp_path, edge) as node:
        node.await_ready()
        within(5, lambda: (tmp_path / WRITTEN).exists() or None, "written")
        node.with_follower(signal.SIGKILL)
        within(5, lambda: node.board[Cell.FOLLOWER_STARTS] == 3 or None, "started again")
        node.await_ready()
        assert edge.snapshots == 1


@pytest.mark.parametrize("damage", ["power cut", "no database"])
def test_a_torn_node_is_rebuilt_when_it_starts(edge: Edge, tmp_path: Path, damage: str) -> None:
    edge.tell(*everything("dy_1"))
    with following(tmp_path, edge) as node:
        node.await_ready()
    if damage == "power cut":
        (tmp_path / WRITTEN).write_text("another life")
    else:
        current = tmp_path / (tmp_path / "current").read_text()
        (current / "data.mdb").write_bytes(b"\xff" * 65536)
    with following(tmp_path, edge) as node:
        node.await_ready()
        assert node.shows("dy_1")
        assert edge.snapshots == 2
