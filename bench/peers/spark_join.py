"""Evaluate and diff a feed with PySpark DataFrames: the job that a data team would schedule."""

from __future__ import annotations

import time
from pathlib import Path

from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as f

from guazai.policy import POLICY_2024_08_15, Rule


def _not_met(rule: Rule) -> Column:
    fact, threshold = f.col(rule.fact), f.lit(rule.value)
    met = {"gte": fact >= threshold, "is_true": fact, "is_false": ~fact}[rule.op]
    return ~f.coalesce(met, f.lit(False))


def _files(folder: Path) -> list[str]:
    return [str(path) for path in sorted(folder.glob("*.parquet"))]


def run(feed: Path, before: Path, into: Path, threads: int) -> tuple[int, float]:
    """Write whose mask changed; returns how many, and the seconds that Spark took to start."""
    started = time.perf_counter()
    spark = (
        SparkSession.builder.master(f"local[{threads}]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "6g")
        .config("spark.sql.shuffle.partitions", "32")
        .config("spark.local.dir", str(into))
        .getOrCreate()
    )
    start_seconds = time.perf_counter() - started
    bits = [
        _not_met(rule).cast("long") * (1 << place)
        for place, rule in enumerate(POLICY_2024_08_15.rules)
    ]
    mask = bits[0]
    for bit in bits[1:]:
        mask = mask + bit
    now = spark.read.parquet(*_files(feed)).select("aweme_id", mask.alias("after"))
    # Spark has no unsigned numbers: it reads them as decimals.
    earlier = spark.read.parquet(*_files(before)).select(
        "aweme_id", f.col("mask").cast("long").alias("before")
    )
    changes = now.join(earlier, "aweme_id", "full").where(
        ~f.col("after").eqNullSafe(f.col("before"))
    )
    changes.write.parquet(str(into / "changes"))
    count = spark.read.parquet(str(into / "changes")).count()
    spark.stop()
    return count, start_seconds
