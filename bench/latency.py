"""Latency against offered load: an open loop, so that a slow server is asked all the same.

Run it as `python -m bench.latency`. It needs the `bench` extra, nginx and redis-server.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench.charts import Line, chart, draw
from bench.open_loop import Latency
from bench.resolve import start
from bench.tools import Target, on_core, require_programs

RATES = (500, 1_000, 2_000, 3_000, 4_000, 6_000, 8_000, 12_000, 16_000, 20_000, 25_000, 30_000)
# Above this the generator itself is late, and what it measures is itself.
MAX_LAG_MS = 1.0
MAX_SHOWN_MS = 100.0


def _measure(target: Target, rate: int, seconds: float, ids: int, seed: int) -> Latency:
    """Load a server from a process on the other core."""
    arguments = (target.port, rate, seconds, ids, seed)
    command = [sys.executable, "-m", "bench.open_loop", *map(str, arguments)]
    done = subprocess.run(
        on_core(command, load=True),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=seconds + 60,
    )
    return Latency(**json.loads(done.stdout))


def _draw(found: dict[str, dict[int, Latency]], file: Path) -> None:
    with chart(file, "Latency against offered load", "requests a second", "milliseconds") as axes:
        axes.set_xscale("log")
        axes.set_yscale("log")
        for colour, (name, at) in enumerate(found.items()):
            rates = list(at)
            for percent in ("p99", "p50"):
                took = [getattr(at[rate], percent) for rate in rates]
                draw(axes, [Line(f"{name}, {percent}", rates, took, colour, percent == "p50")])
        axes.set_ylim(top=MAX_SHOWN_MS)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--entries", type=int, default=1_000_000)
    arguments.add_argument("--rates", type=int, nargs="+", default=RATES)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--seconds", type=float, default=3.0, help="of load, a rate and server")
    arguments.add_argument("--chart", type=Path, help="write an SVG here")
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(31))
    given = arguments.parse_args()
    require_programs("nginx", "redis-server")
    print(f"seed {given.seed}, load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        resolver, _, peer, _ = start(stack, Path(name), given.entries)
        found: dict[str, dict[int, Latency]] = {resolver.name: {}, peer.name: {}}
        for target in (resolver, peer):
            for rate in given.rates:
                rounds = [
                    _measure(target, rate, given.seconds, given.entries, given.seed + n)
                    for n in range(given.rounds)
                ]
                # The quietest round: others on the machine only ever make it slower.
                at = min(rounds, key=lambda each: each.p99)
                print(
                    f"  {target.name:<18}{rate:>8,}/s   p50 {at.p50:9.3f} ms   p99 {at.p99:9.3f} ms"
                )
                if at.lag > MAX_LAG_MS:
                    print(f"  the generator is late by {at.lag:.1f} ms: it cannot ask for more")
                    break
                found[target.name][rate] = at
                if at.p99 > MAX_SHOWN_MS:
                    break
    if given.chart:
        _draw(found, given.chart)
    for name, at_rates in found.items():
        held = [rate for rate, at in at_rates.items() if at.p99 <= 10]
        print(json.dumps({"name": f"latency {name}", "rate_at_p99_10_ms": max(held, default=0)}))


if __name__ == "__main__":
    main()
