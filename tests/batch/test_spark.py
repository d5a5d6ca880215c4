"""The same run on a cluster gives the same bytes, and refuses the same feeds (E3)."""

from __future__ import annotations

import os
import random
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from guazai.batch import engine, spark
from guazai.batch.check import Feed, open_feed
from guazai.batch.errors import FeedError
from guazai.batch.generate import generate
from guazai.batch.masks import Masks
from guazai.policy import POLICY_2024_08_15

#: Two executors, each a JVM of its own with Pythons of its own, of one core and 1 GiB.
CLUSTER = "local-cluster[2,1,1024]"
ACCOUNTS, FILES = 60_000, 9
FIRST = date(2026, 11, 1)


def feed(directory: Path) -> Feed:
    today = FIRST + timedelta(days=9)
    return open_feed(directory, facts=POLICY_2024_08_15.facts, today=today)


def contents(path: Path) -> dict[str, bytes]:
    return {
        str(each.relative_to(path)): each.read_bytes() for each in path.rglob("*") if each.is_file()
    }


@pytest.mark.slow
def test_a_cluster_makes_the_same_bytes(tmp_path: Path, rng: random.Random) -> None:
    first, second = generate(
        tmp_path / "feeds", FIRST, 2, ACCOUNTS, rng.randrange(10**6), file_count=FILES
    )
    before = engine.evaluate(feed(first), POLICY_2024_08_15, None, tmp_path / "before").masks
    here = engine.evaluate(feed(second), POLICY_2024_08_15, before, tmp_path / "here")
    workers: set[int] = set()
    with spark.runner(CLUSTER) as runner:
        there = engine.evaluate(
            feed(second), POLICY_2024_08_15, before, tmp_path / "there", runner=runner
        )
        # Every executor's Pythons have a parent of their own.
        workers = set(runner(lambda _: os.getppid(), range(FILES)))
        _refuses_what_one_machine_refuses(second, before, tmp_path, runner)
    assert there.summary == here.summary
    assert there.summary.newly_hidden
    assert contents(there.masks.path) == contents(here.masks.path)
    assert len(workers) > 1, "one executor did all the work"
    assert os.getpid() not in workers


def _refuses_what_one_machine_refuses(
    directory: Path, before: Masks, tmp_path: Path, runner: engine.Runner
) -> None:
    broken = feed(directory)
    victim = broken.parts[4].path
    raw = victim.read_bytes()
    # As long and as old as before, so that only its hash tells.
    times = victim.stat().st_atime_ns, victim.stat().st_mtime_ns
    victim.write_bytes(raw[:9] + bytes([raw[9] ^ 1]) + raw[10:])
    os.utime(victim, ns=times)
    with pytest.raises(FeedError) as refused:
        engine.evaluate(
            feed(directory), POLICY_2024_08_15, before, tmp_path / "never", runner=runner
        )
    assert (refused.value.code, refused.value.file) == ("hash_wrong", victim.name)
    assert not (tmp_path / "never").exists()


def test_a_master_without_spark_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(spark.EngineError, match=r"guazai\[spark\]"), spark.runner("spark://x:1"):
        pass


def test_the_local_engine_needs_no_spark() -> None:
    with spark.runner("local") as runner:
        assert list(runner(abs, [-1, -2])) == [1, 2]
