"""Judging a whole feed and merging it with the masks before, against a plain reference (E3)."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from guazai.batch import engine
from guazai.batch.check import open_feed
from guazai.batch.describe import describe
from guazai.batch.errors import FeedError
from guazai.batch.manifest import directory_of
from guazai.batch.masks import Masks
from guazai.policy import POLICY_2024_08_15, Evaluator, Policy, failed_reasons, passes

FACTS = POLICY_2024_08_15.facts
DAY, NEXT_DAY, TODAY = date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 21)
Account = Mapping[str, object]
Accounts = dict[str, Account]
TwoDays = tuple[Accounts, Accounts, Masks, engine.Evaluated]
SCHEMA = {
    "aweme_id": pl.String,
    "account_type": pl.String,
    "effective_followers": pl.Int64,
    "has_serious_violation": pl.Boolean,
    "is_verified_adult": pl.Boolean,
    "meets_regulatory_requirements": pl.Boolean,
}


def account(rng: random.Random) -> Account:
    return {
        "account_type": rng.choice(["personal", "institution", "enterprise"]),
        "effective_followers": rng.choice([None, 0, 499, 500, 501, 10_000]),
        "has_serious_violation": rng.choice([None, False, False, False, True]),
        "is_verified_adult": rng.choice([None, True, True, True, False]),
        "meets_regulatory_requirements": rng.choice([None, True, True, True, False]),
    }


def some_id(rng: random.Random) -> str:
    # Of many lengths, so that the order of bytes is not that of numbers.
    return rng.choice(["", "tea_", "Z", "a.b-"]) + str(rng.randrange(1, 10 ** rng.randint(1, 14)))


def people(rng: random.Random, count: int) -> Accounts:
    return {some_id(rng): account(rng) for _ in range(count)}


def a_day_later(rng: random.Random, accounts: Accounts, share: float) -> Accounts:
    """Some are gone, some changed, some new; at the ends too."""
    later = {
        aweme_id: account(rng) if rng.random() < share else facts
        for aweme_id, facts in accounts.items()
        if rng.random() >= share
    }
    return later | people(rng, 1 + int(share * len(accounts)))


def write_feed(root: Path, day: date, accounts: Accounts, files: int, rng: random.Random) -> Path:
    directory = directory_of(root, day)
    directory.mkdir(parents=True)
    rows = [{"aweme_id": key, **accounts[key]} for key in sorted(accounts, key=str.encode)]
    cuts = sorted({0, len(rows), *(rng.randrange(len(rows)) for _ in range(files - 1))})
    for number, (start, stop) in enumerate(pairwise(cuts)):
        frame = pl.DataFrame(rows[start:stop], schema=SCHEMA)
        frame.write_parquet(
            directory / f"part-{number}.parquet", row_group_size=rng.choice([5, 50])
        )
    describe(directory, day).write(directory)
    return directory


def evaluate(
    directory: Path, into: Path, before: Masks | None = None, policy: Policy = POLICY_2024_08_15
) -> engine.Evaluated:
    return engine.evaluate(open_feed(directory, facts=FACTS, today=TODAY), policy, before, into)


def verdicts(accounts: Accounts) -> dict[str, tuple[str, ...]]:
    """The reference: every account judged by itself."""
    judge = Evaluator(POLICY_2024_08_15).judge
    return {key: judge(each, str(each["account_type"])).failed for key, each in accounts.items()}


def reasons(mask: int | None) -> tuple[str, ...] | None:
    return None if mask is None else failed_reasons(POLICY_2024_08_15, mask)


def changes_in(path: Path) -> dict[str, tuple[int | None, int | None]]:
    found = pl.read_parquet(path / engine.CHANGES / "*.parquet")
    assert found["aweme_id"].is_unique().all()
    return {row[0]: (row[1], row[2]) for row in found.iter_rows()}


@pytest.fixture(params=[3, 40, engine.SLICE_ROWS])
def slice_rows(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(engine, "SLICE_ROWS", request.param)
    return int(request.param)


@pytest.fixture(params=range(3))
def two_days(
    request: pytest.FixtureRequest, tmp_path: Path, rng: random.Random, slice_rows: int
) -> TwoDays:
    first = people(rng, rng.choice([3, 30, 150]))
    second = a_day_later(rng, first, rng.choice([0.0, 0.02, 0.3]))
    before = evaluate(write_feed(tmp_path, DAY, first, 3, rng), tmp_path / "before").masks
    directory = write_feed(tmp_path, NEXT_DAY, second, rng.randint(1, 4), rng)
    return first, second, before, evaluate(directory, tmp_path / "after", before)


def test_e3_every_account_is_judged_as_by_itself(two_days: TwoDays) -> None:
    _, second, _, found = two_days
    assert found.masks.rows == len(second)
    masks = found.masks.lookup(second)
    assert {key: reasons(mask) for key, mask in masks.items()} == verdicts(second)


def test_only_and_all_changed_accounts_are_in_the_changes(two_days: TwoDays) -> None:
    first, second, before, found = two_days
    then, now = before.lookup(first), found.masks.lookup(second)
    expected = {
        key: (then.get(key), now.get(key)) for key in {*then, *now} if then.get(key) != now.get(key)
    }
    assert changes_in(found.masks.path) == expected


def test_the_summary_counts_what_the_reference_counts(two_days: TwoDays) -> None:
    first, second, _, found = two_days
    then, now = verdicts(first), verdicts(second)
    passed_then = {key for key, failed in then.items() if not failed}
    passed_now = {key for key, failed in now.items() if not failed}
    assert found.summary == engine.Summary(
        judged=len(second),
        passing=len(passed_now),
        newly_hidden=len(passed_then - passed_now),
        newly_shown=len({*passed_now} & then.keys() - passed_then),
        added=len(now.keys() - then.keys()),
        gone=len(then.keys() - now.keys()),
        failing={
            rule.reason: sum(rule.reason in failed for failed in now.values())
            for rule in POLICY_2024_08_15.rules
        },
    )


def test_the_plan_is_what_changed_of_the_watched(two_days: TwoDays, rng: random.Random) -> None:
    first, second, before, found = two_days
    ids = sorted({*first, *second})
    watched = [*rng.sample(ids, len(ids) // 2), "unheard_of"]
    also = [*rng.sample(ids, 2), "never_seen"]
    then, now = before.lookup(first), found.masks.lookup(second)
    plan = engine.plan(found.masks, watched, also)
    changed = {key for key in watched if then.get(key) != now.get(key)}
    assert dict(plan) == {key: now.get(key) for key in changed | (now.keys() & set(also))}
    turns = [_passes(then.get(key)) != _passes(now.get(key)) for key, _ in plan if key in changed]
    assert turns == sorted(turns, reverse=True), "who is hidden or shown comes first"


def _passes(mask: int | None) -> bool | None:
    return None if mask is None else passes(mask)


def test_where_nothing_was_judged_all_watched_are_in_the_plan(
    tmp_path: Path, rng: random.Random
) -> None:
    accounts = people(rng, 50)
    found = evaluate(write_feed(tmp_path, DAY, accounts, 2, rng), tmp_path / "masks")
    watched = [*sorted(accounts)[:9], "unheard_of"]
    assert dict(engine.plan(found.masks, watched)) == found.masks.lookup(watched)
    assert found.summary.added == len(accounts)
    assert found.summary.newly_hidden == found.summary.newly_shown == 0


def test_the_same_feed_makes_the_same_bytes(two_days: TwoDays, tmp_path: Path) -> None:
    _, _, before, found = two_days
    again = evaluate(directory_of(tmp_path, NEXT_DAY), tmp_path / "again", before)
    assert contents(again.masks.path) == contents(found.masks.path)


def contents(path: Path) -> dict[str, bytes]:
    return {
        str(each.relative_to(path)): each.read_bytes() for each in path.rglob("*") if each.is_file()
    }


def test_r13_a_feed_with_a_fault_leaves_nothing(tmp_path: Path, rng: random.Random) -> None:
    accounts = people(rng, 60)
    directory = write_feed(tmp_path, DAY, accounts, 3, rng)
    last = max(directory.glob("*.parquet"))
    raw = bytearray(last.read_bytes())
    raw[9] ^= 1
    last.write_bytes(bytes(raw))
    with pytest.raises(FeedError) as refused:
        evaluate(directory, tmp_path / "masks")
    assert refused.value.code == "hash_wrong"
    assert refused.value.file == last.name
    assert [each.name for each in tmp_path.iterdir()] == [directory.name]


def test_ids_that_do_not_ascend_between_files_are_refused(
    tmp_path: Path, rng: random.Random
) -> None:
    directory = write_feed(tmp_path, DAY, people(rng, 60), 2, rng)
    first, second = sorted(directory.glob("*.parquet"))
    first.rename(directory / "x.parquet")
    second.rename(first)
    (directory / "x.parquet").rename(second)
    describe(directory, DAY).write(directory)
    with pytest.raises(FeedError, match="id_not_ascending"):
        evaluate(directory, tmp_path / "masks")
    assert not (tmp_path / "masks").exists()


def test_a_twin_that_trusts_the_order_joins_wrong(tmp_path: Path, rng: random.Random) -> None:
    """Why the order is verified: Polars says nothing of what is not sorted."""
    wrong = 0
    for _ in range(20):
        ids = sorted({f"{rng.randrange(10**6):06}" for _ in range(3000)})
        then = pl.DataFrame({"aweme_id": ids, "mask": pl.Series([0] * len(ids), dtype=pl.UInt64)})
        shuffled = then.sample(fraction=1.0, shuffle=True, seed=rng.randrange(10**6))
        wrong += (
            engine.changes_between(then.lazy(), shuffled.lazy()).collect(engine="streaming").height
        )
    assert wrong


def test_masks_under_a_policy_for_some_types(tmp_path: Path, rng: random.Random) -> None:
    body = POLICY_2024_08_15.to_json() | {"version": 2, "account_types": ["institution"]}
    policy = Policy.from_json(body)
    accounts = people(rng, 90)
    directory = write_feed(tmp_path, DAY, accounts, 2, rng)
    found = evaluate(directory, tmp_path / "masks", policy=policy)
    exempt = sum(each["account_type"] != "institution" for each in accounts.values())
    subject: Sequence[Account] = [
        each for each in accounts.values() if each["account_type"] == "institution"
    ]
    judge = Evaluator(policy).judge
    assert found.summary.passing == exempt + sum(
        judge(each, "institution").passed for each in subject
    )
    assert (found.masks.policy_version, found.masks.as_of) == (2, DAY)
