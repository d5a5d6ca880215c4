"""The only writer of applications and grants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from guazai.control.capability import queries
from guazai.control.capability.errors import (
    ALREADY_GRANTED,
    ALREADY_IN_REVIEW,
    APPLICATION_LIMIT_REACHED,
    CAPABILITY_NOT_GRANTED,
    CAPABILITY_REVOKED,
    CONDITIONS_UNMET,
    DIMENSION_POOR,
    DIMENSIONS_INCOMPLETE,
)
from guazai.control.capability.models import CapabilityApplication, CapabilityGrant
from guazai.control.capability.states import (
    APPLICATION_TRANSITIONS,
    APPLICATIONS_PER_DAY,
    GRANT_TRANSITIONS,
    ApplicationStatus,
    Dimension,
    GrantStatus,
    Mark,
)
from guazai.control.inbox import actions as inbox
from guazai.control.journal import keys
from guazai.control.journal.actions import act
from guazai.control.kernel import calendar, clock
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.errors import FieldError
from guazai.control.kernel.reasons import Reason, as_json
from guazai.control.kernel.texts import Text
from guazai.control.kernel.transitions import move
from guazai.control.surfaces import registry
from guazai.control.surfaces.registry import Surface
from guazai.feed.records import Scope

if TYPE_CHECKING:
    from guazai.control.directory.models import MiniProgram

APPLICATION = "capability_application"
GRANT = "capability_grant"


def apply(who: Actor, app: MiniProgram, surface: Surface, reason: str) -> CapabilityApplication:
    """Apply for the capability on behalf of `app` (C1, C3).

    Raises `already_in_review`, `already_granted`, `capability_revoked`, `conditions_unmet` with
    the unmet ones, or `application_limit_reached` with `next_at`; nothing is stored then.
    """
    now = clock.now()
    due = calendar.due(now, surface.review_working_days)
    asked = queries.conditions(app, surface)
    with act(who) as done:
        # Stored first: whatever is read after it can no longer be overtaken by an approval.
        try:
            with transaction.atomic():
                application = CapabilityApplication.objects.create(
                    mini_program=app,
                    surface=surface.key,
                    apply_reason=reason,
                    conditions=[condition.as_json() for condition in asked],
                    submitted_by=who.id,
                    submitted_at=now,
                    due_on=due.on,
                    due_is_estimated=due.is_estimated,
                )
        except IntegrityError:
            raise ALREADY_IN_REVIEW() from None
        grant = queries.find_grant(app.pk, surface)
        if grant is not None:
            is_granted = grant.status == GrantStatus.GRANTED
            raise ALREADY_GRANTED() if is_granted else CAPABILITY_REVOKED()
        if unmet := [condition for condition in asked if not condition.is_met]:
            raise CONDITIONS_UNMET(errors=[_unmet(condition) for condition in unmet])
        if queries.applied_today(app, surface) > APPLICATIONS_PER_DAY:
            raise APPLICATION_LIMIT_REACHED.until(clock.end_of(clock.today()))
        done.record(
            "capability.apply",
            APPLICATION,
            application.pk,
            after={
                "status": application.status,
                "app_id": app.pk,
                "surface": surface.key,
                "conditions": application.conditions,
                "due_on": due.on,
            },
            tells=True,
        )
    return application


def withdraw(who: Actor, application: CapabilityApplication) -> CapabilityApplication:
    """Take an application back while it is in review (C6); raises `wrong_state`."""
    with act(who) as done:
        move(application, APPLICATION_TRANSITIONS, "withdraw")
        done.record(
            "capability.withdraw",
            APPLICATION,
            application.pk,
            before={"status": ApplicationStatus.IN_REVIEW},
            after={"status": application.status},
            tells=True,
        )
    return application


def approve(
    who: Actor, application: CapabilityApplication, marks: Mapping[str, str]
) -> CapabilityApplication:
    """Approve an application and grant the capability (C4, C5).

    Raises `own_entity`, `dimensions_incomplete`, `dimension_poor`, `wrong_state`.
    """
    app = application.mini_program
    queries.refuse_own(who, app)
    marked = _complete(marks)
    if poor := [dimension for dimension in Dimension if marked[dimension] == Mark.POOR]:
        raise DIMENSION_POOR(errors=[_dimension("dimension_poor", found) for found in poor])
    with act(who) as done:
        now = _decide(application, "approve", who, marks=marked)
        grant = CapabilityGrant.objects.create(
            mini_program=app, surface=application.surface, application=application, granted_at=now
        )
        done.record(
            "capability.approve",
            APPLICATION,
            application.pk,
            before={"status": ApplicationStatus.IN_REVIEW},
            after={"status": application.status, "marks": application.marks, "grant": grant.pk},
            touch=(keys.deny(Scope.MINI_PROGRAM, app.pk),),
            tells=True,
        )
        _tell(app, "application_approved", APPLICATION, application.pk)
    return application


def reject(
    who: Actor,
    application: CapabilityApplication,
    marks: Mapping[str, str],
    reasons: Sequence[Reason],
) -> CapabilityApplication:
    """Reject an application for at least one reason (C4, C5).

    Raises `own_entity`, `dimensions_incomplete`, `wrong_state`; `ValueError` without a reason.
    """
    if not reasons:
        raise ValueError("a rejection has at least one reason")
    app = application.mini_program
    queries.refuse_own(who, app)
    marked = _complete(marks)
    with act(who) as done:
        _decide(application, "reject", who, marks=marked, reasons=as_json(reasons))
        done.record(
            "capability.reject",
            APPLICATION,
            application.pk,
            before={"status": ApplicationStatus.IN_REVIEW},
            after={
                "status": application.status,
                "marks": application.marks,
                "reasons": application.reasons,
            },
            reason="; ".join(reason.text for reason in reasons),
            tells=True,
        )
        _tell(app, "application_rejected", APPLICATION, application.pk)
    return application


def revoke(who: Actor, app: MiniProgram, surface: Surface, reason: str) -> CapabilityGrant:
    """Take the capability away; every entry of `app` disappears (C7).

    Raises `capability_not_granted`, `wrong_state`.
    """
    grant = _grant(app, surface)
    with act(who) as done:
        move(grant, GRANT_TRANSITIONS, "revoke", revoked_at=clock.now(), reason=reason)
        done.record(
            "capability.revoke",
            GRANT,
            grant.pk,
            before={"status": GrantStatus.GRANTED},
            after={"status": grant.status, "app_id": app.pk, "surface": surface.key},
            reason=reason,
            touch=(keys.deny(Scope.MINI_PROGRAM, app.pk, hides=True, surface=surface.key),),
            tells=True,
        )
        _tell(app, "capability_revoked", GRANT, grant.pk, reason=reason)
    return grant


def restore(who: Actor, app: MiniProgram, surface: Surface, reason: str) -> CapabilityGrant:
    """Give a revoked capability back (C7, C8).

    Raises `own_entity`, `capability_not_granted`, `wrong_state`.
    """
    queries.refuse_own(who, app)
    grant = _grant(app, surface)
    with act(who) as done:
        move(grant, GRANT_TRANSITIONS, "restore", revoked_at=None, reason="")
        done.record(
            "capability.restore",
            GRANT,
            grant.pk,
            before={"status": GrantStatus.REVOKED},
            after={"status": grant.status, "app_id": app.pk, "surface": surface.key},
            reason=reason,
            touch=(keys.deny(Scope.MINI_PROGRAM, app.pk),),
            tells=True,
        )
        _tell(app, "capability_restored", GRANT, grant.pk)
    return grant


def flag_unmet(who: Actor, limit: int = 200) -> int:
    """Flag granted capabilities whose credit score fell too low, and unflag those that mended.

    Nothing is taken away: operators and developers are told, once per fall. Returns how many
    grants changed, at most `limit`.
    """
    changed = 0
    for surface in registry.SURFACES.values():
        granted = queries.grants().filter(surface=surface.key, status=GrantStatus.GRANTED)
        is_low = Q(mini_program__credit_score__lt=surface.min_credit_score)
        fallen = granted.filter(is_low, flagged_at__isnull=True)
        changed += sum(_flag(who, grant, surface) for grant in _first(fallen, limit - changed))
        mended = granted.filter(~is_low, flagged_at__isnull=False)
        changed += sum(_unflag(who, grant) for grant in _first(mended, limit - changed))
    return changed


def _tell(app: MiniProgram, kind: str, subject_kind: str, subject_id: str, **values: Any) -> None:
    named = {"app_id": app.pk, "app_name": app.name}
    inbox.to_entity(app.entity_id, kind, subject_kind, subject_id, **named, **values)


def _first(rows: QuerySet[CapabilityGrant], limit: int) -> list[CapabilityGrant]:
    return list(rows.order_by("pk")[:limit])


def _flag(who: Actor, grant: CapabilityGrant, surface: Surface) -> bool:
    app, now = grant.mini_program, clock.now()
    with transaction.atomic():
        rows = CapabilityGrant.objects.filter(
            pk=grant.pk, status=GrantStatus.GRANTED, flagged_at__isnull=True
        )
        if not rows.update(flagged_at=now):
            return False
        with act(who) as done:
            done.record(
                "capability.flag",
                GRANT,
                grant.pk,
                after={"flagged_at": now, "credit_score": app.credit_score},
            )
            limits = {"actual": app.credit_score, "required": surface.min_credit_score}
            _tell(app, "capability_flagged", GRANT, grant.pk, **limits)
    return True


def _unflag(who: Actor, grant: CapabilityGrant) -> bool:
    with transaction.atomic():
        rows = CapabilityGrant.objects.filter(pk=grant.pk, flagged_at__isnull=False)
        if not rows.update(flagged_at=None):
            return False
        with act(who) as done:
            done.record(
                "capability.unflag",
                GRANT,
                grant.pk,
                before={"flagged_at": grant.flagged_at},
                after={"credit_score": grant.mini_program.credit_score},
            )
    return True


def _grant(app: MiniProgram, surface: Surface) -> CapabilityGrant:
    grant = queries.find_grant(app.pk, surface)
    if grant is None:
        raise CAPABILITY_NOT_GRANTED()
    return grant


def _decide(application: CapabilityApplication, verb: str, who: Actor, **fields: Any) -> datetime:
    now = clock.now()
    move(application, APPLICATION_TRANSITIONS, verb, decided_by=who.id, decided_at=now, **fields)
    return now


def _complete(marks: Mapping[str, str]) -> dict[str, str]:
    if missing := [d for d in Dimension if marks.get(d) not in Mark.values]:
        raise DIMENSIONS_INCOMPLETE(
            errors=[_dimension("dimension_unmarked", found) for found in missing]
        )
    return {dimension.value: marks[dimension] for dimension in Dimension}


def _dimension(code: str, dimension: Dimension) -> FieldError:
    text = Text(str(dimension.label), dimension.value.replace("_", " "))
    return FieldError(code, text, at=f"marks.{dimension.value}")


def _unmet(condition: queries.Condition) -> FieldError:
    return FieldError(
        "condition_unmet",
        condition.text,
        at=condition.key,
        values={
            "key": condition.key,
            "required": condition.required,
            "actual": condition.actual,
        },
    )
