"""Checking a feed: what it answers, what it costs, and what may change meanwhile."""

from __future__ import annotations

import os
import re
from contextlib import nullcontext
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import polars as pl
import pytest

from guazai.batch import check as checking
from guazai.batch import parquet
from guazai.batch.check import CheckedPart, check, check_part, open_feed, read_part
from guazai.batch.describe import describe
from guazai.batch.errors import FeedError
from guazai.batch.manifest import Manifest
from guazai.policy import POLICY_2024_08_15
from guazai.policy.limits import EXTERNAL_PATTERN
from guazai.policy.validation import CHINA
from tests.batch.feeds import (
    DAY,
    FACTS,
    PARTS,
    ROWS,
    SECRET,
    TODAY,
    checked,
    frame,
    good_feed,
    write,
)
from tests.conftest import SEED

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "feed-format.md"
SOURCES = Path(checking.__file__).parent


def remade(directory: Path, part: int, rows: pl.DataFrame, group_rows: int = 16) -> Path:
    write(directory / PARTS[part], rows, group_rows=group_rows)
    describe(directory, DAY).write(directory)
    return directory


def test_answers_the_first_and_last_id_of_each_file(tmp_path: Path) -> None:
    found = checked(good_feed(tmp_path))
    ids = [frame(part)["aweme_id"] for part in range(3)]
    assert found == tuple(CheckedPart(each[0], each[-1], ROWS) for each in ids)


def test_tells_how_far_it_is(tmp_path: Path) -> None:
    feed = open_feed(good_feed(tmp_path), facts=FACTS, today=TODAY)
    told: list[int] = []
    check(feed, told.append)
    assert sum(told) == feed.rows == 120


def test_gives_every_row_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "CHUNK_ROWS", 7)
    feed = open_feed(good_feed(tmp_path), facts=FACTS, today=TODAY)
    for part in range(3):
        assert pl.concat(read_part(feed, part)).equals(frame(part))


def test_finds_a_fault_at_the_edge_of_a_chunk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "CHUNK_ROWS", 5)
    rows = frame(1)
    for row in range(1, ROWS):
        order = list(range(ROWS))
        order[row] = order[row - 1]
        directory = remade(good_feed(tmp_path / str(row)), 1, rows[order], group_rows=5)
        with pytest.raises(FeedError) as refused:
            checked(directory)
        assert (refused.value.code, refused.value.row) == ("id_duplicate", row)


@pytest.mark.parametrize("compression", ["uncompressed", "lz4", "zstd", "snappy", "gzip", "brotli"])
def test_takes_every_compression(compression: str, tmp_path: Path) -> None:
    directory = good_feed(tmp_path)
    frame(1).write_parquet(directory / PARTS[1], compression=compression)  # type: ignore[arg-type]
    describe(directory, DAY).write(directory)
    assert len(checked(directory)) == 3


def test_takes_values_at_their_limits(tmp_path: Path) -> None:
    rows = frame(2).with_columns(
        pl.lit(10**10).alias("effective_followers"), pl.lit("é" * 256).alias("region")
    )
    last = rows[-1].with_columns(pl.lit("z" * 64).alias("aweme_id"))
    assert (
        checked(remade(good_feed(tmp_path), 2, pl.concat([rows[:-1], last])))[2].last_id[0] == "z"
    )


def test_takes_columns_in_any_order_that_all_files_share(tmp_path: Path) -> None:
    directory = good_feed(tmp_path)
    for part, name in enumerate(PARTS):
        rows = frame(part)
        rows.select(reversed(rows.columns)).write_parquet(directory / name)
    describe(directory, DAY).write(directory)
    assert len(checked(directory)) == 3


def test_takes_a_signed_feed_on_a_platform_with_or_without_a_secret(tmp_path: Path) -> None:
    directory = good_feed(tmp_path)
    Manifest.read(directory).signed(SECRET).write(directory)
    assert checked(directory, SECRET) == checked(directory)


def test_what_is_numeric_or_named_is_held_to_the_pattern_alike() -> None:
    ids = ["+5", "-5", "0", "007", "1_0", "1e3", "18446744073709551616", "a", "é", " 1", "1 ", ""]
    for each in ids:
        series = pl.Series([each])
        assert checking._ids_are_sound(series, None) == bool(re.search(EXTERNAL_PATTERN, each))


