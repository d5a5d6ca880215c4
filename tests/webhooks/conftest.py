"""The scene that webhook tests play in."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from tests.webhooks.sink import Sink, sink

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.webhooks.scene import Scene
    from tests.world import World


@pytest.fixture
def scene(world: World) -> Scene:
    from tests.webhooks.scene import Scene  # noqa: PLC0415 - it needs Django set up

    found = Scene(world)
    found.networks = (ip_network("127.0.0.1/32"),)
    return found


@pytest.fixture
def server() -> Iterator[Sink]:
    """A sink over plain HTTP."""
    with sink() as found:
        yield found
