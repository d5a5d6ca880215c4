"""A reader of feeds so plain that it can be seen to be right: one row at a time, no cleverness."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

import polars as pl

from guazai.batch.manifest import Manifest
from guazai.policy import FactType
from tests.batch.feeds import FACTS

ID = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
Row = dict[str, object]


def rows_of(directory: Path) -> Iterator[tuple[str, int, Row]]:
    """Every row with its file and its number in it, in the manifest's order."""
    for file in Manifest.read(directory).files:
        frame = pl.read_parquet(directory / file.name, hive_partitioning=False)
        for number, row in enumerate(frame.iter_rows(named=True)):
            yield file.name, number, row


def first_fault(rows: Iterable[tuple[str, int, Row]]) -> tuple[str, int] | None:
    """The file and number of the first row that is not sound; None where all are.

    Files are looked at one by one: first all rows of a file, then whether it follows the last.
    """
    before = ""
    for file, group in groupby(rows, key=lambda each: each[0]):
        ids: list[str] = []
        for _, number, row in group:
            if not is_sound_row(row, after=ids[-1] if ids else ""):
                return file, number
            ids.append(str(row["aweme_id"]))
        if ids[0].encode() <= before.encode():
            return file, 0
        before = ids[-1]
    return None


def is_sound_row(row: Row, after: str) -> bool:
    aweme_id = row["aweme_id"]
    return (
        isinstance(aweme_id, str)
        and ID.fullmatch(aweme_id) is not None
        and aweme_id.encode() > after.encode()
        and row["account_type"] in {"personal", "institution", "enterprise"}
        and all(is_sound(row[name], kind) for name, kind in FACTS.items())
    )


def is_sound(value: object, kind: FactType) -> bool:
    if value is None:
        return True
    match kind:
        case FactType.INT:
            return type(value) is int and 0 <= value <= 10_000_000_000
        case FactType.FLOAT:
            return type(value) is float and math.isfinite(value)
        case FactType.BOOL:
            return type(value) is bool
        case FactType.STR:
            return (
                isinstance(value, str)
                and len(value) <= 256
                and all(unicodedata.category(char) != "Cc" for char in value)
            )
