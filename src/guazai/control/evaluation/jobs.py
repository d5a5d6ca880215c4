"""What the evaluator does by itself: feeds, policies, dry runs, notices, alarms."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta

import structlog
from django.db import close_old_connections

from guazai.control.evaluation import actions, alarms, drafting, feeds, queries, trials, work
from guazai.control.evaluation.errors import RUN_BUSY
from guazai.control.evaluation.states import AlarmKind, DryRunPurpose, RunKind
from guazai.control.kernel import clock
from guazai.control.kernel.actor import system
from guazai.control.kernel.errors import Problem

log = structlog.get_logger(__name__)
EVALUATOR = system("evaluator")
PASS_SECONDS = 1.0
#: How many days of lateness are told one by one.
LATE_DAYS = 7
#: So many days before a policy takes effect, those whom it will hide are looked for once more.
FINAL_DAYS = 3


def recover() -> int:
    """Go on with what somebody left who died."""
    return int(work.recover(EVALUATOR) is not None)


def take_feeds() -> int:
    """Run the first delivered day that was not tried yet."""
    last = queries.last_applied()
    for day, path in feeds.delivered(last.as_of if last else date.min):
        seen = feeds.fingerprint(path)
        if seen in _repeats or queries.is_tried(RunKind.FEED, seen):
            continue
        outcome = work.run_feed(EVALUATOR, day)
        if outcome.is_repeat:
            _repeats.add(seen)
        return 1
    return 0


#: Deliveries that turned out to be what is applied already.
_repeats: set[str] = set()


def take_policies() -> int:
    """Judge by policies that came into play."""
    return int(work.run_policies(EVALUATOR) is not None)


def take_dry_run() -> int:
    """Work on a dry run that was asked for."""
    return trials.work_on_next(EVALUATOR)


def look_ahead() -> int:
    """See whom scheduled policies will hide: once they are scheduled, and in their last days."""
    drafts = queries.needs_notices(clock.now(), FINAL_DAYS)
    for draft in drafts:
        drafting.request_dry_run(EVALUATOR, draft, DryRunPurpose.NOTICE)
    return len(drafts)


def send_notices() -> int:
    """Tell those whom scheduled policies will hide."""
    dry_run = queries.unsent_notices()
    return drafting.send_notices(EVALUATOR, dry_run) if dry_run else 0


def check_late() -> int:
    """Raise the alarm for every day whose feed is due and not applied (E6, R16)."""
    last = queries.last_applied()
    if last is None and not feeds.days():
        return 0
    due = queries.last_due_day(clock.now())
    first = due - timedelta(days=LATE_DAYS - 1)
    first = max(first, last.as_of + timedelta(days=1)) if last else due
    late = [first + timedelta(days=days) for days in range((due - first).days + 1)]
    return sum(
        alarms.sound(EVALUATOR, AlarmKind.FEED_LATE, day.isoformat(), as_of=day.isoformat())
        for day in late
    )


#: What only one process at a time may do.
ALONE: dict[str, Callable[[], int]] = {
    "recover": recover,
    # Before feeds: the breaker knows what a policy was said to hide, and a feed may hide no more.
    "take_policies": take_policies,
    "take_feeds": take_feeds,
    "take_dry_run": take_dry_run,
}
TASKS: dict[str, Callable[[], int]] = {
    "check_late": check_late,
    "look_ahead": look_ahead,
    "send_notices": send_notices,
    "expire_proposals": actions.expire_proposals,
}


def run_once() -> dict[str, int]:
    """One pass over every task. One that fails is logged and does not stop the others."""
    did = {name: _attempt(name, task) for name, task in TASKS.items()}
    with suppress(Problem), work.working():
        did |= {name: _attempt(name, task) for name, task in ALONE.items()}
    return did


def run(should_stop: Callable[[], bool]) -> None:
    """Work until `should_stop()`; goes on at once while there is something to do."""
    while not should_stop():
        if not any(run_once().values()):
            until = time.monotonic() + PASS_SECONDS
            while not should_stop() and time.monotonic() < until:
                time.sleep(0.05)


def _attempt(name: str, task: Callable[[], int]) -> int:
    try:
        return task()
    except Problem as problem:
        if problem.code is not RUN_BUSY:
            log.warning("evaluator.task_refused", task=name, code=problem.code.name)
    except Exception:
        log.exception("evaluator.task_failed", task=name)
        close_old_connections()
    return 0
