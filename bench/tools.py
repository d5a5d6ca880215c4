"""What the benchmarks share: programs, processes, load, CPU time and ratios."""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 30.0
STOP_SECONDS = 10.0
_TICKS = os.sysconf("SC_CLK_TCK")
_PACKAGES = {"nginx": "nginx-light", "redis-server": "redis-server", "wrk": "wrk"}
_LUA = """
local ids = tonumber(os.getenv("BENCH_IDS"))
local batch = tonumber(os.getenv("BENCH_BATCH"))
local json = {["content-type"] = "application/json"}
math.randomseed(tonumber(os.getenv("BENCH_SEED")))
local account = function()
  return string.format("dy_%012d", math.random(0, ids - 1))
end
request = function()
  if batch == 0 then
    return wrk.format("GET", "/v1/entries/" .. account())
  end
  local asked = {}
  for i = 1, batch do
    asked[i] = account()
  end
  local body = '{"aweme_ids":["' .. table.concat(asked, '","') .. '"]}'
  return wrk.format("POST", "/v1/entries", json, body)
end
done = function(summary, latency)
  local e = summary.errors
  local bad = e.connect + e.read + e.write + e.status + e.timeout
  io.write(string.format('\\n{"requests": %d, "errors": %d, "p99_us": %d}\\n',
    summary.requests, bad, latency:percentile(99)))
end
"""


def require_programs(*names: str) -> None:
    """Have programs at hand, by apt-get when root; else end with what to install."""
    missing = [_PACKAGES[name] for name in names if shutil.which(name) is None]
    if not missing:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise SystemExit(f"Install these first: {' '.join(missing)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-q"], ["install", "-qy", "--no-install-recommends", *missing]):
        subprocess.run(["apt-get", *command], check=True, env=quiet, stdout=subprocess.DEVNULL)


def on_core(command: Sequence[str | Path], *, load: bool = False) -> list[str]:
    """Pin servers to one core and the load to another: waking wrk must not push the server off."""
    cores = sorted(os.sched_getaffinity(0))
    return ["taskset", "-c", str(cores[0] if load else cores[-1]), *map(str, command)]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def free_port_base() -> int:
    """Find three free ports in a row, below those that the system gives to connections."""
    while True:
        base = random.SystemRandom().randrange(10_000, 30_000)
        with suppress(OSError):
            for port in range(base, base + 3):
                socket.create_server(("127.0.0.1", port)).close()
            return base


@contextmanager
def running(command: Sequence[str | Path], port: int) -> Iterator[int]:
    """Run a server until it listens; give its process id; stop it when left."""
    with subprocess.Popen(
        on_core(command), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as process:
        try:
            _await_listening(process, port)
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _await_listening(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"{process.args!r} ended while starting")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise SystemExit(f"{process.args!r} did not listen in {START_SECONDS} s")


def cpu_seconds(*roots: int) -> float:
    """Add up utime and stime of processes and all their descendants, dead ones too."""
    stats = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        stats[int(file.parent.name)] = (int(fields[1]), sum(map(int, fields[11:15])))
    family = set(roots)
    while more := {pid for pid, (parent, _) in stats.items() if parent in family} - family:
        family |= more
    return sum(stats[pid][1] for pid in family) / _TICKS


@dataclass(frozen=True, slots=True)
class Target:
    """A server under load: where it listens, and the processes whose CPU time it costs."""

    name: str
    port: int
    pids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """How hard wrk asks: connections, seconds a round, how many ids there are.

    `batch` accounts a request by POST, or one by GET where it is 0. `lua` asks, and reports as the
    usual one does.
    """

    connections: int
    seconds: int
    ids: int
    batch: int = 0
    lua: str = _LUA

    def run(self, target: Target, script: Path, seed: int) -> float:
        """Load the target once; give requests per CPU-second. Any error ends the benchmark."""
        script.write_text(self.lua)
        before = cpu_seconds(*target.pids)
        wrk = [
            "wrk",
            "--threads=1",
            f"--connections={self.connections}",
            f"--duration={self.seconds}s",
            f"--script={script}",
            f"http://127.0.0.1:{target.port}",
        ]
        done = subprocess.run(
            on_core(wrk, load=True),
            check=True,
            capture_output=True,
            text=True,
            env={
                **os.environ,
                "BENCH_IDS": str(self.ids),
                "BENCH_BATCH": str(self.batch),
                "BENCH_SEED": str(seed),
            },
            timeout=self.seconds + 30,
        )
        spent = cpu_seconds(*target.pids) - before
        found = json.loads(done.stdout.strip().splitlines()[-1])
        if found["errors"] or not found["requests"]:
            raise SystemExit(f"{target.name}: errors or no answers\n{done.stdout}")
        rate = float(found["requests"]) / spent
        print(
            f"  {target.name:<18}{rate:>10,.0f} per CPU-second"
            f"{found['requests'] / self.seconds:>10,.0f}/s   p99 {found['p99_us'] / 1000:6.2f} ms",
            flush=True,
        )
        return rate


def interleave(
    rounds: int, targets: Sequence[Target], measure: Callable[[Target, int], float]
) -> list[list[float]]:
    """Warm every target up, then measure all of them in turn; one list of figures a target."""
    figures: list[list[float]] = [[] for _ in targets]
    for number in range(rounds + 1):
        print("warm-up" if number == 0 else f"round {number} of {rounds}", flush=True)
        for target, found in zip(targets, figures, strict=True):
            figure = measure(target, number)
            if number:
                found.append(figure)
    return figures


def report(name: str, subject: Sequence[float], peer: Sequence[float], goal: float) -> str:
    """Compare round by round; print the median ratio with its spread; give the JSON line."""
    ratios = sorted(mine / theirs for mine, theirs in zip(subject, peer, strict=True))
    middle = statistics.median(ratios)
    print(f"{name}: {middle:.2f} (from {ratios[0]:.2f} to {ratios[-1]:.2f}), goal {goal:g}")
    return json.dumps(
        {
            "name": name,
            "ratio": round(middle, 3),
            "low": round(ratios[0], 3),
            "high": round(ratios[-1], 3),
            "goal": goal,
        }
    )
