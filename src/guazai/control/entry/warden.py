"""The warden: which takedowns are effective, by leases. Pure: no clock, no database, no sockets.

A node asks again and again. What it sends says which overlay its workers look at; what it gets
brings that up to date, and grants a lease. Why nothing is shown after it was declared effective:

- A takedown is effective once every node whose lease may hold says that it holds an overlay with
  it. Any other node is out of rotation by its own clock: it counts its lease from when it *sent*
  the request, the warden from when that arrived, which is later. An answer that is lost, or a
  request that comes twice or late, makes the warden wait longer, never shorter.
- A takedown leaves the overlay after a revision R told it, once all nodes with a lease are at R.
  The answer that removes it, and all after it, carry a floor of at least R: a node that comes back
  with an older store is not in rotation until that has come to the floor, nor while it is of
  another epoch than the floor.
- A warden that starts knows nothing of the leases granted by the one before, which grants none any
  more LOOK_SECONDS after it was replaced: so the new one declares nothing for GRACE_SECONDS. What
  the other one declared stays hidden: all of it was committed before the new one's first look, by
  which it is in the overlay, or was told and lies below the floor.
- A node that is given another warden's overlay, which may come in pieces, keeps what it had until
  an answer is granted: then it has the last piece, of a warden that looked just now. Its floor only
  rises.
- Who cannot look for new takedowns grants nothing. So even what nobody saw being accepted is not
  shown for longer than LOOK_SECONDS + LEASE_SECONDS, less than the second that V3 allows.
"""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from operator import itemgetter

from guazai.feed.lease import (
    HEARTBEAT_SECONDS,
    LEASE_SECONDS,
    BreakGlass,
    Hidden,
    LeaseAnswer,
    LeaseRequest,
    OverlayVersion,
)
from guazai.feed.records import Scope

#: Leases are granted only so long after the last look at the database began.
LOOK_SECONDS = 0.100
#: How long leases that another warden granted may hold, with some time to spare.
GRACE_SECONDS = LEASE_SECONDS + LOOK_SECONDS + 0.050
#: For how long nodes that do not ask any more are remembered, and takedowns that are done.
MEMORY_SECONDS = 60.0
#: How much of an overlay one answer changes at most; the rest comes with the next.
MAX_CHANGES = 5_000
#: How many signed denies wait to be merged at most, and are remembered to be.
MAX_BREAK_GLASS = 10_000

#: An epoch and a revision.
Point = tuple[int, int]
NOWHERE: Point = (-1, -1)


@dataclass(frozen=True, slots=True)
class Open:
    """A takedown that is not both told and effective, as the database has it."""

    id: str
    scope: Scope
    surface: str
    target: str
    told: Point | None = None
    is_effective: bool = False


@dataclass(slots=True)
class _Known:
    """An open takedown with its entry in the overlay, whose number says when it came."""

    id: str
    hidden: Hidden
    told: Point | None = None
    is_effective: bool = False


@dataclass(slots=True)
class _Node:
    """One life of a node's follower."""

    said: LeaseRequest
    seen: float
    #: By when all leases that were granted to it have ended.
    lease_until: float = 0.0
    #: The overlay of this warden that its workers look at; -1 where it is another's, or none.
    holds: int = -1
    point: Point = NOWHERE


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """A node as it is now; times are in seconds from now."""

    said: LeaseRequest
    seen_ago: float
    lease_left: float
    is_in_rotation: bool


@dataclass(frozen=True, slots=True)
class _Changes:
    """What brings a node's overlay to another; `is_last` where that is the one of now."""

    leads_to: OverlayVersion
    is_whole: bool
    is_last: bool
    added: tuple[Hidden, ...]
    removed: tuple[int, ...]


