"""Share links: a page with a name, whether it is still published, and removal (L1)."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from guazai.control.landing import actions
from guazai.control.landing.models import ShareLink
from tests.landing.scene import OTHER_PAGE, PAGE, Scene, event
from tests.world import SURFACE


def path(scene: Scene) -> str:
    return f"/mini-programs/{scene.app.pk}/share-links"


def test_l1_a_link_is_created_in_canonical_form(scene: Scene) -> None:
    answer = scene.api().post(
        path(scene), {"name": "首页", "page_path": f"/{PAGE}", "query": "a=%7e"}
    )
    assert answer.status == 201
    link = ShareLink.objects.get()
    assert answer.body == {
        "id": link.pk,
        "name": "首页",
        "page_path": PAGE,
        "query": "a=~",
        "has_page": True,
        "used_by": 0,
        "created_at": answer.body["created_at"],
        "removed_at": None,
        "available_actions": ["remove"],
    }
    found = event("landing.create_share_link", link.pk)
    assert found.actor_id == scene.developer.pk
    assert found.after == {
        "app_id": scene.app.pk,
        "name": "首页",
        "page_path": PAGE,
        "query": "a=~",
    }


@pytest.mark.parametrize(
    ("body", "code", "at"),
    [
        ({"name": "a", "page_path": "pages/none"}, "page_not_published", "page_path"),
        ({"name": "a", "page_path": PAGE, "query": "a"}, "query_malformed", "query"),
        ({"name": "a" * 65, "page_path": PAGE}, "text_too_long", "name"),
        ({"name": "a\u200bb", "page_path": PAGE}, "text_has_control", "name"),
        ({"name": "", "page_path": PAGE}, "string_too_short", "body.name"),
    ],
)
def test_l1_what_is_refused_names_its_place(
    scene: Scene, body: dict[str, str], code: str, at: str
) -> None:
    answer = scene.api().post(path(scene), body)
    assert answer.status == 422
    assert [(error["code"], error["at"]) for error in answer.body["errors"]] == [(code, at)]
    assert not ShareLink.objects.exists()


def test_l1_a_name_means_one_link_of_a_mini_program(scene: Scene) -> None:
    api, rival = scene.api(), scene.rival()
    link = actions.create_share_link(scene.who, scene.app, "shop", PAGE)
    actions.create_share_link(scene.who, rival, "shop", PAGE)
    answer = api.post(path(scene), {"name": "shop", "page_path": OTHER_PAGE})
    assert (answer.status, answer.code) == (409, "share_link_name_taken")
    api.delete(f"{path(scene)}/{link.pk}")
    assert api.post(path(scene), {"name": "shop", "page_path": OTHER_PAGE}).status == 201


def test_l1_the_list_says_which_pages_are_gone(scene: Scene) -> None:
    for name, page in (("first", PAGE), ("second", OTHER_PAGE)):
        actions.create_share_link(scene.who, scene.app, name, page)
    scene.publish(OTHER_PAGE)
    answer = scene.api(scene.teammate).get(path(scene))
    found = {link["name"]: link["has_page"] for link in answer.body["items"]}
    assert found == {"first": False, "second": True}


def test_l1_each_link_tells_how_many_live_entries_were_made_from_it(scene: Scene) -> None:
    used, unused = (
        actions.create_share_link(scene.who, scene.app, name, OTHER_PAGE) for name in ("a", "b")
    )
    change = actions.submit(scene.who, scene.fresh(), SURFACE, scene.account, share_link=used)

    def told() -> dict[str, int]:
        return {each["id"]: each["used_by"] for each in scene.api().get(path(scene)).body["items"]}

    assert told() == {used.pk: 0, unused.pk: 0}
    scene.approve(change)
    assert told() == {used.pk: 1, unused.pk: 0}
    assert scene.api().delete(f"{path(scene)}/{used.pk}").body["used_by"] == 1


def test_l1_the_list_asks_as_often_for_many_as_for_few(
    scene: Scene, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    api, queries = scene.api(), 4  # session, person, memberships and accounts come with any call
    for number in range(20):
        actions.create_share_link(scene.who, scene.app, f"link {number}", PAGE)
    with django_assert_num_queries(queries + 3):
        assert len(api.get(f"{path(scene)}?limit=2").body["items"]) == 2
    with django_assert_num_queries(queries + 3):
        assert len(api.get(f"{path(scene)}?limit=20").body["items"]) == 20


def test_removing_leaves_what_was_made_from_it(scene: Scene) -> None:
    link = actions.create_share_link(scene.who, scene.app, "shop", OTHER_PAGE)
    live = scene.approve(
        actions.submit(scene.who, scene.app, SURFACE, scene.account, share_link=link)
    )
    answer = scene.api(scene.teammate).delete(f"{path(scene)}/{link.pk}")
    assert answer.status == 200
    assert (answer.body["removed_at"] is None, answer.body["available_actions"]) == (False, [])
    assert scene.live_now() == live
    assert scene.api().get(path(scene)).body["items"] == []
    assert event("landing.remove_share_link", link.pk).before == {"name": "shop"}
    assert scene.api().delete(f"{path(scene)}/{link.pk}").status == 404


def test_outsiders_find_no_links(scene: Scene) -> None:
    link = actions.create_share_link(scene.who, scene.app, "shop", PAGE)
    api = scene.api(scene.outsider)
    body = {"name": "a", "page_path": PAGE}
    assert api.get(path(scene)).status == 404
    assert api.post(path(scene), body).status == 404
    assert api.delete(f"{path(scene)}/{link.pk}").status == 404
    theirs = f"/mini-programs/{scene.rival().pk}/share-links/{link.pk}"
    assert scene.api().delete(theirs).status == 404
    assert ShareLink.objects.get().removed_at is None
