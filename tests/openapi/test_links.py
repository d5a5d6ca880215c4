"""链接: URL links and schemas, their quota, the page that they open, and what a host reads."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from guazai.control.directory import actions as directory
from guazai.control.journal import queries as journal
from guazai.control.kernel import clock
from guazai.control.openapi.actions import links
from guazai.control.openapi.models import LinkUse, UrlLink
from guazai.control.openapi.states import HOST_SCHEMES, HostApp
from guazai.feed.records import Scope
from tests.openapi.calling import Told
from tests.openapi.scene import Scene
from tests.pages.scene import Browser
from tests.world import HOST, PAGES, World

URL = "/api/apps/v1/url_link/generate/"
SCHEMA = "/api/apps/v1/url/generate_schema/"
NOON = datetime(2026, 5, 6, 4, tzinfo=UTC)


def at(days: float = 1) -> int:
    return int((clock.now() + timedelta(days=days)).timestamp())


def url_link(scene: Scene, **more: Any) -> Told:
    body = {
        "app_id": scene.app.pk,
        "app_name": "douyin",
        "expire_time": at(),
        "path": "pages/shop/detail",
    }
    return scene.wire.post(URL, {**body, **more})


def schema(scene: Scene, **more: Any) -> Told:
    return scene.wire.post(SCHEMA, {"app_id": scene.app.pk, "expire_time": at(), **more})


@pytest.mark.parametrize("host", HostApp)
def test_a_url_link_opens_the_page_in_its_app(scene: Scene, host: HostApp) -> None:
    told = url_link(scene, app_name=host.value, query='{"id":"7","from":"a&b","ok":true}')
    assert told.err_no == 0
    made = UrlLink.objects.get()
    assert told.data == {"url_link": f"http://127.0.0.1:8640/l/{made.pk}"}
    assert len(made.pk) == 22
    page = Browser().read(f"/l/{made.pk}")
    assert scene.app.name in page
    assert scene.entity.name in page
    assert "<script" not in page
    (address,) = re.findall(r'href="(snssdk[^"]+)"', page)
    start = "pages%2Fshop%2Fdetail%3Fid%3D7%26from%3Da%2526b%26ok%3Dtrue"
    assert address == (
        f"{HOST_SCHEMES[host]}://microapp?app_id={scene.app.pk}&amp;start_page={start}"
        f"&amp;link_id={made.pk}"
    )


def test_a_schema_is_for_any_host_and_has_no_page(scene: Scene) -> None:
    told = schema(scene, path="/pages/about/about")
    made = UrlLink.objects.get()
    assert told.data == {
        "schema": f"sslocal://microapp?app_id={scene.app.pk}"
        f"&start_page=pages%2Fabout%2Fabout&link_id={made.pk}"
    }
    Browser().read(f"/l/{made.pk}", status=404)


def test_an_empty_path_is_the_home_page_of_then(scene: Scene) -> None:
    made = UrlLink.objects.get(pk=schema(scene).data["schema"][-22:])
    api = scene.world.host_api()
    assert api.get(f"/host/links/{made.pk}").body["page_path"] == PAGES[0]
    directory.publish_version(HOST, scene.app.pk, "2.0.0", ["pages/new/home"])
    assert api.get(f"/host/links/{made.pk}").body["page_path"] == "pages/new/home"


@pytest.mark.parametrize("expire_time", [at, lambda: str(at())], ids=["int", "text"])
def test_it_expires_on_the_next_full_hour_from_now(world: World, expire_time: Any) -> None:
    with time_machine.travel(NOON, tick=False):
        scene = Scene(world)
        for late, hours in ((1, 1), (3600, 1), (3601, 2), (180 * 86400, 180 * 24)):
            told = url_link(scene, expire_time=int(NOON.timestamp()) + late)
            made = UrlLink.objects.get(pk=told.data["url_link"][-22:])
            assert made.expires_at == NOON + timedelta(hours=hours)
        assert url_link(scene, expire_time=expire_time()).err_no == 0


@pytest.mark.parametrize("late", [0, -1, 180 * 86400 + 1, 10**12, -(10**15), 2**62])
def test_28001007_for_times_that_are_past_or_far_ahead(world: World, late: int) -> None:
    with time_machine.travel(NOON, tick=False):
        scene = Scene(world)
        told = url_link(scene, expire_time=int(NOON.timestamp()) + late)
        assert told.err_no == 28001007
        assert "180" in told.body["err_msg"]
        assert not UrlLink.objects.exists()


def test_a_schema_may_last_for_ever(scene: Scene) -> None:
    told = scene.wire.post(SCHEMA, {"app_id": scene.app.pk, "no_expire": True})
    assert UrlLink.objects.get(pk=told.data["schema"][-22:]).expires_at is None
    told = scene.wire.post(SCHEMA, {"app_id": scene.app.pk})
    assert told.err_no == 28001007
    assert "expire_time" in told.body["err_msg"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"app_name": "kuaishou"},
        {"app_name": 1},
        {"app_name": None},
        {"app_id": "tt0"},
        {"app_id": ""},
        {"expire_time": "soon"},
        {"expire_time": 1.5},
        {"expire_time": True},
        {"path": "pages/none"},
        {"path": "pages/shop/detail?id=1"},
        {"path": "//pages/shop/detail"},
        {"path": "https://example.com"},
        {"path": "x" * 257},
        {"query": "id=7"},
        {"query": "[]"},
        {"query": '"text"'},
        {"query": '{"a":{"b":"c"}}'},
        {"query": '{"a":null}'},
        {"query": '{"a":NaN}'},
        {"query": '{"a":"1","a":"2"}'},
        {"query": '{"a":"空"}'},
        {"query": '{"a": "1"}'},
        {"query": '{"a":"\\u0000"}'},
        {"query": '{"a":"' + "x" * 1024 + '"}'},
        {"query": "{" * 1000},
        {"query": {"a": "b"}},
    ],
)
def test_28001007_for_what_is_no_link(scene: Scene, wrong: dict[str, Any]) -> None:
    assert url_link(scene, **wrong).err_no == 28001007
    assert not UrlLink.objects.exists()
    assert not LinkUse.objects.exists()


@pytest.mark.parametrize("text", ["", "{}", '{"a":"1"}', '{"a":1,"b":1.50,"c":false}'])
def test_queries_that_are_json_text(scene: Scene, text: str) -> None:
    assert url_link(scene, query=text).err_no == 0
    given = json.loads(text or "{}")
    kept = dict(part.split("=") for part in UrlLink.objects.get().query.split("&") if part)
    assert kept.keys() == given.keys()


def test_28001007_where_the_app_has_no_page(world: World, scene: Scene) -> None:
    directory.publish_version(HOST, scene.app.pk, "2.0.0", ["pages/other"])
    assert url_link(scene).err_no == 28001007


def close_offline(scene: Scene) -> None:
    scene.sync(is_online=False)


def close_app(scene: Scene) -> None:
    scene.deny(Scope.MINI_PROGRAM, scene.app.pk)


def close_entity(scene: Scene) -> None:
    scene.deny(Scope.LEGAL_ENTITY, scene.entity.pk)


def close_all(scene: Scene) -> None:
    scene.deny(Scope.GLOBAL, "")


@pytest.mark.parametrize("close", [close_offline, close_app, close_entity, close_all])
def test_28001016_and_a_page_that_says_so_while_the_app_is_closed(scene: Scene, close: Any) -> None:
    address = url_link(scene).data["url_link"].removeprefix("http://127.0.0.1:8640")
    api = scene.world.host_api()
    assert api.get(f"/host/links/{address[3:]}").body["is_live"] is True
    close(scene)
    assert url_link(scene).err_no == 28001016
    assert schema(scene).err_no == 28001016
    assert "link_closed" in Browser().read(address, status=404)
    assert api.get(f"/host/links/{address[3:]}").body["is_live"] is False


def test_an_expired_link_says_so(world: World) -> None:
    with time_machine.travel(NOON, tick=False) as traveller:
        scene = Scene(world)
        address = url_link(scene).data["url_link"].removeprefix("http://127.0.0.1:8640")
        traveller.shift(timedelta(hours=23, minutes=59))
        Browser().read(address)
        traveller.shift(timedelta(minutes=1))
        assert "link_expired" in Browser().read(address, status=410)
        answer = scene.world.host_api().get(f"/host/links/{address[3:]}").body
        assert answer == {
            "app_id": scene.app.pk,
            "page_path": "pages/shop/detail",
            "query": "",
            "expires_at": "2026-05-07T04:00:00Z",
            "is_live": False,
        }
        Browser().read("/l/none", status=404)


def test_28003017_past_the_day_s_quota(world: World) -> None:
    with time_machine.travel(NOON, tick=False):
        scene = Scene(world)
        assert url_link(scene).err_no == 0
        assert schema(scene).err_no == 0
        row = LinkUse.objects.get()
        assert (row.day.isoformat(), row.used, row.quota) == ("2026-05-06", 2, 500_000)
        LinkUse.objects.update(quota=2)
        for told in (url_link(scene), schema(scene)):
            assert told.err_no == 28003017
            assert "明日" in told.body["err_msg"]
        assert UrlLink.objects.count() == 2
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        assert url_link(Scene(world)).err_no == 0


def test_the_quota_is_held_by_the_database(scene: Scene) -> None:
    url_link(scene)
    LinkUse.objects.update(quota=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        LinkUse.objects.update(used=2)


def test_the_log_id_finds_the_act(scene: Scene) -> None:
    told = url_link(scene)
    (event,) = journal.search(verb="openapi.generate_link")
    assert event.request_id == told.body["log_id"]
    assert event.subject_id == told.data["url_link"][-22:]


def test_links_are_kept_for_a_month_after_they_expired(world: World) -> None:
    with time_machine.travel(NOON, tick=False) as traveller:
        scene = Scene(world)
        over = url_link(scene).data["url_link"][-22:]
        forever = scene.wire.post(SCHEMA, {"app_id": scene.app.pk, "no_expire": True})
        traveller.shift(timedelta(days=31))
        assert links.forget_old() == 0
        assert not LinkUse.objects.exists()
        traveller.shift(timedelta(seconds=1))
        assert links.forget_old() == 1
        assert not UrlLink.objects.filter(pk=over).exists()
        assert UrlLink.objects.filter(pk=forever.data["schema"][-22:]).exists()


def test_the_page_escapes_what_hosts_send(scene: Scene) -> None:
    scene.sync(name="<script>alert(1)</script>\"'&")
    address = url_link(scene).data["url_link"].removeprefix("http://127.0.0.1:8640")
    assert "<script>" not in Browser().read(address)


@pytest.mark.parametrize(("language", "text"), [("en", "Open in Douyin"), ("zh", "在抖音中打开")])
def test_the_page_speaks_both_languages(scene: Scene, language: str, text: str) -> None:
    address = url_link(scene).data["url_link"].removeprefix("http://127.0.0.1:8640")
    assert text in Browser(language=language).read(address)
