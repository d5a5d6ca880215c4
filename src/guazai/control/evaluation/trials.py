"""Dry runs (E2): what a policy would hide and show today. In bounded memory, off the request.

All accounts are judged as in a run, into masks that nobody adopts; the watched ones are then gone
through in chunks, with what was told about them since.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings

from guazai.control.eligibility import actions as eligibility
from guazai.control.eligibility import queries as standing
from guazai.control.evaluation import drafting, feeds, queries
from guazai.control.evaluation.models import DryRun
from guazai.control.evaluation.states import DryRunPurpose
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.batches import batched
from guazai.control.landing import queries as landing
from guazai.policy import Policy

if TYPE_CHECKING:
    from guazai.batch.engine import Summary
    from guazai.batch.masks import Masks
    from guazai.control.eligibility.models import CurrentMasks

log = structlog.get_logger(__name__)

CHUNK = 500
MAX_EXAMPLES = 100
#: Mini programs in a report, those with most changes first.
MAX_MINI_PROGRAMS = 1000


def work_on_next(who: Actor) -> int:
    """Work on the next dry run; 0 where none waits."""
    dry_run = queries.next_dry_run()
    if dry_run is None:
        return 0
    drafting.start_dry_run(dry_run)
    is_trial = dry_run.purpose == DryRunPurpose.TRIAL
    if is_trial and dry_run.content_hash != dry_run.draft.content_hash:
        drafting.fail_dry_run(who, dry_run, "draft_changed", "the draft was edited meanwhile")
        return 1
    folder = queries.directory(dry_run.pk)
    try:
        _try(who, dry_run, folder / "v0")
    except Exception as error:
        log.exception("evaluation.dry_run_failed", dry_run=dry_run.pk)
        drafting.fail_dry_run(who, dry_run, "dry_run_failed", f"{type(error).__name__}: {error}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 1


def _try(who: Actor, dry_run: DryRun, into: Path) -> None:
    policy = _policy(dry_run)
    base = _base()
    masks: Masks | None = None
    accounts: dict[str, Any] = {}
    if base is not None:
        masks, summary = _evaluate(dry_run, policy, base, into)
        accounts = _accounts(policy, base, summary)
    found = _Entries(policy)
    for chunk in batched(standing.watched(), CHUNK):
        hides = found.add(masks, chunk)
        if dry_run.purpose == DryRunPurpose.NOTICE:
            drafting.keep_for_notice(dry_run, hides)
    report = {"accounts": accounts, **found.to_json()}
    drafting.finish_dry_run(who, dry_run, base.as_of if base else None, report)


def _policy(dry_run: DryRun) -> Policy:
    draft = dry_run.draft
    if dry_run.purpose == DryRunPurpose.TRIAL:
        return queries.draft_policy(draft)
    return queries.published(draft)


def _base() -> CurrentMasks | None:
    """The masks of the policy that applies to most accounts now; None before the first feed."""
    rows = standing.current_masks()
    last = queries.last_adopted()
    shares = last.shares if last else {}
    return max(rows, key=lambda row: shares.get(str(row.policy_version_id), 0), default=None)


def _evaluate(
    dry_run: DryRun, policy: Policy, base: CurrentMasks, into: Path
) -> tuple[Masks, Summary]:
    from guazai.batch.engine import evaluate  # noqa: PLC0415 - Polars is slow to load
    from guazai.batch.masks import Masks  # noqa: PLC0415 - as above
    from guazai.batch.spark import runner  # noqa: PLC0415 - as above

    feed = feeds.open_again(Path(base.feed_path), base.feed_hash)
    if feed is None:
        raise FileNotFoundError(f"the feed of {base.as_of} is gone, or another is in its place")
    with runner(settings.CONFIG.evaluation_engine) as running:
        evaluated = evaluate(
            feed,
            policy,
            Masks.open(Path(base.path)),
            into,
            runner=running,
            progress=_telling(dry_run, feed.rows),
        )
    return evaluated.masks, evaluated.summary


def _telling(dry_run: DryRun, total: int) -> Callable[[int], None]:
    """Tells of the first 90 percent; the entries are the rest."""
    done = 0

    def advance(rows: int) -> None:
        nonlocal done
        done += rows
        drafting.note_percent(dry_run, done * 90 // max(total, 1))

    return advance


def _accounts(policy: Policy, base: CurrentMasks, summary: Summary) -> dict[str, Any]:
    made_by = queries.runs().filter(pk=base.run_id).first()
    now = made_by.summaries.get(str(base.policy_version_id), {}) if made_by else {}
    failing_now = now.get("failing", {})
    reasons = [rule.reason for rule in policy.rules]
    reasons += sorted(failing_now.keys() - set(reasons))
    return {
        "judged": summary.judged,
        "passing_now": now.get("passing", 0),
        "passing_then": summary.passing,
        "hide": summary.newly_hidden,
        "show": summary.newly_shown,
        "by_rule": [
            {
                "reason": reason,
                "failing_now": failing_now.get(reason, 0),
                "failing_then": summary.failing.get(reason, 0),
            }
            for reason in reasons
        ],
    }


@dataclass
class _Entries:
    """What a policy means for watched accounts, and for the entries that are live on them."""

    policy: Policy
    watched: Counter[str] = field(default_factory=Counter)
    entries: Counter[str] = field(default_factory=Counter)
    now: Counter[str] = field(default_factory=Counter)
    then: Counter[str] = field(default_factory=Counter)
    apps: dict[str, dict[str, Any]] = field(default_factory=dict)
    examples: list[dict[str, Any]] = field(default_factory=list)

    def add(self, masks: Masks | None, aweme_ids: list[str]) -> list[str]:
        """Take in some accounts; those of them whose entry it would hide."""
        slots: dict[str, list[Any]] = {}
        live = landing.live_slots().filter(account__in=aweme_ids)
        for slot in live.select_related("account", "live_change__mini_program"):
            slots.setdefault(slot.account_id, []).append(slot)
        hides = []
        for each in eligibility.trial(self.policy, masks, aweme_ids):
            change = _change(was=each.was_passed, will=each.passes)
            self.watched.update(
                passing_now=int(each.was_passed), passing_then=int(each.passes), **change
            )
            here = slots.get(each.aweme_id, [])
            if here and change.get("hide"):
                hides.append(each.aweme_id)
            for slot in here:
                self.entries.update(live=1, **change)
                self.now.update(each.failed_now)
                self.then.update(each.failed_then)
                if change:
                    self._note(slot, each, next(iter(change)))
        return hides

    def _note(self, slot: Any, trial: eligibility.Trial, change: str) -> None:
        app = slot.live_change.mini_program
        row = self.apps.setdefault(
            app.pk, {"app_id": app.pk, "app_name": app.name, "hide": 0, "show": 0}
        )
        row[change] += 1
        if len(self.examples) < MAX_EXAMPLES:
            self.examples.append(
                {
                    "aweme_id": slot.account_id,
                    "nickname": slot.account.nickname,
                    "app_id": app.pk,
                    "app_name": app.name,
                    "change": change,
                    "failing_now": list(trial.failed_now),
                    "failing_then": list(trial.failed_then),
                }
            )

    def to_json(self) -> dict[str, Any]:
        """The part of a report that is about watched accounts and entries."""
        reasons = [*(rule.reason for rule in self.policy.rules)]
        reasons += sorted(self.now.keys() - set(reasons))
        apps = sorted(
            self.apps.values(), key=lambda row: (-row["hide"] - row["show"], row["app_id"])
        )
        return {
            "watched": {
                name: self.watched[name] for name in ("passing_now", "passing_then", "hide", "show")
            },
            "entries": {name: self.entries[name] for name in ("live", "hide", "show")}
            | {
                "by_rule": [
                    {
                        "reason": reason,
                        "failing_now": self.now[reason],
                        "failing_then": self.then[reason],
                    }
                    for reason in reasons
                ],
                "by_mini_program": apps[:MAX_MINI_PROGRAMS],
            },
            "examples": self.examples,
        }


def _change(*, was: bool, will: bool) -> dict[str, int]:
    if was == will:
        return {}
    return {"show": 1} if will else {"hide": 1}
