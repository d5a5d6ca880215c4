"""Rate limits in moving windows: in Redis for several processes, or in this one's memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property
from typing import Protocol

import structlog
from django.conf import settings
from limits import RateLimitItem
from limits.errors import StorageError

from guazai.control.kernel.windows import MemoryWindows

log = structlog.get_logger(__name__)
#: How often it is said that the shared counters do not answer, in seconds.
SAID_EVERY = 60.0
#: How long Redis is not asked after it did not answer, in seconds.
ASKED_AGAIN_AFTER = 1.0


class Windows(Protocol):
    """What counts: a moving window for each rate and names."""

    def hit(self, rate: RateLimitItem, *names: str) -> bool:
        """Count one; False where the rate is used up already, and none is counted."""

    def test(self, rate: RateLimitItem, *names: str) -> bool:
        """Whether one more could be counted."""


class Limiter:
    """Counts where it is set (`GUAZAI_REDIS`), and without that in this process's memory.

    Where Redis does not answer, this process counts by itself until it does: a limit that is
    held by each process is better than none, and than no answer.
    """

    def __init__(self) -> None:
        self._said_at: float | None = None
        self._asked_again_at = 0.0

    @cached_property
    def _shared(self) -> Windows:
        made: Windows = settings.LIMITS()
        return made

    @cached_property
    def _own(self) -> Windows:
        return MemoryWindows()

    def hit(self, rate: RateLimitItem, *names: str) -> bool:
        """Count one; False where `rate` is used up already for these names, and none is counted."""
        return self._ask(lambda windows: windows.hit(rate, *names))

    def has_left(self, rate: RateLimitItem, *names: str) -> bool:
        """Whether one more could be counted."""
        return self._ask(lambda windows: windows.test(rate, *names))

    def _ask(self, question: Callable[[Windows], bool]) -> bool:
        if time.monotonic() >= self._asked_again_at:
            try:
                return question(self._shared)
            except StorageError as error:
                # Not every call waits for what does not answer.
                self._asked_again_at = time.monotonic() + ASKED_AGAIN_AFTER
                self._say(error)
        return question(self._own)

    def _say(self, error: StorageError) -> None:
        now = time.monotonic()
        if self._said_at is None or now - self._said_at >= SAID_EVERY:
            self._said_at = now
            log.warning("limits.storage_failed", error=type(error.storage_error).__name__)


limiter = Limiter()
