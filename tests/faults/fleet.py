"""Resolver nodes behind links that can be cut, and what may befall them.

Each node has a thread that lets one fault after the other happen to it, of random kind and length,
and that starts it again where it ended, as a supervisor would.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx

from tests.faults.cuts import Link, Links, State, links
from tests.platform import EdgeNode, Platform, with_group, within

MAX_FAULT_SECONDS = 3.0
#: An answer that is later is not waited for by the node; these arrive.
MAX_DELAY_SECONDS = 0.2
#: How slow a link is, and for how long, before it is cut.
FALTER_DELAYS, FALTER_SECONDS = (0.10, 0.15), (0.5, 1.0)
SUPERVISE_SECONDS = 0.02
BACK_SECONDS = 30.0
#: Programs that run a command in a process of its own, with something broken in it before.
RUN = """
from guazai.cli import app
app(["{command}"])
"""


def broken(command: str, patch: str) -> tuple[str, str]:
    """The arguments of a Python that runs a command of Guazai after `patch`."""
    return ("-c", patch + RUN.format(command=command))


def children(pid: int) -> list[int]:
    """The processes that one started."""
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    return found


def is_follower(pid: int) -> bool:
    """Whether a process is its node's writer: it has the lock's file open."""
    with suppress(OSError):
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                if handle.readlink().name == "writer.lock":
                    return True
    return False


def send(pids: Sequence[int], number: int) -> None:
    """Send a signal to processes that may be gone."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


@dataclass
class Member:
    """A node of the fleet, and its way to the relay."""

    running: Platform
    node: EdgeNode
    link: Link
    program: Sequence[str] = ()

    def start(self) -> None:
        self.running.start(self.node.name, self.program)

    def revive(self) -> bool:
        """Start it again if it has ended; whether it had."""
        process = self.running.running[self.node.name]
        if process.poll() is None:
            return False
        with_group(process, signal.SIGKILL)
        self.start()
        return True

    @property
    def pid(self) -> int:
        """Its parent process."""
        return self.running.running[self.node.name].pid

    def followers(self) -> list[int]:
        return [pid for pid in children(self.pid) if is_follower(pid)]

    def workers(self) -> list[int]:
        return [pid for pid in children(self.pid) if not is_follower(pid)]


Fault = Callable[["Fleet", "Member", random.Random], AbstractContextManager[None]]


@contextmanager
def _stop(pids: Sequence[int]) -> Iterator[None]:
    send(pids, signal.SIGSTOP)
    try:
        yield
    finally:
        send(pids, signal.SIGCONT)


@contextmanager
def kill_follower(_: Fleet, member: Member, __: random.Random) -> Iterator[None]:
    send(member.followers(), signal.SIGKILL)
    yield


@contextmanager
def kill_worker(_: Fleet, member: Member, rng: random.Random) -> Iterator[None]:
    send(rng.sample(member.workers(), 1) if member.workers() else [], signal.SIGKILL)
    yield


@contextmanager
def kill_node(_: Fleet, member: Member, __: random.Random) -> Iterator[None]:
    with_group(member.running.running[member.node.name], signal.SIGKILL)
    yield


def stop_follower(_: Fleet, member: Member, __: random.Random) -> AbstractContextManager[None]:
    return _stop(member.followers())


def stop_worker(_: Fleet, member: Member, rng: random.Random) -> AbstractContextManager[None]:
    found = member.workers()
    return _stop(rng.sample(found, 1) if found else [])


def stop_node(_: Fleet, member: Member, __: random.Random) -> AbstractContextManager[None]:
    return _stop([*children(member.pid), member.pid])


def cut(fleet: Fleet, member: Member, _: random.Random) -> AbstractContextManager[None]:
    return fleet.links.broken(member.link, State.CUT)


def hold(fleet: Fleet, member: Member, _: random.Random) -> AbstractContextManager[None]:
    return fleet.links.broken(member.link, State.HELD)


def hold_half(fleet: Fleet, member: Member, _: random.Random) -> AbstractContextManager[None]:
    return fleet.links.broken(member.link, State.HALF_HELD)


def slow(fleet: Fleet, member: Member, rng: random.Random) -> AbstractContextManager[None]:
    delay = rng.uniform(0.0, MAX_DELAY_SECONDS)
    return fleet.links.broken(member.link, State.SLOW, delay)


@contextmanager
def falter(fleet: Fleet, member: Member, rng: random.Random) -> Iterator[None]:
    with fleet.links.broken(member.link, State.SLOW, rng.uniform(*FALTER_DELAYS)):
        time.sleep(rng.uniform(*FALTER_SECONDS))
        with fleet.links.broken(member.link, State.CUT):
            yield


