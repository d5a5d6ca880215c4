"""P1 and P2: resolving one account, against nginx (the limit) and FastAPI with Redis.

Run it as `python -m bench.resolve`. It needs the `bench` extra, nginx, redis-server and wrk.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path

from redis import Redis
from rich.progress import track

from bench.peers import nginx
from bench.peers.fastapi_redis import redis_key
from bench.tools import Load, Target, free_port, interleave, report, require_programs, running
from guazai.feed import ConfigRecord, Record, VerdictRecord, Watermark, entry_body
from guazai.resolver.store import Store

SURFACE, HOST = "profile_mount", "douyin"
APPS = 10_000
BATCH = 20_000
P1_GOAL, P1_FINAL_GOAL = 0.30, 0.70
P2_GOAL, P2_FINAL_GOAL = 10.0, 20.0
_RESOLVER = (
    "import sys; from pathlib import Path; from guazai.resolver.server import run; "
    "run(Path(sys.argv[1]), '127.0.0.1', int(sys.argv[2]))"
)


def body_of(number: int) -> bytes:
    """Build an entry's body; every one is of the same size."""
    app_id = f"tt{number % APPS:016d}"
    return entry_body(
        surface=SURFACE,
        host=HOST,
        aweme_id=f"dy_{number:012d}",
        app_id=app_id,
        app_name="挂载咖啡",
        icon_url=f"https://cdn.example.com/icons/{app_id}.png",
        title="在线点单",
        page_path="pages/index/index",
        query=f"from=profile&account=dy_{number:012d}",
        link=f"sslocal://microapp?app_id={app_id}",
        version=1,
    )


def batches(entries: int) -> Iterator[range]:
    starts = range(0, entries, BATCH)
    for start in track(starts, description="", transient=True):
        yield range(start, min(start + BATCH, entries))


def fill_store(path: Path, entries: int) -> None:
    store = Store.open(path, writable=True)
    for numbers in batches(entries):
        records: list[Record] = []
        for number in numbers:
            aweme_id, app_id = f"dy_{number:012d}", f"tt{number % APPS:016d}"
            config = ConfigRecord(
                surface=SURFACE,
                host=HOST,
                aweme_id=aweme_id,
                epoch=1,
                version=1,
                live=True,
                app_id=app_id,
                entity_id=f"le{number % APPS:016d}",
                body=body_of(number),
            )
            records += [config, VerdictRecord(aweme_id, date(2024, 8, 15), 1, True)]
        store.apply(records, Watermark(1, numbers[-1] + 1, int(time.time() * 1000)))
    store.close()


def fill_redis(port: int, entries: int) -> None:
    redis = Redis(host="127.0.0.1", port=port)
    for numbers in batches(entries):
        pipeline = redis.pipeline(transaction=False)
        for number in numbers:
            pipeline.set(redis_key(SURFACE, HOST, f"dy_{number:012d}"), body_of(number))
        pipeline.execute()
    redis.close()


def start(stack: ExitStack, folder: Path, entries: int) -> tuple[Target, Target, Target]:
    """Start all servers on loopback, filled; they stop when the stack is left."""
    print(f"filling {entries:,} entries into LMDB and Redis", flush=True)
    store = folder / "store"
    fill_store(store, entries)
    port = free_port()
    pid = stack.enter_context(running([sys.executable, "-c", _RESOLVER, store, str(port)], port))
    resolver = Target("guazai resolver", port, (pid,))

    port = free_port()
    pid = stack.enter_context(running(nginx.command(folder, port, body_of(0)), port))
    limit = Target("nginx, fixed body", port, (pid,))

    redis_port = free_port()
    redis = ["redis-server", "--port", str(redis_port), "--bind", "127.0.0.1", "--save", ""]
    redis_pid = stack.enter_context(running([*redis, "--dir", folder], redis_port))
    fill_redis(redis_port, entries)
    port = free_port()
    peer = [sys.executable, "-m", "bench.peers.fastapi_redis"]
    ports = ["--port", str(port), "--redis-port", str(redis_port)]
    pid = stack.enter_context(running([*peer, *ports], port))
    return resolver, limit, Target("FastAPI + Redis", port, (pid, redis_pid))


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
    load = Load(given.connections, given.seconds, given.entries)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        targets = start(stack, folder, given.entries)
        script = folder / "load.lua"
        resolver, limit, peer = interleave(
            given.rounds, targets, lambda target, n: load.run(target, script, given.seed + n)
        )
    lines = [report("P1", resolver, limit, P1_GOAL), report("P2", resolver, peer, P2_GOAL)]
    print(f"final goals: P1 {P1_FINAL_GOAL:g}, P2 {P2_FINAL_GOAL:g}")
    print(*lines, sep="\n")


if __name__ == "__main__":
    main()
