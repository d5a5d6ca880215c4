"""P5: judge every account of a feed and find whose verdict changed, against what it costs to scan.

Every job runs in a process of its own, so that its peak memory is its own. Times are of the work
alone: starting Python, or Spark, is not in them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import psutil

from bench.tools import report
from guazai.batch import columns, engine
from guazai.batch.check import CHUNK_ROWS, Feed, open_feed
from guazai.batch.generate import generate
from guazai.batch.manifest import directory_of
from guazai.batch.masks import Masks
from guazai.policy import POLICY_2024_08_15

FIRST, SECOND = date(2026, 1, 1), date(2026, 1, 2)
AFTER = date(2026, 1, 3)
SCAN_GOAL, DUCKDB_GOAL = 1.6, 4.0


@dataclass(frozen=True)
class Inputs:
    """A day's feed, and the masks of the day before."""

    folder: Path

    @property
    def feed(self) -> Feed:
        return open_feed(directory_of(self.folder, SECOND), facts=FACTS, today=AFTER)

    @property
    def before(self) -> Masks:
        return Masks.open(self.folder / "masks")

    def files(self) -> list[Path]:
        before = self.before
        return [
            *(part.path for part in self.feed.parts),
            *(before.path / part.name for part in before.parts),
        ]


FACTS = POLICY_2024_08_15.facts


def scan(inputs: Inputs, _into: Path) -> int:
    """Decode every column of both inputs, chunk by chunk, and look at none."""
    rows = 0
    for path in inputs.files():
        scanned = pl.scan_parquet(path, glob=False)
        for chunk in scanned.collect_batches(chunk_size=CHUNK_ROWS, maintain_order=True):
            rows += chunk.height
    return rows


def evaluate(inputs: Inputs, into: Path) -> int:
    """The whole run: hashes, every check, judging, merging, and all masks written to disk."""
    found = engine.evaluate(inputs.feed, POLICY_2024_08_15, inputs.before, into / "masks")
    return changed(found.masks.path)


def merge(inputs: Inputs, _into: Path) -> int:
    """Judging and merging alone, as the peers do it: no hashes, no checks, no masks written."""
    found, after, before = 0, None, inputs.before
    parts = inputs.feed.parts
    for part in parts:
        rows = pl.scan_parquet(part.path, glob=False)
        until = None if part is parts[-1] else rows.slice(part.rows - 1, 1).collect()["aweme_id"][0]
        judged = rows.select("aweme_id", columns.mask(POLICY_2024_08_15))
        changes = engine.changes_between(before.between(after, until), judged)
        found += changes.collect(engine="streaming").height
        after = until
    return found


def duckdb(inputs: Inputs, into: Path) -> int:
    """DuckDB's full hash join."""
    from bench.peers import duckdb_join  # noqa: PLC0415 - its memory is not for others to bear

    return duckdb_join.run(inputs.feed.directory, inputs.before.path, into, cores())


def spark(inputs: Inputs, into: Path) -> int:
    """PySpark's DataFrames on local cores; what it took to start is taken off."""
    from bench.peers import spark_join  # noqa: PLC0415 - its memory is not for others to bear

    count, start_seconds = spark_join.run(inputs.feed.directory, inputs.before.path, into, cores())
    print(json.dumps({"start_seconds": start_seconds}), flush=True)
    return count


JOBS: dict[str, Callable[[Inputs, Path], int]] = {
    job.__name__: job for job in (scan, evaluate, merge, duckdb, spark)
}


def cores() -> int:
    return len(os.sched_getaffinity(0))


def changed(masks: Path) -> int:
    changes = pl.scan_parquet(masks / engine.CHANGES / "*.parquet")
    return int(changes.select(pl.len()).collect().item())


@dataclass(frozen=True)
class Measured:
    """What one job in one round took."""

    seconds: float
    peak_mb: float
    result: int


