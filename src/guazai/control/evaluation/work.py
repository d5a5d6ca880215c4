"""Working on a run: evaluate, ask the breaker, adopt, apply chunk by chunk; and go on after a kill.

Whoever works holds `working()`. A run that is open while nobody holds it was left by somebody who
died: one that was being evaluated has changed nothing and is thrown away; one that was being
applied is gone on with from its cursor (R15).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings

from guazai.control.eligibility import actions as eligibility
from guazai.control.eligibility import queries as standing
from guazai.control.eligibility.errors import NO_POLICY_IN_FORCE
from guazai.control.evaluation import actions, alarms, breaker, feeds, queries
from guazai.control.evaluation.errors import FEED_MISSING, RUN_BUSY, RUN_OUTDATED
from guazai.control.evaluation.models import Run
from guazai.control.evaluation.states import AlarmKind, RunKind, RunStatus
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.batches import batched
from guazai.control.kernel.errors import Problem
from guazai.control.kernel.failpoints import failpoint
from guazai.policy import Policy, bucket

if TYPE_CHECKING:
    from guazai.batch.check import Feed
    from guazai.batch.masks import Masks
    from guazai.control.eligibility.models import CurrentMasks

log = structlog.get_logger(__name__)

CHUNK = 200
EXAMPLES = 20
PLAN = "plan.jsonl"
POLL_SECONDS = 0.02

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is to do."""


def _silent(what: str, done: int, total: int) -> None:
    """Nobody looks on."""


@contextmanager
def working(patience_seconds: float = 0) -> Iterator[None]:
    """Hold the one lock on evaluation; raises `run_busy` where another process keeps it."""
    folder: Path = settings.CONFIG.masks
    folder.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + patience_seconds
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not _is_locked(handle):
            if time.monotonic() >= until:
                raise RUN_BUSY()
            time.sleep(POLL_SECONDS)
        yield
    finally:
        os.close(handle)


def _is_locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def recover(who: Actor, progress: Progress = _silent) -> Run | None:
    """Go on with what somebody left who died; the run that it was, None where there was none."""
    run = queries.open_run()
    if run is None:
        return None
    if run.status == RunStatus.EVALUATING:
        error = {"code": "interrupted", "message": "the evaluation was interrupted"}
        actions.fail_run(who, run, error)
        shutil.rmtree(queries.directory(run.pk), ignore_errors=True)
    else:
        carry_out(who, run, progress)
    return run


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a day's feed: the run that says so, and whether it had nothing to do."""

    run: Run
    is_repeat: bool = False


def run_feed(who: Actor, day: date, progress: Progress = _silent) -> Outcome:
    """Evaluate the feed of `day`, and apply it unless it is refused or held.

    A feed that is applied, or held, is not evaluated again. Raises `feed_missing`, `run_outdated`
    where a later day is applied, and `no_policy_in_force`.
    """
    path = feeds.directory_of(day)
    if not path.exists():
        raise FEED_MISSING(as_of=day, path=str(path))
    last = queries.last_applied()
    if last is not None and day < last.as_of:
        raise RUN_OUTDATED(as_of=day, known=last.as_of)
    from guazai.batch.errors import FeedError  # noqa: PLC0415 - Polars is slow to load

    tried = actions.Tried(RunKind.FEED, day, str(path), feeds.fingerprint(path))
    try:
        feed = feeds.open_feed(path)
    except FeedError as error:
        run = actions.start_run(who, tried)
        actions.refuse_run(who, run, _refusal(error))
        return Outcome(run)
    for same in (last, *queries.held_runs()):
        if same is not None and (same.as_of, same.feed_hash) == (day, feed.content_hash):
            return Outcome(same, is_repeat=True)
    playing = standing.policies_in_play(clock.now())
    if not playing:
        raise NO_POLICY_IN_FORCE()
    run = actions.start_run(
        who,
        actions.Tried(
            RunKind.FEED, day, str(path), tried.fingerprint, feed.content_hash, feed.rows
        ),
    )
    # Over masks of another policy too: they tell who is gone from the feed.
    current = standing.masks_by_version()
    any_row = next(iter(current.values()), None)
    versions = {policy.version: current.get(policy.version, any_row) for policy in playing}
    if _evaluate(who, run, feed, playing, versions, progress):
        reasons = breaker.check_feed(
            day, run.rows, run.watched["hidden"], run.watched["passing"], queries.applied_feed()
        )
        _go_on(who, run, reasons, progress)
    return Outcome(run)


