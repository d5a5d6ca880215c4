"""Processes forked from a parent that has all code loaded, but neither database nor store open."""

from __future__ import annotations

import mmap
import os
import signal
import struct
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from django.db import connections

_SLOT = struct.Struct("=Q")


class Counters:
    """Numbers that a parent and its forked children share; each has one writer."""

    def __init__(self, *names: str) -> None:
        self._memory = mmap.mmap(-1, _SLOT.size * len(names))
        self._place = {name: index * _SLOT.size for index, name in enumerate(names)}

    def __getitem__(self, name: str) -> int:
        return int(_SLOT.unpack_from(self._memory, self._place[name])[0])

    def __setitem__(self, name: str, value: int) -> None:
        _SLOT.pack_into(self._memory, self._place[name], value)

    def wait(self, name: str, least: int, seconds: float = 60.0) -> None:
        """Wait until a number has come as far as `least`."""
        until = time.monotonic() + seconds
        while self[name] < least:
            if time.monotonic() > until:
                raise TimeoutError(f"{name} is {self[name]}, not {least}, after {seconds} s")
            time.sleep(0.001)


def close_databases() -> None:
    """Leave no connection open that a child would share."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        if connection.vendor == "postgresql":
            connection.close_pool()  # type: ignore[attr-defined] # only of that vendor


def fork(work: Callable[[], object], log: Path) -> int:
    """Run `work` in a child whose output goes to `log`; its process id.

    It exits 0 where `work` returns, 1 where that raises.
    """
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        with log.open("ab", buffering=0) as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        work()
        status = 0
    except BaseException:  # noqa: BLE001 - nothing may run on into the parent's code
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def finish(pid: int, log: Path) -> None:
    """Wait for a child that is to succeed; raises RuntimeError with its log where it did not."""
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status:
        raise RuntimeError(f"a child ended with {status}:\n{log.read_text()}")


def kill(pid: int) -> None:
    """End a child as a power cut would; raises RuntimeError where it had ended by itself."""
    os.kill(pid, signal.SIGKILL)
    require_killed(os.waitpid(pid, 0)[1])


def require_killed(status: int) -> None:
    if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL:
        raise RuntimeError(f"a child was to be killed, but ended by itself with {status}")