class Warden:
    """The state of one relay's life; times are seconds of one monotonic clock.

    `started` is when it took the place of the one before, or later.
    """

    def __init__(self, boot: str, started: float) -> None:
        self.boot = boot
        self.floor: Point = (0, 0)
        self._started = started
        self._looked = started - MEMORY_SECONDS
        self._is_replaced = False
        self._count = 0
        self._known: dict[str, _Known] = {}
        #: When those that were known were done.
        self._done: dict[str, float] = {}
        self._overlay: dict[int, _Known] = {}
        #: What is told but still in the overlay, the first one told first.
        self._leaving: list[tuple[Point, int]] = []
        #: What left the overlay: as which change, and its number. Sixteen bytes each, and kept.
        self._removed_as, self._removed = array("Q"), array("Q")
        self._nodes: dict[tuple[str, str], _Node] = {}
        self._handed: dict[str, BreakGlass] = {}
        self._merged: dict[str, Point] = {}

    # What the database says

    def look(
        self,
        found: Iterable[Open],
        told: Iterable[tuple[str, Point]],
        *,
        began: float,
        floor: Point,
    ) -> bool:
        """Take what a look at the database found that `began` then; say whether it changes answers.

        `found` are open takedowns, all that it does not know among them; `told` the points at
        which some were told. What was done since it began may be found as it was before. No node
        below `floor` is in rotation any more: the beginning of the epoch, and at the first look
        the last point at which anything was told.
        """
        before = self._count
        for each in found:
            if each.id not in self._known and self._done.get(each.id, began - 1.0) < began:
                self._add(each, began)
        for takedown_id, point in told:
            self._tell(takedown_id, point, began)
        self.floor = max(self.floor, floor)
        self._looked = began
        self._retire(began)
        self._forget(began)
        return self._count != before

    def knows(self, takedown_ids: Iterable[str]) -> bool:
        """Whether it knows all of these."""
        return self._known.keys() >= set(takedown_ids)

    def has_untold(self) -> bool:
        """Whether it knows of any that it does not know to be told."""
        return any(each.told is None for each in self._known.values())

    def end(self) -> None:
        """Grant nothing any more: another one has taken its place."""
        self._is_replaced = True

    def effective(self, now: float) -> list[str]:
        """Takedowns that no node in rotation shows any more, and were not declared effective."""
        if now < self._started + GRACE_SECONDS:
            return []
        holds = min((node.holds for node in self._leased(now)), default=self._count)
        return [
            each.id
            for each in self._known.values()
            if not each.is_effective and each.hidden.id <= holds
        ]

    def declared(self, ids: Iterable[str], now: float) -> None:
        """Note that the database has it by now that these are effective."""
        for each in ids:
            if each in self._known:
                self._known[each].is_effective = True
                self._drop_if_done(each, now)

    # What nodes say

    def ask(self, request: LeaseRequest, received: float, now: float) -> LeaseAnswer | float:
        """Answer a request that was `received` then; or say until when to wait for a change.

        Ask again then, or after a change, with the same request and time.
        """
        node = self._see(request, received)
        answer_by = received + HEARTBEAT_SECONDS
        may_grant = self.may_grant(now)
        if now < answer_by and request.holds == self._version(self._count):
            keeps_lease = node.lease_until > answer_by
            if keeps_lease or not may_grant:
                return answer_by
        changes = self._changes(request.holds)
        granted = changes.is_last and may_grant
        if granted:
            node.lease_until = max(node.lease_until, received + LEASE_SECONDS)
        return self._answer(request, changes, granted=granted)

    def may_grant(self, now: float) -> bool:
        """Whether it would know by now of whatever was accepted."""
        return not self._is_replaced and now - self._looked <= LOOK_SECONDS

    def nodes(self, now: float) -> list[NodeStatus]:
        """Every life of a node that asked lately."""
        return [
            NodeStatus(
                said=node.said,
                seen_ago=now - node.seen,
                lease_left=max(0.0, node.lease_until - now),
                is_in_rotation=node.lease_until > now and self._is_above_floor(node),
            )
            for node in self._nodes.values()
        ]

    def waits_for(self, now: float, limit: int = 20) -> dict[str, list[str]]:
        """Which nodes, some of them, keep each takedown from being effective."""
        behind = [
            (node.said.node, node.holds) for node in self._leased(now) if node.holds < self._count
        ]
        return {
            each.id: sorted(name for name, holds in behind if holds < each.hidden.id)[:limit]
            for each in self._known.values()
            if not each.is_effective
        }

    # Denies by break-glass

    def handed(self) -> list[BreakGlass]:
        """Take the signed denies that nodes handed in and that are not merged; they come again."""
        found = list(self._handed.values())
        self._handed.clear()
        return found

    def merged(self, token_id: str, point: Point) -> None:
        """Note that a signed deny is in the database, and told at `point`: nodes there drop it."""
        self._merged[token_id] = point
        self._handed.pop(token_id, None)
        while len(self._merged) > MAX_BREAK_GLASS:
            del self._merged[next(iter(self._merged))]

    def _add(self, found: Open, now: float) -> None:
        self._count += 1
        hidden = Hidden(
            id=self._count, scope=found.scope, surface=found.surface, target=found.target
        )
        known = _Known(found.id, hidden, is_effective=found.is_effective)
        self._known[found.id] = self._overlay[hidden.id] = known
        if found.told is not None:
            self._tell(found.id, found.told, now)

    def _tell(self, takedown_id: str, point: Point, now: float) -> None:
        known = self._known.get(takedown_id)
        if known is not None and known.told is None:
            known.told = point
            heapq.heappush(self._leaving, (point, known.hidden.id))
            self._drop_if_done(takedown_id, now)

    def _drop_if_done(self, takedown_id: str, now: float) -> None:
        known = self._known[takedown_id]
        if known.is_effective and known.told is not None:
            del self._known[takedown_id]
            self._done[takedown_id] = now

    def _retire(self, now: float) -> None:
        """Take out of the overlay what the stores of all nodes with a lease say by themselves."""
        reached = min((node.point for node in self._leased(now)), default=None)
        while self._leaving and (reached is None or self._leaving[0][0] <= reached):
            point, number = heapq.heappop(self._leaving)
            del self._overlay[number]
            self._count += 1
            self._removed_as.append(self._count)
            self._removed.append(number)
            self.floor = max(self.floor, point)

    def _forget(self, now: float) -> None:
        gone = [key for key, node in self._nodes.items() if node.seen < now - MEMORY_SECONDS]
        for key in gone:
            del self._nodes[key]
        while self._done and next(iter(self._done.values())) < now - MEMORY_SECONDS:
            del self._done[next(iter(self._done))]

    def _leased(self, now: float) -> list[_Node]:
        return [node for node in self._nodes.values() if node.lease_until > now]

    def _is_above_floor(self, node: _Node) -> bool:
        return node.point[0] == self.floor[0] and node.point >= self.floor

    def _see(self, request: LeaseRequest, received: float) -> _Node:
        node = self._nodes.setdefault((request.node, request.boot), _Node(request, received))
        if received >= node.seen:
            node.said, node.seen = request, received
        if request.holds is not None and request.holds.boot == self.boot:
            node.holds = max(node.holds, request.holds.count)
        node.point = max(node.point, _point_of(request))
        for each in request.break_glass:
            if each.id not in self._merged and len(self._handed) < MAX_BREAK_GLASS:
                self._handed.setdefault(each.id, each)
        return node

    def _changes(self, holds: OverlayVersion | None) -> _Changes:
        is_whole = holds is None or holds.boot != self.boot
        since = 0 if holds is None or is_whole else holds.count
        changes: list[tuple[int, Hidden | int]] = []
        for number, known in reversed(self._overlay.items()):
            if number <= since:
                break
            changes.append((number, known.hidden))
        for change, number in zip(reversed(self._removed_as), reversed(self._removed), strict=True):
            if change <= since:
                break
            if number <= since:
                changes.append((change, number))
        changes.sort(key=itemgetter(0))
        is_last = len(changes) <= MAX_CHANGES
        taken = changes[:MAX_CHANGES]
        return _Changes(
            leads_to=self._version(self._count if is_last else taken[-1][0]),
            is_whole=is_whole,
            is_last=is_last,
            added=tuple(each for _, each in taken if isinstance(each, Hidden)),
            removed=tuple(each for _, each in taken if isinstance(each, int)),
        )

    def _answer(self, request: LeaseRequest, changes: _Changes, *, granted: bool) -> LeaseAnswer:
        here = _point_of(request)
        return LeaseAnswer(
            granted=granted,
            overlay=changes.leads_to,
            is_whole=changes.is_whole,
            added=changes.added,
            removed=changes.removed,
            floor_epoch=self.floor[0],
            floor_revision=self.floor[1],
            merged=tuple(
                each.id
                for each in request.break_glass
                if each.id in self._merged and self._merged[each.id] <= here
            ),
        )

    def _version(self, count: int) -> OverlayVersion:
        return OverlayVersion(boot=self.boot, count=count)


def _point_of(request: LeaseRequest) -> Point:
    if request.epoch is None or request.revision is None:
        return NOWHERE
    return request.epoch, request.revision
