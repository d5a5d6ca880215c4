"""Brings a demo into a state that has something to show on every page, through its API alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from guazai.demo.tour import SHANGHAI
from tests.browser.telling_clients import receiving, tell_of_clients
from tests.browser.visit import APP, Demo
from tests.platform import within

PAGES = ["pages/index/index", "pages/shop/detail", "pages/coupon/list"]
PASSING: Mapping[str, Any] = {
    "account_type": "personal",
    "effective_followers": 3200,
    "has_serious_violation": False,
    "is_verified_adult": True,
    "meets_regulatory_requirements": True,
}
#: The accounts that every demo has.
ACCOUNTS = ("tea_brand", "tea_staff", "tea_company", "porcelain_brand")
FOLLOWERS = {"tea_staff": {"effective_followers": 499}, "tea_review": {"effective_followers": 860}}
#: What the draft asks for instead of 500.
STRICTER = 1000
OTHERS = 900
PROMISE_SECONDS = 60.0
#: Employees' accounts, named after what becomes of their binding.
STAFF = {
    "tea_active": "茶艺师阿岚",
    "tea_review": "采茶人老周",
    "tea_rejected": "茶馆日记",
    "tea_awaiting": "品茶的小鹿",
    "tea_refused": "山里的茶",
    "tea_cancelled": "茶叶评测员",
    "tea_ended": "一杯清茶",
    "tea_lapsed": "茶园四季",
}


def tell(demo: Demo) -> dict[str, str]:
    """Everything that the pages are to show; the ids that their addresses name."""
    with receiving(demo) as receiver:
        return _tell(demo) | tell_of_clients(demo, receiver)


def _tell(demo: Demo) -> dict[str, str]:
    demo.gain_capability()
    application = _add_mini_programs(demo)
    _add_staff(demo)
    ids = {"application": application, "bound": _bind(demo, "tea_brand", "brand")}
    ids |= _bind_staff(demo)
    demo.go_live("tea_brand", "尝新茶")
    demo.go_live("tea_active", "阿岚的茶单")
    demo.go_live("tea_review", "老周的采茶日记")
    ids["change"] = _submit(demo, "tea_brand", PAGES[1], "春茶上新")
    _submit(demo, "tea_review", PAGES[2], "领一张茶券")
    _reject(demo, "landing_change", _submit(demo, "tea_rejected", PAGES[1], "限时抢购"))
    demo.as_("developer").post(
        f"{APP.removesuffix('/surfaces/profile_mount')}/share-links",
        {"name": "春茶专场", "page_path": PAGES[1], "query": "from=profile"},
    )
    deny = {"scope": "account", "target": "tea_active", "reason": "个人页内容与茶叶无关,核实中"}
    ids["deny"] = demo.as_("operator").post("/operator/denies", deny)["id"]
    ids["draft"] = _draft(demo)
    ids["run"] = _hold_a_run(demo)
    _try(demo, ids["draft"])
    return ids


def _day(number: int) -> str:
    """Today and `number` days, as the platform counts days."""
    return (datetime.now(SHANGHAI).date() + timedelta(days=number)).isoformat()


def _add_mini_programs(demo: Demo) -> str:
    """One whose application is in review, which is answered, and one whose was rejected."""
    in_review = ""
    for app_id, name in {"tt_tea_gift": "山间茶礼", "tt_tea_class": "茶课堂"}.items():
        app = {"entity_id": "ent_tea", "name": name, "is_online": True, "credit_score": 88}
        demo.as_("host").put(f"/host/mini-programs/{app_id}", {**app, "industry": "retail"})
        demo.as_("host").put(f"/host/mini-programs/{app_id}/versions/1.0.0", {"pages": PAGES})
        path = f"/mini-programs/{app_id}/surfaces/profile_mount/capability/applications"
        made = demo.as_("developer").post(path, {"apply_reason": "茶礼购买、课程预约与售后"})
        if app_id == "tt_tea_class":
            _reject(demo, "capability_application", made["id"])
        else:
            in_review = str(made["id"])
    return in_review


def _add_staff(demo: Demo) -> None:
    ends_on = _day(200)
    for aweme_id, nickname in STAFF.items():
        account = {"nickname": nickname, "account_type": "personal", "owner_login": "creator-chen"}
        demo.as_("host").put(f"/host/accounts/{aweme_id}", account)
        employment = f"/host/legal-entities/ent_tea/employments/{aweme_id}"
        demo.as_("host").put(employment, {"ends_on": ends_on})
        facts = {key: value for key, value in PASSING.items() if key != "account_type"}
        today = {"as_of": _day(-3), "facts": facts}
        demo.as_("host").put(f"/host/accounts/{aweme_id}/facts", today)


def _bind(demo: Demo, aweme_id: str, kind: str = "employee") -> str:
    made = demo.request(aweme_id, kind)
    code = demo.code(made)
    raw, number = code["url"].rpartition("/")[2], {"match_number": code["match_number"]}
    demo.as_("owner").post(f"/owner/consent/{raw}", number)
    return made


def _bind_staff(demo: Demo) -> dict[str, str]:
    """A binding of each status, but for what takes a day to expire."""
    owner, developer = demo.as_("owner"), demo.as_("developer")
    bound = {
        aweme_id: _bind(demo, aweme_id)
        for aweme_id in ("tea_active", "tea_review", "tea_rejected", "tea_ended", "tea_lapsed")
    }
    asked = {
        aweme_id: demo.request(aweme_id, "employee")
        for aweme_id in ("tea_awaiting", "tea_refused", "tea_cancelled", "tea_staff")
    }
    owner.post(f"/owner/bindings/{bound['tea_ended']}/end")
    owner.post(f"/owner/bindings/{asked['tea_refused']}/refuse")
    developer.post(f"{APP}/bindings/{asked['tea_cancelled']}/cancel")
    yesterday = {"ends_on": _day(-1)}
    demo.as_("host").put("/host/legal-entities/ent_tea/employments/tea_lapsed", yesterday)
    return {"asked": asked["tea_staff"], "refused": asked["tea_refused"]}


def _submit(demo: Demo, aweme_id: str, page: str, title: str) -> str:
    body = {"page_path": page, "title": title}
    return str(demo.as_("developer").post(f"{APP}/records/{aweme_id}/changes", body)["id"])


def _reject(demo: Demo, kind: str, item_id: str) -> None:
    item, reviewer = f"/review/items/{kind}/{item_id}", demo.as_("reviewer")
    reviewer.post(f"{item}/claim")
    if kind == "landing_change":
        reasons = [{"code": "title_misleading", "evidence": "页面上没有抢购活动"}]
        body = {"content_hash": reviewer.get(item)["content_hash"], "reasons": reasons}
    else:
        marks = ("functional_utility", "interface_design", "interaction_experience", "stability")
        reasons = [{"code": "functions_incomplete", "evidence": "课程列表为空"}]
        body = {"marks": dict.fromkeys(marks, "acceptable"), "reasons": reasons}
    reviewer.post(f"{item}/reject", body)


def _draft(demo: Demo) -> str:
    """The policy in force with a stricter first condition, as somebody would try it (E2)."""
    operator = demo.as_("operator")
    policy = operator.get("/operator/policies/1")
    rules = [
        {
            **rule,
            "value": STRICTER,
            "label": {"zh": f"有效粉丝数不少于 {STRICTER}", "en": f"At least {STRICTER} followers"},
        }
        if rule["fact"] == "effective_followers"
        else rule
        for rule in policy["rules"]
    ]
    body = {"account_types": policy["account_types"], "facts": policy["facts"], "rules": rules}
    made = operator.post("/operator/policy-drafts", {**body, "note": "粉丝门槛提高一倍的影响"})
    return str(made["id"])


def _try(demo: Demo, draft: str) -> None:
    path = f"/operator/policy-drafts/{draft}/dry-runs"
    made = demo.as_("operator").post(path)

    def is_done() -> bool | None:
        return demo.as_("operator").get(f"{path}/{made['id']}")["status"] == "done" or None

    within(PROMISE_SECONDS, is_done, "the dry run is done")


def _hold_a_run(demo: Demo) -> str:
    """Two nights of T+1 feeds; the second has far fewer rows, and is held (E6)."""
    others = [f"other{number:04}" for number in range(OTHERS)]
    _deliver(demo, 2, [*ACCOUNTS, *STAFF, *others])
    _run(demo, "applied")
    _deliver(demo, 1, [*ACCOUNTS, *STAFF, *others[: OTHERS // 2]])
    return str(_run(demo, "held")["id"])


def _deliver(demo: Demo, days_ago: int, accounts: Sequence[str]) -> None:
    day = _day(-days_ago)
    folder = demo.platform.state / "feeds" / f"dt={day}"
    folder.mkdir(parents=True)
    rows = [{"aweme_id": each, **PASSING, **FOLLOWERS.get(each, {})} for each in sorted(accounts)]
    pl.DataFrame(rows).write_parquet(folder / "part-00000.parquet")
    made = demo.platform.guazai("feed", "manifest", str(folder))
    assert made.returncode == 0, made.stderr


def _run(demo: Demo, status: str) -> dict[str, Any]:
    def found() -> dict[str, Any] | None:
        runs = demo.as_("operator").get("/operator/runs?kind=feed")["items"]
        return next((dict(run) for run in runs if run["status"] == status), None)

    return within(PROMISE_SECONDS, found, f"a run is {status}")
