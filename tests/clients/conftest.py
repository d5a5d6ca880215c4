"""A platform with its TLS front, as clients of the ecosystem find it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from guazai.demo.caller import Caller
from tests.clients.scene import LOGINS, Scene
from tests.clients.talking import front
from tests.platform import Platform, platform

apps = count(1)


@pytest.fixture(scope="session")
def fronted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Platform, str]]:
    """A platform, and where it answers over TLS, at the ecosystem's own port."""
    with platform("sqlite", tmp_path_factory.mktemp("clients")) as running, front(running) as found:
        running.add_people(**LOGINS)
        yield running, found


@pytest.fixture(scope="session")
def callers() -> dict[str, Caller]:
    """Who is logged in already."""
    return {}


@pytest.fixture
def scene(fronted: tuple[Platform, str], callers: dict[str, Caller]) -> Scene:
    """What a client finds: a mini program of this test's own."""
    found = Scene(fronted[0], f"tt_tea{next(apps)}", callers)
    found.sync()
    return found


@pytest.fixture
def address(fronted: tuple[Platform, str]) -> str:
    """Where the platform answers over TLS."""
    return fronted[1]
