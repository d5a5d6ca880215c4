"""The scene that the desk's tests play in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.review.scene import Desk
    from tests.world import World


@pytest.fixture
def desk(world: World) -> Desk:
    from tests.review.scene import Desk  # noqa: PLC0415 - conftests are read before Django is set up

    return Desk(world)
