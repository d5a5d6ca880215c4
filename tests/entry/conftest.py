"""The scene that the tests of entries play in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.edge import Edge
    from tests.entry.scene import Scene
    from tests.world import World


@pytest.fixture
def edge(db: None, tmp_path: Path) -> Iterator[Edge]:
    """The relay and a node, which holds nothing yet."""
    from tests.edge import Edge  # noqa: PLC0415 - it needs Django set up

    opened = Edge(tmp_path / "edge")
    yield opened
    opened.close()


@pytest.fixture
def scene(world: World, edge: Edge) -> Scene:
    """One entry of which everything holds, told to the edge."""
    from tests.entry.scene import Scene  # noqa: PLC0415 - it needs Django set up

    return Scene(world, edge)
