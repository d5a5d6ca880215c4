"""Kill the relay again and again while a writer writes and an observer watches a node (R4).

The node is fed by the relay's process: at its start from the log, then with what was committed.

A program: `python -m tests.faults.crashing STATE SEED …`, in the environment of a platform. Relays
are forked from it, so that a kill costs milliseconds. Its last line is what it found, as JSON.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import os
import random
import time
from collections import Counter
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402 - what follows needs Django set up
from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402

from guazai.control.entry import relay, verify  # noqa: E402
from guazai.control.entry.relay import Relay, Told  # noqa: E402
from guazai.control.journal import actions as journal  # noqa: E402
from guazai.control.journal import queries as outbox  # noqa: E402
from guazai.control.kernel import failpoints  # noqa: E402
from guazai.feed.codec import unseal  # noqa: E402
from guazai.feed.records import Record  # noqa: E402
from guazai.resolver.node import Node, current_store  # noqa: E402
from tests.edge import follow  # noqa: E402
from tests.faults import forks  # noqa: E402
from tests.faults.changes import Seen, Written, content_of, judge, key_of  # noqa: E402
from tests.faults.writer import Writer  # noqa: E402

FAILPOINTS = ("relay.told", "relay.committed")
STAGES = ("before telling", *FAILPOINTS)
FIRST_LIFE_SECONDS = 0.04
FAILPOINT_SECONDS = 20.0


def settle_first() -> None:
    """A twin: the relay deletes outbox rows before it tells what they name."""

    def drain(self: Relay, limit: int = relay.BATCH) -> int:
        rows = outbox.waiting(limit)
        if not rows:
            return 0
        journal.settle(rows, self.epoch, 0)
        with transaction.atomic():
            batch = relay._Batch(self._head(), self._edge_key)
            batch.tell(rows, math.inf)
            told = batch.end([])
        self.listen(told)
        return len(rows)

    Relay.drain = drain  # type: ignore[method-assign]


def always_revise() -> None:
    """A twin: whatever is told gets a new version, as if it had changed."""

    def is_same(*_: bytes) -> bool:
        return False

    relay.is_same = is_same  # type: ignore[assignment,attr-defined]


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
        self.longest_life *= 0.75 if stage == FAILPOINTS[-1] else 1.15

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
        settings.CONFIG = replace(settings.CONFIG, failpoint=failpoint)
        reach = failpoints.failpoint

        def note(name: str) -> None:
            self.numbers["stage"] = STAGES.index(name)
            reach(name)

        relay.failpoint = note  # type: ignore[attr-defined]
        self._begun()[0].run(lambda: False)

    def _begun(self) -> tuple[Relay, Node]:
        """A relay, and the node that it feeds, which has what the log has."""
        self.twin()
        node = Node(self.edge)
        begun = Relay(settings.CONFIG.node.edge_key)
        begun.begin()
        follow(node)
        begun.listen = partial(_feed, node)
        return begun, node

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
        while (store := current_store(self.edge)) is None:
            time.sleep(0.001)
        held: dict[str, Record] = {}
        missed = 0
        with self._path("seen").open("w") as log:
            while self.numbers["is_over"] < 2:
                now, known = store.environment.info()["last_txnid"], self.numbers["seen"]
                if now == known:
                    time.sleep(0.0005)
                    continue
                missed += now - known - 1
                for record in map(unseal, store.dump()):
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
        begun, node = self._begun()
        while begun.drain():
            pass
        self.numbers["drained"] = node.store.environment.info()["last_txnid"]
        node.close()

    def _judge(self) -> None:
        store = current_store(self.edge)
        assert store is not None
        told, node = verify.log_held(), list(store.dump())
        held = [unseal(each) for each in node]
        differences = [
            *verify.compare_with_contexts(told, settings.CONFIG.node.edge_key),
            *verify.compare_with_log(told, node),
        ]
        last = {key_of(record): content_of(record) for record in held}
        written = (Written(*json.loads(line)) for line in self._path("written").open())
        seen = [
            Seen(at, key, content, (rank[0], rank[1]))
            for at, key, content, rank in map(json.loads, self._path("seen").open())
        ]
        found = {
            **asdict(judge(written, seen, last)),
            "differences": [f"{each.key}: {each.what}" for each in differences],
            "changes_seen": len(seen),
            "final": last,
        }
        self._path("found").write_text(json.dumps(found))

    def _path(self, name: str) -> Path:
        return self.state / name

    def _log(self, name: str) -> Path:
        return self.state / f"{name}.log"


def _feed(node: Node, told: Told) -> None:
    mark = node.store.watermark()
    if mark is None or (mark.epoch, mark.revision) != told.after:
        raise RuntimeError(f"the node is at {mark}, what was told goes on from {told.after}")
    node.apply(told.records, told.watermark)


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
