"""Judging every account of a feed, and finding whose verdict changed since the masks before.

Each file of the feed is a task for the runner, here or on a cluster: it is checked, then judged and
merged with the earlier masks of its range of ids, a slice at a time. Both sides are sorted, so
nothing is hashed, and one slice is all that is in memory. A task writes files of its own, so the
same feed makes the same bytes wherever it is judged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol, TypeVar

import polars as pl

from guazai.batch import columns, files
from guazai.batch.check import CheckedPart, Feed, check_order, check_part, readable
from guazai.batch.check import Part as FeedPart
from guazai.batch.errors import FeedError
from guazai.batch.manifest import Progress
from guazai.batch.masks import Masks, Part, write_part
from guazai.policy import Policy, failed_reasons, passes

#: More is faster, and takes more memory: 0.1 GB a million rows.
SLICE_ROWS: Final = 5_000_000
CHANGES: Final = "changes"

T = TypeVar("T")
R = TypeVar("R")


class Runner(Protocol):
    """Where tasks run. Answers come in the order of the tasks, as they are known."""

    def __call__(self, work: Callable[[T], R], tasks: Sequence[T]) -> Iterator[R]:
        """Do `work` on each of `tasks`; both can be pickled."""
        ...


def local(work: Callable[[T], R], tasks: Sequence[T]) -> Iterator[R]:
    """Run tasks one after another on this machine; Polars uses all cores for each."""
    return map(work, tasks)


@dataclass(frozen=True, slots=True)
class Summary:
    """What an evaluation found, over all accounts of the feed.

    `newly_hidden` passed before and does not, or is gone; `newly_shown` was known and did not pass.
    `failing` counts, by reason, the accounts that do not meet a rule.
    """

    judged: int = 0
    passing: int = 0
    newly_hidden: int = 0
    newly_shown: int = 0
    added: int = 0
    gone: int = 0
    failing: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The summary as plain JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """Masks with what changed to make them from the ones before."""

    masks: Masks
    summary: Summary


@dataclass(frozen=True, slots=True)
class _Task:
    """What to do with one file of a feed. Can be pickled."""

    feed: Feed
    index: int
    policy: Mapping[str, Any]
    before: Path | None
    into: Path


class _Turns(NamedTuple):
    """How many of a slice's range are newly hidden, newly shown, added and gone."""

    newly_hidden: int
    newly_shown: int
    added: int
    gone: int


class _Judged(NamedTuple):
    """What became of one slice."""

    part: Part
    masks: Mapping[int, int]
    turns: _Turns


class _Refused(NamedTuple):
    """A `FeedError` as a cluster can carry it."""

    code: str
    message: str
    file: str | None
    row: int | None


def evaluate(
    feed: Feed,
    policy: Policy,
    before: Masks | None,
    into: Path,
    *,
    runner: Runner = local,
    progress: Progress | None = None,
) -> Evaluated:
    """Check the whole feed, judge its accounts by `policy`, and leave masks and changes at `into`.

    `into` appears complete or not at all. `before` may be of another policy; None where nothing
    was judged yet. `progress` gets the rows of each file. Raises `FeedError` for a feed that is
    refused, and changes nothing then.
    """
    with files.making(into) as making:
        (making / CHANGES).mkdir()
        judged = list(_judge(feed, policy, before, making, runner, progress))
        parts = [each.part for each in judged]
        Masks.write_index(making, feed.as_of, policy, feed.content_hash, parts)
    return Evaluated(Masks.open(into), _summary(policy, judged))


def _judge(
    feed: Feed,
    policy: Policy,
    before: Masks | None,
    into: Path,
    runner: Runner,
    progress: Progress | None,
) -> Iterator[_Judged]:
    earlier = before.path if before else None
    tasks = [
        _Task(feed, index, policy.to_json(), earlier, into) for index in range(len(feed.parts))
    ]
    checked: list[CheckedPart] = []
    for found in runner(judge_file, tasks):
        if isinstance(found, _Refused):
            raise FeedError(found.code, found.message, file=found.file, row=found.row)
        rows = sum(each.part.rows for each in found)
        checked.append(CheckedPart(found[0].part.first, found[-1].part.last, rows))
        check_order(feed, checked)
        if progress is not None:
            progress(rows)
        yield from found


def plan(
    evaluated: Masks, watched: Iterable[str], also: Iterable[str] = ()
) -> list[tuple[str, int | None]]:
    """The masks to apply to those of `watched` that changed, None for who is gone from the feed.

    Who is hidden or shown by it comes first, then by id. `also` are ids to apply, changed or not,
    where the feed speaks of them. Where nothing was judged before, all that are watched changed.
    """
    if not any((evaluated.path / CHANGES).iterdir()):
        return plan_all(evaluated, watched)
    changes = pl.scan_parquet(evaluated.path / CHANGES / "*.parquet")
    ids = pl.LazyFrame({"aweme_id": pl.Series(values=list(watched), dtype=pl.String)})
    turns = columns.passes(pl.col("after")).ne_missing(columns.passes(pl.col("before")))
    found = (
        changes.join(ids, on="aweme_id", how="semi")
        .sort(~turns, "aweme_id")
        .select("aweme_id", "after")
        .collect(engine="streaming")
    )
    rows: dict[str, int | None] = dict(found.iter_rows())
    return [*rows.items(), *sorted(evaluated.lookup(set(also) - rows.keys()).items())]


