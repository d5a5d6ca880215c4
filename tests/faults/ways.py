"""Ways to take entries down and to let them be seen, over the API, by those who may."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from guazai.demo.caller import Caller
from guazai.demo.credentials import Login
from tests.platform import PASSWORD, Platform

SURFACE = "surfaces/profile_mount"
#: Who calls; `tests.faults.takedowns` has made them.
LOGINS = ("operator", "second", "developer", "reviewer")
PAGE = 100
Entry = dict[str, str]
Undo = Callable[[], None]


def let_in(running: Platform) -> None:
    """Let the tests log in as any of these people."""
    running.people += [Login(login, login, PASSWORD, "") for login in LOGINS]


@dataclass
class Cast:
    """Whoever is needed, each with one session; for one thread."""

    running: Platform
    callers: dict[str, Caller] = field(default_factory=dict)

    def as_(self, login: str) -> Caller:
        if login not in self.callers:
            self.callers[login] = self.running.caller(login)
        return self.callers[login]


def deny(cast: Cast, entry: Entry) -> Undo:
    """Deny the account; it is lifted by the same operator."""
    body = {"scope": "account", "target": entry["aweme_id"], "reason": "R1"}
    path = f"/operator/denies/{cast.as_('operator').post('/operator/denies', body)['id']}"
    return lambda: cast.as_("operator").post(f"{path}/lift", {"reason": "R1"})


def deny_app(cast: Cast, entry: Entry) -> Undo:
    """Deny the whole mini program; lifting that takes two."""
    body = {"scope": "mini_program", "target": entry["app_id"], "reason": "R1"}
    path = f"/operator/denies/{cast.as_('operator').post('/operator/denies', body)['id']}"

    def lift() -> None:
        cast.as_("operator").post(f"{path}/lift", {"reason": "R1"})
        cast.as_("second").post(f"{path}/confirm-lift")

    return lift


def revoke(cast: Cast, entry: Entry) -> Undo:
    """Revoke the mini program's capability."""
    path = f"/operator/mini-programs/{entry['app_id']}/{SURFACE}/capability"
    cast.as_("operator").post(f"{path}/revoke", {"reason": "R1"})
    return lambda: cast.as_("operator").post(f"{path}/restore", {"reason": "R1"})


def unbind(cast: Cast, entry: Entry) -> None:
    """End the binding, as the developer."""
    path = f"/mini-programs/{entry['app_id']}/{SURFACE}/bindings/{entry['binding_id']}/unbind"
    cast.as_("developer").post(path)


def remove(cast: Cast, entry: Entry) -> None:
    """Remove what is configured, as the developer."""
    path = f"/mini-programs/{entry['app_id']}/{SURFACE}/records/{entry['aweme_id']}/live"
    cast.as_("developer").call("DELETE", path)


def approve(cast: Cast, entry: Entry) -> None:
    """Approve the landing page that waits."""
    item = f"/review/items/landing_change/{entry['change_id']}"
    cast.as_("reviewer").post(f"{item}/claim")
    cast.as_("reviewer").post(f"{item}/approve", {"content_hash": entry["content_hash"]})


@dataclass(frozen=True)
class Accepted:
    """A takedown as the API tells of it; `target` is an account's id or a mini program's."""

    id: str
    target: str
    accepted_at: float
    effective_at: float | None


def takedowns(operator: Caller) -> Iterator[Accepted]:
    """All takedowns, newest first; times as of `time.time`."""
    page: dict[str, Any] = {"next_cursor": ""}
    while page["next_cursor"] is not None:
        cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else ""
        page = operator.get(f"/operator/takedowns?limit={PAGE}{cursor}")
        for each in page["items"]:
            yield Accepted(
                each["id"],
                each["target"],
                _seconds(each["accepted_at"]),
                None if each["effective_at"] is None else _seconds(each["effective_at"]),
            )


def _seconds(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()
