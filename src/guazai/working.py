"""What `guazai worker` runs: the platform's own tasks, and who tells those outside."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog
from django.db import connections

from guazai.control.delivery import worker
from guazai.control.mail.mailer import Mailer
from guazai.control.webhooks.sender import Sender

if TYPE_CHECKING:
    from guazai.control.config import Config

log = structlog.get_logger(__name__)
#: How long those who tell may take to end: what they leave is done again.
END_SECONDS = 5.0
RESTART_SECONDS = 1.0


def run(config: Config, should_stop: Callable[[], bool]) -> None:
    """Work until `should_stop()`; a part that fails begins again, beside the others."""
    parts: dict[str, Callable[[], None]] = {
        "sender": lambda: Sender(config.webhook_networks).run(should_stop)
    }
    smtp = config.smtp
    if smtp is not None:
        parts["mailer"] = lambda: Mailer(config, smtp).run(should_stop)
    threads = [
        threading.Thread(target=_keep, args=(name, part, should_stop), name=name, daemon=True)
        for name, part in parts.items()
    ]
    for thread in threads:
        thread.start()
    worker.run(should_stop)
    for thread in threads:
        thread.join(END_SECONDS)


def _keep(name: str, part: Callable[[], None], should_stop: Callable[[], bool]) -> None:
    while not should_stop():
        try:
            part()
        except Exception:
            log.exception("worker.part_failed", part=name)
            time.sleep(RESTART_SECONDS)
        finally:
            connections.close_all()
