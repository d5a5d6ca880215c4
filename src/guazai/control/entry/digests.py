"""The digests of all buckets of the log, kept by what is told instead of scanned anew."""

from __future__ import annotations

from collections.abc import Sequence

from guazai.control.entry.relay import Told
from guazai.control.entry.stream import Point
from guazai.feed.frames import Checkpoint


class Digests:
    """Unknown until a scan of the log is in; what is told meanwhile is remembered."""

    def __init__(self) -> None:
        self._point: Point | None = None
        self._numbers: list[int] = []
        self._early: list[Told] = []

    @property
    def are_known(self) -> bool:
        """Whether there was a scan."""
        return self._point is not None

    def load(self, point: Point, numbers: Sequence[int]) -> None:
        """Begin with a scan as of some point."""
        self._point, self._numbers = point, list(numbers)
        for told in self._early:
            self.take(told)
        self._early.clear()

    def take(self, told: Told) -> None:
        """Follow what was told, in its order."""
        if self._point is None:
            self._early.append(told)
        elif told.after == self._point:
            for bucket, change in told.digests.items():
                self._numbers[bucket] ^= change
            self._point = told.watermark.epoch, told.watermark.revision

    def checkpoint(self) -> Checkpoint | None:
        """The digests as they are now; None until they are known."""
        return None if self._point is None else Checkpoint(*self._point, tuple(self._numbers))
