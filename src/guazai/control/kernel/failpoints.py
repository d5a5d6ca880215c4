"""Named points at which a test may end the process as a power cut would (R4)."""

from __future__ import annotations

import os
import signal

from django.conf import settings


def failpoint(name: str) -> None:
    """Kill this process at once if `GUAZAI_FAILPOINT` names this point; otherwise do nothing."""
    if settings.CONFIG.failpoint == name:
        os.kill(os.getpid(), signal.SIGKILL)