def measure(job: str, folder: Path) -> Measured:
    """Run `job` in a process of its own."""
    command = [sys.executable, "-m", "bench.evaluate", "--job", job, "--folder", str(folder)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{job} ended with {done.returncode}\n{done.stderr}")
    figures: dict[str, float] = {}
    for line in done.stdout.splitlines():
        figures |= json.loads(line)
    seconds = figures["seconds"] - figures.get("start_seconds", 0.0)
    return Measured(seconds, figures["peak_mb"], int(figures["result"]))


def work(job: str, folder: Path) -> None:
    """Do one job and print what it took."""
    inputs = Inputs(folder)
    with tempfile.TemporaryDirectory(dir=folder) as into:
        started = time.perf_counter()
        result = JOBS[job](inputs, Path(into))
        seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "peak_mb": peak_mb(), "result": result}))


def peak_mb() -> float:
    """The most memory that this process, and Spark's JVM below it, ever held."""
    family = [
        psutil.Process().pid,
        *(each.pid for each in psutil.Process().children(recursive=True)),
    ]
    return sum(high_water_kb(pid) for pid in family) / 1024


def high_water_kb(pid: int) -> int:
    """The most memory that a process ever held; 0 for one that has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int((status.partition("VmHWM:")[2].split() or ["0"])[0])


def prepare(folder: Path, accounts: int, seed: int) -> None:
    """Two days of a feed, and the masks of the first."""
    generate(folder, FIRST, 2, accounts, seed)
    first = open_feed(directory_of(folder, FIRST), facts=FACTS, today=AFTER)
    engine.evaluate(first, POLICY_2024_08_15, None, folder / "masks")


def compare(folder: Path, rounds: int, *, with_spark: bool) -> dict[str, list[Measured]]:
    """Every job in turn, round by round; the first round warms the page cache and is not kept."""
    jobs = [name for name in JOBS if name != "spark"]
    found: dict[str, list[Measured]] = {name: [] for name in jobs}
    for number in range(rounds + 1):
        for name in jobs:
            took = measure(name, folder)
            if number:
                found[name].append(took)
    if with_spark:
        found["spark"] = [measure("spark", folder)]
    changes = {took.result for name, each in found.items() if name != "scan" for took in each}
    if len(changes) != 1:
        raise SystemExit(f"the jobs do not agree on what changed: {changes}")
    return found


def show(accounts: int, found: dict[str, list[Measured]]) -> None:
    print(f"{accounts:,} accounts")
    for name, each in found.items():
        seconds = sorted(took.seconds for took in each)
        peak = max(took.peak_mb for took in each)
        print(
            f"  {name:9} {seconds[len(seconds) // 2]:7.2f} s"
            f" ({seconds[0]:.2f} to {seconds[-1]:.2f}), peak {peak:,.0f} MB"
        )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--accounts", type=int, nargs="+", default=[50_000_000])
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--no-spark", action="store_true", help="leave PySpark out")
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(31))
    arguments.add_argument("--job", choices=sorted(JOBS), help=argparse.SUPPRESS)
    arguments.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.job:
        work(given.job, given.folder)
        return
    print(f"seed {given.seed}, load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    lines = []
    for accounts in given.accounts:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            print(f"making two days of {accounts:,} accounts", flush=True)
            prepare(folder, accounts, given.seed)
            found = compare(folder, given.rounds, with_spark=not given.no_spark)
        show(accounts, found)
        lines += ratios(accounts, found)
    print(*lines, sep="\n")


def ratios(accounts: int, found: dict[str, list[Measured]]) -> list[str]:
    """One line a figure: over the scan (to be small), and of the peers (to be large)."""
    size = f"P5 {accounts // 1_000_000}M"
    took = {name: [each.seconds for each in rounds] for name, rounds in found.items()}
    lines = [
        report(f"{size} merge/scan", took["merge"], took["scan"], SCAN_GOAL),
        report(f"{size} whole run/scan", took["evaluate"], took["scan"], SCAN_GOAL),
        report(f"{size} DuckDB/merge", took["duckdb"], took["merge"], DUCKDB_GOAL),
        report(f"{size} DuckDB/whole run", took["duckdb"], took["evaluate"], DUCKDB_GOAL),
    ]
    if "spark" in took:
        lines.append(
            report(f"{size} PySpark/whole run", took["spark"], took["evaluate"][:1], DUCKDB_GOAL)
        )
    return lines


if __name__ == "__main__":
    main()
