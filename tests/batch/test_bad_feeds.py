"""Every bad feed of the table is refused as a whole, saying which file and row (E6, R13)."""

from __future__ import annotations

from pathlib import Path

import pytest

from guazai.batch import check as checking
from guazai.batch.errors import FeedError
from tests.batch.bad_feeds.spoil import BadFeed, load
from tests.batch.feeds import SECRET, checked, good_feed

BAD_FEEDS = load()


@pytest.mark.parametrize("bad", BAD_FEEDS, ids=lambda bad: bad.name)
def test_is_refused(bad: BadFeed, tmp_path: Path) -> None:
    directory = bad.make(tmp_path)
    with pytest.raises(FeedError) as refused:
        checked(directory, SECRET if bad.is_signed_platform else None)
    error = refused.value
    assert (error.code, error.file, error.row) == (bad.code, bad.file, bad.row)
    assert error.message


def test_the_feed_that_they_are_made_of_is_good(tmp_path: Path) -> None:
    assert [part.rows for part in checked(good_feed(tmp_path))] == [40, 40, 40]


def test_there_are_enough_of_them() -> None:
    assert len(BAD_FEEDS) >= 60
    assert len({bad.name for bad in BAD_FEEDS}) == len(BAD_FEEDS)


@pytest.mark.parametrize(
    ("guard", "gone"),
    [
        ("_check_listing", "success_marker_left_by_spark"),
        ("_check_rows", "rows_exchanged"),
        ("check_order", "files_in_another_order"),
        ("_compare", "column_extra"),
    ],
)
def test_a_twin_without_a_guard_lets_one_through(
    guard: str, gone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, guard, lambda *_: None)
    bad = next(bad for bad in BAD_FEEDS if bad.name == gone)
    assert sum(part.rows for part in checked(bad.make(tmp_path))) == 120
