"""When a run is held (E6, R14): the limits, and nothing else. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

FEWEST_HIDDEN = 20
MOST_HIDDEN = 5_000
#: Parts in a hundred.
HIDDEN_PERCENT = 2
ROWS_PERCENT = 10


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a run is held: a stable code, what was found and what it is measured against."""

    code: str
    actual: int | str
    limit: int | str

    def to_json(self) -> dict[str, Any]:
        """The reason as plain JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Applied:
    """The feed last applied: its day, how many accounts it had, and its manifest's hash."""

    as_of: date
    rows: int
    feed_hash: str


def hidden_limit(passing: int, expected: int = 0) -> int:
    """How many of `passing` watched accounts one run may hide: min(5,000, 2%), but 20 always.

    Beside those of whom a dry run said it before, `expected`.
    """
    return expected + max(FEWEST_HIDDEN, min(MOST_HIDDEN, passing * HIDDEN_PERCENT // 100))


def check_feed(
    as_of: date, rows: int, newly_hidden: int, passing: int, last: Applied | None
) -> list[Reason]:
    """Why the feed of `as_of` is held; empty where it may be applied.

    `newly_hidden` of the `passing` watched accounts would be hidden by it. Where nothing was
    applied yet there is no count and no day to compare with.
    """
    reasons = _hidden(newly_hidden, hidden_limit(passing))
    if last is None:
        return reasons
    if abs(rows - last.rows) * 100 > last.rows * ROWS_PERCENT:
        reasons.append(Reason("row_count_differs", rows, last.rows))
    if as_of > last.as_of + timedelta(days=1):
        next_day = last.as_of + timedelta(days=1)
        reasons.append(Reason("day_missing", as_of.isoformat(), next_day.isoformat()))
    return reasons


def check_policy(newly_hidden: int, passing: int, expected: int) -> list[Reason]:
    """Why policies that came into play are held: they hide many more than the dry run said."""
    return _hidden(newly_hidden, hidden_limit(passing, expected))


def _hidden(newly_hidden: int, limit: int) -> list[Reason]:
    is_over = newly_hidden > limit
    return [Reason("too_many_hidden", newly_hidden, limit)] if is_over else []
