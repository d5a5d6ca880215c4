"""A small good feed, to be spoilt."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from guazai.batch.check import CheckedPart, check, open_feed
from guazai.batch.describe import describe
from guazai.batch.manifest import Manifest, directory_of
from guazai.policy import POLICY_2024_08_15, FactType

DAY = date(2026, 11, 20)
TODAY = date(2026, 11, 21)
SECRET = b"a secret that two parties share, no more"
FACTS = {
    **POLICY_2024_08_15.facts,
    "completion_rate": FactType.FLOAT,
    "region": FactType.STR,
}
PARTS = ("part-00000.parquet", "part-00001.parquet", "part-00002.parquet")
ROWS = 40


def frame(part: int = 0) -> pl.DataFrame:
    """The rows of one file; every fact is null somewhere."""
    at = range(part * ROWS, (part + 1) * ROWS)
    return pl.DataFrame(
        {
            "aweme_id": [f"{10_000_000_000 + i * 7_919}" for i in at],
            "account_type": [("personal", "institution", "enterprise")[i % 3] for i in at],
            "effective_followers": [None if i % 11 == 5 else i * i for i in at],
            "has_serious_violation": [None if i % 13 == 5 else i % 17 == 0 for i in at],
            "is_verified_adult": [None if i % 7 == 5 else i % 5 != 0 for i in at],
            "meets_regulatory_requirements": [None if i % 19 == 5 else True for i in at],
            "completion_rate": [None if i % 23 == 5 else i / 120 for i in at],
            "region": [None if i % 5 == 1 else ("浙江", "Sichuan", "")[i % 3] for i in at],
        }
    )


def write(path: Path, rows: pl.DataFrame, *, group_rows: int = 16) -> None:
    """Write one file without compression, so that a changed byte is a changed value."""
    rows.write_parquet(path, compression="uncompressed", row_group_size=group_rows)


def good_feed(root: Path, day: date = DAY) -> Path:
    """A feed of three files that every check lets through."""
    directory = directory_of(root, day)
    directory.mkdir(parents=True)
    for part, name in enumerate(PARTS):
        write(directory / name, frame(part))
    describe(directory, day).write(directory)
    return directory


def remake(directory: Path) -> None:
    """Write the manifest anew, of the files as they now are, in the order of the old one."""
    old = Manifest.read(directory)
    describe(directory, old.as_of).write(directory)


def checked(directory: Path, secret: bytes | None = None) -> tuple[CheckedPart, ...]:
    """What `guazai feed check` does."""
    return check(open_feed(directory, facts=FACTS, today=TODAY, secret=secret))
