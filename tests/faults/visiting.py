"""Visitors of several nodes, in a process of their own (`tests.faults.effective`)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.platform import REPOSITORY, Platform, with_group


@dataclass
class Visitors:
    """Those who ask for what is watched; they are told as it changes, by any thread."""

    process: subprocess.Popen[str]

    def tell(self, sign: str, aweme_id: str) -> None:
        """Watch an account from now on (`+`), or not any more (`-`)."""
        assert self.process.stdin is not None
        # One write a line: several threads tell.
        self.process.stdin.write(f"{sign}{aweme_id}\n")
        self.process.stdin.flush()

    def end(self) -> dict[str, Any]:
        """End them; what they saw."""
        said, _ = self.process.communicate(timeout=120)
        assert self.process.returncode == 0
        return dict(json.loads(said))


@contextmanager
def visitors(running: Platform, rate: float, seed: str, nodes: Sequence[str]) -> Iterator[Visitors]:
    """Ask each of `nodes`, `NAME:PORT`, `rate` times a second for what is watched."""
    command = [sys.executable, "-m", "tests.faults.effective", str(rate), seed, *nodes]
    with subprocess.Popen(
        command,
        cwd=REPOSITORY,
        env=running.env,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            yield Visitors(process)
        finally:
            with_group(process, 9)
