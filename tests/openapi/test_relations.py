"""`query_aweme_relation_list`: one row for each account, by its newest binding of the type."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guazai.control.binding import actions, queries
from guazai.control.binding.models import Binding
from guazai.control.directory.states import AccountType
from guazai.control.landing import actions as landing
from guazai.control.surfaces.registry import BindingKind
from guazai.feed.records import Scope
from tests.openapi.scene import CAPACITY, Scene
from tests.world import HOST, SURFACE, World

NOON = datetime(2026, 5, 6, 4, tzinfo=UTC)
NO_UNBIND = {
    "limit_frequency": 5,
    "limit_period": 1,
    "unbound_count": 0,
    "first_unbind_time": 0,
}


@pytest.fixture
def granted(scene: Scene) -> Scene:
    """The scene with the capability."""
    scene.grant()
    return scene


def rows(scene: Scene, type_: str = "brand", **more: Any) -> list[dict[str, Any]]:
    told = scene.relations(type_, **more)
    assert told.err_no == 0, told
    assert set(told.data) == {"total_count", "list"}
    return list(told.data["list"])


def row(scene: Scene, type_: str = "brand") -> dict[str, Any]:
    (found,) = rows(scene, type_)
    return found


def short(found: dict[str, Any]) -> tuple[int, str, int, str]:
    (capacity,) = found["capacity_list"]
    return found["bind_status"], found["reason"], capacity["status"], capacity["fail_reason"]


def test_nothing_is_an_empty_list(scene: Scene) -> None:
    assert scene.relations().data == {"total_count": 0, "list": []}


def test_a_bound_account(granted: Scene) -> None:
    account = granted.brand(AccountType.INSTITUTION)
    granted.bound(account)
    assert row(granted) == {
        "aweme_id": account.pk,
        "user_name": account.nickname,
        "account_type": 2,
        "bind_status": 2,
        "reason": "",
        "capacity_list": [
            {
                "capacity_key": "profile_mount",
                "status": 2,
                "fail_reason": "",
                "audit_template_info": {},
            }
        ],
        "unbind_frequency_info": NO_UNBIND,
    }
    assert rows(granted, "employee") == []


@pytest.mark.parametrize(
    ("account_type", "number"), [(AccountType.PERSONAL, 1), (AccountType.INSTITUTION, 2)]
)
def test_account_types(granted: Scene, account_type: AccountType, number: int) -> None:
    granted.bind(granted.brand(account_type))
    assert row(granted)["account_type"] == number


def test_statuses_follow_the_binding(granted: Scene) -> None:
    account = granted.brand()
    granted.bind(account)
    assert short(row(granted)) == (1, "", 1, "")
    bound = granted.consent(account)
    assert short(row(granted)) == (2, "", 2, "")
    granted.deny(Scope.ACCOUNT, account.pk)
    said = "平台封禁了该抖音号的入口"
    assert short(row(granted)) == (5, said, 3, said)
    landing.unbind(HOST, bound)
    assert short(row(granted)) == (4, "开发者解除了绑定", 3, "开发者解除了绑定")


def refuse(scene: Scene, binding: Binding) -> None:
    actions.refuse(scene.world.owner_of(binding.account), binding)


def cancel(scene: Scene, binding: Binding) -> None:
    actions.cancel(HOST, binding)


def end(scene: Scene, binding: Binding) -> None:
    bound = scene.consent(binding.account)
    landing.end_binding(scene.world.owner_of(binding.account), bound)


def lapse(scene: Scene, binding: Binding) -> None:
    landing.lapse_binding(HOST, scene.consent(binding.account))


def expire(scene: Scene, binding: Binding) -> None:
    Binding.objects.filter(pk=binding.pk).update(expires_at=binding.requested_at)
    assert actions.expire_due(HOST) == 1


@pytest.mark.parametrize(
    ("close", "status", "reason"),
    [
        (refuse, 3, "号主拒绝了绑定请求"),
        (expire, 3, "号主未在 24 小时内授权,请求已过期"),
        (cancel, 4, "开发者撤回了绑定请求"),
        (end, 4, "号主解除了绑定"),
        (lapse, 6, "账号与小程序主体的关系已到期或不再成立"),
    ],
)
def test_what_is_over_says_why(granted: Scene, close: Any, status: int, reason: str) -> None:
    granted.bind(granted.brand())
    close(granted, Binding.objects.get())
    assert short(row(granted)) == (status, reason, 3, reason)


def test_a_capability_that_was_revoked_is_told_of_the_capability_alone(granted: Scene) -> None:
    granted.bound(granted.brand())
    granted.revoke()
    assert short(row(granted)) == (2, "", 3, "能力尚未开通或已被收回")


def test_an_account_has_one_row_by_its_newest_binding_of_the_type(granted: Scene) -> None:
    account, other = granted.employee(), granted.employee()
    for _ in range(2):
        made = actions.request(HOST, granted.app, SURFACE, account.pk, BindingKind.EMPLOYEE)
        actions.cancel(HOST, made)
    granted.bind(other, "employee")
    granted.bind(account, "employee")
    told = granted.relations("employee")
    assert told.data["total_count"] == 2
    assert [each["aweme_id"] for each in told.data["list"]] == [account.pk, other.pk]
    assert [each["bind_status"] for each in told.data["list"]] == [1, 1]


def test_pages(granted: Scene) -> None:
    accounts = [granted.employee() for _ in range(5)]
    for account in accounts:
        granted.bind(account, "employee")
    expected = [account.pk for account in reversed(accounts)]
    found = []
    for page_num in (1, 2, 3):
        told = granted.relations("employee", page_num=page_num, page_size=2)
        assert told.data["total_count"] == 5
        found.append([each["aweme_id"] for each in told.data["list"]])
    assert found == [expected[:2], expected[2:4], expected[4:]]
    told = granted.relations("employee", page_num=9, page_size=2)
    assert told.data == {"total_count": 5, "list": []}
    assert (
        granted.wire.get(f"{CAPACITY}/query_aweme_relation_list/", {"type": "employee"}).data[
            "total_count"
        ]
        == 5
    )


def test_b6_the_month_s_unbinds_stand_in_every_row(world: World) -> None:
    with time_machine.travel(NOON, tick=False) as traveller:
        granted = Scene(world)
        granted.grant()
        for account in [granted.employee() for _ in range(3)]:
            traveller.shift(timedelta(minutes=1))
            landing.unbind(HOST, granted.bound(account))
        granted.bound(granted.employee())
        granted.renew()
        expected = {
            "limit_frequency": 5,
            "limit_period": 1,
            "unbound_count": 3,
            "first_unbind_time": int(NOON.timestamp()) + 60,
        }
        found = rows(granted, "employee")
        assert [each["unbind_frequency_info"] for each in found] == [expected] * 4
        assert queries.first_unbind_at(granted.app, SURFACE) == NOON + timedelta(minutes=1)
        traveller.move_to(datetime(2026, 5, 31, 16, tzinfo=UTC))
        granted.renew()
        found = rows(granted, "employee")
        assert [each["unbind_frequency_info"] for each in found] == [NO_UNBIND] * 4


def test_the_numbers_of_a_page_as_clients_read_them(granted: Scene) -> None:
    granted.bound(granted.brand())
    told = granted.relations(page_num="1", page_size="50")
    assert type(told.data["total_count"]) is int
    found = told.data["list"][0]
    for name in ("account_type", "bind_status"):
        assert type(found[name]) is int
    assert {type(value) for value in found["unbind_frequency_info"].values()} == {int}


@pytest.mark.parametrize(
    "query",
    [
        "",
        "type=",
        "type=friend",
        "type=cooperation",
        "type=brand&page_size=0",
        "type=brand&page_size=51",
        "type=brand&page_size=-1",
        "type=brand&page_size=1.5",
        "type=brand&page_size=many",
        "type=brand&page_size=",
        "type=brand&page_num=0",
        "type=brand&page_num=-1",
        "type=brand&page_num=99999999999999999999",
        "type=brand&type=brand",
        "type=brand&page_num=1&page_num=1",
    ],
)
def test_28001007_for_what_is_no_page(scene: Scene, query: str) -> None:
    told = scene.wire.get(f"{CAPACITY}/query_aweme_relation_list/", query)
    assert told.err_no == 28001007


def test_as_many_queries_for_many_as_for_one(granted: Scene) -> None:
    counts = []
    for size in (1, 12):
        for _ in range(size):
            granted.bound(granted.employee())
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert len(rows(granted, "employee")) in {1, 13}
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 6
