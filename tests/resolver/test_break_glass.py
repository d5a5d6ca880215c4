"""R9: a deny by break-glass hides within a second while the control plane is down."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from guazai.feed import DenyRecord, EdgeKey, Scope
from guazai.feed.lease import BreakGlass, sign_break_glass
from guazai.resolver import break_glass
from guazai.resolver.board import Cell
from guazai.resolver.break_glass import Box, read
from guazai.resolver.problems import Problem
from tests.platform import within
from tests.resolver.edge import Edge, running_edge
from tests.resolver.following import Node, everything, following
from tests.resolver.serving import EDGE_KEY, SURFACE, Response, serving

PATH = "/v1/break-glass"


@pytest.fixture
def edge() -> Iterator[Edge]:
    with running_edge() as found:
        yield found


def signed(
    number: str = "glass-0001",
    *,
    scope: Scope = Scope.ACCOUNT,
    target: str = "dy_1",
    key: EdgeKey = EDGE_KEY,
    age: float = 0,
) -> BreakGlass:
    unsigned = BreakGlass(
        id=number,
        scope=scope,
        target=target,
        reason="a test",
        signed_by="an operator",
        signed_at=int(time.time() - age),
    )
    return sign_break_glass(unsigned, key)


def lay(node: Node, given: BreakGlass) -> Response:
    return node.ask("POST", PATH, given.model_dump_json().encode())


def test_r9_it_hides_within_a_second_while_the_relay_is_away(edge: Edge, tmp_path: Path) -> None:
    edge.tell(*everything("dy_1"), *everything("dy_2"))
    with following(tmp_path, edge, workers=2) as node:
        node.await_ready()
        edge.stop()
        assert lay(node, signed()).status == 201
        node.await_shown("dy_1", shown=False, seconds=1)
        assert node.shows("dy_2")
        assert lay(node, signed("glass-0002", scope=Scope.GLOBAL, target="")).status == 201
        node.await_shown("dy_2", shown=False, seconds=1)
        assert node.board[Cell.BREAK_GLASS] == 2
        edge.start()


def test_r9_it_outlives_restarts_and_is_handed_in_until_it_is_merged(
    edge: Edge, tmp_path: Path
) -> None:
    edge.tell(*everything("dy_1"))
    given = signed()
    with following(tmp_path, edge) as node:
        node.await_ready()
        edge.stop()
        assert lay(node, given).status == 201
        node.await_shown("dy_1", shown=False)
        node.with_follower(signal.SIGKILL)
        within(5, lambda: node.board[Cell.FOLLOWER_STARTS] == 2 or None, "started again")
        assert not node.shows("dy_1")
    edge.start()
    with following(tmp_path, edge) as node:
        assert not node.shows("dy_1")
        within(5, lambda: (edge.asked and edge.asked[-1].break_glass) or None, "handed in")
        assert edge.asked[-1].break_glass == (given,)
        deny = DenyRecord(Scope.ACCOUNT, SURFACE, "dy_1", 1, 2, denied=True)
        edge.levers.floor = (1, edge.tell(deny))
        edge.levers.merged = (given.id,)
        within(5, lambda: (edge.asked[-1].break_glass == ()) or None, "handed in no more")
        within(5, lambda: (node.board[Cell.HIDDEN] == 0) or None, "hidden by the store alone")
        assert not node.shows("dy_1")
        assert node.board[Cell.BREAK_GLASS] == 0
        edge.levers.merged = ()
        edge.tell(DenyRecord(Scope.ACCOUNT, SURFACE, "dy_1", 1, 3, denied=False))
        node.await_shown("dy_1")
    assert list((tmp_path / "break-glass").iterdir()) == []


def test_r9_a_merged_one_stays_hidden_until_this_store_says_so(edge: Edge, tmp_path: Path) -> None:
    edge.tell(*everything("dy_1"))
    with following(tmp_path, edge) as node:
        node.await_ready()
        assert lay(node, signed()).status == 201
        node.await_shown("dy_1", shown=False)
        # The database has it, and told it; this node has not heard.
        edge.levers.floor, edge.levers.merged = (1, 2), ("glass-0001",)
        within(5, lambda: (edge.asked[-1].break_glass == ()) or None, "handed in no more")
        assert not node.shows("dy_1")
        edge.tell(DenyRecord(Scope.ACCOUNT, SURFACE, "dy_1", 1, 2, denied=True))
        node.await_ready()
        within(5, lambda: (node.board[Cell.HIDDEN] == 0) or None, "hidden by the store alone")
        assert not node.shows("dy_1")


def test_the_same_one_twice_is_one_and_another_of_its_id_is_refused(
    edge: Edge, tmp_path: Path
) -> None:
    edge.tell(*everything("dy_1"))
    given = signed()
    with following(tmp_path, edge) as node:
        assert lay(node, given).json() == {"id": "glass-0001", "is_new": True}
        again = lay(node, given)
        assert (again.status, again.json()["is_new"]) == (200, False)
        other = lay(node, signed(target="dy_2"))
        assert (other.status, other.json()["code"]) == (409, "break_glass_conflict")


def altered(**changes: Any) -> bytes:
    """A body that was changed after it was signed."""
    return json.dumps(json.loads(signed().model_dump_json()) | changes).encode()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "break_glass_malformed"),
        (b"{}", 400, "break_glass_malformed"),
        (b"[" * 5000, 400, "break_glass_malformed"),
        (altered(more=1), 400, "break_glass_malformed"),
        (altered(signed_at="1"), 400, "break_glass_malformed"),
        (altered(target="dy_2"), 403, "signature_invalid"),
        (altered(scope="global"), 403, "signature_invalid"),
        (altered(signature=""), 403, "signature_invalid"),
        (altered(signature="ü"), 403, "signature_invalid"),
        (altered(reason="x" * 9000), 413, "body_too_large"),
        (signed(key=EdgeKey("y" * 40)), 403, "signature_invalid"),
        (signed(age=25 * 3600), 403, "signature_expired"),
        (signed(age=-25 * 3600), 403, "signature_expired"),
        (signed("../../etc"), 400, "break_glass_malformed"),
        (signed("glass 0001"), 400, "break_glass_malformed"),
        (signed(target="dy/1"), 400, "break_glass_malformed"),
        (signed(target=""), 400, "break_glass_malformed"),
        (signed(scope=Scope.GLOBAL, target="dy_1"), 400, "break_glass_malformed"),
    ],
)
def test_what_is_not_signed_for_this_node_now_is_refused(
    body: bytes | BreakGlass, status: int, code: str
) -> None:
    sent = body if isinstance(body, bytes) else body.model_dump_json().encode()
    with pytest.raises(Problem) as refused:
        read(sent, EDGE_KEY)
    assert (refused.value.status, refused.value.code) == (status, code)


def test_a_refusal_comes_over_http_and_the_route_has_one_method(edge: Edge, tmp_path: Path) -> None:
    with following(tmp_path, edge) as node:
        answer = lay(node, signed(key=EdgeKey("y" * 40)))
        assert (answer.status, answer.json()["code"]) == (403, "signature_invalid")
        assert node.get(PATH).status == 405
        assert list((tmp_path / "break-glass").iterdir()) == []


def test_a_node_that_follows_nobody_has_no_such_route(tmp_path: Path) -> None:
    with serving(tmp_path) as resolver:
        body = signed().model_dump_json().encode()
        assert resolver.ask("POST", PATH, body).status == 404


def test_a_box_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(break_glass, "MAX_HELD", 3)
    box = Box(tmp_path)
    for number in range(3):
        assert box.put(signed(f"glass-{number:04}"))
    with pytest.raises(Problem) as refused:
        box.put(signed("glass-0003"))
    assert (refused.value.status, refused.value.code) == (503, "break_glass_full")
    assert not box.put(signed("glass-0001"))


def test_a_box_reads_what_others_put_and_leaves_out_what_it_cannot_read(tmp_path: Path) -> None:
    box, other = Box(tmp_path), Box(tmp_path)
    assert box.look()
    other.put(signed())
    assert box.look()
    assert set(box.held()) == {"glass-0001"}
    (tmp_path / break_glass.FOLDER / "glass-0002.json").write_text("{")
    assert box.look()
    assert set(box.held()) == {"glass-0001"}
    box.drop(["glass-0001", "unknown-1"])
    assert dict(box.held()) == {}
    other.look()
    assert dict(other.held()) == {}
