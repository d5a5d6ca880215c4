"""The control plane as a process: granian serving Django over WSGI."""

from __future__ import annotations

from pathlib import Path

from granian import Granian
from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.log import LogLevels

from guazai.certificates import Certificates
from guazai.control.config import Config
from guazai.control.delivery.console import DIST

FILES = {"/static": Path(__file__).parent / "pages" / "static", "/assets": DIST / "assets"}
THREADS = 8


def run(config: Config, *, tls: Certificates | None = None) -> None:
    """Serve until SIGTERM or SIGINT; over TLS, on the port for it, where certificates are given."""
    # Without the console's build the API and the owners' pages are served all the same.
    files = {route: folder for route, folder in FILES.items() if folder.is_dir()}
    Granian(
        target="guazai.control.delivery.wsgi:application",
        address=config.bind,
        port=config.port if tls is None else config.tls_port,
        interface=Interfaces.WSGI,
        workers=config.web_workers,
        blocking_threads=THREADS,
        http=HTTPModes.http1,
        log_level=LogLevels.error,
        workers_kill_timeout=3,
        static_path_route=list(files),
        static_path_mount=list(files.values()),
        ssl_cert=tls.chain if tls else None,
        ssl_key=tls.key if tls else None,
        ssl_protocol_min=SSLProtocols.tls12,
    ).serve()
