"""The scene that capability tests play in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.capability.scene import Scene
    from tests.world import World


@pytest.fixture
def scene(world: World) -> Scene:
    from tests.capability.scene import Scene  # noqa: PLC0415 - conftests are read before Django is set up

    return Scene(world)
