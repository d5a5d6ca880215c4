"""A control plane that generated calls are made of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.platform import Platform, platform


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A control plane alone."""
    with platform("sqlite", tmp_path_factory.mktemp("served"), is_started=False) as found:
        done = found.guazai("migrate")
        assert done.returncode == 0, done.stderr
        found.start("control")
        found.await_healthy()
        yield found
