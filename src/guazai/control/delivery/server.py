"""The control plane as a process: granian serving Django over WSGI."""

from __future__ import annotations

from pathlib import Path

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from guazai.control.config import Config

STATIC = Path(__file__).parent / "pages" / "static"
THREADS = 8


def run(config: Config) -> None:
    """Serve until SIGTERM or SIGINT."""
    Granian(
        target="guazai.control.delivery.wsgi:application",
        address=config.bind,
        port=config.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        http=HTTPModes.http1,
        log_level=LogLevels.error,
        workers_kill_timeout=3,
        static_path_route=["/static"],
        static_path_mount=[STATIC],
    ).serve()
