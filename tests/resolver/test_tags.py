"""A reader that has answered before notices what the store never held before."""

from __future__ import annotations

from guazai.feed import DenyRecord, Scope
from guazai.resolver import Resolver
from guazai.resolver.node import Node
from tests.resolver.serving import SURFACE, live, mark, sealed, shown


def test_v3_the_first_deny_on_an_account_is_seen_by_a_reader_that_has_answered(node: Node) -> None:
    node.apply(shown("dy_1"), mark())
    reader = Resolver(node.folder)
    assert reader.get("dy_1") is not None
    node.apply(sealed(DenyRecord(Scope.ACCOUNT, SURFACE, "dy_1", 1, 2, denied=True)), mark(2))
    assert reader.get("dy_1") is None


def test_v3_the_first_config_on_another_host_is_seen_by_a_reader_that_asked(node: Node) -> None:
    node.apply(shown("dy_1"), mark())
    reader = Resolver(node.folder)
    assert reader.get("dy_1", SURFACE, "toutiao") is None
    node.apply(sealed(live("dy_1", 2, place=(SURFACE, "toutiao"))), mark(2))
    assert reader.get("dy_1", SURFACE, "toutiao") is not None
