"""What the tests of the wire share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def forget_calls() -> Iterator[None]:
    """No test's calls count for the next."""
    from guazai.control.kernel.limits import limiter  # noqa: PLC0415 - it needs Django set up

    limiter._shared.storage.reset()
    yield
    limiter._shared.storage.reset()