@pytest.mark.parametrize("hours", [8, 0, -8, 14])
def test_a_day_is_over_when_it_is_in_shanghai(hours: int, tmp_path: Path) -> None:
    """R16: wherever the clock is read, 2026-11-20 is over at 16:00 UTC of that day."""
    zone = timezone(timedelta(hours=hours))
    directory = good_feed(tmp_path)
    midnight = datetime(2026, 11, 21, tzinfo=CHINA)
    for instant, expected in (
        (midnight - timedelta(seconds=1), pytest.raises(FeedError, match="date_not_over")),
        (midnight, nullcontext()),
    ):
        today = instant.astimezone(zone).astimezone(CHINA).date()
        with expected:
            open_feed(directory, facts=FACTS, today=today)


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    directory = good_feed(tmp_path)
    feed = open_feed(directory, facts=FACTS, today=TODAY)
    chunks = read_part(feed, 0)
    next(chunks)
    os.utime(directory / PARTS[0], ns=(0, 0))
    with pytest.raises(FeedError) as refused:
        next(chunks)
    assert (refused.value.code, refused.value.file) == ("file_changed", PARTS[0])
    (directory / PARTS[1]).unlink()
    with pytest.raises(FeedError) as gone:
        check_part(feed, 1)
    assert gone.value.code == "file_changed"


def test_a_row_group_of_too_many_bytes_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "MAX_GROUP_BYTES", 900)
    with pytest.raises(FeedError) as refused:
        checked(good_feed(tmp_path))
    assert refused.value.code == "row_group_too_large"


@pytest.mark.parametrize("claim", [-17, 2**31 - 1, 0, 7])
def test_a_page_that_claims_other_values_is_not_decoded(claim: int, tmp_path: Path) -> None:
    """A claim of 2^61 values made Polars ask for as much memory, which ended the process."""
    directory = good_feed(tmp_path)
    path = directory / PARTS[1]
    group = parquet.read_row_groups(path)[0]
    raw = bytearray(path.read_bytes())
    reader = parquet._Reader(bytes(raw), group.columns[3].start)
    assert reader.struct()[5][1] == group.rows == 16
    # Field 5 begins a struct (0x2c) whose field 1 is an i32 (0x15), then 16 as zigzag (0x20).
    at = raw.index(b"\x2c\x15\x20", group.columns[3].start) + 2
    raw[at : at + 1] = zigzag(claim)
    path.write_bytes(raw)
    describe(directory, DAY).write(directory)
    with pytest.raises(FeedError) as refused:
        checked(directory)
    assert (refused.value.code, refused.value.file) == ("parquet_damaged", PARTS[1])


def zigzag(number: int) -> bytes:
    left = number << 1 if number >= 0 else (-number << 1) - 1
    out = bytearray()
    while left > 127:
        out.append(left & 127 | 128)
        left >>= 7
    return bytes([*out, left])


def test_the_reference_lists_every_code() -> None:
    text = "".join(path.read_text() for path in SOURCES.glob("*.py"))
    raised = set(re.findall(r'(?:FeedError|_refused)\(\s*"([a-z_]+)"', text))
    raised |= set(checking._ID_FAULTS) | set(re.findall(r'yield "([a-z_]+)"', text))
    listed = re.findall(r"^\| `([a-z_]+)` \|", REFERENCE.read_text(), re.MULTILINE)
    codes = [code for code in listed if code in raised]
    assert sorted(codes) == sorted(raised)


def test_a_million_rows_are_checked_in_bounded_memory(tmp_path: Path) -> None:
    """Chunks are no larger than asked for, however large the file is."""
    seed = int(os.environ[SEED])
    print(f"seed {seed}")
    rows = pl.select(
        aweme_id=(10**10 + pl.int_range(10**6) * 100).cast(pl.String),
        account_type=pl.lit("personal"),
        effective_followers=pl.int_range(10**6).hash(seed) % 1000,
        has_serious_violation=pl.lit(value=False),
        is_verified_adult=pl.lit(value=True),
        meets_regulatory_requirements=pl.lit(value=True),
    ).with_columns(pl.col("effective_followers").cast(pl.Int64))
    directory = tmp_path / "dt=2026-11-20"
    directory.mkdir()
    rows.write_parquet(directory / "all.parquet", row_group_size=10**6)
    describe(directory, date(2026, 11, 20)).write(directory)
    feed = open_feed(directory, facts=POLICY_2024_08_15.facts, today=TODAY)
    heights = [chunk.height for chunk in read_part(feed, 0)]
    assert sum(heights) == 10**6
    assert max(heights) <= checking.CHUNK_ROWS
