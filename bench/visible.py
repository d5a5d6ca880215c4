"""P4: from a commit in the control plane's database until the resolver answers by it.

Run it as `python -m bench.visible`. One process writes and asks, by one clock.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.platform import Platform

GOAL_MS = 50.0
ACCOUNT = "porcelain_brand"
APP = "tt_porcelain"
PATIENCE_SECONDS = 10.0
PAUSE_SECONDS = 0.0002


def until(question: Callable[[], bool], what: str) -> float:
    """Ask until it is so; give the seconds that took."""
    began = time.perf_counter()
    while not question():
        if time.perf_counter() - began > PATIENCE_SECONDS:
            raise SystemExit(f"{what}: not within {PATIENCE_SECONDS} s")
        time.sleep(PAUSE_SECONDS)
    return time.perf_counter() - began


def percentile(figures: list[float], share: float) -> float:
    return sorted(figures)[min(len(figures) - 1, int(len(figures) * share))]


def measure(platform: Platform, changes: int) -> dict[str, list[float]]:
    """Rename a mini program, and deny and lift an account, again and again; in milliseconds."""
    from guazai.control.directory import actions as directory  # noqa: PLC0415 - set up by Platform
    from guazai.control.entry import actions as entry  # noqa: PLC0415
    from guazai.control.kernel.actor import system  # noqa: PLC0415
    from guazai.demo.data import MINI_PROGRAMS  # noqa: PLC0415
    from guazai.feed.records import Scope  # noqa: PLC0415

    who = system("bench")
    entity_id, _, industry, credit = MINI_PROGRAMS[APP]
    asking = http.client.HTTPConnection("127.0.0.1", platform.resolver_port, timeout=5)

    def answer() -> bytes:
        asking.request("GET", f"/v1/entries/{ACCOUNT}")
        return asking.getresponse().read()

    def hidden() -> int:
        asking.request("GET", "/readyz")
        return int(json.loads(asking.getresponse().read())["hidden"])

    def rename(name: str) -> float:
        directory.upsert_mini_program(
            who,
            APP,
            entity_id=entity_id,
            name=name,
            industry=industry,
            is_online=True,
            credit_score=credit,
        )
        return until(lambda: name.encode() in answer(), "a new name")

    found: dict[str, list[float]] = {"renamed": [], "denied": [], "lifted": []}
    until(lambda: bool(answer()), "the demo's entry")
    for number in range(changes):
        found["renamed"].append(rename(f"瓷上生活 {number}") * 1000)
        deny = entry.deny(who, Scope.ACCOUNT, ACCOUNT, "bench")
        found["denied"].append(until(lambda: not answer(), "a deny") * 1000)
        # Until the feed has told it, a deny is also hidden apart from it, which takes a heartbeat.
        until(lambda: hidden() == 0, "the deny told by the feed")
        entry.lift(who, deny, "bench")
        found["lifted"].append(until(lambda: bool(answer()), "a lift") * 1000)
    return found


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--changes", type=int, default=300, help="of each kind")
    given = arguments.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as name:
        platform = Platform(Path(name))
        from guazai.control.config import Config  # noqa: PLC0415 - the platform's settings
        from guazai.demo import data  # noqa: PLC0415

        data.create(Config.from_env())
        with platform.process("relay") as relay, platform.process("resolver") as resolver:
            platform.await_well(platform.resolver_port, "/readyz", relay, resolver)
            measure(platform, 20)
            found = measure(platform, given.changes)
    for what, figures in found.items():
        middle, p99 = statistics.median(figures), percentile(figures, 0.99)
        print(f"{what}: median {middle:.1f} ms, p99 {p99:.1f} ms, at most {max(figures):.1f} ms")
    p99 = max(percentile(figures, 0.99) for figures in found.values())
    print(f"P4: p99 {p99:.1f} ms, goal under {GOAL_MS:g} ms")
    print(json.dumps({"name": "P4", "p99_ms": round(p99, 1), "goal_ms": GOAL_MS}))


if __name__ == "__main__":
    main()
