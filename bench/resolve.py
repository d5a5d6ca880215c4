"""P1, P2, P3: resolving, against nginx (the limit) and FastAPI with Redis.

Run it as `python -m bench.resolve`. It needs the `bench` extra, nginx, redis-server and wrk.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench.entries import body_of, fill_node, fill_redis
from bench.peers import nginx
from bench.tools import Load, Target, free_port, interleave, report, require_programs, running

P1_GOAL, P2_GOAL, P3_GOAL = 0.70, 20.0, 20.0
BATCH = 100
_RESOLVER = (
    "import sys; from pathlib import Path; from guazai.resolver.server import run; "
    "run(Path(sys.argv[1]), '127.0.0.1', int(sys.argv[2]))"
)


def start(stack: ExitStack, folder: Path, entries: int) -> list[Target]:
    """Start all servers on loopback, filled; they stop when the stack is left."""
    print(f"filling {entries:,} entries into LMDB and Redis", flush=True)
    node = folder / "node"
    fill_node(node, entries)
    port = free_port()
    pid = stack.enter_context(running([sys.executable, "-c", _RESOLVER, node, str(port)], port))
    targets = [Target("guazai resolver", port, (pid,))]

    port = free_port()
    pid = stack.enter_context(running(nginx.command(folder, port, body_of(0)), port))
    targets.append(Target("nginx, fixed body", port, (pid,)))

    redis_port = free_port()
    redis = ["redis-server", "--port", str(redis_port), "--bind", "127.0.0.1", "--save", ""]
    redis_pid = stack.enter_context(running([*redis, "--dir", folder], redis_port))
    fill_redis(redis_port, entries)
    peer = [sys.executable, "-m", "bench.peers.fastapi_redis", "--redis-port", str(redis_port)]
    for name, options in (("FastAPI + Redis", []), ("the same, typed", ["--typed"])):
        port = free_port()
        pid = stack.enter_context(running([*peer, "--port", str(port), *options], port))
        targets.append(Target(name, port, (pid, redis_pid)))
    return targets


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--entries", type=int, default=1_000_000)
    arguments.add_argument("--connections", type=int, default=64)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--seconds", type=int, default=4, help="of load, a round and server")
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(31))
    given = arguments.parse_args()
    require_programs("nginx", "redis-server", "wrk")
    print(f"seed {given.seed}, load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    one = Load(given.connections, given.seconds, given.entries)
    many = Load(given.connections, given.seconds, given.entries, batch=BATCH)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        targets = start(stack, folder, given.entries)
        resolver, limit, peer, typed = targets
        script = folder / "load.lua"
        print("one account a request")
        singles = interleave(
            given.rounds,
            (resolver, limit, peer),
            lambda target, n: one.run(target, script, given.seed + n),
        )
        print(f"{BATCH} accounts a request")
        batches = interleave(
            given.rounds,
            (resolver, peer, typed),
            lambda target, n: many.run(target, script, given.seed + n),
        )
    lines = [
        report("P1", singles[0], singles[1], P1_GOAL),
        report("P2", singles[0], singles[2], P2_GOAL),
        report("P3", batches[0], batches[1], P3_GOAL),
        report("P3 typed", batches[0], batches[2], P3_GOAL),
    ]
    print(*lines, sep="\n")


if __name__ == "__main__":
    main()
