"""A Redis of one test's own, which keeps nothing."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from tests.platform import STOP_SECONDS, within

STARTS_WITHIN_SECONDS = 20


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Run redis-server until the block ends; its address."""
    if shutil.which("redis-server") is None:
        pytest.fail("redis-server is not there: python -m tests.system_packages redis-server")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with subprocess.Popen(
        ["redis-server", *options, "--dir", str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            url = f"redis://127.0.0.1:{port}/0"

            def answers() -> bool | None:
                assert process.poll() is None, "redis-server ended"
                with redis.Redis.from_url(url) as client:
                    try:
                        return bool(client.ping()) or None
                    except redis.ConnectionError:
                        return None

            within(STARTS_WITHIN_SECONDS, answers, "redis-server answers")
            yield url
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
