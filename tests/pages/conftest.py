"""The scene that the tests of the pages play in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.pages.scene import Scene
    from tests.world import World


@pytest.fixture
def scene(world: World) -> Scene:
    """An account with its owner, and a mini program that may ask for it."""
    from tests.pages.scene import Scene  # noqa: PLC0415 - it needs Django set up

    return Scene(world)
