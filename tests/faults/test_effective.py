"""R3: nothing is shown after a takedown is effective, whatever befalls nodes, links and the relay.

Four resolver nodes, each behind a link of its own. Two hide while they are isolated: whoever asks
them is shown nothing after *effective*. Two serve: the same holds for those whom a load balancer
sends there, one that asks `/readyz`. All clocks are this machine's `time.time`.
"""

from __future__ import annotations

import heapq
import math
import os
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.faults import ways
from tests.faults.fleet import FAULTS, Fault, Fleet, broken, falter, fleet
from tests.faults.visiting import Visitors, visitors
from tests.faults.ways import Accepted, Cast, Entry, Undo
from tests.platform import (
    START_SECONDS,
    Platform,
    platform,
    run_program,
    within,
)

OPERATORS = 4
VISITS_PER_SECOND = 80
#: How long an account stays denied once that is effective.
LEAST_DENIED, MOST_DENIED = 0.5, 3.0
#: How long a takedown may take to be effective while the relay runs.
BOUND_SECONDS = 5.0
#: How long after the relay is back it may be that no takedown gets effective.
RELAY_GRACE_SECONDS = 2.0
AFTER_SECONDS = 10.0
HIDING, SERVING = ("hiding-1", "hiding-2"), ("serving-1", "serving-2")

#: A node that counts its lease from when the answer came.
LATE_LEASE = """
import time
from guazai.resolver.leases import Leases
take = Leases._take
Leases._take = lambda self, answer, sent_at: take(self, answer, time.monotonic_ns())
"""
#: A relay that takes a takedown for effective as soon as it has seen it.
HASTY_WARDEN = """
import django
django.setup()
from guazai.control.entry.warden import Warden
Warden.effective = lambda self, now: [
    each.id for each in self._known.values() if not each.is_effective
]
"""


@dataclass(frozen=True)
class Trial:
    """How much happens, to how many accounts, in how long."""

    takedowns: int
    faults: int
    on_relay: int
    seconds: float
    accounts: int
    apps: int
    kinds: Sequence[Fault] = FAULTS
    least_seconds: float = 0.0


SMALL = Trial(takedowns=300, faults=36, on_relay=2, seconds=30, accounts=60, apps=4)
FULL = Trial(takedowns=5000, faults=285, on_relay=15, seconds=320, accounts=400, apps=20)
#: Links that get slow before they are cut are what leases are counted from the sending for.
TWINS = Trial(400, 32, 0, 30, 80, 4, kinds=(falter,), least_seconds=1.2)


@dataclass(frozen=True)
class Denied:
    """One takedown of the test: from when until when it was to hold, by `time.time`."""

    aweme_id: str
    app_id: str
    sent: float
    accepted: float
    lifted: float

    def is_told_as(self, found: Accepted) -> bool:
        """Whether a takedown that the API tells of is this one."""
        is_target = found.target in {self.aweme_id, self.app_id}
        return is_target and self.sent <= found.accepted_at <= self.accepted


@dataclass
class Stage:
    """A running fleet with entries to take down."""

    fleet: Fleet
    entries: dict[str, list[Entry]]


@contextmanager
def stage(
    state: Path, seed: str, trial: Trial, *, relay: Sequence[str] = (), node: Sequence[str] = ()
) -> Iterator[Stage]:
    with platform("sqlite", state, is_started=False) as running:
        counts = [f"deny={trial.accounts}", f"revoke={trial.apps}"]
        entries = run_program("tests.faults.takedowns", counts, running.env, seconds=180)
        ways.let_in(running)
        running.start("control")
        running.start("relay", relay)
        with fleet(running, seed) as made:
            for name in (*HIDING, *SERVING):
                mode = "hide" if name in HIDING else "serve"
                made.add(name, node, on_isolation=mode, resolver_workers=2)
            running.await_healthy()
            running.await_told(START_SECONDS)
            yield Stage(made, entries)
            print(running.logs())


class Operator:
    """Takes entries down one after the other, each for a while; with a session of its own."""

    def __init__(
        self, running: Platform, visitors: Visitors, entries: list[tuple[Act, Entry]], seed: str
    ) -> None:
        self._cast = Cast(running)
        self._visitors = visitors
        self._entries = entries
        self._rng = random.Random(seed)
        #: What is to be lifted, the next first.
        self._lifts: list[tuple[float, int, Entry, Undo, float, float]] = []
        self.done: list[Denied] = []

    def work(self, times: int, began: float, seconds: float) -> None:
        """Take down `times` entries, evenly over `seconds`; all are lifted when it returns."""
        for turn in range(times):
            due = began + seconds * turn / times
            act, entry = self._entries[turn % len(self._entries)]
            while self._lifts and (self._is_down(entry) or self._lifts[0][0] <= due):
                self._lift()
            time.sleep(max(0.0, due - time.time()))
            self._visitors.tell("+", entry["aweme_id"])
            sent = time.time()
            undo = act(self._cast, entry)
            accepted = time.time()
            lift_at = accepted + self._rng.uniform(LEAST_DENIED, MOST_DENIED)
            heapq.heappush(self._lifts, (lift_at, turn, entry, undo, sent, accepted))
        while self._lifts:
            self._lift()

    def _is_down(self, entry: Entry) -> bool:
        return any(each[2] is entry for each in self._lifts)

    def _lift(self) -> None:
        lift_at, _, entry, undo, sent, accepted = heapq.heappop(self._lifts)
        time.sleep(max(0.0, lift_at - time.time()))
        self._visitors.tell("-", entry["aweme_id"])
        lifted = time.time()
        undo()
        self.done.append(Denied(entry["aweme_id"], entry["app_id"], sent, accepted, lifted))


