"""The stage of the matrix: made once for all its routes, and never changed by one of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

    from tests.matrix.stage import Stage


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Stage]:
    """Everybody, and what they ask for; it is gone when the module is done."""
    from django.db import transaction  # noqa: PLC0415 - it needs Django set up

    from tests.matrix.stage import Stage  # noqa: PLC0415 - as above
    from tests.world import World  # noqa: PLC0415 - as above

    with django_db_blocker.unblock(), transaction.atomic():
        yield Stage(World())
        transaction.set_rollback(True)
