"""The manifest: written, read back, signed, and made of what lies there."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guazai.batch.describe import describe
from guazai.batch.errors import FeedError
from guazai.batch.manifest import NAME, Column, File, Manifest, day_of, directory_of, sha256_of
from tests.batch.feeds import DAY, PARTS, SECRET, good_feed

HEX = st.text("0123456789abcdef", min_size=64, max_size=64)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)
FILES = st.builds(
    File,
    name=st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}\.parquet", fullmatch=True),
    rows=st.integers(0, 2**40),
    bytes=st.integers(0, 2**40),
    sha256=HEX,
)
COLUMNS = st.builds(
    Column, name=NAMES, type=st.sampled_from(["string", "int64", "float64", "bool"])
)
MANIFESTS = st.builds(
    Manifest,
    as_of=st.dates(),
    rows=st.just(0),
    schema=st.lists(COLUMNS, unique_by=lambda each: each.name, max_size=5).map(tuple),
    files=st.lists(FILES, unique_by=lambda each: each.name, max_size=5).map(tuple),
    hmac=st.none() | HEX,
).map(lambda found: replace(found, rows=sum(file.rows for file in found.files)))


@given(MANIFESTS)
def test_reads_back_as_it_was_written(manifest: Manifest) -> None:
    read = Manifest.parse(json.dumps(manifest.to_json()).encode())
    assert read == manifest
    assert read.content_hash == manifest.content_hash


def test_the_signature_is_that_of_the_canonical_json(tmp_path: Path) -> None:
    directory = good_feed(tmp_path)
    obj = json.loads((directory / NAME).read_bytes())
    # Written here anew: a host may sign with whatever it has.
    canonical = json.dumps(obj, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    manifest = Manifest.read(directory)
    assert manifest.content_hash == hashlib.sha256(canonical).hexdigest()
    assert manifest.signed(SECRET).hmac == hmac.new(SECRET, canonical, "sha256").hexdigest()
    assert manifest.signed(SECRET).content_hash == manifest.content_hash
    manifest.signed(SECRET).check_signature(SECRET)
    manifest.check_signature(None)


def test_a_feed_of_nothing_can_be_written_down(tmp_path: Path) -> None:
    nothing = Manifest(as_of=DAY, rows=0, schema=(), files=())
    nothing.write(tmp_path)
    assert Manifest.read(tmp_path) == nothing


def test_writing_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    directory = good_feed(tmp_path)
    Manifest.read(directory).signed(SECRET).write(directory)
    assert Manifest.read(directory).hmac is not None
    assert {path.name for path in directory.iterdir()} == {NAME, *PARTS}


def test_describes_what_lies_there(tmp_path: Path) -> None:
    directory = good_feed(tmp_path)
    read: list[int] = []
    found = describe(directory, DAY, read.append)
    assert [file.name for file in found.files] == list(PARTS)
    assert found.rows == 120
    for file in found.files:
        path = directory / file.name
        assert file.bytes == path.stat().st_size
        assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest() == sha256_of(path)
    assert sum(read) == sum(file.bytes for file in found.files)
    assert found.schema[:3] == (
        Column("aweme_id", "string"),
        Column("account_type", "string"),
        Column("effective_followers", "int64"),
    )


def test_describes_no_feed_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(FeedError) as nothing:
        describe(tmp_path, DAY)
    assert nothing.value.code == "feed_empty"
    pl.DataFrame({"aweme_id": [1]}, {"aweme_id": pl.Int32}).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(FeedError) as wrong:
        describe(tmp_path, DAY)
    assert (wrong.value.code, wrong.value.file) == ("column_type_wrong", "a.parquet")


def test_the_folder_names_the_day() -> None:
    assert directory_of(Path("feeds"), DAY) == Path("feeds/dt=2026-11-20")
    assert day_of(Path("feeds/dt=2026-11-20")) == date(2026, 11, 20)


def test_an_error_says_its_place() -> None:
    error = FeedError("id_null", "aweme_id is null", file="part-00000.parquet", row=7)
    assert str(error) == "id_null: aweme_id is null [part-00000.parquet, row 7]"
    assert str(FeedError("directory_missing", "it is not there")) == (
        "directory_missing: it is not there"
    )
