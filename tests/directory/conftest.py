"""Tries to log in are counted in memory; each test counts its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def no_tries(db: None) -> Iterator[None]:
    from guazai.control.kernel.limits import limiter  # noqa: PLC0415 - it needs Django set up
    from guazai.control.kernel.windows import MemoryWindows  # noqa: PLC0415 - as above

    assert isinstance(limiter._shared, MemoryWindows)
    limiter._shared.forget()
    yield
    limiter._shared.forget()
