"""The management page: one record per bound account, and every change in history (L5, E4, E5)."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from guazai.control.binding import actions as binding_actions
from guazai.control.kernel.actor import Scope
from guazai.control.landing import actions, queries
from guazai.control.surfaces.registry import BindingKind
from tests.landing.scene import OTHER_PAGE, PAGE, REASON, Scene
from tests.world import HOST, SURFACE


def rows(scene: Scene, **headers: str) -> list[dict[str, Any]]:
    answer = scene.api().get(f"{scene.base}/records", **headers)
    assert answer.status == 200
    return answer.body["items"]


def test_l5_a_bound_account_has_a_record_before_anything_is_configured(scene: Scene) -> None:
    scene.world.pass_rules(scene.account)
    assert rows(scene) == [
        {
            "account": {
                "aweme_id": scene.account.pk,
                "nickname": scene.account.nickname,
                "avatar_url": "",
                "account_type": "personal",
            },
            "binding": {
                "id": scene.binding.pk,
                "kind": "brand",
                "status": "active",
                "available_actions": ["unbind"],
            },
            "live": None,
            "latest_change": None,
            "notice": None,
            "available_actions": ["modify", "history"],
        }
    ]


def test_l5_live_and_newest_change_stand_side_by_side(scene: Scene) -> None:
    live, waiting = scene.live(), scene.submit(OTHER_PAGE, title="Shop")
    (row,) = rows(scene)
    assert row["live"] == {
        "id": live.pk,
        "page_path": PAGE,
        "query": "",
        "title": "",
        "share_link": None,
        "approved_at": row["live"]["approved_at"],
        "has_page": True,
    }
    assert (row["latest_change"]["id"], row["latest_change"]["status"]) == (waiting.pk, "in_review")
    assert row["available_actions"] == ["modify", "remove", "history", "withdraw"]
    assert scene.api(scene.teammate).get(scene.record).body == row


def test_l5_after_a_rejection_the_reasons_stand_beside_what_is_live(scene: Scene) -> None:
    live, change = scene.live(), scene.submit(OTHER_PAGE)
    actions.reject(scene.judge, change, change.content_hash, [REASON])
    (row,) = rows(scene)
    assert row["live"]["id"] == live.pk
    assert row["latest_change"]["reasons"][0]["code"] == REASON.code
    assert row["available_actions"] == ["modify", "remove", "history"]


def test_l5_another_mini_programs_entry_is_not_shown(scene: Scene) -> None:
    rival = scene.rival()
    scene.live(app=rival)
    (row,) = rows(scene)
    assert (row["live"], row["latest_change"]) == (None, None)


def test_l7_a_live_page_that_is_gone_is_marked(scene: Scene) -> None:
    live = scene.live()
    assert queries.has_page(scene.live_now() or live)
    scene.publish(OTHER_PAGE)
    (row,) = rows(scene)
    assert row["live"]["has_page"] is False
    found = scene.live_now()
    assert found is not None
    assert not queries.has_page(found)


def test_l5_history_lists_every_change_newest_first(scene: Scene) -> None:
    changes = [scene.submit(page) for page in (PAGE, OTHER_PAGE, PAGE)]
    scene.approve(changes[-1])
    api, path = scene.api(), f"{scene.record}/changes"
    first = api.get(f"{path}?limit=2").body
    second = api.get(f"{path}?limit=2&cursor={first['next_cursor']}").body
    found = first["items"] + second["items"]
    assert second["next_cursor"] is None
    assert [change["id"] for change in found] == [change.pk for change in reversed(changes)]
    assert [change["status"] for change in found] == ["approved", "withdrawn", "withdrawn"]
    assert [change["is_live"] for change in found] == [True, False, False]


def test_l5_history_outlives_the_binding(scene: Scene) -> None:
    change = scene.live()
    actions.unbind(scene.who, scene.binding)
    assert rows(scene) == []
    record = scene.api().get(scene.record).body
    assert (record["binding"]["status"], record["live"]) == ("ended", None)
    assert record["available_actions"] == ["history"]
    history = scene.api().get(f"{scene.record}/changes").body["items"]
    assert [(row["id"], row["available_actions"]) for row in history] == [(change.pk, [])]


@pytest.mark.parametrize("followers", [499, None])
def test_e4_the_list_carries_the_two_texts_whatever_failed(
    scene: Scene, followers: int | None
) -> None:
    if followers is not None:
        scene.world.pass_rules(scene.account, effective_followers=followers)
    for language, title in (
        ("zh-hans", "该账号暂不展示挂载入口"),
        ("en", "The entry is not shown on this account for now"),
    ):
        (row,) = rows(scene, Accept_Language=language)
        assert row["notice"]["title"] == title
    scene.world.pass_rules(scene.account)
    assert rows(scene)[0]["notice"] is None


def test_e5_the_notice_is_the_same_for_every_rule(scene: Scene) -> None:
    notices = []
    for failing in (
        {"effective_followers": 0},
        {"is_verified_adult": False},
        {"has_serious_violation": True},
    ):
        scene.world.pass_rules(scene.account, **failing)
        notices.append(rows(scene)[0]["notice"])
    assert notices[0] is not None
    assert notices == [notices[0]] * 3


def test_e5_nothing_is_told_before_the_owner_consented(scene: Scene) -> None:
    other = scene.world.account()
    scene.world.employ(scene.entity, other)
    binding_actions.request(HOST, scene.app, SURFACE, other.pk, BindingKind.EMPLOYEE)
    record = scene.api().get(f"{scene.base}/records/{other.pk}").body
    assert record["binding"]["status"] == "awaiting_consent"
    assert (record["notice"], record["available_actions"]) == (None, ["history"])
    assert [row["account"]["aweme_id"] for row in rows(scene)] == [scene.account.pk]


def test_l5_accounts_without_a_binding_and_outsiders_find_nothing(scene: Scene) -> None:
    stranger = scene.world.account()
    assert scene.api().get(f"{scene.base}/records/{stranger.pk}").status == 404
    api = scene.api(scene.outsider)
    for path in (f"{scene.base}/records", scene.record, f"{scene.record}/changes"):
        answer = api.get(path)
        assert (answer.status, answer.code) == (404, "not_found")
    assert scene.api().get(scene.record.replace(SURFACE.key, "elsewhere")).status == 404
    assert scene.world.api().get(scene.record).status == 401


def test_l5_tokens_read_and_write_their_own_mini_program(scene: Scene) -> None:
    reads = scene.world.api(token=scene.world.developer_token(scene.app, Scope.DEVELOPER_READ))
    assert reads.get(scene.record).status == 200
    assert reads.post(f"{scene.record}/changes", {"page_path": PAGE}).status == 403
    writes = scene.world.api(token=scene.world.developer_token(scene.app))
    assert writes.post(f"{scene.record}/changes", {"page_path": PAGE}).status == 201
    theirs = scene.world.api(token=scene.world.developer_token(scene.rival()))
    assert theirs.get(scene.record).status == 404


def test_l5_the_list_asks_as_often_for_many_as_for_few(
    scene: Scene, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(20):
        scene.account = scene.world.account()
        scene.world.bind(scene.app, scene.account)
        scene.world.pass_rules(scene.account)
        link = actions.create_share_link(scene.who, scene.app, scene.account.pk, PAGE)
        scene.approve(actions.submit(scene.who, scene.app, SURFACE, scene.account, share_link=link))
        scene.submit(OTHER_PAGE)
    app = scene.fresh()
    bound = queries.bound(app, SURFACE).order_by("-pk")
    for count in (2, 20):
        with django_assert_num_queries(5):
            found = queries.records(app, SURFACE, list(bound[:count]))
        assert len(found) == count
    api = scene.api()
    for count in (2, 20):
        with django_assert_num_queries(10):
            answer = api.get(f"{scene.base}/records?limit={count}")
        assert len(answer.body["items"]) == count
    for count in (1, 2):
        with django_assert_num_queries(11):
            answer = api.get(f"{scene.record}/changes?limit={count}")
        assert len(answer.body["items"]) == count


def test_l5_records_are_paged(scene: Scene) -> None:
    for _ in range(2):
        scene.world.bind(scene.app, scene.world.account())
    api, path = scene.api(), f"{scene.base}/records?limit=2"
    first = api.get(path).body
    second = api.get(f"{path}&cursor={first['next_cursor']}").body
    found = [row["binding"]["id"] for row in first["items"] + second["items"]]
    assert len(set(found)) == 3
    assert second["next_cursor"] is None
