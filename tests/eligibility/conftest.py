"""What the tests of eligibility share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.world import World


@pytest.fixture
def world(db: None) -> World:
    """Builders over a database that holds the shipped policy alone."""
    from tests.world import World  # noqa: PLC0415 - conftests are read before Django is set up

    return World()
