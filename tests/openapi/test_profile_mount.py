"""个人页挂载: what entries open, in review and live, and why they are hidden."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guazai.control.directory import actions as directory
from guazai.control.directory.models import DouyinAccount
from guazai.control.entry import queries as entries
from guazai.control.entry.queries import TermKey
from guazai.control.journal import queries as journal
from guazai.control.kernel.reasons import Reason
from guazai.control.landing import actions, queries
from guazai.control.landing.models import LandingChange
from guazai.control.surfaces import actions as surfaces
from guazai.feed.records import Scope
from tests.openapi.calling import Told
from tests.openapi.scene import MOUNT, Scene
from tests.world import HOST, PAGES, SURFACE


@pytest.fixture
def granted(scene: Scene) -> Scene:
    """The scene with the capability."""
    scene.grant()
    return scene


def bound(scene: Scene) -> DouyinAccount:
    account = scene.employee()
    scene.bound(account)
    return account


def modify(scene: Scene, account: DouyinAccount, **more: Any) -> Told:
    body = {"aweme_id": account.pk, "page_path": PAGES[1], **more}
    return scene.wire.post(f"{MOUNT}/modify_config/", body)


def config(scene: Scene, account: DouyinAccount) -> dict[str, Any]:
    (found,) = scene.wire.get(f"{MOUNT}/query_config/", {"aweme_id": account.pk}).data["list"]
    return dict(found)


def history(scene: Scene, account: DouyinAccount, **more: Any) -> Told:
    query = {"aweme_id": account.pk, **more}
    return scene.wire.get(f"{MOUNT}/query_config_history/", query)


def remove(scene: Scene, account: DouyinAccount) -> Told:
    return scene.wire.post(f"{MOUNT}/remove_config/", {"aweme_id": account.pk})


def judge(scene: Scene) -> Any:
    return scene.world.actor(scene.world.reviewer())


def approve(scene: Scene) -> LandingChange:
    change = queries.pending().get()
    return actions.approve(judge(scene), change, change.content_hash)


def test_l2_a_page_goes_into_review_and_then_live(granted: Scene) -> None:
    account = bound(granted)
    granted.world.pass_rules(account)
    assert config(granted, account) == {
        "aweme_id": account.pk,
        "user_name": account.nickname,
        "live": None,
        "latest_change": None,
        "is_shown": False,
        "hide_reasons": ["landing_not_live"],
    }
    told = modify(granted, account, query="id=7", title="进店看看")
    change = queries.pending().get()
    assert told.data == {"change_id": change.pk, "status": 2}
    content = {
        "change_id": change.pk,
        "page_path": PAGES[1],
        "query": "id=7",
        "title": "进店看看",
    }
    latest = {
        **content,
        "share_link_id": "",
        "status": 2,
        "reason_list": [],
        "submit_time": int(change.submitted_at.timestamp()),
        "due_date": change.due_on.isoformat(),
    }
    assert config(granted, account)["latest_change"] == latest
    approve(granted)
    found = config(granted, account)
    assert found["live"] == {**content, "has_page": True}
    assert found["latest_change"] == {**latest, "status": 1}
    assert (found["is_shown"], found["hide_reasons"]) == (True, [])
    (event,) = journal.search(verb="landing.submit")
    assert event.request_id == told.body["log_id"]


def test_l5_history_has_every_change_with_its_status(granted: Scene) -> None:
    account = bound(granted)
    modify(granted, account)
    approve(granted)
    modify(granted, account, page_path=PAGES[2])
    approve(granted)
    modify(granted, account)
    change = queries.pending().get()
    reasons = [Reason("unclear", "页面内容不清楚", "补充说明", "")]
    actions.reject(judge(granted), change, change.content_hash, reasons)
    modify(granted, account)
    modify(granted, account, page_path="/pages/about/about")
    told = history(granted, account)
    assert set(told.data) == {"total_count", "change_history_list"}
    found = told.data["change_history_list"]
    assert [each["status"] for each in found] == [2, 3, 4, 1, 5]
    assert found[2]["reason_list"] == ["页面内容不清楚"]
    assert found[0]["page_path"] == "pages/about/about"
    assert told.data["total_count"] == 5
    second = history(granted, account, page_num=2, page_size=2)
    assert second.data == {"total_count": 5, "change_history_list": found[2:4]}


def test_l1_a_share_link_names_the_page(granted: Scene) -> None:
    account = bound(granted)
    link = actions.create_share_link(HOST, granted.app, "商品", PAGES[1], "id=1")
    told = granted.wire.post(
        f"{MOUNT}/modify_config/", {"aweme_id": account.pk, "share_link_id": link.pk}
    )
    assert told.err_no == 0
    latest = config(granted, account)["latest_change"]
    assert (latest["share_link_id"], latest["page_path"], latest["query"]) == (
        link.pk,
        PAGES[1],
        "id=1",
    )


def test_l6_removing_takes_the_entry_away_and_withdraws(granted: Scene) -> None:
    account = bound(granted)
    modify(granted, account)
    approve(granted)
    modify(granted, account, page_path=PAGES[2])
    told = remove(granted, account)
    assert (told.err_no, told.body["data"]) == (0, {})
    found = config(granted, account)
    assert found["live"] is None
    assert found["latest_change"]["status"] == 3
    assert [each["status"] for each in history(granted, account).data["change_history_list"]] == [
        3,
        5,
    ]
    assert remove(granted, account).err_no == 28005034


def test_l4_28005034_while_another_mini_program_holds_the_slot(granted: Scene) -> None:
    account = bound(granted)
    other = granted.world.grant(granted.world.mini_program(granted.entity))
    granted.world.bind(other, account)
    granted.world.go_live(other, account)
    told = modify(granted, account)
    assert told.err_no == 28005034
    assert "其他小程序" in told.body["err_msg"]
    assert config(granted, account)["hide_reasons"][:2] == ["slot_occupied", "landing_not_live"]
    assert remove(granted, account).err_no == 28005034


def test_28005034_once_the_binding_has_ended_and_the_history_stays(granted: Scene) -> None:
    account = bound(granted)
    modify(granted, account)
    actions.unbind(HOST, queries.bound(granted.app, SURFACE).get())
    assert modify(granted, account).err_no == 28005034
    assert history(granted, account).data["total_count"] == 1
    assert granted.wire.get(f"{MOUNT}/query_config/").data == {"total_count": 0, "list": []}


def test_28005037_for_accounts_that_were_never_asked_for(granted: Scene) -> None:
    account = granted.employee()
    for told in (modify(granted, account), history(granted, account), remove(granted, account)):
        assert told.err_no == 28005037
    query = {"aweme_id": account.pk}
    assert granted.wire.get(f"{MOUNT}/query_config/", query).data["list"] == []


def test_28001018_28001019_and_28001016(scene: Scene) -> None:
    account = scene.employee()
    query = {"aweme_id": account.pk}
    never = [
        modify(scene, account),
        remove(scene, account),
        history(scene, account),
        scene.wire.get(f"{MOUNT}/query_config/", query),
    ]
    assert [told.err_no for told in never] == [28001018] * 4
    scene.grant()
    scene.bound(account)
    modify(scene, account)
    approve(scene)
    scene.sync(is_online=False)
    assert modify(scene, account).err_no == 28001016
    assert "mini_program_offline" in config(scene, account)["hide_reasons"]
    scene.sync()
    scene.deny(Scope.MINI_PROGRAM, scene.app.pk)
    assert modify(scene, account).err_no == 28001016
    assert history(scene, account).err_no == 0


def test_28001019_is_for_what_needs_the_capability(granted: Scene) -> None:
    account = bound(granted)
    modify(granted, account)
    approve(granted)
    granted.revoke()
    assert modify(granted, account).err_no == 28001019
    assert "capability_not_granted" in config(granted, account)["hide_reasons"]
    assert remove(granted, account).err_no == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"page_path": "pages/none"},
        {"page_path": "pages/shop/detail?id=1"},
        {"page_path": "../secret"},
        {"page_path": "https://example.com"},
        {"page_path": ""},
        {"page_path": None},
        {"page_path": 1},
        {"page_path": "x" * 513},
        {"query": "no-pair"},
        {"query": "a=1&a=2"},
        {"query": {"a": "1"}},
        {"title": "长" * 21},
        {"title": "\u202e"},
        {"title": "\x00"},
        {"title": ["x"]},
        {"share_link_id": "lnk_none", "page_path": None},
        {"share_link_id": ""},
        {"aweme_id": ""},
        {"aweme_id": None},
        {"aweme_id": "x" * 65},
    ],
)
def test_28001007_for_what_opens_nothing(granted: Scene, wrong: dict[str, Any]) -> None:
    assert modify(granted, bound(granted), **wrong).err_no == 28001007
    assert not LandingChange.objects.exists()


def test_28001007_for_two_ways_at_once(granted: Scene) -> None:
    account = bound(granted)
    link = actions.create_share_link(HOST, granted.app, "商品", PAGES[1])
    assert modify(granted, account, share_link_id=link.pk).err_no == 28001007


@pytest.mark.parametrize("size", ["0", "51", "-1", "x", ""])
def test_28001007_for_what_is_no_page(granted: Scene, size: str) -> None:
    account = bound(granted)
    assert granted.wire.get(f"{MOUNT}/query_config/", {"page_size": size}).err_no == 28001007
    size = "21" if size == "51" else size
    assert history(granted, account, page_size=size).err_no == 28001007
    assert history(granted, account, page_num=0).err_no == 28001007


def test_l5_pages_of_bound_accounts(granted: Scene) -> None:
    accounts = [bound(granted) for _ in range(3)]
    expected = [account.pk for account in reversed(accounts)]
    told = granted.wire.get(f"{MOUNT}/query_config/", {"page_num": 1, "page_size": 2})
    assert told.data["total_count"] == 3
    assert [each["aweme_id"] for each in told.data["list"]] == expected[:2]
    told = granted.wire.get(f"{MOUNT}/query_config/", {"page_num": 2, "page_size": 2})
    assert [each["aweme_id"] for each in told.data["list"]] == expected[2:]


def not_judged(scene: Scene, account: DouyinAccount) -> None:
    """Nothing is known of it."""


def few_followers(scene: Scene, account: DouyinAccount) -> None:
    scene.world.pass_rules(account, effective_followers=1)


def page_gone(scene: Scene, account: DouyinAccount) -> None:
    directory.publish_version(HOST, scene.app.pk, "9.0.0", ["pages/other"])


def offline(scene: Scene, account: DouyinAccount) -> None:
    scene.sync(is_online=False)


def revoked(scene: Scene, account: DouyinAccount) -> None:
    scene.revoke()


def removed(scene: Scene, account: DouyinAccount) -> None:
    remove(scene, account)


def industry_closed(scene: Scene, account: DouyinAccount) -> None:
    surfaces.close_industries(scene.operator, SURFACE, [scene.app.industry], "test")


def deny_account(scene: Scene, account: DouyinAccount) -> None:
    scene.deny(Scope.ACCOUNT, account.pk)


def deny_app(scene: Scene, account: DouyinAccount) -> None:
    scene.deny(Scope.MINI_PROGRAM, scene.app.pk)


def deny_entity(scene: Scene, account: DouyinAccount) -> None:
    scene.deny(Scope.LEGAL_ENTITY, scene.entity.pk)


def deny_all(scene: Scene, account: DouyinAccount) -> None:
    scene.deny(Scope.GLOBAL, "")


@pytest.mark.parametrize(
    "hide",
    [
        not_judged,
        few_followers,
        page_gone,
        offline,
        revoked,
        removed,
        industry_closed,
        deny_account,
        deny_app,
        deny_entity,
        deny_all,
    ],
)
def test_v2_it_is_hidden_for_the_reasons_that_why_tells(granted: Scene, hide: Any) -> None:
    account = bound(granted)
    modify(granted, account)
    approve(granted)
    if hide is not not_judged:
        granted.world.pass_rules(account)
        assert config(granted, account)["is_shown"] is True
    hide(granted, account)
    found = config(granted, account)
    app = queries.bound(granted.app, SURFACE).get().mini_program
    told = entries.explain(account, SURFACE, app)
    reasons = list(dict.fromkeys(term.reason for term in told.terms if not term.is_met))
    assert (found["is_shown"], found["hide_reasons"]) == (False, reasons)
    assert TermKey.BINDING_ACTIVE not in {term.key for term in told.terms if not term.is_met}


def test_e5_which_rule_fails_is_not_told(granted: Scene) -> None:
    account = bound(granted)
    modify(granted, account)
    approve(granted)
    told = []
    for facts in ({"effective_followers": 1}, {"is_verified_adult": False}):
        granted.world.pass_rules(account, **facts)
        told.append(config(granted, account))
    assert told[0] == told[1]
    assert told[0]["hide_reasons"] == ["account_not_eligible"]


def test_as_many_queries_for_many_as_for_one(granted: Scene) -> None:
    counts = []
    for size in (1, 8):
        for _ in range(size):
            granted.world.go_live(granted.app, bound(granted))
        with CaptureQueriesContext(connection) as asked:
            granted.wire.get(f"{MOUNT}/query_config/", {"page_size": 50})
        counts.append(len(asked))
    assert counts[0] == counts[1]
