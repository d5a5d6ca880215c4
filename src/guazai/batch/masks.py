"""Verdict masks of all accounts of one day under one policy, as id-sorted Parquet parts."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple, Self

import polars as pl

from guazai.policy import Policy

FORMAT: Final = "guazai-masks/1"
INDEX: Final = "index.json"
#: One account's lookup reads one group: a few milliseconds.
ROW_GROUP: Final = 131_072
SCHEMA: Final = {"aweme_id": pl.String, "mask": pl.UInt64}


class MasksError(Exception):
    """A directory does not hold masks that can be read; the message says which and why."""


class Part(NamedTuple):
    """One file: its name, how many accounts, and the first and last of them."""

    name: str
    rows: int
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Masks:
    """One directory of masks.

    `as_of` is the day of the facts; `policy_hash` and `feed_hash` name what they were made from.
    """

    path: Path
    as_of: date
    policy_version: int
    policy_hash: str
    feed_hash: str
    parts: tuple[Part, ...]

    @classmethod
    def open(cls, path: Path) -> Self:
        """The masks at `path`; raises `MasksError` where there are none that can be read."""
        try:
            index = json.loads((path / INDEX).read_text(encoding="utf-8"))
            if index.pop("format") != FORMAT:
                raise MasksError(f"{path} was written by another version of Guazai")
            parts = tuple(Part(*part) for part in index.pop("parts"))
            return cls(path, date.fromisoformat(index.pop("as_of")), parts=parts, **index)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise MasksError(f"{path} holds no verdict masks ({error})") from error

    @classmethod
    def write_index(
        cls, path: Path, as_of: date, policy: Policy, feed_hash: str, parts: Sequence[Part]
    ) -> None:
        """Make the parts in `path` masks that can be opened."""
        masks = cls(path, as_of, policy.version, policy.content_hash, feed_hash, tuple(parts))
        index = {"format": FORMAT, **asdict(masks), "as_of": as_of.isoformat()}
        del index["path"]
        (path / INDEX).write_text(json.dumps(index, separators=(",", ":")), encoding="utf-8")

    @property
    def rows(self) -> int:
        """How many accounts have a mask."""
        return sum(part.rows for part in self.parts)

    def lookup(self, aweme_ids: Collection[str]) -> dict[str, int]:
        """The masks of those of `aweme_ids` that have one."""
        wanted = sorted(set(aweme_ids))
        found: dict[str, int] = {}
        for part in self.parts:
            here = wanted[bisect_left(wanted, part.first) : bisect_right(wanted, part.last)]
            if here:
                # The bounds let whole row groups be passed over.
                is_near = pl.col("aweme_id").is_between(pl.lit(here[0]), pl.lit(here[-1]))
                rows = self._scan(part).filter(is_near, pl.col("aweme_id").is_in(here)).collect()
                found |= dict(rows.iter_rows())
        return found

    def between(self, after: str | None, until: str | None) -> pl.LazyFrame:
        """The masks of the ids in (`after`, `until`], in order; None is no bound."""
        found = []
        for part in self.parts:
            if (after is not None and part.last <= after) or (
                until is not None and part.first > until
            ):
                continue
            rows = self._scan(part)
            # Only a part that a bound runs through is filtered: comparing every id takes time.
            if after is not None and part.first <= after:
                rows = rows.filter(pl.col("aweme_id") > pl.lit(after))
            if until is not None and part.last > until:
                rows = rows.filter(pl.col("aweme_id") <= pl.lit(until))
            found.append(rows)
        return pl.concat(found) if found else pl.LazyFrame(schema=SCHEMA)

    def scan(self) -> pl.LazyFrame:
        """All masks, in order, read as they are needed."""
        return self.between(None, None)

    def _scan(self, part: Part) -> pl.LazyFrame:
        return pl.scan_parquet(self.path / part.name, glob=False)


def write_part(frame: pl.DataFrame, path: Path) -> Part:
    """Write `frame`, of `SCHEMA` and in order, as the part at `path`."""
    frame.write_parquet(path, compression="lz4", row_group_size=ROW_GROUP)
    ids = frame["aweme_id"]
    return Part(path.name, frame.height, ids[0], ids[-1])
