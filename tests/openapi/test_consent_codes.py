"""Codes for owners: of a brand account by the ecosystem's call, of either kind by Guazai's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import time_machine
from django.test import Client

from guazai.control.binding import actions
from guazai.control.binding.models import Binding, BindingCode
from tests.openapi.calling import Told
from tests.openapi.scene import CAPACITY, MOUNT, Scene
from tests.pages.scene import Browser
from tests.world import World

PUBLIC = "http://127.0.0.1:8640"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def granted(scene: Scene) -> Scene:
    """The scene with the capability."""
    scene.grant()
    return scene


def qrcode(scene: Scene, **more: Any) -> Told:
    query = {"type": "brand", "capacity_list": "profile_mount", "co_subject": "true", **more}
    return scene.wire.get(f"{CAPACITY}/get_aweme_relation_bind_qrcode/", query)


def create(scene: Scene, aweme_id: str, type_: str) -> Told:
    body = {"aweme_id": aweme_id, "type": type_}
    return scene.wire.post(f"{MOUNT}/create_consent_code/", body)


def picture(told: Told, status: int = 200) -> bytes:
    response = Client().get(told.data["qrcode_url"].removeprefix(PUBLIC))
    assert response.status_code == status
    return response.content


def raw_of(told: Told) -> str:
    return str(told.data["qrcode_parse_content"]).removeprefix(f"{PUBLIC}/c/")


def test_b5_a_code_for_the_brand_account_asked_for_last(world: World) -> None:
    with time_machine.travel(datetime(2026, 5, 6, 4, tzinfo=UTC), tick=False):
        granted = Scene(world)
        granted.grant()
        account = granted.brand()
        granted.bind(account)
        told = qrcode(granted)
        code = BindingCode.objects.get()
        assert told.data == {
            "qrcode_url": f"{PUBLIC}/openapi/qrcode/{raw_of(told)}.svg",
            "qrcode_parse_content": f"{PUBLIC}/c/{raw_of(told)}",
            "match_number": code.match_number,
            "expire_time": int(datetime(2026, 5, 6, 4, 2, tzinfo=UTC).timestamp()),
        }
        bound = actions.consent(world.owner_of(account), raw_of(told), told.data["match_number"])
        assert bound.account_id == account.pk


def test_b5_the_link_is_the_owner_s_page(granted: Scene) -> None:
    account = granted.brand()
    granted.bind(account)
    told = qrcode(granted)
    path = told.data["qrcode_parse_content"].removeprefix(PUBLIC)
    assert granted.app.name in Browser(account.owner).read(path)


def test_b5_the_picture_has_the_number_below_the_code_and_is_not_kept(granted: Scene) -> None:
    granted.bind(granted.brand())
    told = qrcode(granted)
    response = Client().get(told.data["qrcode_url"].removeprefix(PUBLIC))
    assert response["Content-Type"] == "image/svg+xml"
    assert response["Cache-Control"] == "no-store"
    tree = ET.fromstring(response.content)
    (text,) = tree.iter(f"{SVG}text")
    assert text.text == told.data["match_number"]
    assert len(list(tree.iter(f"{SVG}path"))) >= 1


def test_b5_a_new_code_ends_the_old_one_s_picture(granted: Scene) -> None:
    granted.bind(granted.brand())
    old = qrcode(granted)
    new = qrcode(granted)
    picture(old, 404)
    picture(new)


def test_b5_a_used_code_has_no_picture(granted: Scene) -> None:
    account = granted.brand()
    granted.bind(account)
    told = qrcode(granted)
    owner = granted.world.owner_of(account)
    actions.consent(owner, raw_of(told), told.data["match_number"])
    picture(told, 404)
    assert Client().get("/openapi/qrcode/unknown.svg").status_code == 404


def test_b5_an_expired_code_has_no_picture(world: World) -> None:
    with time_machine.travel(datetime(2026, 5, 6, 4, tzinfo=UTC), tick=False) as traveller:
        granted = Scene(world)
        granted.grant()
        granted.bind(granted.brand())
        told = qrcode(granted)
        traveller.shift(timedelta(seconds=119))
        picture(told)
        traveller.shift(timedelta(seconds=1))
        picture(told, 404)


def test_28005034_before_anything_was_asked_for(granted: Scene) -> None:
    account = granted.brand()
    told = qrcode(granted)
    assert told.err_no == 28005034
    assert "bind_aweme_relation" in told.body["err_msg"]
    granted.bind(account)
    assert qrcode(granted).err_no == 0
    granted.consent(account)
    assert qrcode(granted).err_no == 28005034


def test_28005034_for_a_request_that_has_expired(world: World) -> None:
    with time_machine.travel(datetime(2026, 5, 6, 4, tzinfo=UTC), tick=False) as traveller:
        scene = Scene(world)
        scene.grant()
        account = scene.brand()
        scene.bind(account)
        traveller.shift(timedelta(hours=24))
        scene.renew()
        assert qrcode(scene).err_no == 28005034
        assert create(scene, account.pk, "brand").err_no == 28005034


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "employee"},
        {"type": "cooperation"},
        {"type": "friend"},
        {"type": ""},
        {"co_subject": "false"},
        {"co_subject": "maybe"},
        {"capacity_list": ""},
        {"capacity_list": "no_such"},
        {"capacity_list": "profile_mount,no_such"},
    ],
)
def test_28001007_for_what_has_no_code(granted: Scene, wrong: dict[str, Any]) -> None:
    granted.bind(granted.brand())
    assert qrcode(granted, **wrong).err_no == 28001007


@pytest.mark.parametrize(
    "query",
    [
        "type=brand&capacity_list=profile_mount,profile_mount",
        "type=brand&capacity_list=[profile_mount]",
        'type=brand&capacity_list=["profile_mount"]',
        "type=brand&capacity_list=profile_mount&capacity_list=profile_mount",
        "type=brand&capacity_list[]=profile_mount",
    ],
)
def test_lists_in_every_spelling(granted: Scene, query: str) -> None:
    granted.bind(granted.brand())
    told = granted.wire.get(f"{CAPACITY}/get_aweme_relation_bind_qrcode/", query)
    assert told.err_no == 0


def test_b5_guazai_s_own_call_serves_either_kind(granted: Scene) -> None:
    brand, employee = granted.brand(), granted.employee()
    granted.bind(brand)
    granted.bind(employee, "employee")
    for account, type_ in ((brand, "brand"), (employee, "employee")):
        told = create(granted, account.pk, type_)
        assert set(told.data) == {
            "qrcode_url",
            "qrcode_parse_content",
            "match_number",
            "expire_time",
        }
        owner = granted.world.owner_of(account)
        actions.consent(owner, raw_of(told), told.data["match_number"])
    assert Binding.objects.filter(status="active").count() == 2


def test_28005034_28001018_and_28001007_of_guazai_s_own(scene: Scene) -> None:
    account = scene.brand()
    assert create(scene, account.pk, "brand").err_no == 28001018
    scene.grant()
    assert create(scene, account.pk, "brand").err_no == 28005034
    scene.bind(account)
    assert create(scene, account.pk, "employee").err_no == 28005034
    assert create(scene, "nobody", "brand").err_no == 28005034
    for type_ in ("cooperation", "friend", ""):
        assert create(scene, account.pk, type_).err_no == 28001007