def policy_run_due() -> str | None:
    """The fingerprint of the run that policies in play call for; None where there is none to do."""
    current = standing.current_masks()
    last = queries.last_adopted()
    if not current or last is None:
        return None
    shares = queries.shares(queries.bucket_versions(clock.now()))
    if shares == last.shares:
        return None
    named = json.dumps([shares, sorted(row.feed_hash for row in current)], sort_keys=True)
    fingerprint = hashlib.sha256(named.encode()).hexdigest()
    return None if queries.is_tried(RunKind.POLICY, fingerprint) else fingerprint


def run_policies(who: Actor, progress: Progress = _silent) -> Run | None:
    """Judge by policies that came into play, or apply to more accounts now (E2).

    Answers None where there is nothing to do, or the feed to judge by is gone: then an alarm says
    so, and the next feed is evaluated under them.
    """
    fingerprint = policy_run_due()
    if fingerprint is None:
        return None
    current = standing.masks_by_version()
    newest = max(current.values(), key=lambda row: (row.as_of, row.adopted_at))
    playing = standing.policies_in_play(clock.now())
    new = [policy for policy in playing if policy.version not in current]
    feed = feeds.open_again(Path(newest.feed_path), newest.feed_hash)
    if new and feed is None:
        for policy in new:
            alarms.sound(
                who,
                AlarmKind.POLICY_FEED_MISSING,
                str(policy.version),
                as_of=newest.as_of.isoformat(),
                path=newest.feed_path,
            )
        return None
    tried = actions.Tried(
        RunKind.POLICY,
        newest.as_of,
        newest.feed_path,
        fingerprint,
        newest.feed_hash,
        feed.rows if feed else 0,
    )
    run = actions.start_run(who, tried)
    before = dict.fromkeys((policy.version for policy in new), newest)
    if _evaluate(who, run, feed, new, before, progress):
        reasons = breaker.check_policy(
            run.watched["hidden"], run.watched["passing"], queries.expected_hidden()
        )
        _go_on(who, run, reasons, progress)
    return run


def carry_out(who: Actor, run: Run, progress: Progress = _silent) -> None:
    """Apply what is left of an adopted run, chunk by chunk, and finish it (R15).

    What keeps it from going on raises an alarm; it is gone on with at the next pass.
    """
    try:
        _apply(who, run, progress)
    except Exception as error:
        told = {"code": "applying_failed", "message": f"{type(error).__name__}: {error}"}
        alarms.sound(who, AlarmKind.RUN_FAILED, run.as_of.isoformat(), run=run.pk, **told)
        raise
    failpoint("run.finished")
    prune()


def _apply(who: Actor, run: Run, progress: Progress) -> None:
    path = queries.directory(run.pk) / PLAN
    if not (run.planned and path.exists()):
        actions.set_plan(run, _write_plan(path, _plan(run)))
    for chunk in batched(_read_plan(path, run.cursor), CHUNK):
        actions.apply_chunk(who, run, chunk)
        failpoint("run.chunk")
        progress("applying", run.cursor, run.planned)
    actions.finish_run(who, run)


def prune() -> None:
    """Delete the masks that are of no more use."""
    kept = queries.kept_directories() | {"lock"}
    for path in settings.CONFIG.masks.iterdir():
        if path.name not in kept and path.is_dir():
            shutil.rmtree(path, ignore_errors=True)


def _evaluate(
    who: Actor,
    run: Run,
    feed: Feed | None,
    policies: Sequence[Policy],
    before: Mapping[int, CurrentMasks | None],
    progress: Progress,
) -> bool:
    """Make the masks of `run` and note what they mean; False where it is refused or has failed."""
    from guazai.batch.engine import evaluate  # noqa: PLC0415 - Polars is slow to load
    from guazai.batch.errors import FeedError  # noqa: PLC0415 - as above
    from guazai.batch.spark import runner  # noqa: PLC0415 - as above

    jobs = [] if feed is None else [(feed, policy) for policy in policies]
    summaries: dict[str, Any] = {}
    done = 0

    def advance(rows: int) -> None:
        nonlocal done
        done += rows
        progress("evaluating", done, run.rows * len(jobs))

    try:
        with runner(settings.CONFIG.evaluation_engine) as running:
            for given, policy in jobs:
                was = before[policy.version]
                evaluated = evaluate(
                    given,
                    policy,
                    _open(was) if was else None,
                    queries.masks_of(run, policy.version),
                    runner=running,
                    progress=advance,
                )
                summaries[str(policy.version)] = evaluated.summary.to_json()
        actions.note_results(run, summaries, {})
        actions.note_results(run, summaries, _preview(run))
    except FeedError as error:
        actions.refuse_run(who, run, _refusal(error))
    except Exception as error:
        log.exception("evaluation.run_failed", run=run.pk)
        told = {"code": "evaluation_failed", "message": f"{type(error).__name__}: {error}"}
        actions.fail_run(who, run, told)
    else:
        return True
    shutil.rmtree(queries.directory(run.pk), ignore_errors=True)
    return False


