"""`guazai demo tour`: the whole path through the API, by the people who would walk it.

Each run syncs a mini program and an account of its own, so that it can be run again and again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from rich.console import Console

from guazai.control.capability.states import Dimension
from guazai.demo.caller import Caller, Refused
from guazai.demo.credentials import Credentials

WITHIN_SECONDS = 1.0
SHANGHAI = ZoneInfo("Asia/Shanghai")
FACTS = {
    "effective_followers": 500,
    "is_verified_adult": True,
    "has_serious_violation": False,
    "meets_regulatory_requirements": True,
}
MARKS = dict.fromkeys(Dimension, "good")


class TourFailed(Exception):
    """A step did not do what it should; the message says which and what came instead."""


class Tour:
    """One walk through the platform; prints each step to `console`."""

    def __init__(self, credentials: Credentials, console: Console) -> None:
        self.credentials = credentials
        self.console = console
        self.number = 0
        mark = format(time.time_ns() // 1_000_000, "x")
        self.app_id, self.other_app_id = f"tt_tour_{mark}", f"tt_rival_{mark}"
        self.aweme_id = f"tour_{mark}"
        self.host, self.developer, self.reviewer, self.owner, self.operator = (
            Caller(credentials, role)
            for role in ("host", "developer", "reviewer", "owner", "operator")
        )
        self.surface = f"/mini-programs/{self.app_id}/surfaces/profile_mount"

    def run(self) -> None:
        """Walk it all; raises `TourFailed` or `Refused` where something is not as it should be."""
        self._sync()
        self._apply_and_grant(self.app_id, self.developer)
        self._bind(self.app_id, self.developer)
        self._configure()
        self._rules()
        self._slot()
        self._revoke()

    def _sync(self) -> None:
        with self._step("host", "syncs two mini programs, an account and its T+1 facts"):
            for app_id in (self.app_id, self.other_app_id):
                self.host.put(
                    f"/host/mini-programs/{app_id}",
                    {
                        "entity_id": "ent_tea",
                        "name": "山间茶礼" if app_id == self.app_id else "茶礼集市",
                        "is_online": True,
                        "credit_score": 88,
                    },
                )
                self.host.put(
                    f"/host/mini-programs/{app_id}/versions/1.0.0",
                    {"pages": ["pages/index/index", "pages/gift/list"]},
                )
            self.host.put(
                f"/host/accounts/{self.aweme_id}",
                {
                    "nickname": "山间茶礼官方",
                    "account_type": "institution",
                    "entity_id": "ent_tea",
                    "owner_login": "creator-chen",
                },
            )
            self._facts(500)

    def _apply_and_grant(self, app_id: str, developer: Caller) -> None:
        path = f"/mini-programs/{app_id}/surfaces/profile_mount/capability"
        with self._step("developer", f"reads the conditions and applies for {app_id}"):
            page = developer.get(path)
            self._see(", ".join(f"{c['key']}: {c['actual']}" for c in page["conditions"]))
            made = developer.post(f"{path}/applications", {"apply_reason": "茶礼购买与售后"})
            self._see(f"in review, due on {made['due_on']}")
        with self._step("reviewer", "claims the application, marks four dimensions, approves"):
            item = f"/review/items/capability_application/{made['id']}"
            self.reviewer.post(f"{item}/claim")
            self.reviewer.post(f"{item}/approve", {"marks": MARKS})

    def _bind(self, app_id: str, developer: Caller) -> None:
        path = f"/mini-programs/{app_id}/surfaces/profile_mount/bindings"
        with self._step("developer", f"asks to bind {self.aweme_id} and shows the QR code"):
            made = developer.post(path, {"aweme_id": self.aweme_id, "kind": "brand"})
            code = developer.post(f"{path}/{made['id']}/codes")
            self._see(f"{code['url']}  number {code['match_number']}")
        with self._step("owner", "opens the link, checks who asks, types the number, consents"):
            raw = code["url"].rpartition("/")[2]
            asked = self.owner.get(f"/owner/consent/{raw}")
            self._see(f"{asked['app']['name']}, {asked['app']['entity_name']}")
            self.owner.post(f"/owner/consent/{raw}", {"match_number": code["match_number"]})

    def _configure(self) -> None:
        record = f"{self.surface}/records/{self.aweme_id}"
        with self._step("developer", "submits the landing page pages/gift/list?from=profile"):
            change = self.developer.post(
                f"{record}/changes",
                {"page_path": "pages/gift/list", "query": "from=profile", "title": "挑一份茶礼"},
            )
        self._expect_hidden("the resolver shows nothing before the review")
        with self._step("reviewer", "claims the change and approves what was seen"):
            item = f"/review/items/landing_change/{change['id']}"
            self.reviewer.post(f"{item}/claim")
            seen = self.reviewer.get(item)
            self.reviewer.post(f"{item}/approve", {"content_hash": seen["content_hash"]})
        entry = self._expect_shown("the resolver answers the entry")
        self.console.print_json(json.dumps(entry, ensure_ascii=False))
        self._see(f"{self.credentials.control_url}/p/{self.aweme_id}")

    def _rules(self) -> None:
        with self._step("host", "reports 499 effective followers"):
            self._facts(499, is_event=True)
        self._expect_hidden("the entry is gone: 有效粉丝数 < 500")
        with self._step("developer", "sees the notice, not the reason"):
            row = self.developer.get(f"{self.surface}/records/{self.aweme_id}")
            if not row["notice"]:
                raise TourFailed("the record has no notice while its account fails the rules")
            self._see(row["notice"]["title"])
            self._see(row["notice"]["text"])
        with self._step("owner", "sees which rule, value and threshold"):
            mine = self.owner.get(f"/owner/accounts/{self.aweme_id}/surfaces/profile_mount/entry")
            for rule in mine["rules"]:
                if not rule["is_met"]:
                    self._see(f"{rule['label']}: {rule['value']}; {rule['how_to_fix']}")
        with self._step("host", "reports 500 effective followers"):
            self._facts(500, is_event=True)
        self._expect_shown("the entry is back by itself")

    def _slot(self) -> None:
        self._apply_and_grant(self.other_app_id, self.developer)
        self._bind(self.other_app_id, self.developer)
        with self._step("developer", "submits a page of the second mini program: slot_occupied"):
            path = f"/mini-programs/{self.other_app_id}/surfaces/profile_mount/records"
            try:
                self.developer.post(
                    f"{path}/{self.aweme_id}/changes", {"page_path": "pages/index/index"}
                )
            except Refused as refused:
                if refused.problem.get("code") != "slot_occupied":
                    raise
                self._see(refused.problem["detail"])
            else:
                raise TourFailed("a second mini program took an occupied slot")

    def _revoke(self) -> None:
        with self._step("operator", "revokes the capability"):
            self.operator.post(f"/operator{self.surface}/capability/revoke", {"reason": "导览演示"})
        self._expect_hidden("the entry is gone")

    def _facts(self, followers: int, *, is_event: bool = False) -> None:
        as_of = datetime.now(SHANGHAI).date().isoformat()
        facts = {"effective_followers": followers} if is_event else FACTS
        method = "PATCH" if is_event else "PUT"
        path = f"/host/accounts/{self.aweme_id}/facts"
        self.host.call(method, path, {"as_of": as_of, "facts": facts})

    def _expect_shown(self, what: str) -> dict[str, Any]:
        return dict(self._expect(what, lambda answer: answer.status_code == 200).json())

    def _expect_hidden(self, what: str) -> None:
        self._expect(what, lambda answer: answer.status_code == 204)

    def _expect(self, what: str, holds: Callable[[httpx.Response], bool]) -> httpx.Response:
        with self._step("visitor", what):
            started = time.monotonic()
            address = f"{self.credentials.resolver_url}/v1/entries/{self.aweme_id}"
            while True:
                answer = httpx.get(address, timeout=2, trust_env=False)
                took = time.monotonic() - started
                if holds(answer):
                    self._see(f"{answer.status_code} after {took * 1000:.0f} ms")
                    return answer
                if took > WITHIN_SECONDS:
                    raise TourFailed(
                        f"{what}: {address} still answers {answer.status_code}"
                        f" after {WITHIN_SECONDS:.0f} s"
                    )
                time.sleep(0.005)

    @contextmanager
    def _step(self, who: str, what: str) -> Iterator[None]:
        self.number += 1
        self.console.print(f"[bold]{self.number:>2}. {who}[/bold] {what}")
        yield

    def _see(self, text: str) -> None:
        self.console.print(f"      {text}", style="dim", highlight=False)
