"""Feeds, policies and runs that the tests of evaluation share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from django.conf import settings

from guazai.batch.columns import COLUMN_TYPES
from guazai.batch.describe import describe
from guazai.batch.manifest import directory_of
from guazai.control.directory.models import DouyinAccount
from guazai.control.eligibility import queries as standing
from guazai.control.eligibility.models import AccountFacts
from guazai.control.evaluation import work
from guazai.control.evaluation.models import Run
from guazai.control.kernel import clock
from guazai.control.kernel.actor import system
from guazai.policy import POLICY_2024_08_15
from tests.world import PASSING

WHO = system("evaluator")
Rows = Mapping[str, Mapping[str, Any]]


def draft_json(followers: int = 1000) -> dict[str, Any]:
    """The content of a draft: the shipped policy with another threshold of followers."""
    written = POLICY_2024_08_15.to_json()
    rules: Any = written["rules"]
    return {
        "account_types": written["account_types"],
        "facts": written["facts"],
        "rules": [
            {**rule, "value": followers} if rule["fact"] == "effective_followers" else rule
            for rule in rules
        ],
    }


def day(age: int = 0) -> date:
    """Yesterday, or `age` days before it: the last day that is over."""
    return clock.today() - timedelta(days=1 + age)


def write_feed(root: Path, on: date, rows: Rows, parts: int = 1) -> Path:
    """The feed of one day, which says `PASSING` of every account but for what is given."""
    facts = POLICY_2024_08_15.facts
    table = [
        {"aweme_id": aweme_id, "account_type": "personal", **PASSING, **given}
        for aweme_id, given in sorted(rows.items())
    ]
    schema: dict[str, type[pl.DataType]] = {"aweme_id": pl.String, "account_type": pl.String}
    schema |= {name: COLUMN_TYPES[kind] for name, kind in facts.items()}
    frame = pl.DataFrame(table, schema=schema)
    directory = directory_of(root, on)
    directory.mkdir(parents=True)
    step = -(-frame.height // parts)
    for index in range(parts):
        part = frame[index * step : (index + 1) * step]
        part.write_parquet(directory / f"part-{index:05}.parquet")
    describe(directory, on).write(directory)
    return directory


def crowd(count: int) -> list[str]:
    """The ids of accounts whom nobody here knows."""
    return [f"zz{number:06}" for number in range(count)]


def feed_of(watched: Iterable[str], others: int = 100, **facts: Any) -> dict[str, dict[str, Any]]:
    """Rows that pass for `watched` and some whom nobody here knows; `facts` are all of theirs."""
    return {aweme_id: dict(facts) for aweme_id in (*watched, *crowd(others))}


def bulk(count: int, prefix: str = "bulk") -> list[str]:
    """The ids of accounts that are watched and nothing else, made without any act."""
    ids = [f"{prefix}{number:06}" for number in range(count)]
    DouyinAccount.objects.bulk_create(
        [DouyinAccount(pk=each, nickname=each, account_type="personal") for each in ids],
        ignore_conflicts=True,
    )
    AccountFacts.objects.bulk_create([AccountFacts(pk=each) for each in ids], ignore_conflicts=True)
    return ids


def run_day(on: date) -> Run:
    """Evaluate the feed of a day, as the command does."""
    with work.working():
        work.recover(WHO)
        return work.run_feed(WHO, on).run


def hidden(aweme_ids: Iterable[str]) -> set[str]:
    """Those who do not pass, as the edge was told."""
    found = {each: standing.verdict(each) for each in aweme_ids}
    return {each for each, verdict in found.items() if verdict is None or not verdict.is_passed}


def held_run() -> Run:
    """A feed that hides 30 of 100 watched accounts, after one that hid none."""
    watched = bulk(100)
    feeds: Path = settings.CONFIG.feeds
    write_feed(feeds, day(1), feed_of(watched))
    run_day(day(1))
    rows = feed_of(watched)
    for aweme_id in watched[:30]:
        rows[aweme_id]["effective_followers"] = 1
    write_feed(feeds, day(), rows)
    return run_day(day())
