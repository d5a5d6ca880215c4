"""Generated feeds: sound, the same for the same seed, and as lively as a platform's."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from guazai.batch import generate as generating
from guazai.batch.check import check, open_feed
from guazai.batch.generate import generate
from guazai.batch.manifest import Manifest, directory_of
from guazai.policy import POLICY_2024_08_15, FactType
from tests.batch.feeds import SECRET
from tests.conftest import SEED

FIRST = date(2026, 11, 1)
ACCOUNTS = 200_000
DAYS = 4


def files_of(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def rows_of(directory: Path) -> pl.DataFrame:
    return pl.read_parquet(directory / "*.parquet", hive_partitioning=False)


def share(holds: Iterable[bool]) -> float:
    return sum(holds) / ACCOUNTS


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> list[pl.DataFrame]:
    """Some days of one platform, every one of them checked."""
    seed = int(os.environ[SEED])
    print(f"seed {seed}")
    root = tmp_path_factory.mktemp("feeds")
    frames = []
    for directory in generate(root, FIRST, DAYS, ACCOUNTS, seed, file_count=3):
        feed = open_feed(directory, facts=POLICY_2024_08_15.facts, today=date(2027, 1, 1))
        check(feed)
        frames.append(rows_of(directory))
    return frames


def passing(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        "aweme_id",
        passes=(
            (pl.col("effective_followers") >= 500)
            & pl.col("is_verified_adult")
            & ~pl.col("has_serious_violation")
            & pl.col("meets_regulatory_requirements")
        ).fill_null(value=False),
    )


def test_follower_counts_are_skewed_and_many_are_near_the_threshold(
    days: list[pl.DataFrame],
) -> None:
    followers = sorted(days[0]["effective_followers"].to_list())
    median = followers[ACCOUNTS // 2]
    assert len(followers) == ACCOUNTS
    assert 150 < median < 250
    assert sum(followers) / ACCOUNTS > 4 * median
    assert 0.02 < share(450 <= each <= 550 for each in followers) < 0.10
    assert followers[-1] > 100_000


def test_some_are_unverified_and_few_in_violation(days: list[pl.DataFrame]) -> None:
    rows = days[0]
    assert 0.1 < rows["is_verified_adult"].null_count() / ACCOUNTS < 0.2
    assert 0.001 < share(rows["has_serious_violation"]) < 0.005
    assert share(rows["meets_regulatory_requirements"]) > 0.99
    assert set(rows["account_type"].unique()) == {"personal", "institution", "enterprise"}
    assert 0.05 < share(not each.isdigit() for each in rows["aweme_id"]) < 0.15


def test_days_differ_by_little_and_both_ways(days: list[pl.DataFrame]) -> None:
    for before, after in pairwise(days):
        both = passing(before).join(passing(after), on="aweme_id", suffix="_after")
        passed = passing(before).filter("passes").height
        hidden = both.filter(pl.col("passes") & ~pl.col("passes_after")).height / passed
        shown = both.filter(~pl.col("passes") & pl.col("passes_after")).height / passed
        assert 0.0003 < hidden < 0.004
        assert 0.0003 < shown < 0.004
        assert 0.0001 < 1 - both.height / before.height < 0.0004
        assert 0.0003 < 1 - both.height / after.height < 0.0008


def test_the_same_seed_makes_the_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("one", 7), ("two", 7), ("other", 8)):
        generate(tmp_path / name, FIRST, 2, 5000, seed, file_count=2)
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")
    assert files_of(tmp_path / "one") != files_of(tmp_path / "other")


def test_a_day_is_the_same_however_many_follow_or_come_together(tmp_path: Path) -> None:
    """A file depends on nothing but the seed, its accounts and its day."""
    generate(tmp_path / "two", FIRST, 2, 5000, 7, file_count=2)
    generate(tmp_path / "one", FIRST, 1, 5000, 7, file_count=2)
    first = directory_of(tmp_path / "two", FIRST)
    assert files_of(first) == files_of(directory_of(tmp_path / "one", FIRST))
    generate(tmp_path / "cut", FIRST, 2, 5000, 7, file_count=5)
    for day in (FIRST, FIRST + timedelta(days=1)):
        whole = rows_of(directory_of(tmp_path / "two", day))
        assert rows_of(directory_of(tmp_path / "cut", day)).equals(whole)


def test_steps_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate(tmp_path / "whole", FIRST, 1, 5000, 7)
    monkeypatch.setattr(generating, "_STEP", 999)
    generate(tmp_path / "steps", FIRST, 1, 5000, 7)
    assert files_of(tmp_path / "whole") == files_of(tmp_path / "steps")


def test_makes_every_fact_that_policies_declare(tmp_path: Path) -> None:
    facts = {
        **POLICY_2024_08_15.facts,
        "posts": FactType.INT,
        "rate": FactType.FLOAT,
        "is_open": FactType.BOOL,
        "region": FactType.STR,
    }
    [directory] = generate(tmp_path, FIRST, 1, 5000, 7, facts=facts, secret=SECRET)
    feed = open_feed(directory, facts=facts, today=date(2027, 1, 1), secret=SECRET)
    assert check(feed)[0].rows == 5000
    assert rows_of(directory)["region"].null_count() > 0


@pytest.mark.parametrize("accounts", [1, 2, 11])
def test_makes_the_smallest_feeds(accounts: int, tmp_path: Path) -> None:
    for directory in generate(tmp_path, FIRST, 3, accounts, 7, file_count=accounts):
        feed = open_feed(directory, facts=POLICY_2024_08_15.facts, today=date(2027, 1, 1))
        assert sum(part.rows for part in check(feed)) == feed.rows >= 1


def test_refuses_what_makes_no_feed(tmp_path: Path) -> None:
    for days, accounts, files in ((0, 10, 1), (1, 0, 1), (1, 10, 11)):
        with pytest.raises(ValueError, match="at least"):
            generate(tmp_path, FIRST, days, accounts, 7, file_count=files)
    assert not list(tmp_path.iterdir())


def test_leaves_a_day_that_is_there(tmp_path: Path) -> None:
    [directory] = generate(tmp_path, FIRST, 1, 100, 7)
    kept = Manifest.read(directory).content_hash
    with pytest.raises(FileExistsError):
        generate(tmp_path, FIRST, 1, 100, 8)
    assert Manifest.read(directory).content_hash == kept
