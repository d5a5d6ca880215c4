"""P6: a node that has nothing, until it is in rotation with a million entries.

Run it as `python -m bench.rebuild`. The log is filled straight into the database; then each round
starts a resolver on an empty folder, and waits for `/readyz`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from bench import entries
from bench.platform import Platform

GOAL_SECONDS = 20.0
CHUNK = 10_000


def fill_log(count: int) -> None:
    """Put sealed entries into the log, as a relay that told them would have."""
    from django.db import connection, transaction  # noqa: PLC0415 - set up by Platform

    from guazai.control.config import Config  # noqa: PLC0415
    from guazai.control.entry.models import EdgeRecord, FeedHead  # noqa: PLC0415
    from guazai.feed.seal import bucket_of  # noqa: PLC0415

    edge_key = Config.from_env().node.edge_key
    table = connection.ops.quote_name(EdgeRecord._meta.db_table)
    insert = f"INSERT INTO {table} (key, value, revision, bucket) VALUES (%s, %s, %s, %s)"  # noqa: S608
    rows: list[tuple[bytes, bytes, int, int]] = []
    with transaction.atomic(), connection.cursor() as cursor:
        revision = 0
        for revision, sealed in enumerate(entries.records(count, edge_key), 1):
            rows.append((sealed.key, sealed.value, revision, bucket_of(sealed.key)))
            if len(rows) == CHUNK:
                cursor.executemany(insert, rows)
                rows.clear()
        cursor.executemany(insert, rows)
        FeedHead.objects.create(pk=1, epoch=1, revision=revision, edge_key_id=edge_key.identifier())


def start_from_nothing(platform: Platform, expected: int) -> float:
    """Start a resolver on an empty folder; give the seconds until it is in rotation."""
    from guazai.resolver import Resolver  # noqa: PLC0415

    folder = platform.folder / "edge"
    shutil.rmtree(folder, ignore_errors=True)
    began = time.perf_counter()
    with platform.process("resolver") as resolver:
        platform.await_well(platform.resolver_port, "/readyz", resolver)
        took = time.perf_counter() - began
        last = Resolver(folder).get(entries.account(expected - 1))
        if last is None:
            raise SystemExit("the last entry is missing")
    return took


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--entries", type=int, default=1_000_000)
    arguments.add_argument("--rounds", type=int, default=5)
    given = arguments.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as name:
        platform = Platform(Path(name))
        print(f"putting {given.entries:,} entries into the log", flush=True)
        fill_log(given.entries)
        figures = []
        with platform.process("relay") as relay:
            platform.await_well(platform.port_base + 2, "/healthz", relay)
            for number in range(given.rounds):
                figures.append(start_from_nothing(platform, given.entries))
                print(f"round {number + 1}: {figures[-1]:.1f} s", flush=True)
    middle, low, high = statistics.median(figures), min(figures), max(figures)
    print(f"P6: {middle:.1f} s (from {low:.1f} to {high:.1f}), goal {GOAL_SECONDS:g} s")
    line = {"name": "P6", "seconds": round(middle, 2), "low": round(low, 2), "high": round(high, 2)}
    print(json.dumps(line | {"goal_seconds": GOAL_SECONDS}))


if __name__ == "__main__":
    main()
