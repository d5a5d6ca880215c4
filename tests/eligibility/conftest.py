"""What the tests of eligibility share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.eligibility.feeds import Feeds


@pytest.fixture
def feeds(db: None, tmp_path: Path) -> Feeds:
    """A host that delivers feeds."""
    from tests.eligibility.feeds import Feeds  # noqa: PLC0415 - models are read once Django is up

    return Feeds(tmp_path)
