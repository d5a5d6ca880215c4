"""R14: the breaker holds what would hide unusually many, and nothing else."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from guazai.batch.generate import generate
from guazai.batch.manifest import directory_of
from guazai.control.evaluation import breaker, jobs, queries
from guazai.control.evaluation.breaker import Applied, check_feed, check_policy, hidden_limit
from guazai.control.kernel import clock
from tests.evaluation.samples import bulk, day, feed_of, held_run, hidden, run_day, write_feed

LAST = Applied(date(2026, 11, 19), 1000, "f" * 64)
NEXT = date(2026, 11, 20)
DAYS = 30
ACCOUNTS = 20_000
BOUND = 3_000


@pytest.mark.parametrize(
    ("passing", "limit"),
    [
        (0, 20),
        (1_000, 20),
        (1_049, 20),
        (1_050, 21),
        (249_999, 4_999),
        (250_000, 5_000),
        (10_000_000, 5_000),
    ],
)
def test_r14_the_limit_of_newly_hidden(passing: int, limit: int) -> None:
    assert hidden_limit(passing) == limit
    assert check_feed(NEXT, 1000, limit, passing, LAST) == []
    [reason] = check_feed(NEXT, 1000, limit + 1, passing, LAST)
    assert reason.to_json() == {"code": "too_many_hidden", "actual": limit + 1, "limit": limit}


@pytest.mark.parametrize(("rows", "is_held"), [(900, 0), (899, 1), (1100, 0), (1101, 1)])
def test_r14_the_limit_of_rows(rows: int, is_held: int) -> None:
    found = check_feed(NEXT, rows, 0, 0, LAST)
    assert [reason.code for reason in found] == ["row_count_differs"] * is_held


def test_r14_a_missing_day_is_held_and_a_correction_is_not() -> None:
    assert check_feed(LAST.as_of, 1000, 0, 0, LAST) == []
    [reason] = check_feed(NEXT + timedelta(days=1), 1000, 0, 0, LAST)
    assert (reason.code, reason.limit) == ("day_missing", "2026-11-20")


def test_r14_the_first_feed_is_compared_with_nothing() -> None:
    assert check_feed(NEXT, 5, 20, 100, None) == []
    assert [each.code for each in check_feed(NEXT, 5, 21, 100, None)] == ["too_many_hidden"]


def test_r14_a_policy_may_hide_as_many_as_its_dry_run_said() -> None:
    assert hidden_limit(100, 500) == 520
    assert check_policy(520, 100, 500) == []
    assert [each.code for each in check_policy(521, 100, 500)] == ["too_many_hidden"]


def test_r14_a_held_run_changes_nothing_and_alarms(db: None) -> None:
    run = held_run()
    assert run.status == "held"
    assert run.reasons == [{"code": "too_many_hidden", "actual": 30, "limit": 20}]
    watched = {name: run.watched[name] for name in ("hidden", "hidden_limit", "passing")}
    assert watched == {"hidden": 30, "hidden_limit": 20, "passing": 100}
    assert hidden(bulk(100)) == set()
    last = queries.last_applied()
    assert last is not None
    assert last.as_of == day(1)
    alarm = queries.open_alarms().get()
    assert (alarm.kind, alarm.key) == ("run_held", run.pk)
    assert [jobs.run_once()["take_feeds"] for _ in range(2)] == [0, 0]
    assert run_day(day()) == run


@pytest.mark.parametrize(("cut", "status"), [(30, "applied"), (31, "held")])
def test_r14_rows_that_are_gone(db: None, feeds: Path, cut: int, status: str) -> None:
    watched = bulk(100)
    write_feed(feeds, day(1), feed_of(watched, others=200))
    run_day(day(1))
    write_feed(feeds, day(), feed_of(watched, others=200 - cut))
    assert run_day(day()).status == status


def test_r14_a_day_that_is_missing(db: None, feeds: Path) -> None:
    for age in (2, 0):
        write_feed(feeds, day(age), feed_of(bulk(10)))
        run = run_day(day(age))
    assert [reason["code"] for reason in run.reasons] == ["day_missing"]


@pytest.fixture
def month(tmp_path: Path) -> tuple[Path, list[date], list[str]]:
    """Thirty generated days, and some of the accounts in them."""
    import polars as pl  # noqa: PLC0415 - slow to load, and this alone needs it

    seed = int(os.environ["GUAZAI_TEST_SEED"])
    first = clock.today() - timedelta(days=DAYS + 1)
    made = generate(tmp_path / "feeds", first, DAYS, ACCOUNTS, seed)
    ids = pl.read_parquet(made[0] / "part-00000.parquet")["aweme_id"]
    bound = ids.sample(BOUND, seed=seed).to_list()
    return tmp_path / "feeds", [first + timedelta(days=age) for age in range(DAYS)], bound


def test_r14_thirty_days_without_a_false_hold(
    db: None, month: tuple[Path, list[date], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, days, bound = month
    bulk_of(bound)
    found = [run_day(on) for on in days]
    assert [run.status for run in found] == ["applied"] * DAYS
    assert sum(run.watched["hidden"] for run in found[1:]) > 0
    assert sum(run.watched["shown"] for run in found[1:]) > 0
    next_day = days[-1] + timedelta(days=1)
    spoil(root, days[-1], next_day)
    with time_machine.travel(clock.end_of(next_day), tick=False):
        assert run_day(next_day).status == "held"
        before = hidden(bound)
        # The twin: without the breaker 40% of all are hidden.
        monkeypatch.setattr(breaker, "check_feed", lambda *_: [])
        queries.held_runs().delete()
        assert run_day(next_day).status == "applied"
        assert len(hidden(bound)) > len(before) + BOUND // 20


def bulk_of(ids: list[str]) -> None:
    """Watch these accounts."""
    from guazai.control.directory.models import DouyinAccount  # noqa: PLC0415
    from guazai.control.eligibility.models import AccountFacts  # noqa: PLC0415

    DouyinAccount.objects.bulk_create(
        [DouyinAccount(pk=each, nickname=each, account_type="personal") for each in ids]
    )
    AccountFacts.objects.bulk_create([AccountFacts(pk=each) for each in ids])


def spoil(root: Path, last: date, on: date) -> None:
    """The feed of the day after, in which 40% of all have a serious violation."""
    import polars as pl  # noqa: PLC0415 - as above

    from guazai.batch.describe import describe  # noqa: PLC0415

    rows = pl.read_parquet(directory_of(root, last) / "part-00000.parquet")
    is_hit: Any = pl.int_range(pl.len()) % 5 < 2
    spoilt = rows.with_columns(pl.col("has_serious_violation") | is_hit)
    directory = directory_of(root, on)
    directory.mkdir()
    spoilt.write_parquet(directory / "part-00000.parquet")
    describe(directory, on).write(directory)


def test_e6_a_missing_day_that_arrives_frees_the_next(db: None, feeds: Path) -> None:
    for age in (2, 0):
        write_feed(feeds, day(age), feed_of(bulk(10)))
    while jobs.run_once()["take_feeds"]:
        pass
    assert queries.held_runs().get().as_of == day()
    write_feed(feeds, day(1), feed_of(bulk(10)))
    while jobs.run_once()["take_feeds"]:
        pass
    statuses = queries.runs().order_by("pk").values_list("as_of", "status")
    assert list(statuses) == [
        (day(2), "applied"),
        (day(), "superseded"),
        (day(1), "applied"),
        (day(), "applied"),
    ]
    assert not queries.open_alarms().exists()
