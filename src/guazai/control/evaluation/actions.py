"""The only writer of runs, and of the proposals by which two people decide on held ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from guazai.control.eligibility import actions as eligibility
from guazai.control.eligibility import queries as standing
from guazai.control.evaluation import alarms, queries
from guazai.control.evaluation.breaker import Reason
from guazai.control.evaluation.errors import (
    DECISION_ALREADY_PROPOSED,
    POLICIES_CHANGED,
    PROPOSAL_EXPIRED,
    RUN_BUSY,
)
from guazai.control.evaluation.models import Run, RunProposal
from guazai.control.evaluation.states import (
    PROPOSAL_TRANSITIONS,
    RUN_TRANSITIONS,
    AlarmKind,
    Decision,
    ProposalStatus,
    RunKind,
    RunStatus,
)
from guazai.control.journal.actions import Act, act
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.errors import SECOND_PERSON_REQUIRED, WRONG_STATE
from guazai.control.kernel.locks import locked
from guazai.control.kernel.transitions import move

if TYPE_CHECKING:
    from guazai.control.eligibility.models import CurrentMasks

PROPOSAL_LASTS = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Tried:
    """What a run is about: a feed's day, place and hash, and what names the attempt."""

    kind: RunKind
    as_of: date
    feed_path: str
    fingerprint: str
    feed_hash: str = ""
    rows: int = 0


def start_run(who: Actor, tried: Tried) -> Run:
    """Begin a run; raises `run_busy` where another is open."""
    with act(who) as done:
        try:
            with transaction.atomic():
                run = Run.objects.create(
                    kind=tried.kind,
                    as_of=tried.as_of,
                    feed_path=tried.feed_path,
                    feed_hash=tried.feed_hash,
                    fingerprint=tried.fingerprint,
                    rows=tried.rows,
                    started_by=who.id,
                    started_at=clock.now(),
                )
        except IntegrityError:
            raise RUN_BUSY() from None
        after = {"kind": run.kind, "as_of": run.as_of, "feed_hash": run.feed_hash}
        done.record("evaluation.start_run", "run", run.pk, after=after)
    return run


def refuse_run(who: Actor, run: Run, error: dict[str, Any]) -> None:
    """End a run whose feed is not as it must be; what was applied before stays (E6, R13)."""
    with act(who) as done:
        move(run, RUN_TRANSITIONS, "refuse", error=error, ended_at=clock.now())
        alarms.raise_in(done, AlarmKind.FEED_REFUSED, run.as_of.isoformat(), run=run.pk, **error)
        done.record("evaluation.refuse_run", "run", run.pk, after=error)


def fail_run(who: Actor, run: Run, error: dict[str, Any], *, is_alarming: bool = True) -> None:
    """End a run that our own trouble stopped before it changed anything; it is tried again."""
    with act(who) as done:
        move(run, RUN_TRANSITIONS, "fail", error=error, ended_at=clock.now())
        if is_alarming:
            key = run.as_of.isoformat()
            alarms.raise_in(done, AlarmKind.RUN_FAILED, key, run=run.pk, **error)
        done.record("evaluation.fail_run", "run", run.pk, after=error)


def note_results(run: Run, summaries: dict[str, Any], watched: dict[str, Any]) -> None:
    """Keep what an evaluation found, for whoever decides on the run."""
    run.summaries, run.watched, run.evaluated_at = summaries, watched, clock.now()
    run.save(update_fields=["summaries", "watched", "evaluated_at"])


def hold_run(who: Actor, run: Run, reasons: Sequence[Reason]) -> None:
    """Hold a run for two people to decide; nothing visible changes (E6, R14)."""
    found = [reason.to_json() for reason in reasons]
    with act(who) as done:
        move(run, RUN_TRANSITIONS, "hold", reasons=found)
        alarms.raise_in(
            done, AlarmKind.RUN_HELD, run.pk, as_of=run.as_of.isoformat(), reasons=found
        )
        done.record("evaluation.hold_run", "run", run.pk, after={"reasons": found})


def adopt_run(who: Actor, run: Run) -> None:
    """Make the masks of an evaluated run the current ones; applying it is under way from here.

    Raises `policies_changed` where a policy is in play by now that it was not evaluated under.
    """
    with act(who) as done:
        _adopt(done, who, run, "apply")


def apply_chunk(who: Actor, run: Run, rows: Sequence[eligibility.MaskRow]) -> None:
    """Apply the next rows of the plan and move the cursor past them, both or neither (R15).

    Raises `wrong_state` where somebody else has moved it.
    """
    cursor = run.cursor + len(rows)
    with act(who) as done:
        applied = eligibility.apply(
            who, done, rows, as_of=run.as_of, consumes=run.kind == RunKind.FEED
        )
        where = Run.objects.filter(pk=run.pk, status=RunStatus.APPLYING, cursor=run.cursor)
        if not where.update(cursor=cursor):
            raise WRONG_STATE(current="moved", verb="apply", allowed_from=[RunStatus.APPLYING])
        after = {"cursor": cursor, "hidden": applied.hidden, "shown": applied.shown}
        done.record("evaluation.apply_chunk", "run", run.pk, after=after)
    run.cursor = cursor


def set_plan(run: Run, planned: int) -> None:
    """Note how long the plan is; it is applied from its beginning."""
    run.planned, run.cursor = planned, 0
    run.save(update_fields=["planned", "cursor"])