Act = Callable[[Cast, Entry], Undo]


@dataclass
class Outcome:
    """What was found."""

    denied: list[Denied]
    accepted: list[Accepted]
    visits: dict[str, Any]
    #: Node, account, and how long after *effective* it was asked and shown.
    faults: list[tuple[str, str, float]] = field(default_factory=list)
    watched: int = 0

    def judge(self) -> None:
        """Match the acts with what the API told of them, and look who was shown what after."""
        told: defaultdict[str, list[Accepted]] = defaultdict(list)
        for found in self.accepted:
            told[found.target].append(found)
        shown: defaultdict[str, list[tuple[str, float, float]]] = defaultdict(list)
        for node, aweme_id, asked, answered, is_ready in self.visits["shown"]:
            if node in HIDING or is_ready:
                shown[aweme_id].append((node, asked, answered))
        for each in self.denied:
            effective = min(
                (
                    found.effective_at or math.inf
                    for found in told[each.aweme_id] + told[each.app_id]
                    if each.is_told_as(found)
                ),
                default=math.inf,
            )
            self.watched += effective < each.lifted
            self.faults += [
                (node, each.aweme_id, asked - effective)
                for node, asked, answered in shown[each.aweme_id]
                if effective < asked and answered < each.lifted
            ]


def try_out(made: Stage, trial: Trial) -> Outcome:
    """Take entries down in the midst of faults, and see what is shown after."""
    running = made.fleet.running
    acts: list[tuple[Act, Entry]] = [(ways.deny, each) for each in made.entries["deny"]]
    acts += [(ways.revoke, each) for each in made.entries["revoke"]]
    nodes = [f"{each.node.name}:{each.node.port}" for each in made.fleet.members]
    with visitors(made.fleet.running, VISITS_PER_SECOND, made.fleet.seed, nodes) as asking:
        operators = [
            Operator(running, asking, acts[number::OPERATORS], f"{made.fleet.seed}:{number}")
            for number in range(OPERATORS)
        ]
        began, share = time.time(), trial.takedowns // OPERATORS
        with (
            ThreadPoolExecutor(OPERATORS) as pool,
            made.fleet.in_trouble(
                trial.faults,
                trial.seconds,
                on_relay=trial.on_relay,
                kinds=trial.kinds,
                least_seconds=trial.least_seconds,
            ),
        ):
            working = [pool.submit(each.work, share, began, trial.seconds) for each in operators]
            for job in working:
                job.result()
        visits = asking.end()
    caller = Cast(running).as_("operator")

    def all_told() -> list[Accepted] | None:
        found = list(ways.takedowns(caller))
        return found if all(each.effective_at for each in found) else None

    accepted = within(AFTER_SECONDS, all_told, "every takedown is effective")
    outcome = Outcome([each for one in operators for each in one.done], accepted, visits)
    outcome.judge()
    return outcome


def report(outcome: Outcome, made: Fleet) -> list[float]:
    """Print what happened; how long takedowns took to be effective while the relay ran."""
    took: dict[bool, list[float]] = {True: [], False: []}
    for each in outcome.accepted:
        effective = each.effective_at or math.inf
        is_without = any(
            down < effective and each.accepted_at < back + RELAY_GRACE_SECONDS
            for down, back in made.without_relay
        )
        took[is_without].append(effective - each.accepted_at)
    for is_without, seconds in took.items():
        if len(seconds) > 1:
            words = "while the relay was away" if is_without else "while the relay ran"
            p99 = statistics.quantiles(seconds, n=100)[98]
            print(
                f"{len(seconds)} effective {words}: median {statistics.median(seconds):.3f} s,"
                f" p99 {p99:.3f} s, max {max(seconds):.3f} s"
            )
    visits = outcome.visits
    print(f"seed {made.seed}; faults {dict(made.happened)}; load {os.getloadavg()[0]:.1f}")
    print(f"answers {visits['answers']}, not asked {visits['skipped']}, wrong {visits['wrong']}")
    print(
        f"{len(outcome.denied)} takedowns, {outcome.watched} of them watched after effective,"
        f" {len(visits['shown'])} answers shown before; shown after: {outcome.faults[:10]}"
    )
    return took[False]


def hold_r3(state: Path, seed: str, trial: Trial) -> None:
    with stage(state, seed, trial) as made:
        outcome = try_out(made, trial)
    took = report(outcome, made.fleet)
    assert outcome.faults == []
    assert outcome.visits["wrong"] == []
    assert max(took) < BOUND_SECONDS
    assert len(outcome.denied) == trial.takedowns
    assert outcome.watched > 0.7 * trial.takedowns


def test_r3_nothing_is_shown_after_effective(tmp_path: Path, seed: str) -> None:
    hold_r3(tmp_path, seed, SMALL)


@pytest.mark.slow
def test_r3_nothing_is_shown_after_effective_in_300_faults(tmp_path: Path, seed: str) -> None:
    hold_r3(tmp_path, seed, FULL)


@pytest.mark.slow
@pytest.mark.parametrize("twin", ["late lease", "hasty warden"])
def test_r3_a_twin_is_caught(tmp_path: Path, seed: str, twin: str) -> None:
    relay = broken("relay", HASTY_WARDEN) if twin == "hasty warden" else ()
    node = broken("resolver", LATE_LEASE) if twin == "late lease" else ()
    with stage(tmp_path, seed, TWINS, relay=relay, node=node) as made:
        outcome = try_out(made, TWINS)
    report(outcome, made.fleet)
    assert outcome.faults != []