def plan_all(masks: Masks, watched: Iterable[str]) -> list[tuple[str, int | None]]:
    """The masks of all those of `watched` that have one, who fails first, then by id."""
    ids = pl.LazyFrame({"aweme_id": pl.Series(values=list(watched), dtype=pl.String)})
    found = (
        masks.scan()
        .join(ids, on="aweme_id", how="semi")
        .sort(columns.passes(pl.col("mask")), "aweme_id")
        .collect(engine="streaming")
    )
    return list(found.iter_rows())


def judge_file(task: _Task) -> list[_Judged] | _Refused:
    """Check one file, judge it slice by slice, and write its masks and changes."""
    try:
        return list(_judge_slices(task))
    except FeedError as error:
        return _Refused(error.code, error.message, error.file, error.row)


def _judge_slices(task: _Task) -> Iterator[_Judged]:
    """A slice's range of ids begins after the last id before it, and ends with its own last.

    The feed's first range has no beginning and its last no end: who is gone may be there.
    """
    policy = Policy.from_json(task.policy)
    before = Masks.open(task.before) if task.before else None
    part = task.feed.parts[task.index]
    # Decoding twice costs less than judging in chunks as small as those that are checked.
    check_part(task.feed, task.index)
    rows = columns.completed(pl.scan_parquet(part.path, glob=False), policy)
    after = _id_at(task.feed.parts[task.index - 1], -1) if task.index else None
    for number, offset in enumerate(range(0, part.rows, SLICE_ROWS)):
        name = f"{task.index:05}-{number:03}.parquet"
        judged = rows.slice(offset, SLICE_ROWS).select("aweme_id", columns.mask(policy))
        if before is None:
            now = judged.collect(engine="streaming")
            turns = _Turns(0, 0, now.height, 0)
        else:
            is_end = part is task.feed.parts[-1] and offset + SLICE_ROWS >= part.rows
            until = None if is_end else _id_at(part, min(offset + SLICE_ROWS, part.rows) - 1)
            changing = changes_between(before.between(after, until), judged)
            # Both in one pass: what is judged is decoded once.
            now, changes = pl.collect_all([judged, changing], engine="streaming")
            changes = changes.sort("aweme_id")
            changes.write_parquet(task.into / CHANGES / name, compression="lz4")
            turns = _turns(changes)
        masks = dict(now["mask"].value_counts().iter_rows())
        yield _Judged(write_part(now, task.into / name), masks, turns)
        after = now["aweme_id"][-1]
    part.check_unchanged()


def changes_between(then: pl.LazyFrame, now: pl.LazyFrame) -> pl.LazyFrame:
    """Whose mask differs, with both; null before for who is new, null after for who is gone.

    Both have ascending ids. What is found is in no order.
    """
    # The order that the merge relies on was verified: of `now` by the checks, of `then` when it
    # was `now`. Polars would join wrong without a word if it did not hold.
    return (
        then.set_sorted("aweme_id")
        .rename({"mask": "before"})
        .join(
            now.set_sorted("aweme_id").rename({"mask": "after"}),
            on="aweme_id",
            how="full",
            coalesce=True,
        )
        .filter(pl.col("before").ne_missing(pl.col("after")))
    )


def _turns(changes: pl.DataFrame) -> _Turns:
    before, after = columns.passes(pl.col("before")), columns.passes(pl.col("after"))
    counted = changes.select(
        (before & ~after.fill_null(value=False)).sum().alias("newly_hidden"),
        (~before & after).sum().alias("newly_shown"),
        pl.col("before").is_null().sum().alias("added"),
        pl.col("after").is_null().sum().alias("gone"),
    )
    return _Turns(**counted.row(0, named=True))


def _id_at(part: FeedPart, row: int) -> str:
    """The id in one row; -1 is the last."""
    with readable(part.name):
        scan = pl.scan_parquet(part.path, glob=False).slice(row % part.rows, 1).select("aweme_id")
        return str(scan.collect().item())


def _summary(policy: Policy, judged: Sequence[_Judged]) -> Summary:
    masks: Counter[int] = Counter()
    for each in judged:
        masks.update(each.masks)
    failing: Counter[str] = Counter({rule.reason: 0 for rule in policy.rules})
    for mask, count in masks.items():
        for reason in failed_reasons(policy, mask):
            failing[reason] += count
    return Summary(
        judged=masks.total(),
        passing=sum(count for mask, count in masks.items() if passes(mask)),
        newly_hidden=sum(each.turns.newly_hidden for each in judged),
        newly_shown=sum(each.turns.newly_shown for each in judged),
        added=sum(each.turns.added for each in judged),
        gone=sum(each.turns.gone for each in judged),
        failing=dict(failing),
    )
