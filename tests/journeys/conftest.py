"""One platform for each module and database, and its logs where a test fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.platform import DATABASES, Platform, platform


@pytest.fixture(scope="module", params=DATABASES)
def shared_platform(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    with platform(request.param, tmp_path_factory.mktemp("state")) as running:
        yield running


@pytest.fixture
def running(shared_platform: Platform) -> Iterator[Platform]:
    """The module's platform; pytest shows what is printed here where the test failed."""
    yield shared_platform
    print(shared_platform.logs())
