"""Feeds like a platform's, for trials and benchmarks: the same seed makes the same bytes.

Every value is a hash of (seed, what it is, account, day), so a file depends on no other file and
no earlier day, and memory is bounded by one file. What a day changes is small and believable:
followers drift by about half a percent, violations last three weeks, 0.05% of accounts are new
and 0.02% gone. Polars keeps its hashes within a version, not between versions.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import polars as pl

from guazai.batch import files, manifest
from guazai.batch.describe import describe
from guazai.batch.manifest import Progress
from guazai.policy import POLICY_2024_08_15, FactType

#: Accounts to a file where nothing else is asked for.
FILE_ACCOUNTS: Final = 5_000_000
GROUP_ROWS: Final = 500_000
MAX_ACCOUNTS: Final = 10**9

#: Accounts whose values are computed at a time.
_STEP: Final = 500_000
#: Account i is new on day i's share of this many days, so 1 in so many each day.
_BIRTHS_DAYS: Final = 2000
_GONE_DAYS: Final = 5000
_LOWEST_ID, _HIGHEST_ID = 10**10, 10**11
#: One account in ten has a name before its digits; these ascend, as ids do.
_NAMES: Final = ("chef_", "daily.", "dy", "farm-", "lily_", "shop.", "tea_", "wang")
_NAMED_SHARE: Final = 10
_MEDIAN_FOLLOWERS: Final = 200
_SIGMA: Final = 2.0
#: Followers move between random levels of -15% to +15%, one every 30 days.
_SWING, _SWING_DAYS = 0.3, 30


def generate(  # noqa: PLR0913 - a trial has this many knobs
    root: Path,
    first_day: date,
    days: int,
    accounts: int,
    seed: int,
    *,
    facts: Mapping[str, FactType] = POLICY_2024_08_15.facts,
    file_count: int | None = None,
    secret: bytes | None = None,
    progress: Progress | None = None,
) -> list[Path]:
    """Write the feeds of `days` days from `first_day` below `root`, and answer their directories.

    The first day has exactly `accounts` accounts (at most `MAX_ACCOUNTS`), in `file_count` files.
    Each day appears in one step, signed where there is a `secret`; `progress` gets the rows of
    each file. Raises `ValueError` for numbers that make no feed, `FileExistsError` where a day is
    already there.
    """
    count = file_count or math.ceil(accounts / FILE_ACCOUNTS)
    if not (1 <= accounts <= MAX_ACCOUNTS and 1 <= count <= accounts and days >= 1):
        raise ValueError("a feed has at least one day, and one account for each file")
    people = _Population(accounts, seed, facts)
    made = []
    for age in range(days):
        day = first_day + timedelta(days=age)
        directory = manifest.directory_of(root, day)
        if directory.exists():
            raise FileExistsError(f"{directory} is already there")
        with files.making(directory) as making:
            for index in range(count):
                slots = range(index * accounts // count, (index + 1) * accounts // count)
                frame = people.on(day, age, slots)
                if frame.is_empty():
                    continue
                frame.write_parquet(
                    making / f"part-{index:05d}.parquet",
                    compression="lz4",
                    row_group_size=GROUP_ROWS,
                )
                if progress is not None:
                    progress(frame.height)
            found = describe(making, day)
            (found if secret is None else found.signed(secret)).write(making)
        made.append(directory)
    return made


class _Population:
    """Who there is, and what is said of them on a day."""

    def __init__(self, accounts: int, seed: int, facts: Mapping[str, FactType]) -> None:
        self._accounts = accounts
        self._seed = seed
        self._facts = facts

    def on(self, day: date, age: int, slots: range) -> pl.DataFrame:
        """The rows of the accounts of `slots` on `day`, `age` days after the first."""
        steps = (slots[at : at + _STEP] for at in range(0, len(slots), _STEP))
        return pl.concat(self._rows(day, age, step) for step in steps)

    def _rows(self, day: date, age: int, slots: range) -> pl.DataFrame:
        # A slot has one account from the first day (2i), and may have one that is new later (2i+1).
        slot = pl.int_range(slots.start, slots.stop)
        keys = pl.select(key=slot * 2).filter(self._number("gone", _GONE_DAYS) >= age)
        born = pl.select(key=slot * 2 + 1).filter(self._number("born", _BIRTHS_DAYS) < age)
        if born.height:
            keys = keys.merge_sorted(born, "key")
        columns = {name: self._fact(name, kind, day) for name, kind in self._facts.items()}
        types = self._one_of("type", ("personal",) * 17 + ("institution",) * 2 + ("enterprise",))
        return keys.select(aweme_id=self._id(slots), account_type=types, **columns)

    def _id(self, slots: range) -> pl.Expr:
        """Eleven digits in the order of the slots, the last tenth of them after a name."""
        step = (_HIGHEST_ID - _LOWEST_ID) // self._accounts
        room = step // 2
        number = _LOWEST_ID + pl.col("key") // 2 * step + pl.col("key") % 2 * room
        digits = (number + self._number("id", room)).cast(pl.String)
        named_from = self._accounts - self._accounts // _NAMED_SHARE
        if slots.stop <= named_from:
            return digits
        slot = pl.col("key") // 2
        which = (slot - named_from) * len(_NAMES) // (self._accounts - named_from)
        name = pl.lit(pl.Series(_NAMES)).gather(which.clip(lower_bound=0))
        return pl.when(slot < named_from).then(digits).otherwise(name + digits)

    def _fact(self, name: str, kind: FactType, day: date) -> pl.Expr:
        """The values of a fact: those of the shipped policy as in life, others by their type."""
        as_in_life = {
            "effective_followers": (FactType.INT, self._followers),
            "has_serious_violation": (FactType.BOOL, self._violation),
            "is_verified_adult": (FactType.BOOL, self._adult),
            "meets_regulatory_requirements": (FactType.BOOL, self._regular),
        }
        known_kind, values = as_in_life.get(name, (None, None))
        if values is not None and kind is known_kind:
            return values(day)
        match kind:
            case FactType.INT:
                return self._skewed(name).cast(pl.Int64)
            case FactType.FLOAT:
                return self._uniform(name)
            case FactType.BOOL:
                return self._spell(name, day, days=30, in_a_thousand=950)
            case FactType.STR:
                return self._one_of(name, ("one", "two", "three", None))

    def _violation(self, day: date) -> pl.Expr:
        return self._spell("violation", day, days=20, in_a_thousand=3)

    def _adult(self, _: date) -> pl.Expr:
        # Who never verified an age has no answer.
        return self._one_of("adult", (True,) * 16 + (None,) * 3 + (False,))

    def _regular(self, day: date) -> pl.Expr:
        return ~self._spell("irregular", day, days=90, in_a_thousand=5)

    def _followers(self, day: date) -> pl.Expr:
        moved = self._number("phase", _SWING_DAYS) + day.toordinal()
        along = (moved % _SWING_DAYS) / _SWING_DAYS
        last = self._uniform("swing", moved // _SWING_DAYS)
        following = self._uniform("swing", moved // _SWING_DAYS + 1)
        level = last + (following - last) * along
        return (self._skewed("followers") * (1 + _SWING * (level - 0.5))).cast(pl.Int64)

    def _skewed(self, what: str) -> pl.Expr:
        """Log-normal: half below the median, a few with millions."""
        radius = (-2 * (self._uniform(what) + 2**-54).log()).sqrt()
        angle = 2 * math.pi * self._uniform(f"{what} angle")
        return _MEDIAN_FOLLOWERS * (_SIGMA * radius * angle.cos()).exp()

    def _spell(self, what: str, day: date, *, days: int, in_a_thousand: int) -> pl.Expr:
        """True for spells of so many days, which each account begins on days of its own."""
        number = (self._number(f"{what} phase", days) + day.toordinal()) // days
        return self._number(what, 1000, number) < in_a_thousand

    def _one_of(self, what: str, values: Sequence[str | bool | None]) -> pl.Expr:
        return pl.lit(pl.Series(values)).gather(self._number(what, len(values)))

    def _uniform(self, what: str, when: pl.Expr | None = None) -> pl.Expr:
        """At least 0 and less than 1."""
        return (self._hash(what, when) // 2**11) * 2.0**-53

    def _number(self, what: str, below: int, when: pl.Expr | None = None) -> pl.Expr:
        return (self._hash(what, when) % below).cast(pl.Int64)

    def _hash(self, what: str, when: pl.Expr | None) -> pl.Expr:
        key = pl.col("key") if when is None else pl.col("key") * 2**20 + when
        return key.hash(zlib.crc32(f"{self._seed}/{what}".encode()))
