"""`unbind_aweme_relation`: ending a binding, or taking a request back."""

from __future__ import annotations

from typing import Any

import pytest

from guazai.control.binding.models import Binding
from guazai.control.journal import queries as journal
from guazai.control.journal.models import Takedown
from tests.openapi.calling import Told
from tests.openapi.scene import CAPACITY, Scene


@pytest.fixture
def granted(scene: Scene) -> Scene:
    """The scene with the capability."""
    scene.grant()
    return scene


def unbind(scene: Scene, aweme_id: str, type_: Any = "brand") -> Told:
    body = {"aweme_id": aweme_id, "type": type_}
    return scene.wire.post(f"{CAPACITY}/unbind_aweme_relation/", body)


def test_b6_an_active_binding_ends_with_its_entry(granted: Scene) -> None:
    account = granted.brand()
    granted.bound(account)
    granted.world.pass_rules(account)
    granted.world.go_live(granted.app, account)
    told = unbind(granted, account.pk)
    assert told.body["data"] == {}
    found = Binding.objects.get(account=account)
    assert (found.status, found.ended_by_side) == ("ended", "developer")
    assert Takedown.objects.filter(key=account.pk).exists()
    (event,) = journal.search(verb="landing.unbind")
    assert event.request_id == told.body["log_id"]
    assert granted.relations().data["list"][0]["unbind_frequency_info"]["unbound_count"] == 1


def test_b5_a_request_that_waits_is_taken_back_and_does_not_count(granted: Scene) -> None:
    account = granted.brand()
    granted.bind(account)
    assert unbind(granted, account.pk).err_no == 0
    assert Binding.objects.get().status == "cancelled"
    assert granted.relations().data["list"][0]["unbind_frequency_info"]["unbound_count"] == 0


def test_28005037_where_there_is_none_of_the_type(granted: Scene) -> None:
    account = granted.brand()
    assert unbind(granted, account.pk).err_no == 28005037
    granted.bound(account)
    assert unbind(granted, account.pk, "employee").err_no == 28005037
    assert unbind(granted, "nobody").err_no == 28005037
    assert unbind(granted, account.pk).err_no == 0
    assert unbind(granted, account.pk).err_no == 28005037


def test_28005037_for_what_others_have_bound(granted: Scene) -> None:
    account = granted.brand()
    other = granted.world.grant(granted.world.mini_program(granted.entity))
    granted.world.bind(other, account)
    assert unbind(granted, account.pk).err_no == 28005037
    assert Binding.objects.get().status == "active"


def test_28005040_says_when_the_next_is_possible(granted: Scene) -> None:
    for _ in range(5):
        account = granted.brand()
        granted.bound(account)
        assert unbind(granted, account.pk).err_no == 0
    account = granted.brand()
    granted.bound(account)
    told = unbind(granted, account.pk)
    assert told.err_no == 28005040
    assert "之后可再试" in told.body["err_msg"]
    assert Binding.objects.get(account=account).status == "active"


def test_it_goes_on_while_the_app_is_offline_or_the_capability_revoked(granted: Scene) -> None:
    account = granted.brand()
    granted.bound(account)
    granted.sync(is_online=False)
    granted.revoke()
    assert unbind(granted, account.pk).err_no == 0


@pytest.mark.parametrize("type_", ["cooperation", "friend", "", None, 1])
def test_28001007_for_types_that_are_not_there(granted: Scene, type_: Any) -> None:
    assert unbind(granted, granted.brand().pk, type_).err_no == 28001007
