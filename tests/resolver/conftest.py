from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from guazai.resolver.node import Node
from tests.resolver.serving import Resolver, mark, serving, shown


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """A node's writer, its folder being `tmp_path`."""
    opened = Node(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def resolver(node: Node) -> Iterator[Resolver]:
    """A resolver process that reads what the test writes into `node`."""
    with serving(node.folder) as running:
        yield running


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Resolver]:
    """One resolver for many questions: `dy_1` is shown, no one writes."""
    path = tmp_path_factory.mktemp("standing")
    writer = Node(path)
    writer.apply(shown("dy_1"), mark())
    writer.close()
    with serving(path) as running:
        yield running
