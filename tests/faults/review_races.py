"""R8's program: a developer submits again while reviewers decide on what they have seen.

Every account is a lane of its own, with a developer and two reviewers who begin each race together.
The change that a race leaves in review is the one that the next race is about.
"""

from __future__ import annotations

import copy
import math
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from guazai.control.binding import actions as binding
from guazai.control.directory.models import DouyinAccount, MiniProgram
from guazai.control.journal import queries as journal
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.errors import WRONG_STATE, Problem
from guazai.control.kernel.locks import locked
from guazai.control.kernel.reasons import Reason
from guazai.control.landing import actions as landing
from guazai.control.landing import queries as pages
from guazai.control.landing.content import content_hash as hash_of
from guazai.control.landing.errors import CONTENT_CHANGED
from guazai.control.landing.models import LandingChange, LandingSlot
from guazai.control.landing.states import ChangeStatus
from guazai.control.surfaces.registry import BindingKind
from tests.faults.arena import PROCESSES, crowd
from tests.faults.stage import OPERATOR, REVIEWER, SURFACE, Stage
from tests.world import PAGES

LANES_OF_A_PROCESS = 4
LANES = LANES_OF_A_PROCESS * PROCESSES
DEVELOPER, FIRST, SECOND = ROLES = range(3)
#: A twin that goes right for so many races is not broken, and shows nothing.
TWIN_RACES = 200
PATIENCE_SECONDS = 60.0
REASON = Reason("page_broken", "The page does not load", "Mend it and submit again")
OK = "ok"
Approve = Callable[[Actor, LandingChange, str], object]


@dataclass
class Lane:
    """One account, and the race that is on: what is in review, and how its reviewers fared."""

    app: MiniProgram
    account: DouyinAccount
    together: threading.Barrier
    change: LandingChange
    #: What was live before the race, and the hash that was in review before it.
    live: LandingChange | None = None
    earlier_hash: str = ""
    fared: dict[int, str] = field(default_factory=dict)
    is_broken: bool = False


@dataclass
class Findings:
    """What became of a lane's races."""

    outcomes: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    races: int = 0


def compete(stage: Stage, lane: Lane, role: int, races: int, approve: Approve) -> Findings:
    """Play one role in the races of a lane, until one breaks a rule.

    The developer finds out what became of each.
    """
    found = Findings()
    for number in range(races):
        seen = copy.copy(lane.change)
        lane.together.wait()
        if role == DEVELOPER:
            lane.fared[role] = submit(stage, lane, number)
        else:
            lane.fared[role] = decide(lane, role, number, seen, approve)
        lane.together.wait()
        if role == DEVELOPER:
            found.races += 1
            found.faults += find_out(lane, seen, found.outcomes)
            lane.earlier_hash = seen.content_hash
            lane.is_broken = bool(found.faults)
        lane.together.wait()
        if lane.is_broken:
            break
    return found


def submit(stage: Stage, lane: Lane, number: int) -> str:
    """The developer submits again, and what is submitted is what the next race is about."""
    try:
        lane.change = landing.submit(
            stage.developer,
            lane.app,
            SURFACE,
            lane.account,
            page_path=PAGES[number % len(PAGES)],
            query=f"race={number}",
        )
    except Problem as problem:
        return problem.code.name
    return OK


def decide(lane: Lane, role: int, number: int, seen: LandingChange, approve: Approve) -> str:
    """A reviewer's decision on what was seen: `ok`, or the code that refused it.

    The first approves. The second rejects, approves too, or approves by what was seen earlier.
    """
    try:
        if role == FIRST or number % 3 == 0:
            approve(REVIEWER, seen, seen.content_hash)
        elif number % 3 == 1:
            landing.reject(REVIEWER, seen, seen.content_hash, [REASON])
        else:
            approve(REVIEWER, seen, lane.earlier_hash)
    except Problem as problem:
        return problem.code.name
    return OK


