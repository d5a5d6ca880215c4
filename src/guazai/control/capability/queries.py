"""Reading applications and grants: what holds, what is unmet, what can be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from guazai.control.capability.errors import CAPABILITY_NOT_GRANTED, OWN_ENTITY
from guazai.control.capability.models import CapabilityApplication, CapabilityGrant
from guazai.control.capability.states import (
    APPLICATION_TRANSITIONS,
    DECIDED,
    GRANT_TRANSITIONS,
    ApplicationStatus,
    CapabilityStatus,
    GrantStatus,
)
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.errors import NOT_FOUND
from guazai.control.kernel.texts import Text
from guazai.control.kernel.transitions import verbs
from guazai.control.surfaces.registry import Surface

if TYPE_CHECKING:
    from guazai.control.directory.models import MiniProgram

#: Where a grant does not settle it, what a latest application in these statuses means.
OPEN_OR_REFUSED: Mapping[str, CapabilityStatus] = {
    ApplicationStatus.IN_REVIEW: CapabilityStatus.IN_REVIEW,
    ApplicationStatus.REJECTED: CapabilityStatus.REJECTED,
}

PARTS = ("mini_program__entity", "mini_program__published_version")


@dataclass(frozen=True, slots=True)
class Condition:
    """One admission condition with what is required and what is (C1)."""

    key: str
    text: Text
    required: bool | int
    actual: bool | int
    is_met: bool

    def as_json(self) -> dict[str, Any]:
        """The form in which an application keeps it; its text is made when it is read."""
        return {
            "key": self.key,
            "required": self.required,
            "actual": self.actual,
            "is_met": self.is_met,
        }


@dataclass(frozen=True, slots=True)
class Overview:
    """How the capability stands for one mini program on one surface."""

    status: CapabilityStatus
    conditions: list[Condition]
    grant: CapabilityGrant | None
    latest: CapabilityApplication | None
    available_actions: list[str]


def condition_text(key: str, required: bool | int) -> Text:
    """What the condition `key` asks for."""
    return {
        "mini_program_online": Text("小程序已上线", "The mini program is online"),
        "credit_score": Text(
            f"小程序信用分 ≥ {required}", f"The mini program's credit score is ≥ {required}"
        ),
    }[key]


def conditions(app: MiniProgram, surface: Surface) -> list[Condition]:
    """Every admission condition of `surface` with the actual value of `app` (C1)."""
    found: list[tuple[str, bool | int, bool | int, bool]] = [
        ("mini_program_online", True, app.is_online, app.is_online),
        (
            "credit_score",
            surface.min_credit_score,
            app.credit_score,
            app.credit_score >= surface.min_credit_score,
        ),
    ]
    return [
        Condition(key, condition_text(key, required), required, actual, is_met)
        for key, required, actual, is_met in found
    ]


def conditions_of(application: CapabilityApplication) -> list[Condition]:
    """The conditions as they were when `application` was submitted."""
    return [
        Condition(text=condition_text(kept["key"], kept["required"]), **kept)
        for kept in application.conditions
    ]


def is_granted(app_id: str, surface: Surface) -> bool:
    """Whether the mini program has the capability now."""
    return CapabilityGrant.objects.filter(
        mini_program=app_id, surface=surface.key, status=GrantStatus.GRANTED
    ).exists()


def require_granted(app: MiniProgram, surface: Surface) -> None:
    """Raise `capability_not_granted` unless `app` has the capability now (B7)."""
    if not is_granted(app.pk, surface):
        raise CAPABILITY_NOT_GRANTED()


def refuse_own(who: Actor, app: MiniProgram) -> None:
    """Raise `own_entity` where `who` belongs to the legal entity of `app` (C8)."""
    if app.entity_id in who.entities:
        raise OWN_ENTITY()


def grants() -> QuerySet[CapabilityGrant]:
    """All grants, for operators."""
    return CapabilityGrant.objects.select_related("mini_program__entity")


def find_grant(app_id: str, surface: Surface) -> CapabilityGrant | None:
    """The grant of one mini program, granted or revoked, or None."""
    return grants().filter(mini_program=app_id, surface=surface.key).first()


def pending() -> QuerySet[CapabilityApplication]:
    """The applications that wait for a decision."""
    return CapabilityApplication.objects.filter(status=ApplicationStatus.IN_REVIEW).select_related(
        "mini_program__entity"
    )


def applications(app: MiniProgram, surface: Surface) -> QuerySet[CapabilityApplication]:
    """Every application of one mini program."""
    return CapabilityApplication.objects.filter(mini_program=app, surface=surface.key)


def applied_today(app: MiniProgram, surface: Surface) -> int:
    """How many applications of `app` were submitted since this day began in Shanghai."""
    start = clock.start_of(clock.today())
    return applications(app, surface).filter(submitted_at__gte=start).count()


def application(app: MiniProgram, surface: Surface, application_id: str) -> CapabilityApplication:
    """One of them; raises `not_found` alike for foreign and absent ones."""
    found = (
        applications(app, surface).select_related("mini_program").filter(pk=application_id).first()
    )
    if found is None:
        raise NOT_FOUND()
    return found


def all_applications() -> QuerySet[CapabilityApplication]:
    """Every application, for operators."""
    return CapabilityApplication.objects.select_related("mini_program")


def any_application(application_id: str) -> CapabilityApplication:
    """An application whoever made it, for the platform's own people; raises `not_found`."""
    found = CapabilityApplication.objects.select_related(*PARTS).filter(pk=application_id).first()
    if found is None:
        raise NOT_FOUND()
    return found


def decided_before(current: CapabilityApplication) -> QuerySet[CapabilityApplication]:
    """The decided applications of the same mini program besides `current`, newest first."""
    return (
        CapabilityApplication.objects.filter(
            mini_program=current.mini_program_id, surface=current.surface, status__in=DECIDED
        )
        .exclude(pk=current.pk)
        .order_by("-submitted_at", "-pk")
    )


def application_actions(found: CapabilityApplication) -> list[str]:
    """What its developers can do with an application (C6)."""
    return [verb for verb in verbs(APPLICATION_TRANSITIONS, found.status) if verb == "withdraw"]


def grant_actions(grant: CapabilityGrant | None) -> list[str]:
    """What an operator can do with a grant (C7)."""
    return verbs(GRANT_TRANSITIONS, grant.status) if grant else []


def overview(app: MiniProgram, surface: Surface) -> Overview:
    """How the capability stands for `app`, and what its developers can do next."""
    asked = conditions(app, surface)
    is_admitted = all(condition.is_met for condition in asked)
    grant = find_grant(app.pk, surface)
    latest = applications(app, surface).order_by("-submitted_at", "-pk").first()
    if grant is not None:
        status = CapabilityStatus(grant.status)
    elif latest is not None and latest.status in OPEN_OR_REFUSED:
        status = OPEN_OR_REFUSED[latest.status]
    else:
        status = CapabilityStatus.CAN_APPLY if is_admitted else CapabilityStatus.CANNOT_APPLY
    can_apply = is_admitted and status in {CapabilityStatus.CAN_APPLY, CapabilityStatus.REJECTED}
    available_actions = ["apply"] if can_apply else []
    if latest is not None:
        available_actions += application_actions(latest)
    return Overview(status, asked, grant, latest, available_actions)
