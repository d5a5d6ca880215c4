"""Moving windows in this process's memory, for any number of threads.

The library's own storage in memory starts a timer from whichever thread counts, and fails now and
then where two do so at once.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field

from limits import RateLimitItem

#: How often windows that are empty by now are forgotten, in seconds.
SWEPT_EVERY = 10.0


@dataclass(slots=True)
class _Window:
    """When something was counted, for as many seconds as its rate speaks of."""

    seconds: float
    hits: deque[float] = field(default_factory=deque)

    def move(self, now: float) -> None:
        # A clock that was set back would keep them for as long as it was.
        if self.hits and self.hits[-1] > now:
            self.hits.clear()
        while self.hits and self.hits[0] <= now - self.seconds:
            self.hits.popleft()


class MemoryWindows:
    """Counts for each rate and names how often something was done in the time that has passed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._windows: dict[str, _Window] = {}
        self._swept_at = 0.0

    def hit(self, rate: RateLimitItem, *names: str) -> bool:
        """Count one; False where the rate is used up already, and none is counted."""
        with self._lock:
            now = self._now()
            key = rate.key_for(*names)
            window = self._windows.get(key)
            if window is None:
                window = self._windows[key] = _Window(rate.get_expiry())
            window.move(now)
            if len(window.hits) >= rate.amount:
                return False
            window.hits.append(now)
            return True

    def test(self, rate: RateLimitItem, *names: str) -> bool:
        """Whether one more could be counted."""
        with self._lock:
            now = self._now()
            window = self._windows.get(rate.key_for(*names))
            if window is None:
                return True
            window.move(now)
            return len(window.hits) < rate.amount

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._windows.clear()

    def __len__(self) -> int:
        """How many windows are kept."""
        return len(self._windows)

    def _now(self) -> float:
        now = time.time()
        if not self._swept_at <= now < self._swept_at + SWEPT_EVERY:
            self._sweep(now)
        return now

    def _sweep(self, now: float) -> None:
        self._swept_at = now
        for key, window in list(self._windows.items()):
            window.move(now)
            if not window.hits:
                del self._windows[key]