def _go_on(who: Actor, run: Run, reasons: Sequence[breaker.Reason], progress: Progress) -> None:
    failpoint("run.evaluated")
    if reasons:
        actions.hold_run(who, run, reasons)
        return
    try:
        actions.adopt_run(who, run)
    except Problem as problem:  # a policy took effect while this was evaluated
        told = {"code": problem.code.name, "message": problem.code.text.en}
        actions.fail_run(who, run, told, is_alarming=False)
        return
    failpoint("run.adopted")
    carry_out(who, run, progress)


def _preview(run: Run) -> dict[str, Any]:
    """What applying `run` would do to the watched accounts, without doing it."""
    is_feed = run.kind == RunKind.FEED
    found = eligibility.preview(_plan(run), as_of=run.as_of, consumes=is_feed)
    passing = standing.passing_count()
    expected = 0 if is_feed else queries.expected_hidden()
    return {
        "passing": passing,
        "hidden": len(found.hidden),
        "hidden_limit": breaker.hidden_limit(passing, expected),
        "shown": len(found.shown),
        "hidden_examples": found.hidden[:EXAMPLES],
        "shown_examples": found.shown[:EXAMPLES],
    }


def _plan(run: Run) -> Iterator[eligibility.MaskRow]:
    """The watched accounts that `run` concerns, each with its mask by the policy that applies.

    Of a run that is not adopted yet, as of now.
    """
    from guazai.batch.engine import plan, plan_all  # noqa: PLC0415 - Polars is slow to load

    at = run.adopted_at or clock.now()
    buckets = queries.bucket_versions(at)
    is_feed = run.kind == RunKind.FEED
    past = queries.last_adopted_before(run)
    earlier = queries.bucket_versions(past.adopted_at) if past and past.adopted_at else [None] * 100
    for version in sorted({each for each in buckets if each is not None}):
        masks = _masks_for(run, version)
        if masks is None:
            continue
        turned = {
            place
            for place, each in enumerate(buckets)
            if each == version and (is_feed or earlier[place] != version)
        }
        watched = list(_of(standing.watched(), turned))
        told = _of(standing.told_until(run.as_of), turned)
        rows = plan(masks, watched, told) if is_feed and past else []
        if any(earlier[place] != version for place in turned):
            # Judged by another policy before, if at all: what differs from these masks is all.
            gone = [row for row in rows if row[1] is None]
            rows = [*gone, *plan_all(masks, watched)]
        for aweme_id, mask in rows:
            yield eligibility.MaskRow(aweme_id, version, mask)


def _of(aweme_ids: Iterable[str], buckets: set[int]) -> Iterator[str]:
    return (aweme_id for aweme_id in aweme_ids if bucket(aweme_id) in buckets)


def _masks_for(run: Run, version: int) -> Masks | None:
    from guazai.batch.masks import Masks  # noqa: PLC0415 - Polars is slow to load

    if str(version) in run.summaries:
        return Masks.open(queries.masks_of(run, version))
    current = standing.masks_by_version()
    return _open(current[version]) if version in current else None


def _open(row: CurrentMasks) -> Masks:
    from guazai.batch.masks import Masks  # noqa: PLC0415 - Polars is slow to load

    return Masks.open(Path(row.path))


def _write_plan(path: Path, rows: Iterable[eligibility.MaskRow]) -> int:
    """Write the plan, whole or not at all; how many rows it has."""
    count = 0
    making = path.with_suffix(".making")
    making.parent.mkdir(parents=True, exist_ok=True)
    with making.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps([row.aweme_id, row.policy_version, row.mask]) + "\n")
            count += 1
        file.flush()
        os.fsync(file.fileno())
    making.rename(path)
    return count


def _read_plan(path: Path, start: int) -> Iterator[eligibility.MaskRow]:
    with path.open(encoding="utf-8") as file:
        for line in islice(file, start, None):
            yield eligibility.MaskRow(*json.loads(line))


def _refusal(error: Any) -> dict[str, Any]:
    return {
        "code": error.code,
        "message": error.message,
        "file": error.file,
        "row": error.row,
    }
