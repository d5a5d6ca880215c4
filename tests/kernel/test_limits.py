"""Rate limits: moving windows, and each process by itself where the shared storage is gone."""

from __future__ import annotations

import socket
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from limits import parse
from limits.storage import MemoryStorage, RedisStorage

from guazai.control import backends
from guazai.control.kernel import limits
from guazai.control.kernel.limits import Limiter

RATE = parse("3 per 1 second")
START = "2026-01-01T00:00:00Z"


def test_a_window_moves() -> None:
    limiter = Limiter()
    with time_machine.travel(START, tick=False) as traveller:
        assert [limiter.hit(RATE, "a", "b") for _ in range(4)] == [True] * 3 + [False]
        assert limiter.hit(RATE, "a", "c")
        assert not limiter.has_left(RATE, "a", "b")
        traveller.shift(0.6)
        assert not limiter.hit(RATE, "a", "b")
        traveller.shift(0.5)
        assert limiter.has_left(RATE, "a", "b")
        assert limiter.hit(RATE, "a", "b")


def test_looking_counts_nothing() -> None:
    limiter = Limiter()
    assert all(limiter.has_left(RATE, "looked") for _ in range(10))
    assert limiter.hit(RATE, "looked")


def test_the_storage_is_chosen_by_its_url() -> None:
    assert isinstance(backends.limits_storage(""), MemoryStorage)
    assert isinstance(backends.limits_storage("redis://127.0.0.1:1/0"), RedisStorage)


@pytest.fixture
def refusing() -> str:
    """The address of a Redis that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return f"redis://127.0.0.1:{port}/0"


def test_without_redis_each_process_counts_by_itself_and_says_so_once_a_minute(
    settings: Any,
    refusing: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.LIMITS_STORAGE = partial(backends.limits_storage, refusing)
    clock = [1000.0]
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    limiter = Limiter()
    with time_machine.travel(START, tick=False):
        assert [limiter.hit(RATE, "alone") for _ in range(4)] == [True] * 3 + [False]
        assert not limiter.has_left(RATE, "alone")
    assert caplog.text.count("limits.storage_failed") == 1
    clock[0] += limits.SAID_EVERY
    limiter.hit(RATE, "alone")
    limiter.hit(RATE, "alone")
    assert caplog.text.count("limits.storage_failed") == 2
    assert refusing not in caplog.text
