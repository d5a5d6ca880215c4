"""Counters that several worker processes share, and their Prometheus text.

Each worker counts in a small file of its own in one directory; whichever worker is scraped adds
all files up, those of workers that have ended too, so that no counter ever goes back.
"""

from __future__ import annotations

import mmap
import os
import struct
import time
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from guazai.feed.records import Watermark
from guazai.resolver.board import Board, Cell

ROUTES = ("entry", "entries", "break_glass", "healthz", "readyz", "metrics", "other")
STATUSES = (200, 201, 204, 400, 403, 404, 405, 408, 409, 413, 414, 431, 500, 503)
RESULTS = {"shown": 200, "hidden": 204}
_REQUEST_CELLS = len(ROUTES) * len(STATUSES)
_SHOWN, _HIDDEN = _REQUEST_CELLS, _REQUEST_CELLS + 1
_CELLS = struct.Struct(f"={_REQUEST_CELLS + len(RESULTS)}Q")
_SUFFIX = ".counts"
_FOLLOWED = {
    Cell.LEASES: ("leases", "Leases granted to this node."),
    Cell.RECORDS: ("records", "Records that came with the feed."),
    Cell.REHYDRATIONS: ("rehydrations", "Times that only a snapshot went on."),
    Cell.REBUILDS: ("rebuilds", "Stores rebuilt from a snapshot."),
    Cell.REBUILD_FAILURES: ("rebuild_failures", "Rebuilds given up; the old store went on."),
    Cell.DRIFT_FOUND: ("drift_found", "Rows found to differ from the log, or damaged."),
    Cell.DRIFT_MENDED: ("drift_mended", "Of these, rows that are right again."),
    Cell.BAD_MACS: ("bad_macs", "Records and rows that could not be believed."),
    Cell.TOO_NEW: ("too_new", "Records that were newer than the database."),
    Cell.SCRUBS: ("scrubs", "Times that the whole store was compared with the log."),
    Cell.FOLLOWER_STARTS: ("follower_starts", "Starts of the follower."),
}
_HELD = {
    Cell.HIDDEN: ("hidden", "Entries of the overlay: what is hidden whatever the store says."),
    Cell.BREAK_GLASS: ("break_glass", "Denies by break-glass held."),
    Cell.CONNECTED: ("feed_connected", "Whether the feed is followed."),
    Cell.REBUILD_DONE: ("rebuild_rows", "Rows in the store being rebuilt."),
    Cell.REBUILD_TOTAL: ("rebuild_rows_expected", "Rows that it will have."),
}


def age_seconds(watermark: Watermark) -> float:
    """Say how long ago the relay last spoke, by this machine's clock; never negative."""
    return max(0.0, time.time() - watermark.at_ms / 1000)


def cell(route: str, status: int) -> int:
    """Say where the requests of a route with a status are counted."""
    return ROUTES.index(route) * len(STATUSES) + STATUSES.index(status)


class Counts:
    """This worker's counters, and the sum over all workers of the same directory.

    `cells` holds them one beside the other, each where `cell` says.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        with (directory / f"{os.getpid()}{_SUFFIX}").open("x+b") as file:
            file.write(bytes(_CELLS.size))
            file.flush()
            self.cells = memoryview(mmap.mmap(file.fileno(), _CELLS.size)).cast("Q")
        self._cell_of = {
            route: {status: cell(route, status) for status in STATUSES} for route in ROUTES
        }

    def request(self, route: str, status: int) -> None:
        """Count one answered request."""
        self.cells[self._cell_of[route][status]] += 1

    def batch(self, shown: int, hidden: int) -> None:
        """Count the accounts of a batch; a single account's result is its request's status."""
        self.cells[_SHOWN] += shown
        self.cells[_HIDDEN] += hidden

    def total(self) -> tuple[int, ...]:
        """Add up the cells of every worker."""
        files = self._directory.glob(f"*{_SUFFIX}")
        whole = (data for file in files if len(data := file.read_bytes()) == _CELLS.size)
        return tuple(map(sum, zip(*map(_CELLS.unpack, whole), strict=True)))


class _Collector:
    def __init__(self, total: tuple[int, ...], watermark: Watermark | None, board: Board) -> None:
        self._total = total
        self._watermark = watermark
        self._board = board

    def collect(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            "guazai_resolver_requests", "Requests answered.", labels=("route", "status")
        )
        cells = iter(self._total)
        for route in ROUTES:
            for status in STATUSES:
                if count := next(cells):
                    requests.add_metric((route, str(status)), count)
        yield requests
        results = CounterMetricFamily(
            "guazai_resolver_entries", "Accounts resolved.", labels=("result",)
        )
        for (result, status), count in zip(RESULTS.items(), cells, strict=True):
            results.add_metric((result,), count + self._total[cell("entry", status)])
        yield results
        if self._watermark is not None:
            yield _gauge("watermark_epoch", "Epoch of the watermark.", self._watermark.epoch)
            yield _gauge("watermark_revision", "Its revision.", self._watermark.revision)
            age = age_seconds(self._watermark)
            yield _gauge("watermark_age_seconds", "Seconds since the relay spoke.", age)
        yield from self._node()

    def _node(self) -> Iterator[Metric]:
        """What the follower tells of itself."""
        board = self._board
        for cell_, (name, text) in _FOLLOWED.items():
            yield CounterMetricFamily(f"guazai_resolver_{name}", text, value=board[cell_])
        for cell_, (name, text) in _HELD.items():
            yield _gauge(name, text, board[cell_])
        now = time.monotonic_ns()
        left = max(0, board[Cell.LEASE_UNTIL] - now) / 1e9
        yield _gauge("lease_seconds", "Seconds left of the lease.", left)
        is_in = now < board[Cell.ROTATION_UNTIL]
        yield _gauge("in_rotation", "Whether this node may be asked.", is_in)
        lag = board[Cell.FEED_LAG_MS] / 1000
        yield _gauge("feed_lag_seconds", "How old the newest frame was when it was taken.", lag)
        took = board[Cell.SCRUB_MS] / 1000
        yield _gauge("scrub_seconds", "How long the last comparison with the log took.", took)
        if newest := board[Cell.NEWEST_AT_MS]:
            age = max(0.0, time.time() - newest / 1000)
            yield _gauge("newest_record_age_seconds", "Seconds since a record came.", age)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"guazai_resolver_{name}", text, value=value)


def exposition(counts: Counts, watermark: Watermark | None, board: Board) -> bytes:
    """Write all metrics in the Prometheus text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(counts.total(), watermark, board))
    return generate_latest(registry)
