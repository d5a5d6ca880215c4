"""Many writers with late commits and rollbacks, and one reader of the outbox (R5).

A program: `python -m tests.faults.outboxing STATE SEED …`, in the environment of a platform. The
reader is the relay, or the twin that remembers the last id. Its last line is its findings, as JSON.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import time
from functools import partial
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - what follows needs Django set up
from django.db import transaction  # noqa: E402

from guazai.control.entry import actions as entry  # noqa: E402
from guazai.control.entry import relay  # noqa: E402
from guazai.control.journal.models import OutboxKey  # noqa: E402
from guazai.feed.records import DenyRecord, Scope  # noqa: E402
from tests.edge import Edge  # noqa: E402
from tests.faults import forks  # noqa: E402
from tests.world import HOST  # noqa: E402

ROLLBACKS = 0.25


class _UndoneError(Exception):
    """Rolls a write back."""


class Harness:
    """Writers and a reader, forked."""

    def __init__(self, state: Path, seed: str, reader: str, delay: float) -> None:
        self.state = state
        self.seed = seed
        self.read = {"relay": self._relay, "cursor": self._cursor}[reader]
        self.delay = delay
        self.numbers = forks.Counters("is_over")

    def run(self, writers: int, seconds: float) -> dict[str, object]:
        """Write and read for a while; what was committed, and what of it was missed."""
        until = time.monotonic() + seconds
        reader = forks.fork(self.read, self._log("reader"))
        pids = {
            name: forks.fork(partial(self._write, name, until), self._log(name))
            for name in (f"writer{number}" for number in range(writers))
        }
        for name, pid in pids.items():
            forks.finish(pid, self._log(name))
        self.numbers["is_over"] = 1
        forks.finish(reader, self._log("reader"))
        outcomes = [
            line.split() for name in pids for line in self._path(name).read_text().splitlines()
        ]
        committed = {target for verb, target in outcomes if verb == "committed"}
        undone = {target for verb, target in outcomes if verb == "undone"}
        seen = set(self._path("seen").read_text().split())
        return {
            "committed": len(committed),
            "undone": len(undone),
            "missing": len(committed - seen),
            "of_undone_seen": len(undone & seen),
        }

    def _write(self, name: str, until: float) -> None:
        rng = random.Random(f"{self.seed}:{name}")
        number = 0
        with self._path(name).open("w") as log:
            while time.monotonic() < until:
                number += 1
                target = f"{name}_{number}"
                outcome = "undone" if rng.random() < ROLLBACKS else "committed"
                try:
                    with transaction.atomic():
                        entry.deny(HOST, Scope.ACCOUNT, target, "a fault test")
                        time.sleep(rng.uniform(0, self.delay))
                        if outcome == "undone":
                            raise _UndoneError
                except _UndoneError:
                    pass
                log.write(f"{outcome} {target}\n")

    def _relay(self) -> None:
        """The relay, until the writers are done and nothing waits."""
        edge = Edge(self.state / "edge")
        edge.relay.run(lambda: bool(self.numbers["is_over"]))
        edge.drain()
        denied = [each.target for each in edge.records() if isinstance(each, DenyRecord)]
        self._path("seen").write_text("\n".join(denied))

    def _cursor(self) -> None:
        """The twin: it asks for what comes after the last id that it has seen."""
        last = 0
        seen: list[str] = []
        is_last = False
        while not is_last:
            is_last = bool(self.numbers["is_over"])
            for row in OutboxKey.objects.filter(id__gt=last).order_by("id"):
                seen.append(row.key.partition(":")[2])
                last = row.pk
            time.sleep(relay.POLL_SECONDS)
        self._path("seen").write_text("\n".join(seen))

    def _path(self, name: str) -> Path:
        return self.state / name

    def _log(self, name: str) -> Path:
        return self.state / f"{name}.log"


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("state", type=Path)
    parser.add_argument("seed")
    parser.add_argument("--reader", choices=("relay", "cursor"), required=True)
    parser.add_argument("--writers", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--delay", type=float, required=True, help="the longest before a commit")
    asked = parser.parse_args()
    call_command("migrate", interactive=False, verbosity=0)
    forks.close_databases()
    gc.freeze()
    harness = Harness(asked.state, asked.seed, asked.reader, asked.delay)
    print(json.dumps(harness.run(asked.writers, asked.seconds)))


if __name__ == "__main__":
    main()
