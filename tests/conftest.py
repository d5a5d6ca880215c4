"""What every test shares: an environment of its own, a printed seed, Hypothesis profiles."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from tests.world import World

SEED = "GUAZAI_TEST_SEED"
DATABASE_FIXTURES = frozenset({"db", "transactional_db", "live_server"})
# A worker of xdist inherits the environment that the run's first process has made.
IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ

if not IS_WORKER:
    # Before Django reads its settings: nothing of the developer's own Guazai reaches a test.
    for name in [name for name in os.environ if name.startswith("GUAZAI_")]:
        if name != "GUAZAI_DATABASE" and not name.startswith("GUAZAI_TEST_"):
            del os.environ[name]
    os.environ["GUAZAI_STATE"] = tempfile.mkdtemp(prefix="guazai-tests-")
    os.environ["GUAZAI_SECRET_KEY"] = "a secret that only tests know " * 2
    os.environ["DJANGO_SETTINGS_MODULE"] = "guazai.control.settings"
    os.environ.setdefault(SEED, str(random.SystemRandom().randrange(2**32)))
STATE = Path(os.environ["GUAZAI_STATE"])

hypothesis.settings.register_profile("ci", deadline=None, print_blob=True)
hypothesis.settings.register_profile(
    "thorough", hypothesis.settings.get_profile("ci"), max_examples=5000
)
hypothesis.settings.load_profile("ci")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Give Hypothesis the run's seed, and Django a test database that is a real file."""
    if config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = os.environ[SEED]
    if config.pluginmanager.has_plugin("django"):
        from django.conf import settings  # noqa: PLC0415 - read only once the environment is set

        default = settings.DATABASES["default"]
        if default["ENGINE"] == "django.db.backends.sqlite3":
            # In memory SQLite shares its cache between threads and locks differently.
            default.setdefault("TEST", {})["NAME"] = str(STATE / "test.sqlite3")


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    if not IS_WORKER:
        shutil.rmtree(STATE, ignore_errors=True)


def pytest_report_header() -> str:
    """Say what a failing random run needs to be repeated."""
    database = os.environ.get("GUAZAI_DATABASE", "sqlite").partition(":")[0]
    return f"guazai: {database}, seed {os.environ[SEED]} (repeat it with {SEED}={os.environ[SEED]})"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Mark the tests that touch the database, so that they run on each one."""
    for item in items:
        fixtures = DATABASE_FIXTURES.intersection(getattr(item, "fixturenames", ()))
        if fixtures or item.get_closest_marker("django_db"):
            item.add_marker("database")


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> random.Random:
    """Random numbers that depend on the run's seed and the test alone."""
    return random.Random(f"{os.environ[SEED]}:{request.node.nodeid}")


@pytest.fixture
def world(db: None) -> World:
    """Builders over an empty database."""
    from tests.world import World  # noqa: PLC0415 - models can be read once Django is set up

    return World()
