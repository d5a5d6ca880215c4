"""The scene that landing tests play in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.landing.scene import Scene
    from tests.world import World


@pytest.fixture
def scene(world: World) -> Scene:
    from tests.landing.scene import Scene  # noqa: PLC0415 - it needs Django set up

    return Scene(world)
