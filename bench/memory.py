"""P7: what entries take in memory, in the resolver's store, in Redis and in a dict.

Run it as `python -m bench.memory`. It needs the `bench` extra and redis-server.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from redis import Redis

from bench.charts import Line, chart, draw
from bench.entries import account, fill_node, fill_redis
from bench.tools import free_port, require_programs, running
from guazai.resolver.board import FILE as BOARD

MEGABYTE = 10**6
GOAL = 230.0
ASKED = 200_000
# The answers that the resolver gives, by account, in a process that does nothing else.
_DICT = """
import sys, psutil
from bench.entries import account, body_of
me, held = psutil.Process(), {}
empty = me.memory_info().rss
for end in map(int, sys.argv[1:]):
    for number in range(len(held), end):
        held[account(number)] = body_of(number)
    print(me.memory_info().rss - empty, flush=True)
"""
# What a worker has for itself beside the store that all share, after it has answered much.
_WORKER = """
import re, sys
from pathlib import Path
from guazai.resolver.reading import Resolver
def anonymous():
    rollup = Path("/proc/self/smaps_rollup").read_text()
    return int(re.search(r"Anonymous: +([0-9]+) kB", rollup)[1]) * 1024
ids = sys.stdin.read().split()
empty = anonymous()
resolver = Resolver(sys.argv[1])
assert None not in map(resolver.get, ids)
print(anonymous() - empty)
"""


@dataclass(slots=True)
class Sizes:
    """Megabytes by number of entries, in the same order as `entries`."""

    entries: list[int]
    store: list[float] = field(default_factory=list)
    worker: list[float] = field(default_factory=list)
    redis: list[float] = field(default_factory=list)
    dict: list[float] = field(default_factory=list)


def _measure_store(entries: int, seed: int) -> tuple[float, float]:
    """Of the shared files, all of which are in memory once warmed; and of one worker."""
    rng = random.Random(seed)
    ids = " ".join(account(rng.randrange(entries)) for _ in range(ASKED))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "node"
        fill_node(folder, entries)
        files = [*folder.glob("store-*/*"), folder / BOARD]
        shared = sum(each.stat().st_blocks * 512 for each in files)
        command = [sys.executable, "-c", _WORKER, str(folder)]
        done = subprocess.run(command, input=ids, check=True, capture_output=True, text=True)
    return shared / MEGABYTE, int(done.stdout) / MEGABYTE


def _measure_redis(all_entries: list[int]) -> list[float]:
    port, found = free_port(), []
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
        process = psutil.Process(stack.enter_context(running([*command, "--dir", name], port)))
        empty, filled = process.memory_info().rss, 0
        for entries in all_entries:
            fill_redis(port, entries, start=filled)
            filled = entries
            found.append((process.memory_info().rss - empty) / MEGABYTE)
            with Redis(host="127.0.0.1", port=port) as redis:
                assert redis.dbsize() == entries
    return found


def _measure_dict(all_entries: list[int]) -> list[float]:
    command = [sys.executable, "-c", _DICT, *map(str, all_entries)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [int(line) / MEGABYTE for line in done.stdout.split()]


def _draw(found: Sizes, file: Path) -> None:
    x = [each / 10**6 for each in found.entries]
    resolver = [a + b for a, b in zip(found.store, found.worker, strict=True)]
    lines = [
        Line("dict, in every worker", x, found.dict, 2),
        Line("Redis", x, found.redis, 1),
        Line("resolver: store, shared by all workers, and one worker", x, resolver, 0),
    ]
    with chart(file, "Memory against entries", "entries, in millions", "megabytes") as axes:
        draw(axes, lines)
        axes.set_xlim(left=0)
        axes.set_ylim(bottom=0)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--entries", type=int, nargs="+", default=[1_000_000])
    arguments.add_argument("--chart", type=Path, help="write an SVG of all sizes here")
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(31))
    given = arguments.parse_args()
    require_programs("redis-server")
    print(f"seed {given.seed}")
    found = Sizes(sorted(given.entries))
    for entries in found.entries:
        shared, own = _measure_store(entries, given.seed)
        found.store.append(shared)
        found.worker.append(own)
        print(f"{entries:>11,} entries: store {shared:,.0f} MB, a worker {own:,.0f} MB", flush=True)
    found.redis = _measure_redis(found.entries)
    found.dict = _measure_dict(found.entries)
    for entries, redis, held in zip(found.entries, found.redis, found.dict, strict=True):
        print(f"{entries:>11,} entries: Redis {redis:,.0f} MB, a dict {held:,.0f} MB")
    if given.chart:
        _draw(found, given.chart)
    millions = [each / 10**6 for each in found.entries]
    whole = [
        (store + worker) / million
        for store, worker, million in zip(found.store, found.worker, millions, strict=True)
    ]
    print(f"P7: {whole[0]:.0f} MB per million (from {min(whole):.0f} to {max(whole):.0f})")
    figures = {"ratio": whole[0], "low": min(whole), "high": max(whole)}
    rounded = {name: round(value, 1) for name, value in figures.items()}
    print(json.dumps({"name": "P7", **rounded, "goal": GOAL}))


if __name__ == "__main__":
    main()
