"""Random damage: refused, or nothing but what a plain reader takes as well (R13)."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from guazai.batch import check as checking
from guazai.batch import manifest as manifests
from guazai.batch.check import check, open_feed, read_part
from guazai.batch.describe import describe
from guazai.batch.errors import FeedError
from guazai.batch.manifest import NAME, Manifest
from tests.batch import reference
from tests.batch.feeds import DAY, FACTS, PARTS, SECRET, TODAY, frame, good_feed
from tests.conftest import SEED

UNDECLARED = 650
DECLARED = 650
OF_VALUES = 300
OF_MANIFESTS = 400

Damage = Callable[[random.Random, bytearray], None]


def flip(rng: random.Random, raw: bytearray) -> None:
    for _ in range(rng.choice((1, 1, 1, 2, 8))):
        raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)


def overwrite(rng: random.Random, raw: bytearray) -> None:
    at = rng.randrange(len(raw))
    raw[at : at + 4] = rng.choice((b"\0\0\0\0", b"\xff\xff\xff\xff", rng.randbytes(4)))


def cut(rng: random.Random, raw: bytearray) -> None:
    at = rng.randrange(len(raw))
    del raw[at : at + rng.choice((1, 1, 16, len(raw)))]


def extend(rng: random.Random, raw: bytearray) -> None:
    at = rng.randrange(len(raw) + 1)
    raw[at:at] = rng.randbytes(rng.randint(1, 16))


def exchange(rng: random.Random, raw: bytearray) -> None:
    size = rng.randint(1, 64)
    one, other = sorted(rng.sample(range(0, len(raw) - size, size), 2))
    raw[one : one + size], raw[other : other + size] = (
        raw[other : other + size],
        raw[one : one + size],
    )


def damage_footer(rng: random.Random, raw: bytearray) -> None:
    length = int.from_bytes(raw[-8:-4], "little")
    raw[len(raw) - 8 - rng.randrange(min(length, len(raw) - 8))] = rng.randrange(256)


DAMAGES: tuple[Damage, ...] = (flip, overwrite, cut, extend, exchange, damage_footer)


@pytest.fixture
def rng() -> random.Random:
    seed = os.environ[SEED]
    print(f"seed {seed}")
    return random.Random(seed)


def restored(source: Path, target: Path) -> Path:
    shutil.rmtree(target, ignore_errors=True)
    return Path(shutil.copytree(source, target / source.name))


def write_all(directory: Path, rng: random.Random) -> None:
    for part, name in enumerate(PARTS):
        compression: Any = rng.choice(("uncompressed", "uncompressed", "lz4", "zstd", "snappy"))
        frame(part).write_parquet(directory / name, compression=compression, row_group_size=16)
    describe(directory, DAY).write(directory)


def verdict(directory: Path) -> FeedError | list[reference.Row]:
    """Why the feed is refused, or every row that it gives."""
    try:
        feed = open_feed(directory, facts=FACTS, today=TODAY)
        check(feed)
        return [
            row
            for index in range(len(feed.parts))
            for chunk in read_part(feed, index)
            for row in chunk.iter_rows(named=True)
        ]
    except FeedError as error:
        return error


def held_to_the_reference(directory: Path) -> str:
    """What became of a damaged feed whose manifest says so itself; asserts that it is right."""
    found = verdict(directory)
    if isinstance(found, FeedError) and found.row is None:
        return found.code
    plain = list(reference.rows_of(directory))
    expected = reference.first_fault(plain)
    if isinstance(found, FeedError):
        # The row at fault is the one that the plain reader stops at.
        assert (found.file, found.row) == expected, str(found)
        return found.code
    assert expected is None
    assert found == [row for _, _, row in plain]
    return "sound"


def test_damage_that_the_manifest_does_not_know_is_refused(
    tmp_path: Path, rng: random.Random
) -> None:
    source = good_feed(tmp_path / "source")
    write_all(source, rng)
    seen: Counter[str] = Counter()
    for _ in range(UNDECLARED):
        directory = restored(source, tmp_path / "spoilt")
        path = directory / rng.choice(PARTS)
        raw = bytearray(path.read_bytes())
        rng.choice(DAMAGES)(rng, raw)
        if bytes(raw) == path.read_bytes():
            continue
        path.write_bytes(raw)
        found = verdict(directory)
        assert isinstance(found, FeedError)
        assert found.file == path.name
        seen[found.code] += 1
    print(seen)
    assert seen["hash_wrong"] > UNDECLARED / 10


def test_damage_that_the_manifest_declares_reads_as_what_it_is(
    tmp_path: Path, rng: random.Random
) -> None:
    source = good_feed(tmp_path / "source")
    seen: Counter[str] = Counter()
    for number in range(DECLARED):
        if number % 100 == 0:
            write_all(source, rng)
        directory = restored(source, tmp_path / "spoilt")
        path = directory / rng.choice(PARTS)
        raw = bytearray(path.read_bytes())
        rng.choice(DAMAGES)(rng, raw)
        path.write_bytes(raw)
        try:
            describe(directory, DAY).write(directory)
        except FeedError as error:
            seen[error.code] += 1
            continue
        seen[held_to_the_reference(directory)] += 1
    print(seen)
    assert len(seen) > 3


def odd_value(rng: random.Random, column: str) -> object:
    if column in {"aweme_id", "account_type", "region"}:
        text = ("", " ", "x" * 64, "x" * 65, "é" * 256, "é" * 257, "a\tb", "\x85", "-1", "+1", "１")
        return rng.choice((*text, "0", "99999999999", "10000316760", "personal", None))
    if column == "effective_followers":
        return rng.choice((0, -1, 10**10, 10**10 + 1, 2**63 - 1, -(2**63), None))
    if column == "completion_rate":
        return rng.choice((0.0, -0.0, -1.5, float("nan"), float("inf"), float("-inf"), None))
    return rng.choice((True, False, None))


def test_odd_values_are_found_where_they_are(tmp_path: Path, rng: random.Random) -> None:
    source = good_feed(tmp_path / "source")
    seen: Counter[str] = Counter()
    for _ in range(OF_VALUES):
        directory = restored(source, tmp_path / "spoilt")
        part = rng.randrange(len(PARTS))
        rows = frame(part)
        for _ in range(rng.choice((1, 1, 2, 3))):
            column = rng.choice(rows.columns)
            values = rows[column].to_list()
            values[rng.randrange(len(values))] = odd_value(rng, column)
            rows = rows.with_columns(pl.Series(column, values, rows[column].dtype))
        if rng.random() < 0.3:
            order = list(range(rows.height))
            one, other = rng.randrange(rows.height), rng.randrange(rows.height)
            order[one] = order[other]
            rows = rows[order]
        rows.write_parquet(directory / PARTS[part], row_group_size=rng.choice((5, 16, 100)))
        describe(directory, DAY).write(directory)
        seen[held_to_the_reference(directory)] += 1
    print(seen)
    assert seen["sound"]
    assert len(seen) > 10


def spoil_manifest(rng: random.Random, raw: bytes) -> bytes:
    if rng.random() < 0.4:
        spoilt = bytearray(raw)
        rng.choice(DAMAGES[:5])(rng, spoilt)
        return bytes(spoilt)
    obj = json.loads(raw)
    at: Any = obj
    while True:
        key: Any = rng.choice(list(at) if isinstance(at, dict) else list(range(len(at))))
        if not isinstance(at[key], dict | list) or rng.random() < 0.2:
            break
        at = at[key]
    match rng.randrange(5):
        case 0:
            del at[key]
        case 1:
            at[key] = rng.choice((None, 0, -1, "", "x", [], {}, True, 1.5, 2**64, "0" * 64))
        case 2 if type(at[key]) is int:
            at[key] += rng.choice((-1, 1))
        case 3 if isinstance(at, list):
            at.insert(rng.randrange(len(at)), at[key])
        case _ if isinstance(at, dict):
            at[rng.choice(("extra", "name", "rows", "sha256"))] = at[key]
        case _:
            rng.shuffle(at)
    return json.dumps(obj).encode()


@pytest.mark.parametrize("secret", [None, SECRET], ids=["unsigned", "signed"])
def test_another_manifest_is_refused(
    tmp_path: Path, rng: random.Random, secret: bytes | None
) -> None:
    directory = good_feed(tmp_path)
    if secret is not None:
        Manifest.read(directory).signed(secret).write(directory)
    path = directory / NAME
    raw = path.read_bytes()
    seen: Counter[str] = Counter()
    for _ in range(OF_MANIFESTS // 2):
        path.write_bytes(spoil_manifest(rng, raw))
        try:
            feed = open_feed(directory, facts=FACTS, today=TODAY, secret=secret)
            check(feed)
        except FeedError as error:
            seen[error.code] += 1
        else:
            # Other bytes of the same meaning.
            assert feed.content_hash == Manifest.parse(raw).content_hash
            seen["the same"] += 1
    print(seen)
    assert len(seen) > 5


def test_a_twin_that_does_not_hash_lets_some_through(
    tmp_path: Path, rng: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = good_feed(tmp_path)
    hashes = {file.name: file.sha256 for file in Manifest.read(directory).files}
    monkeypatch.setattr(manifests, "sha256_of", lambda path: hashes[path.name])
    path = directory / PARTS[1]
    raw = path.read_bytes()
    for _ in range(300):
        spoilt = bytearray(raw)
        flip(rng, spoilt)
        path.write_bytes(spoilt)
        if not isinstance(verdict(directory), FeedError):
            return
    pytest.fail("300 flips were all refused without the hash: this test shows nothing")


def test_a_twin_that_trusts_the_order_lets_some_through(
    tmp_path: Path, rng: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "_ids_are_sound", lambda *_: True)
    directory = good_feed(tmp_path)
    rows = frame(1)
    one, other = rng.sample(range(rows.height), 2)
    order = list(range(rows.height))
    order[one], order[other] = order[other], order[one]
    rows[order].write_parquet(directory / PARTS[1])
    describe(directory, DAY).write(directory)
    assert not isinstance(verdict(directory), FeedError)
    assert reference.first_fault(reference.rows_of(directory)) is not None
