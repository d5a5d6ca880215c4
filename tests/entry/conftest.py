"""The scene that the tests of entries play in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from guazai.resolver.store import Store

if TYPE_CHECKING:
    from tests.entry.scene import Scene
    from tests.world import World


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """This node's edge, empty."""
    opened = Store.open(tmp_path / "edge", writable=True)
    yield opened
    opened.close()


@pytest.fixture
def scene(world: World, store: Store) -> Scene:
    """One entry of which everything holds, told to the edge."""
    from tests.entry.scene import Scene  # noqa: PLC0415 - it needs Django set up

    return Scene(world, store)
