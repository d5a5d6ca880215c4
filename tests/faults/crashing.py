"""Kill the relay again and again while a writer writes and an observer watches the edge (R4).

A program: `python -m tests.faults.crashing STATE SEED …`, in the environment of a platform. Relays
are forked from it, so that a kill costs milliseconds. Its last line is what it found, as JSON.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import time
import uuid
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402 - what follows needs Django set up
from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402

from guazai.control.entry import relay, verify  # noqa: E402
from guazai.control.entry.projection import Projected  # noqa: E402
from guazai.control.journal import actions as journal  # noqa: E402
from guazai.control.journal import queries as outbox  # noqa: E402
from guazai.control.kernel import failpoints  # noqa: E402
from guazai.feed.records import Record, Sink  # noqa: E402
from guazai.resolver.store import Store  # noqa: E402
from tests.faults import forks  # noqa: E402
from tests.faults.changes import Seen, Written, content_of, judge, key_of  # noqa: E402
from tests.faults.writer import Writer  # noqa: E402

FAILPOINTS = ("relay.told", "relay.published", "relay.settled")
STAGES = ("before telling", *FAILPOINTS)
FIRST_LIFE_SECONDS = 0.04
FAILPOINT_SECONDS = 20.0


def settle_first() -> None:
    """A twin: the relay deletes outbox rows before it tells what they name."""

    def drain(sink: Sink, limit: int = relay.BATCH) -> int:
        rows = outbox.waiting(limit)
        if not rows:
            return 0
        journal.settle(rows)
        with transaction.atomic():
            head = relay._head()
            _, records = relay._tell(head, rows)
            mark = relay._watermark(head)
        sink.apply(records, mark)
        return len(rows)

    relay.drain = drain
    relay.BATCH_SECONDS = 3600.0


def always_revise() -> None:
    """A twin: whatever is told gets a new version, as if it had changed."""

    def digest(self: Projected) -> str:
        return uuid.uuid4().hex

    Projected.digest = digest  # type: ignore[method-assign]


TWINS = {"none": lambda: None, "settle_first": settle_first, "always_revise": always_revise}


class Harness:
    """A writer, an observer, and relays that die."""

    def __init__(self, state: Path, seed: str, twin: str) -> None:
        self.state = state
        self.edge = state / "edge"
        self.seed = seed
        self.twin = TWINS[twin]
        self.rng = random.Random(f"{seed}:kills")
        self.numbers = forks.Counters("granted", "written", "is_over", "seen", "drained", "stage")
        self.killed: Counter[str] = Counter()
        self.longest_life = FIRST_LIFE_SECONDS

    def run(self, kills: int, rounds: int, deaths: int) -> dict[str, object]:
        """Up to `rounds` of `kills` at random, until something is wrong; then each failpoint."""
        writer = forks.fork(self._write, self._log("writer"))
        self.numbers.wait("written", 1)
        observer = forks.fork(self._observe, self._log("observer"))
        for _ in range(rounds):
            for _ in range(kills):
                self._kill_one()
            if rounds > 1 and self._has_faults():
                break
        for name in FAILPOINTS * deaths:
            self._die_at(name)
        self.numbers["is_over"] = 1
        forks.finish(writer, self._log("writer"))
        found = self._judged()
        self.numbers["is_over"] = 2
        forks.finish(observer, self._log("observer"))
        return found | {
            "kills": dict(self.killed),
            "died_at_failpoints": deaths * len(FAILPOINTS),
            "writes": self.numbers["written"] - 1,
            "failures": self._log("relay").read_text().count("relay.failed"),
        }

    def _kill_one(self) -> None:
        """Kill a relay at a random moment of its life.

        The longest life follows the machine's speed, so that a third of the relays come to the end
        of a batch, and kills fall on all that a relay does.
        """
        self.numbers["granted"] += 1
        self.numbers["stage"] = 0
        pid = forks.fork(lambda: self._relay(""), self._log("relay"))
        time.sleep(self.rng.uniform(0, self.longest_life))
        forks.kill(pid)
        stage = STAGES[self.numbers["stage"]]
        self.killed[stage] += 1
        self.longest_life *= 0.9 if stage == FAILPOINTS[-1] else 1.05

    def _die_at(self, name: str) -> None:
        """A relay that dies at `name`; the writer gives it something to tell."""
        self.numbers["granted"] += 1
        pid = forks.fork(lambda: self._relay(name), self._log("relay"))
        until = time.monotonic() + FAILPOINT_SECONDS
        while not (ended := os.waitpid(pid, os.WNOHANG))[0]:
            if time.monotonic() > until:
                forks.kill(pid)
                raise RuntimeError(f"a relay did not reach {name}")
            time.sleep(0.002)
        forks.require_killed(ended[1])

    def _relay(self, failpoint: str) -> None:
        self.twin()
        settings.CONFIG = replace(settings.CONFIG, failpoint=failpoint)
        reach = failpoints.failpoint

        def note(name: str) -> None:
            self.numbers["stage"] = STAGES.index(name)
            reach(name)

        relay.failpoint = note  # type: ignore[attr-defined]
        relay.run(Store.open(self.edge, writable=True), lambda: False)

    def _write(self) -> None:
        """Write as much as is granted; `written` is one more, for the scene."""
        writer = Writer.make(random.Random(f"{self.seed}:writes"))
        with self._path("written").open("w") as log:
            log.writelines(json.dumps(each) + "\n" for each in writer.beginning())
            log.flush()
            self.numbers["written"] = 1
            while True:
                if self.numbers["written"] <= self.numbers["granted"]:
                    log.writelines(json.dumps(each) + "\n" for each in writer.change())
                    log.flush()
                    self.numbers["written"] += 1
                elif self.numbers["is_over"]:
                    return
                else:
                    time.sleep(0.001)

    def _observe(self) -> None:
        """Note every change of every key. `seen` is the last transaction looked at."""
        store = Store.open(self.edge)
        held: dict[str, Record] = {}
        missed = 0
        with self._path("seen").open("w") as log:
            while self.numbers["is_over"] < 2:
                now, known = store._environment.info()["last_txnid"], self.numbers["seen"]
                if now == known:
                    time.sleep(0.0005)
                    continue
                missed += now - known - 1
                for record in store.dump():
                    key = key_of(record)
                    if held.get(key) != record:
                        held[key] = record
                        seen = Seen(time.monotonic(), key, content_of(record), record.rank)
                        log.write(json.dumps(seen) + "\n")
                log.flush()
                self.numbers["seen"] = now
        print(f"{missed} of {self.numbers['seen']} transactions were not looked at one by one")

    def _has_faults(self) -> bool:
        found = self._judged()
        return any(found[name] for name in ("lost", "duplicate", "backward"))

    def _judged(self) -> dict[str, object]:
        """What is wrong once all that waits is published, by a relay that nobody kills."""
        self.numbers.wait("written", self.numbers["granted"] + 1)
        forks.finish(forks.fork(self._drain, self._log("relay")), self._log("relay"))
        self.numbers.wait("seen", self.numbers["drained"])
        forks.finish(forks.fork(self._judge, self._log("judge")), self._log("judge"))
        return dict(json.loads(self._path("found").read_text()))

    def _drain(self) -> None:
        self.twin()
        store = Store.open(self.edge, writable=True)
        relay.catch_up(store)
        while relay.drain(store):
            pass
        self.numbers["drained"] = store._environment.info()["last_txnid"]
        store.close()

    def _judge(self) -> None:
        held = list(Store.open(self.edge).dump())
        last = {key_of(record): content_of(record) for record in held}
        written = (Written(*json.loads(line)) for line in self._path("written").open())
        seen = [
            Seen(at, key, content, (rank[0], rank[1]))
            for at, key, content, rank in map(json.loads, self._path("seen").open())
        ]
        found = {
            **asdict(judge(written, seen, last)),
            "differences": [f"{each.key}: {each.what}" for each in verify.compare(held)],
            "changes_seen": len(seen),
            "final": last,
        }
        self._path("found").write_text(json.dumps(found))

    def _path(self, name: str) -> Path:
        return self.state / name

    def _log(self, name: str) -> Path:
        return self.state / f"{name}.log"


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("state", type=Path)
    parser.add_argument("seed")
    parser.add_argument("--kills", type=int, required=True)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--deaths", type=int, default=0, help="at each failpoint")
    parser.add_argument("--twin", choices=TWINS, default="none")
    asked = parser.parse_args()
    call_command("migrate", interactive=False, verbosity=0)
    forks.close_databases()
    gc.freeze()
    harness = Harness(asked.state, asked.seed, asked.twin)
    began = time.monotonic()
    found = harness.run(asked.kills, asked.rounds, asked.deaths)
    print(harness._log("observer").read_text())
    print(json.dumps(found | {"seconds": round(time.monotonic() - began, 1)}))


if __name__ == "__main__":
    main()