#: What befalls a node; none while another lasts.
FAULTS: tuple[Fault, ...] = (
    kill_follower,
    kill_worker,
    kill_node,
    stop_follower,
    stop_worker,
    stop_node,
    cut,
    hold,
    hold_half,
    slow,
    falter,
)


@dataclass
class Fleet:
    """Some nodes of one platform."""

    running: Platform
    links: Links
    seed: str
    members: list[Member] = field(default_factory=list)
    #: How often each fault was.
    happened: Counter[str] = field(default_factory=Counter)
    #: From when until when the relay did not answer, by `time.time`.
    without_relay: list[tuple[float, float]] = field(default_factory=list)

    def add(self, name: str, program: Sequence[str] = (), **settings: object) -> Member:
        """A node that runs from now on."""
        link = self.links.add(name)
        node = self.running.add_node(name, link.url, **settings)
        self.members.append(Member(self.running, node, link, program))
        self.members[-1].start()
        return self.members[-1]

    @contextmanager
    def in_trouble(
        self,
        faults: int,
        seconds: float,
        *,
        on_relay: int = 0,
        kinds: Sequence[Fault] = FAULTS,
        least_seconds: float = 0.0,
    ) -> Iterator[None]:
        """Let faults happen while the block runs, over `seconds`; `on_relay` others to the relay.

        Leaving the block waits for the last of them. A thread that failed fails the block.
        """
        failed: list[BaseException] = []
        share, rest = divmod(faults, len(self.members))
        jobs = [
            partial(self._trouble, member, share + (number < rest), seconds, kinds, least_seconds)
            for number, member in enumerate(self.members)
        ]
        if on_relay:
            jobs.append(partial(self._trouble_relay, on_relay, seconds))

        def work(job: Callable[[], None]) -> None:
            try:
                job()
            except BaseException as error:  # noqa: BLE001 - told by the test's own thread
                failed.append(error)

        threads = [threading.Thread(target=work, args=(job,), daemon=True) for job in jobs]
        for each in threads:
            each.start()
        yield
        for each in threads:
            each.join()
        if failed:
            raise failed[0]

    def _trouble(
        self,
        member: Member,
        faults: int,
        seconds: float,
        kinds: Sequence[Fault],
        least_seconds: float,
    ) -> None:
        rng = random.Random(f"{self.seed}:{member.node.name}")
        began = time.monotonic()
        for turn in range(faults):
            self._supervise(member, until=began + seconds * turn / faults)
            fault = rng.choice(kinds)
            longest = max(least_seconds, min(MAX_FAULT_SECONDS, 0.75 * seconds / faults))
            with fault(self, member, rng):
                time.sleep(rng.uniform(least_seconds, longest))
            self.happened[fault.__name__] += 1
        self._supervise(member, until=time.monotonic() + SUPERVISE_SECONDS)

    def _supervise(self, member: Member, until: float) -> None:
        while True:
            if member.revive():
                self.happened["(started again)"] += 1
            if time.monotonic() >= until:
                return
            time.sleep(SUPERVISE_SECONDS)

    def _trouble_relay(self, faults: int, seconds: float) -> None:
        rng = random.Random(f"{self.seed}:relay")
        began = time.monotonic()
        for turn in range(faults):
            time.sleep(max(0.0, began + seconds * (turn + 0.5) / faults - time.monotonic()))
            down = time.time()
            lasts = rng.uniform(0, MAX_FAULT_SECONDS)
            if rng.random() < 0.5:
                process = self.running.running["relay"]
                with _stop([process.pid, *children(process.pid)]):
                    time.sleep(lasts)
                self.happened["stop_relay"] += 1
            else:
                self.running.kill("relay")
                time.sleep(lasts)
                self.running.start("relay")
                self.happened["kill_relay"] += 1
            within(BACK_SECONDS, self._has_relay, "the relay is back")
            self.without_relay.append((down, time.time()))

    def _has_relay(self) -> bool | None:
        address = f"http://127.0.0.1:{self.running.relay_port}/healthz"
        with suppress(httpx.HTTPError):
            return httpx.get(address, timeout=2, trust_env=False).status_code == 200 or None
        return None


@contextmanager
def fleet(running: Platform, seed: str) -> Iterator[Fleet]:
    """A fleet without nodes yet; its links end with the block, its nodes with the platform."""
    with links(running.relay_port, seed) as made:
        yield Fleet(running, made, seed)
