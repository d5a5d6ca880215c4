"""Kill the evaluation of feeds again and again, and look at what is left each time (R15).

A program: `python -m tests.faults.evaluating STATE SEED …`, in the environment of a platform. Who
evaluates, and who looks, is forked from it. Its last line is what it found, as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402 - what follows needs Django set up
from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402

from guazai.control.directory.models import DouyinAccount  # noqa: E402
from guazai.control.eligibility import actions as eligibility  # noqa: E402
from guazai.control.eligibility import queries as standing  # noqa: E402
from guazai.control.eligibility.models import AccountFacts, Verdict  # noqa: E402
from guazai.control.evaluation import actions, queries, work  # noqa: E402
from guazai.control.evaluation.models import Run  # noqa: E402
from guazai.control.evaluation.states import RUN_TRANSITIONS, RunKind  # noqa: E402
from guazai.control.journal import queries as journal  # noqa: E402
from guazai.control.journal.actions import act  # noqa: E402
from guazai.control.kernel import clock  # noqa: E402
from guazai.control.kernel.actor import Actor, system  # noqa: E402
from guazai.control.kernel.errors import Problem  # noqa: E402
from guazai.control.kernel.failpoints import failpoint  # noqa: E402
from guazai.control.kernel.transitions import move  # noqa: E402
from tests.faults import forks  # noqa: E402

FAILPOINTS = ("run.evaluated", "run.adopted", "run.chunk", "run.finished")
WHO = system("evaluator")
ACCOUNTS = 400
CHUNK = 40
KILLS_A_DAY = 5
PATIENCE_SECONDS = 60.0
#: Of what is wrong at one time; the rest is alike.
FAULTS_TOLD = 3
State = dict[str, tuple[bool, tuple[str, ...]]]


def facts_of(number: int, age: int) -> dict[str, Any]:
    """What the feed says of an account on a day: most change every day, few are hidden by it."""
    has_few = number % 2 == 0 and (number // 2 + age) % 3 == 0
    is_barred = number % 2 == 0 and not has_few
    is_minor = number % 50 == 1 and (number // 50 + age) % 2 == 0
    return {
        "effective_followers": 499 if has_few else 500,
        "has_serious_violation": is_barred,
        "is_verified_adult": not is_minor,
        "meets_regulatory_requirements": True,
    }


def state_of(age: int) -> State:
    """How everybody stands once a day is applied, by the rules in their order."""
    found = {}
    for number in range(ACCOUNTS):
        facts = facts_of(number, age)
        reasons = {
            "too_few_effective_followers": facts["effective_followers"] < 500,
            "not_verified_adult": not facts["is_verified_adult"],
            "has_serious_violation": facts["has_serious_violation"],
        }
        failed = tuple(reason for reason, holds in reasons.items() if holds)
        found[name_of(number)] = (not failed, failed)
    return found


def name_of(number: int) -> str:
    return f"acc{number:05}"


def cursor_apart() -> None:
    """A twin: the cursor is moved past a chunk before the chunk is applied."""

    def apply_chunk(who: Actor, run: Run, rows: list[eligibility.MaskRow]) -> None:
        run.cursor += len(rows)
        run.save(update_fields=["cursor"])
        failpoint("run.chunk")
        with act(who) as done:
            consumes = run.kind == RunKind.FEED
            eligibility.apply(who, done, rows, as_of=run.as_of, consumes=consumes)
            done.record("evaluation.apply_chunk", "run", run.pk)

    actions.apply_chunk = apply_chunk  # type: ignore[assignment]


def adopt_apart() -> None:
    """A twin: the run is said to be applied before its masks are the current ones."""
    whole = actions._adopt

    def adopt_run(who: Actor, run: Run) -> None:
        shares = queries.shares(queries.bucket_versions(clock.now()))
        move(run, RUN_TRANSITIONS, "apply", adopted_at=clock.now(), shares=shares)
        failpoint("run.adopted")
        with act(who) as done, transaction.atomic():
            Run.objects.filter(pk=run.pk).update(adopted_at=None, status="evaluating")
            whole(done, who, run, "apply")

    actions.adopt_run = adopt_run


TWINS: dict[str, Callable[[], None]] = {
    "none": lambda: None,
    "cursor_apart": cursor_apart,
    "adopt_apart": adopt_apart,
}


class Harness:
    """Days of feeds, evaluators that die, and somebody who looks."""

    def __init__(self, state: Path, seed: str, twin: str) -> None:
        self.state = state
        self.twin = TWINS[twin]
        self.rng = random.Random(f"{seed}:kills")
        self.killed: Counter[str] = Counter()
        #: Evaluators that came to their end before they were killed.
        self.unkilled = 0
        self.faults: list[str] = []
        self.life = 0.6

    def run(self, kills: int) -> dict[str, object]:
        """So many kills, up to some on each day, and each day to its end."""
        days = kills + 2
        first = clock.today() - timedelta(days=days)
        forks.finish(forks.fork(lambda: make(first, days), self._log), self._log)
        self._finish(first, 0)
        for age in range(1, days):
            on = first + timedelta(days=age)
            for _ in range(min(KILLS_A_DAY, kills - self.killed.total())):
                is_over = self._kill_one(on)
                self._look(on, age)
                if is_over:
                    break
            self._finish(on, age)
            if self.faults or self.killed.total() >= kills:
                break
        return {"faults": self.faults, "kills": dict(self.killed), "unkilled": self.unkilled}

    def _kill_one(self, on: date) -> bool:
        """Kill an evaluator at a point or at a random moment; whether the day is done with."""
        name = self.rng.choice((*FAILPOINTS, "", "", "", ""))
        pid = forks.fork(lambda: self._evaluate(on, name), self._log)
        patience = PATIENCE_SECONDS if name else self.rng.uniform(0, self.life)
        until = time.monotonic() + patience
        while not (ended := os.waitpid(pid, os.WNOHANG))[0]:
            if time.monotonic() > until:
                # It may come to its end in this very moment.
                os.kill(pid, signal.SIGKILL)
                ended = os.waitpid(pid, 0)
                break
            time.sleep(0.002)
        if os.WIFSIGNALED(ended[1]):
            forks.require_killed(ended[1])
            self.killed[name or "at random"] += 1
            self.life *= 1.0 if name else 1.05
            return name == FAILPOINTS[-1]
        if ended[1]:
            self.faults.append(f"an evaluator failed: {self._log.read_text()[-2000:]}")
        self.unkilled += 1
        self.life *= 0.9
        return True

    def _evaluate(self, on: date, name: str) -> None:
        self.twin()
        settings.CONFIG = replace(settings.CONFIG, failpoint=name)
        work.CHUNK = CHUNK
        with work.working():
            work.recover(WHO)
            work.run_feed(WHO, on)

    def _look(self, on: date, age: int) -> None:
        """After a kill everything is as it was, or the way to the new state is known."""
        self._ask(lambda: found_after_kill(on, age))

    def _finish(self, on: date, age: int) -> None:
        forks.finish(forks.fork(lambda: self._evaluate(on, ""), self._log), self._log)
        self._ask(lambda: found_at_end(on, age))

    def _ask(self, question: Callable[[], list[str]]) -> None:
        path = self.state / "found"
        pid = forks.fork(lambda: path.write_text(json.dumps(question())), self._log)
        forks.finish(pid, self._log)
        self.faults += json.loads(path.read_text())[:FAULTS_TOLD]

    @property
    def _log(self) -> Path:
        return self.state / "evaluators.log"


def make(first: date, days: int) -> None:
    """The accounts, all watched, and a feed of every day."""
    from tests.evaluation.samples import write_feed  # noqa: PLC0415 - Polars, in children alone

    names = [name_of(number) for number in range(ACCOUNTS)]
    DouyinAccount.objects.bulk_create(
        [DouyinAccount(pk=each, nickname=each, account_type="personal") for each in names]
    )
    AccountFacts.objects.bulk_create([AccountFacts(pk=each) for each in names])
    for age in range(days):
        rows = {name_of(number): facts_of(number, age) for number in range(ACCOUNTS)}
        write_feed(settings.CONFIG.feeds, first + timedelta(days=age), rows, parts=2)


def stands() -> State:
    rows = Verdict.objects.values_list("pk", "is_passed", "failed")
    return {aweme_id: (passed, tuple(failed)) for aweme_id, passed, failed in rows}


def found_after_kill(on: date, age: int) -> list[str]:
    """What is wrong while a day is being applied."""
    old, new, now = state_of(age - 1), state_of(age), stands()
    [masks] = standing.current_masks()
    run = queries.last_applied()
    if run is None or masks.run_id != run.pk or masks.as_of != run.as_of:
        return [f"the masks of {masks.run_id} are current, and {run and run.pk} is being applied"]
    if run.as_of < on:
        return [
            f"{each} changed before the day was adopted" for each in now if now[each] != old[each]
        ]
    path = queries.directory(run.pk) / work.PLAN
    planned = [row.aweme_id for row in work._read_plan(path, 0)] if path.exists() else []
    done = set(planned[: run.cursor])
    expected = {each: new[each] if each in done else old[each] for each in old}
    if run.status == "applied":
        expected = new
    return [
        f"{each} is {now[each]} with the cursor at {run.cursor}, not {expected[each]}"
        for each in now
        if now[each] != expected[each]
    ]


def found_at_end(on: date, age: int) -> list[str]:
    """What is wrong once a day is applied: the state, a repetition, an older day."""
    new, now = state_of(age), stands()
    found = [
        f"{each} is {now[each]}, not {new[each]}" for each in new if now.get(each) != new[each]
    ]
    run = queries.last_applied()
    if run is None or (run.as_of, run.status) != (on, "applied"):
        return [*found, f"the last run is {run and (run.as_of, run.status)}"]
    events, ranks = journal.search().count(), list(Verdict.objects.order_by("pk").values())
    with work.working():
        if not work.run_feed(WHO, on).is_repeat:
            found.append("the same feed was run once more")
        try:
            if age:
                work.run_feed(WHO, on - timedelta(days=1))
                found.append("an older day was run")
        except Problem as problem:
            if problem.code.name != "run_outdated":
                found.append(f"an older day was refused with {problem.code.name}")
    if events != journal.search().count():
        found.append("doing nothing left events")
    if ranks != list(Verdict.objects.order_by("pk").values()):
        found.append("doing nothing changed verdicts")
    judged = journal.search(verb="eligibility.judge").count()
    steps = [state_of(each) for each in range(age + 1)]
    changes = sum(
        before[each] != after[each] for before, after in pairwise(steps) for each in after
    )
    if judged != ACCOUNTS + changes:
        found.append(f"{judged} verdicts were given, and {ACCOUNTS + changes} changed")
    return found


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("state", type=Path)
    parser.add_argument("seed")
    parser.add_argument("--kills", type=int, required=True)
    parser.add_argument("--twin", choices=TWINS, default="none")
    asked = parser.parse_args()
    call_command("migrate", interactive=False, verbosity=0)
    forks.close_databases()
    began = time.monotonic()
    found = Harness(asked.state, asked.seed, asked.twin).run(asked.kills)
    print(json.dumps(found | {"seconds": round(time.monotonic() - began, 1)}))


if __name__ == "__main__":
    main()
