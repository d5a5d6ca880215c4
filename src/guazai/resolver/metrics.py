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

ROUTES = ("entry", "entries", "healthz", "readyz", "metrics", "other")
STATUSES = (200, 204, 400, 404, 405, 408, 413, 414, 431, 500, 503)
RESULTS = {"shown": 200, "hidden": 204}
_REQUEST_CELLS = len(ROUTES) * len(STATUSES)
_SHOWN, _HIDDEN = _REQUEST_CELLS, _REQUEST_CELLS + 1
_CELLS = struct.Struct(f"={_REQUEST_CELLS + len(RESULTS)}Q")
_SUFFIX = ".counts"


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
    def __init__(self, total: tuple[int, ...], watermark: Watermark | None) -> None:
        self._total = total
        self._watermark = watermark

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
            for name, text, value in (
                ("epoch", "Epoch of the watermark.", self._watermark.epoch),
                ("revision", "Revision of the watermark.", self._watermark.revision),
                ("age_seconds", "Seconds since the relay spoke.", age_seconds(self._watermark)),
            ):
                yield GaugeMetricFamily(f"guazai_resolver_watermark_{name}", text, value=value)


def exposition(counts: Counts, watermark: Watermark | None) -> bytes:
    """Write all metrics in the Prometheus text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(counts.total(), watermark))
    return generate_latest(registry)
