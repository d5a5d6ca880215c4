"""What the tests of promises share."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(scope="session")
def seed() -> str:
    """The run's seed: GUAZAI_TEST_SEED repeats it."""
    found = os.environ["GUAZAI_TEST_SEED"]
    print(f"seed {found}")
    return found
