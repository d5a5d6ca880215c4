"""The only writer of policy drafts, their dry runs, and the notices ahead of a policy (E2, N1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from guazai.control.eligibility import actions as eligibility
from guazai.control.evaluation import queries
from guazai.control.evaluation.errors import DRAFT_CHANGED, DRY_RUN_OPEN, DRY_RUN_REQUIRED
from guazai.control.evaluation.models import DryRun, PendingNotice, PolicyDraft
from guazai.control.evaluation.states import (
    DRAFT_TRANSITIONS,
    DRY_RUN_TRANSITIONS,
    DraftStatus,
    DryRunPurpose,
)
from guazai.control.inbox import actions as inbox
from guazai.control.inbox.states import RecipientKind
from guazai.control.journal.actions import act
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.errors import WRONG_STATE
from guazai.control.kernel.transitions import move
from guazai.control.landing import queries as landing
from guazai.policy import Policy, bucket

#: What a staged policy takes in unless the operator says otherwise: percent, days after its start.
DEFAULT_STAGES = ((1, 0), (10, 1), (50, 2), (100, 3))
_CONTENT = ("account_types", "facts", "rules")


def create_draft(who: Actor, body: Mapping[str, Any], note: str) -> PolicyDraft:
    """Begin a draft; raises `policy_invalid` with everything wrong with it."""
    policy = eligibility.valid_policy(queries.draft_json(dict(body)))
    now = clock.now()
    with act(who) as done:
        draft = PolicyDraft.objects.create(
            body=_content(policy),
            content_hash=policy.content_hash,
            note=note,
            created_by=who.id,
            created_at=now,
            updated_by=who.id,
            updated_at=now,
        )
        done.record("evaluation.create_draft", "policy_draft", draft.pk, after=draft.body)
    return draft


def edit_draft(
    who: Actor, draft: PolicyDraft, body: Mapping[str, Any], note: str, revision: int
) -> None:
    """Replace a draft's content, as last read in `revision`.

    Raises `policy_invalid`, `draft_changed` where it was edited since, `wrong_state`.
    """
    policy = eligibility.valid_policy(queries.draft_json(dict(body)))
    before = draft.body
    with act(who) as done:
        # Its lock, and whether it is a draft at all: `wrong_state` tells that from an old revision.
        move(draft, DRAFT_TRANSITIONS, "edit")
        now = clock.now()
        rows = PolicyDraft.objects.filter(pk=draft.pk, revision=revision).update(
            body=_content(policy),
            content_hash=policy.content_hash,
            note=note,
            revision=F("revision") + 1,
            updated_by=who.id,
            updated_at=now,
        )
        if not rows:
            raise DRAFT_CHANGED(revision=draft.revision)
        after = _content(policy)
        done.record("evaluation.edit_draft", "policy_draft", draft.pk, before=before, after=after)
    draft.refresh_from_db()


def discard_draft(who: Actor, draft: PolicyDraft) -> None:
    """Put a draft away; raises `wrong_state` where it is none any more."""
    with act(who) as done:
        move(draft, DRAFT_TRANSITIONS, "discard", updated_by=who.id, updated_at=clock.now())
        done.record("evaluation.discard_draft", "policy_draft", draft.pk)


def request_dry_run(
    who: Actor, draft: PolicyDraft, purpose: DryRunPurpose = DryRunPurpose.TRIAL
) -> DryRun:
    """Ask what a draft would do today; the evaluator works on it.

    Raises `dry_run_open` where one waits or runs, `wrong_state` where a draft to try is none.
    """
    if purpose == DryRunPurpose.TRIAL and draft.status != DraftStatus.DRAFT:
        raise WRONG_STATE(current=draft.status, verb="dry_run", allowed_from=[DraftStatus.DRAFT])
    with act(who) as done:
        try:
            with transaction.atomic():
                dry_run = DryRun.objects.create(
                    draft=draft,
                    purpose=purpose,
                    content_hash=draft.content_hash,
                    requested_by=who.id,
                    requested_at=clock.now(),
                )
        except IntegrityError:
            raise DRY_RUN_OPEN() from None
        after = {"dry_run": dry_run.pk, "purpose": purpose}
        done.record("evaluation.request_dry_run", "policy_draft", draft.pk, after=after)
    return dry_run


def start_dry_run(dry_run: DryRun) -> None:
    """Begin, or begin again what somebody left who died."""
    move(dry_run, DRY_RUN_TRANSITIONS, "start", percent=0)


def note_percent(dry_run: DryRun, percent: int) -> None:
    """Say how far a dry run has come, where that differs from what was said."""
    if percent > dry_run.percent:
        dry_run.percent = percent
        dry_run.save(update_fields=["percent"])


def finish_dry_run(who: Actor, dry_run: DryRun, as_of: object, report: Mapping[str, Any]) -> None:
    """Keep the report of a dry run."""
    with act(who) as done:
        move(
            dry_run,
            DRY_RUN_TRANSITIONS,
            "finish",
            as_of=as_of,
            percent=100,
            report=dict(report),
            ended_at=clock.now(),
        )
        done.record("evaluation.finish_dry_run", "policy_draft", dry_run.draft_id)


def fail_dry_run(who: Actor, dry_run: DryRun, code: str, message: str) -> None:
    """End a dry run that cannot be done."""
    error = {"code": code, "message": message}
    with act(who) as done:
        move(dry_run, DRY_RUN_TRANSITIONS, "fail", error=error, ended_at=clock.now())
        done.record("evaluation.fail_dry_run", "policy_draft", dry_run.draft_id, after=error)


def default_stages(effective_at: datetime) -> list[dict[str, Any]]:
    """1% of accounts at once, 10% after a day, 50% after two, all after three (E2)."""
    return [
        {"percent": percent, "at": (effective_at + timedelta(days=days)).isoformat()}
        for percent, days in DEFAULT_STAGES
    ]


def schedule(
    who: Actor,
    draft: PolicyDraft,
    effective_at: datetime,
    stages: Sequence[Mapping[str, Any]],
    reason: str,
) -> int:
    """Publish a draft as the next policy version, which takes effect by itself; its number.

    Raises `wrong_state`, `dry_run_required` unless a dry run of exactly this content is done,
    `policy_invalid` and `policy_in_past`.
    """
    with act(who) as done:
        # The draft's lock first: what is published is what was tried.
        move(draft, DRAFT_TRANSITIONS, "edit")
        draft.refresh_from_db()
        if queries.valid_dry_run(draft) is None:
            raise DRY_RUN_REQUIRED()
        written = {**draft.body, "effective_at": effective_at.isoformat()}
        if stages:
            written["stages"] = [dict(stage) for stage in stages]
        row = eligibility.publish_policy(who, written, reason=reason)
        move(
            draft,
            DRAFT_TRANSITIONS,
            "schedule",
            version=row.version,
            effective_at=row.effective_at,
            updated_by=who.id,
            updated_at=clock.now(),
        )
        after = {"version": row.version, "effective_at": row.effective_at}
        done.record("evaluation.schedule", "policy_draft", draft.pk, after=after, reason=reason)
    return row.version


def keep_for_notice(dry_run: DryRun, aweme_ids: Iterable[str]) -> None:
    """Note accounts whose owners and developers are to be told ahead."""
    PendingNotice.objects.bulk_create(
        [PendingNotice(dry_run=dry_run, account_id=aweme_id) for aweme_id in aweme_ids],
        ignore_conflicts=True,
    )


def send_notices(who: Actor, dry_run: DryRun, limit: int = 200) -> int:
    """Tell the next accounts that a scheduled policy will hide their entries (N1).

    Once per policy and account, whatever dies in between. Returns how many rows it took.
    """
    draft = dry_run.draft
    policy = queries.published(draft)
    is_ahead = policy.effective_at > clock.now()
    with act(who) as done:
        rows = list(PendingNotice.objects.filter(dry_run=dry_run).select_related("account")[:limit])
        live = landing.live_slots().filter(account__in=[row.account_id for row in rows])
        apps: dict[str, dict[str, str]] = {}
        for aweme_id, entity_id, app_id in live.values_list(
            "account_id", "live_change__mini_program__entity_id", "live_change__mini_program"
        ):
            apps.setdefault(aweme_id, {})[entity_id] = app_id
        for row in rows if is_ahead else ():
            if row.account_id in apps:
                _send(policy, row, apps[row.account_id])
        PendingNotice.objects.filter(pk__in=[row.pk for row in rows]).delete()
        after = {"accounts": len(rows) if is_ahead else 0}
        done.record("evaluation.send_notices", "policy", str(policy.version), after=after)
    return len(rows)


def _send(policy: Policy, row: PendingNotice, apps: dict[str, str]) -> None:
    place = bucket(row.account_id)
    at = next((stage.at for stage in policy.stages if place < stage.percent), policy.effective_at)
    values = {
        "aweme_id": row.account_id,
        "nickname": row.account.nickname,
        "effective_on": clock.day_of(at).isoformat(),
    }
    for kind, recipient, about in (
        *(
            (RecipientKind.LEGAL_ENTITY, entity_id, {"app_id": app_id})
            for entity_id, app_id in sorted(apps.items())
        ),
        (RecipientKind.ACCOUNT, row.account_id, {}),
    ):
        inbox.send(
            kind,
            [recipient],
            "policy_ahead",
            "account",
            row.account_id,
            {**values, **about},
            dedupe_key=f"policy_ahead:{policy.version}:{row.account_id}",
        )


def _content(policy: Policy) -> dict[str, Any]:
    written = policy.to_json()
    return {name: written[name] for name in _CONTENT}
