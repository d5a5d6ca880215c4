"""A failpoint ends the process where it is named, and does nothing anywhere else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

PROGRAM = """
import django
django.setup()
from guazai.control.kernel.failpoints import failpoint
for name in ("relay.told", "relay.published"):
    failpoint(name)
    print("past", name, flush=True)
"""


@pytest.mark.parametrize(
    ("named", "status", "printed"),
    [
        ("", 0, ["past relay.told", "past relay.published"]),
        ("relay", 0, ["past relay.told", "past relay.published"]),
        ("relay.published", -signal.SIGKILL, ["past relay.told"]),
        ("relay.told", -signal.SIGKILL, []),
    ],
)
def test_a_failpoint_does_nothing_unless_named(named: str, status: int, printed: list[str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "GUAZAI_FAILPOINT": named},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout.splitlines()) == (status, printed)
