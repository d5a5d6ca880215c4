"""What the tests of the wire share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.openapi.scene import Scene
    from tests.world import World


@pytest.fixture
def scene(world: World) -> Scene:
    """A mini program that calls the wire."""
    from tests.openapi.scene import Scene  # noqa: PLC0415 - it needs Django set up

    return Scene(world)


@pytest.fixture(autouse=True)
def forget_calls() -> Iterator[None]:
    """No test's calls count for the next."""
    from guazai.control.kernel.limits import limiter  # noqa: PLC0415 - it needs Django set up
    from guazai.control.kernel.windows import MemoryWindows  # noqa: PLC0415 - as above

    assert isinstance(limiter._shared, MemoryWindows)
    limiter._shared.forget()
    yield
    limiter._shared.forget()
