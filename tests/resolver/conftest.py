from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from guazai.resolver.store import Store
from tests.resolver.serving import Resolver, live, mark, serving, verdict


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A writable store, its directory being `tmp_path`."""
    opened = Store.open(tmp_path, writable=True)
    yield opened
    opened.close()


@pytest.fixture
def resolver(store: Store, tmp_path: Path) -> Iterator[Resolver]:
    """A resolver process that reads what the test writes into `store`."""
    with serving(tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Resolver]:
    """One resolver for many questions: `dy_1` is shown, no one writes."""
    path = tmp_path_factory.mktemp("standing")
    writer = Store.open(path, writable=True)
    writer.apply([live("dy_1"), verdict("dy_1")], mark())
    writer.close()
    with serving(path) as running:
        yield running