def find_out(lane: Lane, seen: LandingChange, outcomes: Counter[str]) -> list[str]:
    """What became of the change that was seen, and each way in which that may not be so."""
    after = LandingChange.objects.get(pk=seen.pk)
    live = LandingSlot.objects.select_related("live_change").get(account=lane.account).live_change
    events = list(journal.search(subject_id=seen.pk))
    is_withdrawn = any(event.verb == "landing.withdraw" for event in events)
    approvals = [event for event in events if event.verb == "landing.approve"]
    told = sorted((lane.fared[FIRST], lane.fared[SECOND]))
    wins = told.count(OK) + is_withdrawn
    outcomes[f"{after.status}, reviewers told {told[0]} and {told[1]}"] += 1
    wrong = {
        f"{wins} won": wins != 1,
        "the developer was refused": lane.fared[DEVELOPER] != OK,
        "approved without a reviewer": after.status == ChangeStatus.APPROVED and OK not in told,
        "the content is not the one seen": content(after) != content(seen),
        "the hash is not the content's": hash_of(**content(after)) != seen.content_hash,
        "approved by another hash": any(
            event.after["content_hash"] != seen.content_hash for event in approvals
        ),
        "live without approval": live is not None and live.status != ChangeStatus.APPROVED,
        "approved and not live": after.status == ChangeStatus.APPROVED and live != after,
        "live and never seen": live not in {lane.live, after},
        "live and not approved": after.status != ChangeStatus.APPROVED and live == after,
        "refused for another reason": not {*told} <= {OK, "wrong_state", "content_changed"},
    }
    lane.live = live
    return [f"{seen.pk}: {what}" for what, is_wrong in wrong.items() if is_wrong]


def content(change: LandingChange) -> dict[str, str]:
    """Everything that decides what a visitor opens."""
    return {
        "app_id": change.mini_program_id,
        "aweme_id": change.account_id,
        "surface": change.surface,
        "page_path": change.page_path,
        "query": change.query,
        "title": change.title,
        "version": change.version,
    }


def race(stage: Stage, races: int, approve: Approve) -> Findings:
    """At least `races` races, spread over lanes; each lane ends with the first that goes wrong."""
    app = stage.app()
    binding.set_quota(OPERATOR, app, SURFACE, BindingKind.EMPLOYEE, LANES, "a test")
    lanes = [lane(stage, app) for _ in range(LANES)]

    def work(client: int) -> Findings:
        # `crowd` deals clients out to processes in turn: a lane's three are in the same one.
        turn, process = divmod(client, PROCESSES)
        place, role = divmod(turn, len(ROLES))
        mine = lanes[place * PROCESSES + process]
        return compete(stage, mine, role, math.ceil(races / LANES), approve)

    total = Findings()
    for found in crowd(work, LANES * len(ROLES)):
        total.races += found.races
        total.faults += found.faults
        total.outcomes.update(found.outcomes)
    return total


def lane(stage: Stage, app: MiniProgram) -> Lane:
    """A bound account with its first change in review."""
    account = stage.account()
    stage.bind(app, account)
    change = landing.submit(stage.developer, app, SURFACE, account, page_path=PAGES[0])
    together = threading.Barrier(len(ROLES), timeout=PATIENCE_SECONDS)
    return Lane(app, account, together, change)


def save_after_check(who: Actor, change: LandingChange, content_hash: str) -> None:
    """The twin of `approve` that reads, checks and saves."""
    current = LandingChange.objects.get(pk=change.pk)
    if current.content_hash != content_hash:
        raise CONTENT_CHANGED()
    if current.status != ChangeStatus.IN_REVIEW:
        raise WRONG_STATE()
    current.status = ChangeStatus.APPROVED
    current.decided_by, current.decided_at = who.id, clock.now()
    current.save()
    LandingSlot.objects.filter(account=change.account_id).update(live_change=current)


def approve_newest(who: Actor, change: LandingChange, _: str) -> None:
    """The twin of `approve` that names no change: it locks well, and takes what is in review."""
    with transaction.atomic():
        locked(LandingSlot.objects.filter(account=change.account_id)).get()
        current = pages.in_review(change.account_id, SURFACE)
        if current is None:
            raise WRONG_STATE()
        landing.approve(who, current, current.content_hash)


def main(races: str) -> dict[str, Any]:
    """Race, then let the twins race."""
    stage = Stage()
    began = time.monotonic()
    found = race(stage, int(races), landing.approve)
    seconds = time.monotonic() - began
    twins = {
        twin.__name__: race(stage, TWIN_RACES, twin) for twin in (save_after_check, approve_newest)
    }
    return {
        "races": found.races,
        "seconds": round(seconds, 1),
        "outcomes": dict(found.outcomes.most_common()),
        "faults": found.faults,
        "twins": {name: [twin.races, twin.faults[:3]] for name, twin in twins.items()},
    }
