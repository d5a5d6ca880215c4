"""A platform to measure: its state in a folder of its own, its processes on free ports."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench.tools import STOP_SECONDS, free_port_base

HEALTHY_SECONDS = 60.0


class Platform:
    """The settings of one platform; this process is set up as a part of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port_base = free_port_base()
        settings = {
            "STATE": folder,
            "PORT_BASE": self.port_base,
            "SECRET_KEY": "a secret of benchmarks alone " * 2,
            "LOG_LEVEL": "WARNING",
        }
        os.environ |= {f"GUAZAI_{name}": str(value) for name, value in settings.items()}
        os.environ["DJANGO_SETTINGS_MODULE"] = "guazai.control.settings"
        import django  # noqa: PLC0415 - it reads the settings above

        django.setup()
        from django.core.management import call_command  # noqa: PLC0415

        call_command("migrate", interactive=False, verbosity=0)

    @property
    def resolver_port(self) -> int:
        return self.port_base + 1

    @contextmanager
    def process(self, name: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run one of the platform's processes, such as `relay`."""
        with subprocess.Popen(
            [sys.executable, "-m", "guazai", name], stdin=subprocess.DEVNULL
        ) as process:
            try:
                yield process
            finally:
                process.terminate()
                try:
                    process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()

    def await_well(self, port: int, path: str, *processes: subprocess.Popen[bytes]) -> None:
        """Wait until an address answers 200; ends the benchmark where it does not."""
        until = time.monotonic() + HEALTHY_SECONDS
        with httpx.Client(trust_env=False, timeout=5) as client:
            while time.monotonic() < until:
                for each in processes:
                    if each.poll() is not None:
                        raise SystemExit(f"{each.args!r} ended with {each.returncode}")
                try:
                    if client.get(f"http://127.0.0.1:{port}{path}").status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                time.sleep(0.01)
        raise SystemExit(f"port {port} was not well in {HEALTHY_SECONDS} s")
