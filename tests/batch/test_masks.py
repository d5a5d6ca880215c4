"""Looking up single accounts in the masks, and in the feed that they were made from (E5)."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import polars as pl
import pytest

from guazai.batch import engine, masks
from guazai.batch.facts import FactsUnavailableError, read_facts
from guazai.batch.manifest import Manifest
from guazai.batch.masks import Masks, MasksError
from tests.batch.test_evaluate import DAY, Accounts, evaluate, people, write_feed


@pytest.fixture
def accounts(rng: random.Random) -> Accounts:
    return people(rng, 300)


@pytest.fixture
def feed(tmp_path: Path, accounts: Accounts, rng: random.Random) -> Path:
    return write_feed(tmp_path, DAY, accounts, 3, rng)


@pytest.fixture
def made(tmp_path: Path, feed: Path, monkeypatch: pytest.MonkeyPatch) -> Masks:
    monkeypatch.setattr(engine, "SLICE_ROWS", 40)
    monkeypatch.setattr(masks, "ROW_GROUP", 16)
    return evaluate(feed, tmp_path / "masks").masks


def test_a_lookup_gives_the_masks_of_those_that_have_one(made: Masks, accounts: Accounts) -> None:
    everyone = dict(made.scan().collect().iter_rows())
    assert everyone.keys() == accounts.keys()
    assert len(made.parts) > 3
    for aweme_id in accounts:
        assert made.lookup([aweme_id]) == {aweme_id: everyone[aweme_id]}
    assert made.lookup([*accounts, "!", "zzzz", "no_such"]) == everyone
    assert made.lookup([]) == {}
    assert made.lookup(["no_such"]) == {}


def test_a_range_has_its_end_and_not_its_beginning(made: Masks, rng: random.Random) -> None:
    ids = made.scan().collect()["aweme_id"].to_list()
    for _ in range(50):
        low, high = sorted(rng.sample(range(len(ids)), 2))
        assert (
            made.between(ids[low], ids[high]).collect()["aweme_id"].to_list()
            == ids[low + 1 : high + 1]
        )
    assert made.between(None, None).collect()["aweme_id"].to_list() == ids
    assert made.between(ids[-1], None).collect().height == 0
    assert made.between(None, "!").collect_schema() == pl.Schema(masks.SCHEMA)


def test_opened_again_they_are_the_same(made: Masks) -> None:
    assert Masks.open(made.path) == made


@pytest.mark.parametrize("index", ["", "{}", "[]", '{"format": "guazai-masks/0"}', "\xff"])
def test_what_is_not_masks_says_so(tmp_path: Path, index: str) -> None:
    (tmp_path / masks.INDEX).write_text(index, encoding="latin-1")
    with pytest.raises(MasksError, match=str(tmp_path)):
        Masks.open(tmp_path)


def test_no_masks_at_all_says_so(tmp_path: Path) -> None:
    with pytest.raises(MasksError):
        Masks.open(tmp_path / "nothing")


def test_e5_the_facts_of_single_accounts_are_read_from_the_feed(
    feed: Path, accounts: Accounts
) -> None:
    feed_hash = Manifest.read(feed).content_hash
    some = [*sorted(accounts)[::50], "no_such"]
    expected = {
        aweme_id: {name: value for name, value in facts.items() if name != "account_type"}
        for aweme_id, facts in accounts.items()
        if aweme_id in some
    }
    assert read_facts(feed, feed_hash, some) == expected
    assert read_facts(feed, feed_hash, []) == {}


def test_facts_of_a_feed_that_is_gone_or_replaced_are_unavailable(feed: Path) -> None:
    feed_hash = Manifest.read(feed).content_hash
    with pytest.raises(FactsUnavailableError, match="another feed"):
        read_facts(feed, "0" * 64, ["x"])
    min(feed.glob("*.parquet")).unlink()
    with pytest.raises(FactsUnavailableError):
        read_facts(feed, feed_hash, ["x"])
    shutil.rmtree(feed)
    with pytest.raises(FactsUnavailableError):
        read_facts(feed, feed_hash, ["x"])
