"""The main job over real processes: from an application to an entry on a profile page, and back.

Everything is asked over HTTP, of the API by the people who would ask it, and of the resolver.
Each wait is a poll whose deadline is the promise itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from guazai.demo.caller import Caller, Refused
from tests.platform import Platform, within

PROMISE_SECONDS = 1.0
SURFACE = "surfaces/profile_mount"
APP, RIVAL, ACCOUNT = "tt_gift", "tt_rival", "gift_official"
PAGE, QUERY, TITLE = "pages/gift/list", "from=profile", "挑一份茶礼"
FACTS = {
    "effective_followers": 500,
    "is_verified_adult": True,
    "has_serious_violation": False,
    "meets_regulatory_requirements": True,
}
MARKS = dict.fromkeys(
    ("functional_utility", "interface_design", "interaction_experience", "stability"), "good"
)
NOTICE = {
    "title": "该账号暂不展示挂载入口",
    "text": "该账号暂不满足《抖音经营规范》,故无法在「抖音APP-个人页」展示挂载入口",
}
LOGINS = {
    "operator": "operator-zhou",
    "reviewer": "reviewer-lin",
    "developer": "gift-developer",
    "owner": "gift-creator",
}


@dataclass
class Journey:
    """Everybody of the main job, and what they do."""

    platform: Platform
    callers: dict[str, Caller] = field(default_factory=dict)

    def as_(self, role: str) -> Caller:
        if role not in self.callers:
            self.callers[role] = self.platform.caller(role)
        return self.callers[role]

    def sync(self) -> None:
        host = self.as_("host")
        host.put("/host/legal-entities/ent_gift", {"name": "山间茶业有限公司"})
        host.put(f"/host/legal-entities/ent_gift/members/{LOGINS['developer']}", {"role": "owner"})
        for app_id in (APP, RIVAL):
            app = {"entity_id": "ent_gift", "name": app_id, "is_online": True, "credit_score": 60}
            host.put(f"/host/mini-programs/{app_id}", app)
            pages = {"pages": ["pages/index/index", PAGE]}
            host.put(f"/host/mini-programs/{app_id}/versions/1.0.0", pages)
        account = {
            "nickname": "山间茶礼官方",
            "account_type": "institution",
            "entity_id": "ent_gift",
            "owner_login": LOGINS["owner"],
        }
        host.put(f"/host/accounts/{ACCOUNT}", account)
        self.report(FACTS)

    def report(self, facts: dict[str, Any]) -> None:
        as_of = datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()
        method = "PUT" if facts is FACTS else "PATCH"
        body = {"as_of": as_of, "facts": facts}
        self.as_("host").call(method, f"/host/accounts/{ACCOUNT}/facts", body)

    def gain_capability(self, app_id: str) -> None:
        base = f"/mini-programs/{app_id}/{SURFACE}/capability"
        conditions = self.as_("developer").get(base)["conditions"]
        assert all(condition["is_met"] for condition in conditions)
        body = {"apply_reason": "茶礼购买与售后"}
        made = self.as_("developer").post(f"{base}/applications", body)
        assert made["status"] == "in_review"
        assert made["due_on"]
        item = f"/review/items/capability_application/{made['id']}"
        self.as_("reviewer").post(f"{item}/claim")
        self.as_("reviewer").post(f"{item}/approve", {"marks": MARKS})

    def bind(self, app_id: str) -> None:
        base = f"/mini-programs/{app_id}/{SURFACE}/bindings"
        body = {"aweme_id": ACCOUNT, "kind": "brand"}
        made = self.as_("developer").post(base, body)
        assert made["status"] == "awaiting_consent"
        code = self.as_("developer").post(f"{base}/{made['id']}/codes")
        raw = code["url"].rpartition("/")[2]
        asked = self.as_("owner").get(f"/owner/consent/{raw}")
        assert (asked["app"]["app_id"], asked["account"]["aweme_id"]) == (app_id, ACCOUNT)
        number = {"match_number": code["match_number"]}
        assert self.as_("owner").post(f"/owner/consent/{raw}", number)["status"] == "active"

    def submit(self) -> dict[str, Any]:
        body = {"page_path": PAGE, "query": QUERY, "title": TITLE}
        return dict(self.as_("developer").post(f"{self.record_path(APP)}/changes", body))

    def approve(self, change_id: str) -> None:
        item = f"/review/items/landing_change/{change_id}"
        self.as_("reviewer").post(f"{item}/claim")
        seen = self.as_("reviewer").get(item)
        body = {"content_hash": seen["content_hash"]}
        self.as_("reviewer").post(f"{item}/approve", body)

    def record(self) -> dict[str, Any]:
        return dict(self.as_("developer").get(self.record_path(APP)))

    def record_path(self, app_id: str) -> str:
        return f"/mini-programs/{app_id}/{SURFACE}/records/{ACCOUNT}"

    def expect_shown(self, why: str) -> dict[str, Any]:
        return dict(self._expect(200, f"shown after {why}").json())

    def expect_hidden(self, why: str) -> None:
        assert self._expect(204, f"hidden after {why}").content == b""

    def _expect(self, status: int, what: str) -> httpx.Response:
        def look() -> httpx.Response | None:
            answer = self.platform.resolve(ACCOUNT)
            assert answer.status_code in {200, 204}
            return answer if answer.status_code == status else None

        return within(PROMISE_SECONDS, look, what)


def test_v3_the_main_job_ends_in_an_entry_on_the_profile_page(running: Platform) -> None:
    running.add_people(**LOGINS)
    journey = Journey(running)
    journey.sync()
    journey.gain_capability(APP)
    journey.bind(APP)
    change = journey.submit()
    # L2: until it is approved nothing is shown.
    assert running.resolve(ACCOUNT).status_code == 204
    journey.approve(change["id"])
    entry = journey.expect_shown("the approval")
    wanted = {"app_id": APP, "aweme_id": ACCOUNT, "page_path": PAGE, "query": QUERY, "title": TITLE}
    assert entry.items() >= wanted.items()

    # E4: the rules hide and show by themselves, and the developer reads the two texts.
    assert journey.record()["notice"] is None
    journey.report({"effective_followers": 499})
    journey.expect_hidden("499 followers")
    assert journey.record()["notice"] == NOTICE
    journey.report({"effective_followers": 500})
    assert journey.expect_shown("500 followers") == entry
    assert journey.record()["notice"] is None

    # L4: a second mini program cannot take the slot.
    journey.gain_capability(RIVAL)
    journey.bind(RIVAL)
    with pytest.raises(Refused) as refused:
        journey.as_("developer").post(f"{journey.record_path(RIVAL)}/changes", {"page_path": PAGE})
    assert (refused.value.status, refused.value.problem["code"]) == (409, "slot_occupied")
    assert journey.platform.resolve(ACCOUNT).json() == entry

    # C7: revoked and restored.
    capability = f"/operator/mini-programs/{APP}/{SURFACE}/capability"
    journey.as_("operator").post(f"{capability}/revoke", {"reason": "违规"})
    journey.expect_hidden("the revocation")
    journey.as_("operator").post(f"{capability}/restore", {"reason": "已整改"})
    assert journey.expect_shown("the restoration") == entry

    _read_path_stands_alone(running, entry)
    _edge_and_audit_hold(running)


def _read_path_stands_alone(running: Platform, entry: dict[str, Any]) -> None:
    """V3: with the whole write path gone, the resolver answers as before."""
    for name in ("control", "relay", "worker"):
        running.kill(name)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{running.control_url}/api/v1/health", trust_env=False)
    assert all(running.resolve(ACCOUNT).json() == entry for _ in range(100))
    for name in ("control", "relay", "worker"):
        running.start(name)
    running.await_healthy()


def _edge_and_audit_hold(running: Platform) -> None:
    running.await_told(PROMISE_SECONDS)
    for command in (("verify",), ("audit", "verify")):
        done = running.guazai(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        print(done.stdout)
