"""Verdicts that change all the time: `python -m tests.faults.rebuilding RATE SEED < ACCOUNTS`.

A program, in the environment of a platform. It changes RATE verdicts a second, fifty at a time,
until SIGTERM; its last line says how many it did and in how long.
"""

from __future__ import annotations

import json
import random
import signal
import sys
import time

import django

django.setup()

from guazai.control.eligibility import actions as eligibility  # noqa: E402 - needs Django set up
from guazai.control.eligibility.actions import FactsLine  # noqa: E402
from tests.faults.crowd import AS_OF, PASSING  # noqa: E402
from tests.world import HOST  # noqa: E402

AT_ONCE = 50


def main(rate: float, rng: random.Random, accounts: list[str]) -> None:
    """Change verdicts, then print."""
    told: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: told.append(number))
    print("changing", flush=True)
    followers = dict.fromkeys(accounts, 500)
    began, done = time.monotonic(), 0
    while not told:
        some = rng.sample(accounts, AT_ONCE)
        for each in some:
            followers[each] = 999 - followers[each]
        facts = [PASSING | {"effective_followers": followers[each]} for each in some]
        lines = [FactsLine(each, AS_OF, values) for each, values in zip(some, facts, strict=True)]
        eligibility.record_many(HOST, lines)
        done += AT_ONCE
        time.sleep(max(0.0, began + done / rate - time.monotonic()))
    print(json.dumps({"changes": done, "seconds": time.monotonic() - began}))


if __name__ == "__main__":
    main(float(sys.argv[1]), random.Random(sys.argv[2]), sys.stdin.read().split())
