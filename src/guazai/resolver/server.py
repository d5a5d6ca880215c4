"""The resolver as processes: granian's supervisor and its workers, sharing one store."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from multiprocessing import connection, parent_process
from pathlib import Path

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LogLevels
from granian.rsgi import Scope

from guazai.resolver.app import App, Exchange
from guazai.resolver.metrics import Counts
from guazai.resolver.store import Store

DRAIN_SECONDS = 3
Application = Callable[[Scope, Exchange], Awaitable[None]]


def run(path: Path, bind: str, port: int, workers: int = 1, max_age_seconds: float = 60) -> None:
    """Serve the store in the directory `path` until SIGTERM or SIGINT, then drain and return.

    Call it from the main thread. `/readyz` fails when the watermark is older than
    `max_age_seconds`. Raises OSError when the address cannot be listened on.
    """
    _require_free(bind, port)
    with tempfile.TemporaryDirectory(prefix="guazai-resolver-") as counts:
        server = Granian(
            target="guazai.resolver",
            address=bind,
            port=port,
            interface=Interfaces.RSGI,
            workers=workers,
            loop=Loops.uvloop,
            http=HTTPModes.http1,
            websockets=False,
            log_level=LogLevels.warning,
            workers_kill_timeout=DRAIN_SECONDS,
        )
        load = partial(_load, path, Path(counts), max_age_seconds)
        server.serve(target_loader=load, wrap_loader=False)


def _require_free(bind: str, port: int) -> None:
    # granian listens with SO_REUSEPORT, so a second server would share the port in silence.
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    socket.create_server((bind, port), family=family).close()


def _load(path: Path, counts: Path, max_age_seconds: float) -> Application:
    """Make a worker's application, in the worker: no environment crosses the fork."""
    threading.Thread(target=_follow_parent, name="follow-parent", daemon=True).start()
    return App(Store.open(path), Counts(counts), max_age_seconds).answer


def _follow_parent() -> None:
    """End this worker when its supervisor is gone, or it would hold the port for ever."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
