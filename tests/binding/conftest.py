"""The scene that the tests of bindings share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.binding.scene import Scene
    from tests.world import World


@pytest.fixture
def scene(world: World) -> Scene:
    """A mini program with the capability, and its people."""
    from tests.binding.scene import Scene  # noqa: PLC0415 - it needs Django set up

    return Scene(world)