def finish_run(who: Actor, run: Run) -> None:
    """End a run of which everything is applied; alarms that it mends are cleared."""
    with act(who) as done:
        move(run, RUN_TRANSITIONS, "finish", ended_at=clock.now())
        mended = Q(key__lte=run.as_of.isoformat())
        kinds = [AlarmKind.RUN_FAILED]
        if run.kind == RunKind.FEED:
            kinds += [AlarmKind.FEED_REFUSED, AlarmKind.FEED_LATE]
        alarms.clear_in(done, kinds, mended)
        alarms.clear_in(done, [AlarmKind.POLICY_FEED_MISSING], Q(key__in=list(run.shares)))
        done.record("evaluation.finish_run", "run", run.pk, after={"rows": run.planned})


def propose(who: Actor, run: Run, decision: Decision, reason: str) -> RunProposal:
    """Propose to release or reject a held run, for another operator to confirm (E6).

    Raises `wrong_state` where it is not held, `decision_already_proposed`.
    """
    now = clock.now()
    with act(who) as done:
        _require_held(run, "propose")
        _expire(run, Q(expires_at__lte=now))
        try:
            with transaction.atomic():
                proposal = RunProposal.objects.create(
                    run=run,
                    decision=decision,
                    reason=reason,
                    proposed_by=who.id,
                    proposed_at=now,
                    expires_at=now + PROPOSAL_LASTS,
                )
        except IntegrityError:
            raise DECISION_ALREADY_PROPOSED() from None
        done.record(
            "evaluation.propose", "run", run.pk, after={"decision": decision}, reason=reason
        )
    return proposal


def confirm(who: Actor, proposal: RunProposal) -> None:
    """Confirm another operator's proposal; the run is released or rejected.

    Raises `second_person_required` for the proposer, `proposal_expired`, `wrong_state` where it
    waits no more, and for a release `policies_changed` and `run_busy`.
    """
    if proposal.proposed_by == who.id:
        raise SECOND_PERSON_REQUIRED()
    now, run = clock.now(), proposal.run
    if proposal.status == ProposalStatus.EXPIRED or proposal.expires_at <= now:
        raise PROPOSAL_EXPIRED(expires_at=proposal.expires_at)
    with act(who) as done:
        move(proposal, PROPOSAL_TRANSITIONS, "confirm", ended_by=who.id, ended_at=now)
        names = {"proposed_by": proposal.proposed_by, "confirmed_by": who.id}
        if proposal.decision == Decision.RELEASE:
            _adopt(done, who, run, "release")
            verb = "evaluation.release_run"
        else:
            move(run, RUN_TRANSITIONS, "reject", ended_at=now)
            verb = "evaluation.reject_run"
        alarms.clear_in(done, [AlarmKind.RUN_HELD], Q(key=run.pk))
        done.record(verb, "run", run.pk, after=names, reason=proposal.reason)


def withdraw_proposal(who: Actor, proposal: RunProposal) -> None:
    """Take a proposal back, or turn it down; the run stays held."""
    with act(who) as done:
        move(proposal, PROPOSAL_TRANSITIONS, "withdraw", ended_by=who.id, ended_at=clock.now())
        done.record("evaluation.withdraw_proposal", "run", proposal.run_id)


def expire_proposals() -> int:
    """Mark the proposals that nobody confirmed in time; returns how many."""
    return _expire(None, Q(expires_at__lte=clock.now()))


def _adopt(done: Act, who: Actor, run: Run, verb: str) -> None:
    now = clock.now()
    shares = queries.shares(queries.bucket_versions(now))
    current = standing.masks_by_version()
    adopted = []
    for named in shares:
        version = int(named)
        if named in run.summaries:
            adopted.append(_adopted(version, run.pk, str(queries.masks_of(run, version)), run))
        elif run.kind == RunKind.POLICY and version in current:
            row = current[version]
            adopted.append(_adopted(version, row.run_id, row.path, row))
        else:
            raise POLICIES_CHANGED(version=version)
    try:
        with transaction.atomic():
            move(run, RUN_TRANSITIONS, verb, adopted_at=now, shares=shares)
    except IntegrityError:
        raise RUN_BUSY() from None
    eligibility.adopt(who, done, adopted)
    for held in queries.held_runs():
        move(held, RUN_TRANSITIONS, "supersede", ended_at=now)
        _expire(held, Q())
        alarms.clear_in(done, [AlarmKind.RUN_HELD], Q(key=held.pk))
        done.record("evaluation.supersede_run", "run", held.pk, after={"by": run.pk})
    done.record("evaluation.adopt_run", "run", run.pk, after={"shares": shares})


def _adopted(version: int, run_id: str, path: str, of: Run | CurrentMasks) -> eligibility.Adopted:
    """Masks at `path`, made by `run_id` from the feed that `of` was."""
    return eligibility.Adopted(version, run_id, path, of.as_of, of.feed_path, of.feed_hash)


def _require_held(run: Run, verb: str) -> None:
    # Locked, so that it is not superseded before the proposal is there to be expired with it.
    current = locked(Run.objects.filter(pk=run.pk)).get().status
    if current != RunStatus.HELD:
        raise WRONG_STATE(current=current, verb=verb, allowed_from=[RunStatus.HELD])


def _expire(run: Run | None, where: Q) -> int:
    waiting = RunProposal.objects.filter(where, status=ProposalStatus.PROPOSED)
    found = list(waiting if run is None else waiting.filter(run=run))
    for proposal in found:
        move(proposal, PROPOSAL_TRANSITIONS, "expire", ended_at=clock.now())
    return len(found)
