"""Judging every account of a feed, and finding whose verdict changed since the masks before.

The feed is cut into slices of some rows. Each slice is judged by itself and merged with the ids of
the earlier masks that fall into its range: both are sorted, so nothing is hashed, and what is in
memory is one slice. A slice is a task of its own for the runner, here or on a cluster, and writes
its own files, so that the same feed makes the same bytes wherever it is judged.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol, Self, TypeVar

import polars as pl

from guazai.batch import columns, files
from guazai.batch.check import Feed, check_order, check_part
from guazai.batch.masks import Masks, Part, write_part
from guazai.policy import Policy, failed_reasons, passes

SLICE_ROWS: Final = 2_000_000
CHANGES: Final = "changes"
SUMMARY: Final = "summary.json"

Progress = Callable[[int, int], None]
"""Called with how many rows are done, and how many there are to do."""

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

    @classmethod
    def open(cls, path: Path) -> Self:
        """What `evaluate` left at `path`; raises `MasksError` where that cannot be read."""
        masks = Masks.open(path)
        return cls(masks, Summary(**json.loads((path / SUMMARY).read_text(encoding="utf-8"))))


@dataclass(frozen=True, slots=True)
class _Slice:
    """Some rows of one file of a feed, and what to make of them. Can be pickled."""

    number: int
    file: Path
    offset: int
    rows: int
    #: The file and row before the first; None for the first of the feed.
    previous: tuple[Path, int] | None
    is_last: bool
    policy: Mapping[str, Any]
    before: Path | None
    into: Path


class _Judged(NamedTuple):
    part: Part
    masks: Mapping[int, int]
    newly_hidden: int
    newly_shown: int
    added: int
    gone: int


def evaluate(
    feed: Feed,
    policy: Policy,
    before: Masks | None,
    into: Path,
    *,
    runner: Runner = local,
    progress: Progress = lambda done, total: None,
) -> Evaluated:
    """Check the whole feed, judge its accounts by `policy`, and leave masks and changes at `into`.

    `into` appears complete or not at all. `before` may be of another policy; None where nothing
    was judged yet. Raises `FeedError` for a feed that is refused, and changes nothing then.
    """
    slices = list(_slices(feed, policy, before, into.with_name(f"{into.name}.making")))
    total, done = 2 * feed.manifest.rows, 0
    checked = []
    numbers = range(len(feed.manifest.files))
    for part in runner(_Check(feed), numbers):
        checked.append(part)
        done += part.rows
        progress(done, total)
    check_order(feed, checked)
    making = files.fresh(into)
    (making / CHANGES).mkdir()
    judged = []
    for each in runner(judge_slice, slices):
        judged.append(each)
        done += each.part.rows
        progress(done, total)
    summary = _summary(policy, judged)
    (making / SUMMARY).write_text(json.dumps(summary.to_json()), encoding="utf-8")
    Masks.write_index(
        making,
        feed.manifest.as_of,
        policy,
        feed.manifest.content_hash,
        [each.part for each in judged],
    )
    files.publish(making, into)
    return Evaluated(Masks.open(into), summary)


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


def judge_slice(task: _Slice) -> _Judged:
    """Judge one slice, write its masks, and its changes against the masks before."""
    policy = Policy.from_json(task.policy)
    now = (
        pl.scan_parquet(task.file, glob=False)
        .slice(task.offset, task.rows)
        .select("aweme_id", columns.mask(policy))
        .collect(engine="streaming")
    )
    ids = now["aweme_id"]
    part = write_part(now, task.into / f"masks-{task.number:05}.parquet")
    counts = dict(now["mask"].value_counts().iter_rows())
    if task.before is None:
        return _Judged(part, counts, 0, 0, now.height, 0)
    after = None if task.previous is None else _id_at(*task.previous)
    then = Masks.open(task.before).between(after, None if task.is_last else ids[-1])
    changes = _changes(then, now)
    changes.write_parquet(task.into / CHANGES / f"{task.number:05}.parquet", compression="lz4")
    return _Judged(part, counts, *_turns(changes))


def _changes(then: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Whose mask differs, with both; null before for who is new, null after for who is gone."""
    # The order that the merge relies on was verified: of `now` by the checks, of `then` when it
    # was `now`. Polars would join wrong without a word if it did not hold.
    return (
        then.lazy()
        .set_sorted("aweme_id")
        .rename({"mask": "before"})
        .join(
            now.lazy().set_sorted("aweme_id").rename({"mask": "after"}),
            on="aweme_id",
            how="full",
            coalesce=True,
        )
        .filter(pl.col("before").ne_missing(pl.col("after")))
        .sort("aweme_id")
        .collect(engine="streaming")
    )


def _turns(changes: pl.DataFrame) -> tuple[int, int, int, int]:
    """How many are newly hidden, newly shown, added and gone."""
    before, after = columns.passes(pl.col("before")), columns.passes(pl.col("after"))
    counted = changes.select(
        hidden=(before & ~after.fill_null(value=False)).sum(),
        shown=(~before & after).sum(),
        added=pl.col("before").is_null().sum(),
        gone=pl.col("after").is_null().sum(),
    )
    hidden, shown, added, gone = counted.row(0)
    return hidden, shown, added, gone


class _Check:
    """Checks one part of a feed; a task for a runner, so it can be pickled."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed

    def __call__(self, index: int) -> Any:
        return check_part(self.feed, index)


def _slices(feed: Feed, policy: Policy, before: Masks | None, into: Path) -> Iterator[_Slice]:
    cuts = [
        (feed.directory / part.name, offset, min(SLICE_ROWS, part.rows - offset))
        for part in feed.manifest.files
        for offset in range(0, part.rows, SLICE_ROWS)
    ]
    previous = None
    for number, (file, offset, rows) in enumerate(cuts):
        yield _Slice(
            number=number,
            file=file,
            offset=offset,
            rows=rows,
            previous=previous,
            is_last=number == len(cuts) - 1,
            policy=policy.to_json(),
            before=before.path if before else None,
            into=into,
        )
        previous = (file, offset + rows - 1)


def _id_at(file: Path, row: int) -> str:
    scanned = pl.scan_parquet(file, glob=False).slice(row, 1).select("aweme_id")
    return str(scanned.collect().item())


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
        newly_hidden=sum(each.newly_hidden for each in judged),
        newly_shown=sum(each.newly_shown for each in judged),
        added=sum(each.added for each in judged),
        gone=sum(each.gone for each in judged),
        failing=dict(failing),
    )
