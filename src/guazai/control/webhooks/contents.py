"""What is told of an act: who is to know, under which name, and what (N2).

An audit event never changes, nor does what it names leave the database: so it can be told later
as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from guazai.control.binding import queries as bindings
from guazai.control.capability import queries as capability
from guazai.control.landing import queries as landing
from guazai.control.openapi.states import WireApplyStatus, WireBindStatus, WireChangeStatus
from guazai.control.webhooks.states import Event

if TYPE_CHECKING:
    from guazai.control.binding.models import Binding
    from guazai.control.journal.models import AuditEvent
    from guazai.control.landing.models import LandingChange

APPLY_STATUS = {
    "capability.apply": WireApplyStatus.IN_REVIEW,
    "capability.approve": WireApplyStatus.GRANTED,
    "capability.restore": WireApplyStatus.GRANTED,
    "capability.reject": WireApplyStatus.REJECTED,
    "capability.revoke": WireApplyStatus.BANNED,
    "capability.withdraw": WireApplyStatus.CAN_APPLY,
}
BIND_STATUS = {
    "binding.request": WireBindStatus.BINDING,
    "binding.consent": WireBindStatus.BOUND,
    "binding.refuse": WireBindStatus.FAILED,
    "binding.expire": WireBindStatus.FAILED,
    "binding.cancel": WireBindStatus.CANCELLED,
    "binding.unbind": WireBindStatus.CANCELLED,
    "binding.end": WireBindStatus.CANCELLED,
    "binding.lapse": WireBindStatus.LAPSED,
}
AUDIT_STATUS = {
    "landing.approve": WireChangeStatus.IN_EFFECT,
    "landing.submit": WireChangeStatus.IN_REVIEW,
    "landing.withdraw": WireChangeStatus.WITHDRAWN,
    "landing.reject": WireChangeStatus.REJECTED,
}


class Told(NamedTuple):
    """What one mini program is told."""

    app_id: str
    event: Event
    subject: str
    content: dict[str, Any]
    request_id: str = ""


def of_events(events: Sequence[AuditEvent]) -> Iterator[Told]:
    """What is told of some acts, in their order; as many queries for many as for one."""
    applications = capability.all_applications().in_bulk(_ids(events, "capability_application"))
    bound = bindings.bindings().in_bulk(_ids(events, "binding"))
    removed = {each.before["live_change"] for each in events if _removes(each)}
    changes = landing.changes().in_bulk([*_ids(events, "landing_change"), *removed])
    for each in events:
        if each.subject_kind == "capability_application":
            application = applications[each.subject_id]
            yield _of_capability(each, application.mini_program_id, application.surface)
        elif each.subject_kind == "capability_grant":
            yield _of_capability(each, each.after["app_id"], each.after["surface"])
        elif each.subject_kind == "binding":
            yield _of_binding(each, bound[each.subject_id])
        elif each.subject_kind == "landing_change":
            yield _of_change(each, changes[each.subject_id], AUDIT_STATUS[each.verb])
        elif _removes(each):
            yield _of_change(each, changes[each.before["live_change"]], WireChangeStatus.REPLACED)


def of_visibility(app_id: str, aweme_id: str, *, reasons: Sequence[str]) -> Told:
    """What is told of an entry that appeared or vanished; without reasons it is shown."""
    content = {"aweme_id": aweme_id, "shown": not reasons, "reasons": list(reasons)}
    return Told(app_id, Event.PROFILE_MOUNT_VISIBILITY, aweme_id, content)


def _ids(events: Iterable[AuditEvent], kind: str) -> list[str]:
    return [each.subject_id for each in events if each.subject_kind == kind]


def _removes(event: AuditEvent) -> bool:
    return event.subject_kind == "account" and "live_change" in event.before


def _of_capability(event: AuditEvent, app_id: str, surface: str) -> Told:
    status = APPLY_STATUS[event.verb]
    content = {"capacity_key": surface, "status": status, "reason": event.reason}
    return Told(app_id, Event.APPLY_CAPACITY, surface, content, event.request_id)


def _of_binding(event: AuditEvent, binding: Binding) -> Told:
    content = {
        "type": binding.kind,
        "aweme_id": binding.account_id,
        "user_name": binding.account.nickname,
        "bind_status": BIND_STATUS[event.verb],
    }
    app_id = binding.mini_program_id
    return Told(app_id, Event.BIND_AWEME_USER, binding.account_id, content, event.request_id)


def _of_change(event: AuditEvent, change: LandingChange, status: int) -> Told:
    content = {
        "aweme_id": change.account_id,
        "change_id": change.pk,
        "status": status,
        "reason_list": [reason["text"] for reason in event.after.get("reasons", [])],
    }
    app_id = change.mini_program_id
    return Told(app_id, Event.PROFILE_MOUNT_AUDIT, change.account_id, content, event.request_id)
