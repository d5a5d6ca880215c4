"""The control plane as a process: granian serving Django over WSGI."""

from __future__ import annotations

from pathlib import Path

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from guazai.control.config import Config
from guazai.control.delivery.console import DIST

FILES = {"/static": Path(__file__).parent / "pages" / "static", "/assets": DIST / "assets"}
THREADS = 8


def run(config: Config) -> None:
    """Serve until SIGTERM or SIGINT."""
    # Without the console's build the API and the owners' pages are served all the same.
    files = {route: folder for route, folder in FILES.items() if folder.is_dir()}
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
        static_path_route=list(files),
        static_path_mount=list(files.values()),
    ).serve()
