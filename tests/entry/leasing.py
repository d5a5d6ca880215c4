"""A simulated world of wardens, nodes and the links between them, played from a seed.

Everything happens as events on one clock. Links delay, drop and repeat; nodes stop for a while,
restart, and come back with an older store; wardens are replaced, with or without one that goes on
answering; the database goes away; things are opened again. After each event no node that takes
itself to be in rotation may show what was declared effective, or was accepted over a second ago,
unless it was opened again since.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from guazai.control.entry.warden import Open, Point, Warden
from guazai.feed.lease import (
    LEASE_SECONDS,
    Hidden,
    LeaseAnswer,
    LeaseRequest,
    OverlayVersion,
)
from guazai.feed.records import Scope, Watermark
from guazai.resolver.replica import has_reached

SECONDS = 5.0
#: A node gives up waiting for an answer.
PATIENCE_SECONDS = 0.4
#: V3, and what the wardens' own limits make of it.
SHOWN_AT_MOST_SECONDS = 0.85


@dataclass(frozen=True)
class Guards:
    """What keeps it safe; a twin lacks one."""

    lease_from_sending: bool = True
    floor: bool = True
    keeps_what_it_had: bool = True


@dataclass(frozen=True)
class Mood:
    """What a history is full of; the seconds are at most."""

    takedowns: int = 5
    replacements: int = 2
    telling: float = 0.12
    reading: float = 0.04
    targets: int = 4


MOODS = (
    Mood(),
    #: Overlays that need more than one answer.
    Mood(takedowns=25, telling=1.5, targets=25),
    #: Relays that do not know for long that they were replaced.
    Mood(takedowns=40, replacements=12, reading=0.4, targets=40),
)


@dataclass
class Row:
    """A takedown in the database."""

    id: str
    target: str
    accepted: float
    told: Point | None = None
    is_effective: bool = False
    #: Whether its target was opened again.
    is_over: bool = False


@dataclass
class Database:
    """What is committed."""

    rows: dict[str, Row] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    outbox: dict[str, list[Row]] = field(default_factory=dict)
    #: What is hidden by the log, at each revision.
    log: list[frozenset[str]] = field(default_factory=lambda: [frozenset()])
    epoch: int = 1
    boot: str = ""
    away_until: float = 0.0

    @property
    def head(self) -> Point:
        return self.epoch, len(self.log) - 1


@dataclass
class Node:
    """A node as it sees itself."""

    name: str
    boot: str = "0"
    point: Point = (1, 0)
    copies: list[Point] = field(default_factory=lambda: [(1, 0)])
    holds: OverlayVersion | None = None
    overlay: dict[int, Hidden] = field(default_factory=dict)
    #: What another warden hid, until one grants a lease.
    before: set[str] = field(default_factory=set)
    lease_until: float = 0.0
    floor: Point = (0, 0)
    asked: int = 0
    sent_at: float = 0.0
    stopped_until: float = 0.0
    queue: list[Callable[[], None]] = field(default_factory=list)

    def is_in_rotation(self, now: float) -> bool:
        return now < self.lease_until and has_reached(Watermark(*self.point, 0), self.floor)

    def hides(self, target: str) -> bool:
        is_told = any(each.target == target for each in self.overlay.values())
        return is_told or target in self.before


class Violation(AssertionError):
    """Something was shown that must not be."""


class World:
    """One history."""

    def __init__(self, seed: int, guards: Guards = Guards()) -> None:
        self.rng = random.Random(seed)
        self.guards = guards
        self.mood = self.rng.choice(MOODS)
        self.now = 0.0
        self.events: list[tuple[float, int, Callable[[], None]]] = []
        self.numbers = itertools.count()
        self.db = Database()
        self.nodes = [Node(f"node{each}") for each in range(self.rng.choice((1, 2, 2, 3)))]
        self.wardens: list[Warden] = []
        #: Requests that wait in a warden: what to do when it changes.
        self.waiting: dict[str, list[Callable[[], None]]] = {}
        self.declared = 0
        self.trace: list[str] = []

    def play(self) -> None:
        """Play it to its end; raises Violation."""
        self.replace_warden()
        for node in self.nodes:
            self.ask(node)
            self.often(0.02, 0.25, partial(self.follow, node))
        self.often(0.01, self.mood.telling, self.tell)
        for act, times in (
            (self.take_down, self.mood.takedowns),
            (self.replace_warden, self.mood.replacements),
            (self.open_again, 2),
            (self.stop_node, 2),
            (self.restart_node, 2),
            (self.cut_database, 1),
            (self.begin_epoch, self.rng.random() < 0.2),
        ):
            for _ in range(times):
                self.at(self.rng.uniform(0, SECONDS), act)
        while self.events and self.events[0][0] < SECONDS:
            self.now, _, act = heapq.heappop(self.events)
            act()
            self.check()

    def at(self, when: float, act: Callable[[], None]) -> None:
        heapq.heappush(self.events, (when, next(self.numbers), act))

    def after(self, low: float, high: float, act: Callable[[], None]) -> None:
        self.at(self.now + self.rng.uniform(low, high), act)

    def often(self, low: float, high: float, act: Callable[[], object]) -> None:
        """Do it again and again, until it answers False."""

        def again() -> None:
            if act() is not False:
                self.after(low, high, again)

        self.after(low, high, again)

    def note(self, what: str) -> None:
        self.trace.append(f"{self.now:.3f} {what}")

    def check(self) -> None:
        for node in self.nodes:
            if node.stopped_until > self.now or not node.is_in_rotation(self.now):
                continue
            told = self.db.log[node.point[1]]
            for row in self.db.rows.values():
                is_late = self.now > row.accepted + SHOWN_AT_MOST_SECONDS
                if row.is_over or not (row.is_effective or is_late):
                    continue
                if row.target not in told and not node.hides(row.target):
                    so_far = "\n".join(self.trace[-40:])
                    raise Violation(f"{self.now:.3f} {node.name} shows {row}:\n{node}\n{so_far}")

    # What people, and the relaying thread, do

    def take_down(self) -> None:
        target = f"t{self.rng.randrange(self.mood.targets)}"
        row = Row(f"tkd{next(self.numbers)}", target, self.now)
        self.db.rows[row.id] = row
        self.db.hidden.add(target)
        self.db.outbox.setdefault(target, []).append(row)
        self.note(f"accepted {row.id} of {target}")

    def open_again(self) -> None:
        if not self.db.hidden:
            return
        target = self.rng.choice(sorted(self.db.hidden))
        self.db.hidden.remove(target)
        self.db.outbox.setdefault(target, [])
        for row in self.db.rows.values():
            row.is_over = row.is_over or row.target == target
        self.note(f"opened {target}")

    def tell(self) -> None:
        if self.is_away():
            return
        for target, rows in self.db.outbox.items():
            is_hidden = target in self.db.hidden
            self.db.log.append(
                self.db.log[-1] | {target} if is_hidden else self.db.log[-1] - {target}
            )
            for row in rows:
                row.told = self.db.head
                self.note(f"told {row.id} at {row.told}")
        self.db.outbox.clear()

    def begin_epoch(self) -> None:
        self.db.epoch += 1
        self.note(f"epoch {self.db.epoch}")

    def cut_database(self) -> None:
        self.db.away_until = self.now + self.rng.uniform(0.05, 1.5)
        self.note(f"database away until {self.db.away_until:.3f}")

    def is_away(self) -> bool:
        return self.now < self.db.away_until

    # What wardens do

    def replace_warden(self) -> None:
        """Another relay starts; the one before may be dead, or go on until it notices."""
        if self.is_away():
            self.after(0.1, 0.3, self.replace_warden)
            return
        if self.rng.random() < 0.5:
            self.wardens.clear()
        boot = f"boot{next(self.numbers)}"
        self.db.boot = boot
        warden = Warden(boot, self.now)
        self.note(f"warden {boot}")
        self.after(0.0, self.rng.choice((0.0, 0.3)), lambda: self.arrive(warden))

    def arrive(self, warden: Warden) -> None:
        self.wardens.append(warden)
        self.waiting[warden.boot] = []
        self.look(warden, is_first=True)
        self.often(0.005, 0.06, lambda: self.declare(warden))

    def look(self, warden: Warden, *, is_first: bool = False) -> None:
        """Look whether it was replaced; then read; then take what was read; and look again."""
        if warden not in self.wardens:
            return
        began, pause = self.now, self.rng.choice((0.02, 0.02, 0.09, 0.2))
        if self.is_away():
            self.after(0.005, pause, lambda: self.look(warden, is_first=is_first))
            return
        if self.db.boot != warden.boot:
            warden.end()
            self.wardens.remove(warden)
            return

        def read() -> None:
            rows = list(self.db.rows.values())
            told = [(row.id, row.told) for row in rows if row.told is not None]
            epoch = (self.db.epoch, 0)
            floor = max(epoch, *(point for _, point in told), epoch) if is_first else epoch
            found = [
                Open(row.id, Scope.ACCOUNT, "", row.target, row.told, row.is_effective)
                for row in rows
                if not row.is_effective or (is_first and row.told is None)
            ]
            self.after(0.0, 0.01, lambda: take(found, told, floor))

        def take(found: list[Open], told: list[tuple[str, Point]], floor: Point) -> None:
            if warden.look(found, told, began=began, floor=floor):
                self.wake(warden)
            self.after(0.005, pause, lambda: self.look(warden))

        self.after(0.0, self.mood.reading, read)

    def declare(self, warden: Warden) -> bool:
        if warden not in self.wardens:
            return False
        ids = warden.effective(self.now)

        def write() -> None:
            if self.is_away() or self.db.boot != warden.boot:
                return
            for each in ids:
                if not self.db.rows[each].is_effective:
                    self.db.rows[each].is_effective = True
                    self.declared += 1
                    self.note(f"{warden.boot} declared {each}")
            warden.declared(ids, self.now)

        if ids:
            self.after(0.0, 0.02, write)
        return True

    def wake(self, warden: Warden) -> None:
        waiting, self.waiting[warden.boot] = self.waiting[warden.boot], []
        for each in waiting:
            each()

    # What links and nodes do

    def send(self, act: Callable[[], None]) -> None:
        """Carry it over, late or never or more than once."""
        for _ in range(self.rng.choices((0, 1, 2), (1, 20, 2))[0]):
            slow = self.rng.random() < 0.1
            self.after(0.0005, 0.9 if slow else 0.03, act)

    def ask(self, node: Node) -> None:
        node.asked += 1
        node.sent_at = self.now
        number, boot = node.asked, node.boot
        request = LeaseRequest(
            node=node.name,
            boot=node.boot,
            holds=node.holds,
            epoch=node.point[0],
            revision=node.point[1],
            feed_age_ms=0,
            drift_found=0,
            drift_mended=0,
            software="0",
        )
        self.send(lambda: self.receive(node, boot, number, request))

        def give_up() -> None:
            if (node.boot, node.asked) == (boot, number):
                self.when_running(node, lambda: self.ask_if(node, boot, number))

        self.after(PATIENCE_SECONDS, PATIENCE_SECONDS, give_up)

    def ask_if(self, node: Node, boot: str, number: int) -> None:
        if (node.boot, node.asked) == (boot, number):
            self.ask(node)

    def receive(self, node: Node, boot: str, number: int, request: LeaseRequest) -> None:
        if not self.wardens:
            return
        warden = self.rng.choice(self.wardens)
        received = self.now
        is_done = [False]

        def attempt() -> None:
            if is_done[0] or warden not in self.wardens:
                return
            answer = warden.ask(request, received, self.now)
            if isinstance(answer, LeaseAnswer):
                is_done[0] = True
                self.send(
                    lambda: self.when_running(node, lambda: self.take(node, boot, number, answer))
                )
                return
            self.at(answer, attempt)
            self.waiting[warden.boot].append(attempt)

        attempt()

    def when_running(self, node: Node, act: Callable[[], None]) -> None:
        """Now; or, for one that is stopped, once it goes on."""
        if node.stopped_until > self.now:
            node.queue.append(act)
        else:
            act()

    def take(self, node: Node, boot: str, number: int, answer: LeaseAnswer) -> None:
        if (node.boot, node.asked) != (boot, number):
            return
        revision = answer.floor_revision if self.guards.floor else 0
        node.floor = max(node.floor, (answer.floor_epoch, revision))
        if answer.is_whole:
            node.before |= {each.target for each in node.overlay.values()}
            node.overlay.clear()
        if answer.granted or not self.guards.keeps_what_it_had:
            node.before.clear()
        node.overlay |= {each.id: each for each in answer.added}
        for each in answer.removed:
            node.overlay.pop(each, None)
        node.holds = answer.overlay
        if answer.granted:
            began = node.sent_at if self.guards.lease_from_sending else self.now
            node.lease_until = began + LEASE_SECONDS
        node.asked += 1
        number = node.asked
        pause = 0.0 if answer.granted else 0.02
        self.after(
            pause,
            pause + 0.005,
            lambda: self.when_running(node, lambda: self.ask_if(node, boot, number)),
        )

    def follow(self, node: Node) -> None:
        """Take some more of the log."""
        if node.stopped_until > self.now or self.rng.random() < 0.3:
            return
        epoch, head = self.db.head
        begin = node.point[1] if node.point[0] == epoch else head
        node.point = epoch, self.rng.randint(min(begin, head), head)
        node.copies.append(node.point)

    def stop_node(self) -> None:
        node = self.rng.choice(self.nodes)
        node.stopped_until = self.now + self.rng.uniform(0.05, 2.0)

        def go_on() -> None:
            if node.stopped_until <= self.now:
                queue, node.queue = node.queue, []
                for act in queue:
                    act()

        self.note(f"{node.name} stops until {node.stopped_until:.3f}")
        self.at(node.stopped_until, go_on)

    def restart_node(self) -> None:
        """The follower starts anew; maybe with an old copy of its store, or an empty overlay."""
        node = self.rng.choice(self.nodes)
        node.boot = str(next(self.numbers))
        node.queue.clear()
        node.stopped_until = 0.0
        node.lease_until = 0.0
        node.holds = None
        if self.rng.random() < 0.5:
            node.overlay.clear()
            node.before.clear()
        if self.rng.random() < 0.5:
            node.point = self.rng.choice(node.copies)
        self.note(f"{node.name} restarts at {node.point}")
        self.ask(node)
