"""The resolver's own HTTP layer against others in front of the same application.

Run it as `python -m bench.http_layers`. It needs the `bench` extra and wrk.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench.entries import fill_node
from bench.layers import LAYERS
from bench.tools import Load, Target, free_port, interleave, report, require_programs, running

GOAL = 1.5


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--entries", type=int, default=100_000)
    arguments.add_argument("--connections", type=int, default=64)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--seconds", type=int, default=3, help="of load, a round and layer")
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(31))
    given = arguments.parse_args()
    require_programs("wrk")
    print(f"seed {given.seed}, load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    load = Load(given.connections, given.seconds, given.entries)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        fill_node(folder / "node", given.entries)
        targets = []
        for layer in LAYERS:
            port = free_port()
            command = [sys.executable, "-m", "bench.layers", layer, f"{folder}/node", str(port)]
            targets.append(Target(layer, port, (stack.enter_context(running(command, port)),)))
        figures = interleave(
            given.rounds,
            targets,
            lambda target, n: load.run(target, folder / "load.lua", given.seed + n),
        )
    own, *others = figures
    names = list(LAYERS)[1:]
    lines = [
        report(f"own/{name}", own, other, GOAL) for name, other in zip(names, others, strict=True)
    ]
    print(*lines, sep="\n")


if __name__ == "__main__":
    main()
