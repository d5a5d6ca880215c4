"""Rate limits: moving windows, and each process by itself where the shared storage is gone."""

from __future__ import annotations

import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
import time_machine
from limits import parse
from limits.strategies import MovingWindowRateLimiter

from guazai.control import backends
from guazai.control.kernel import limits
from guazai.control.kernel.limits import Limiter
from guazai.control.kernel.windows import SWEPT_EVERY, MemoryWindows
from tests.platform import within
from tests.redis_server import redis_server

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


def test_a_clock_that_is_set_back_keeps_nobody_waiting() -> None:
    windows = MemoryWindows()
    with time_machine.travel(START, tick=False) as traveller:
        assert [windows.hit(RATE, "a") for _ in range(4)] == [True] * 3 + [False]
        traveller.shift(-3600)
        assert [windows.hit(RATE, "a") for _ in range(4)] == [True] * 3 + [False]
        traveller.shift(7200)
        assert [windows.hit(RATE, "a") for _ in range(4)] == [True] * 3 + [False]


def test_windows_that_are_empty_are_forgotten() -> None:
    windows = MemoryWindows()
    with time_machine.travel(START, tick=False) as traveller:
        for number in range(100):
            windows.hit(RATE, f"name{number}")
            windows.test(RATE, f"looked{number}")
        assert len(windows) == 100  # looking makes none
        traveller.shift(SWEPT_EVERY)
        windows.hit(RATE, "another")
        assert len(windows) == 1


def test_threads_count_together_and_none_fails() -> None:
    windows, seconds = MemoryWindows(), 3.0
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)

    def count() -> list[float]:
        until, let_in = time.monotonic() + seconds, []
        while time.monotonic() < until:
            if windows.hit(RATE, "a"):
                let_in.append(time.time())
            time.sleep(0.0005)
        return let_in

    try:
        with ThreadPoolExecutor(8) as pool:
            found = sorted(
                at for each in [pool.submit(count) for _ in range(8)] for at in each.result()
            )
    finally:
        sys.setswitchinterval(interval)
    assert len(found) >= RATE.amount * (seconds - 1)
    assert len(found) <= RATE.amount * (seconds + 1)


def test_looking_counts_nothing() -> None:
    limiter = Limiter()
    assert all(limiter.has_left(RATE, "looked") for _ in range(10))
    assert limiter.hit(RATE, "looked")


def test_the_storage_is_chosen_by_its_url() -> None:
    assert isinstance(backends.limits(""), MemoryWindows)
    assert isinstance(backends.limits("redis://127.0.0.1:1/0"), MovingWindowRateLimiter)


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
    settings.LIMITS = partial(backends.limits, refusing)
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


def test_processes_count_together_in_redis_and_apart_while_it_does_not_answer(
    settings: Any, tmp_path: Path
) -> None:
    with redis_server(tmp_path) as url:
        settings.LIMITS = partial(backends.limits, url)
        one, other = Limiter(), Limiter()
        slow = parse("3 per 1 hour")
        assert [one.hit(slow, "a"), other.hit(slow, "a"), one.hit(slow, "a")] == [True] * 3
        assert not other.hit(slow, "a")
        assert not one.has_left(slow, "a")
        port = url.rpartition(":")[2].partition("/")[0]
        (server,) = (each for each in psutil.Process().children() if port in str(each.cmdline()))
        server.suspend()
        began = time.monotonic()
        assert [one.hit(slow, "a") for _ in range(4)] == [True] * 3 + [False]
        assert time.monotonic() - began < limits.ASKED_AGAIN_AFTER
        server.resume()
        third = Limiter()
        within(5, lambda: True if not third.has_left(slow, "a") else None, "Redis answers again")
