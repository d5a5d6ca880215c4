"""What clients of the ecosystem find: a mini program, its accounts, and the people around it."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from guazai.demo.caller import Caller
from tests.platform import Platform

ENTITY = "ent_tea"
BRAND_NAME = "山间茶礼官方"
REASON = "茶礼购买与售后"
LOGINS = {
    "operator": "operator-zhou",
    "reviewer": "reviewer-lin",
    "developer": "tea-developer",
    "owner": "tea-creator",
}
FACTS = {
    "effective_followers": 500,
    "is_verified_adult": True,
    "has_serious_violation": False,
    "meets_regulatory_requirements": True,
}
MARKS = dict.fromkeys(
    ("functional_utility", "interface_design", "interaction_experience", "stability"), "good"
)


@dataclass
class Scene:
    """Everybody but the client, and what they do by `/api/v1`."""

    platform: Platform
    app: str
    callers: dict[str, Caller]

    @property
    def brand(self) -> str:
        """The account to bind."""
        return f"{self.app}_brand"

    @property
    def second(self) -> str:
        """An account for which there is no room any more."""
        return f"{self.app}_second"

    def as_(self, role: str) -> Caller:
        if role not in self.callers:
            self.callers[role] = self.platform.caller(role)
        return self.callers[role]

    def sync(self) -> None:
        """The host's server tells what there is."""
        host = self.as_("host")
        host.put(f"/host/legal-entities/{ENTITY}", {"name": "山间茶业有限公司"})
        owner = {"role": "owner"}
        host.put(f"/host/legal-entities/{ENTITY}/members/{LOGINS['developer']}", owner)
        app = {"entity_id": ENTITY, "name": "山间茶礼", "is_online": True, "credit_score": 88}
        host.put(f"/host/mini-programs/{self.app}", app)
        pages = {"pages": ["pages/index/index", "pages/gift/list"]}
        host.put(f"/host/mini-programs/{self.app}/versions/1.0.0", pages)
        for aweme_id, nickname in ((self.brand, BRAND_NAME), (self.second, "山间茶礼二店")):
            account = {
                "nickname": nickname,
                "account_type": "institution",
                "entity_id": ENTITY,
                "owner_login": LOGINS["owner"],
            }
            host.put(f"/host/accounts/{aweme_id}", account)
            as_of = datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()
            host.put(f"/host/accounts/{aweme_id}/facts", {"as_of": as_of, "facts": FACTS})

    def issue_secret(self) -> str:
        """The developer makes a secret in the console; it is shown this once."""
        path = f"/mini-programs/{self.app}/credential/secrets"
        return str(self.as_("developer").post(path, {})["secret"])

    def approve(self) -> None:
        """A reviewer claims the application in the queue, and approves it."""
        (waiting,) = self.as_("reviewer").get(f"/review/queue?app_id={self.app}")["items"]
        item = f"/review/items/capability_application/{waiting['id']}"
        self.as_("reviewer").post(f"{item}/claim")
        self.as_("reviewer").post(f"{item}/approve", {"marks": MARKS})

    def consent(self, qrcode_url: str, scanned: str) -> None:
        """The owner scans the picture, reads who asks, types the number below it and consents."""
        address = qrcode_url.replace(
            qrcode_url.partition("/openapi/")[0], self.platform.control_url
        )
        picture = httpx.get(address, timeout=5, trust_env=False)
        assert picture.status_code == 200
        assert picture.headers["content-type"].startswith("image/svg+xml")
        (number,) = re.findall(r">(\d{2})<", picture.text)
        path = f"/owner/consent/{scanned.rpartition('/')[2]}"
        asked = self.as_("owner").get(path)
        assert (asked["app"]["app_id"], asked["account"]["aweme_id"]) == (self.app, self.brand)
        answered: dict[str, Any] = self.as_("owner").post(path, {"match_number": number})
        assert answered["status"] == "active"

    def age_tokens(self) -> None:
        """Let the mini program's tokens end, as two hours would."""
        with closing(sqlite3.connect(self.platform.state / "guazai.sqlite3")) as database:
            database.execute(
                "UPDATE openapi_clienttoken SET expires_at = '2026-01-01 00:00:00'"
                " WHERE credential_id = ?",
                [self.app],
            )
            database.commit()
