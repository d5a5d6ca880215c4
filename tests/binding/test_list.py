"""Lists of bindings, for each side."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from guazai.control.binding import actions
from guazai.control.surfaces.registry import BindingKind
from tests.binding.scene import Scene


def test_b5_developers_list_their_bindings_by_status_and_kind(scene: Scene) -> None:
    brand = scene.bind(scene.brand(), BindingKind.BRAND)
    waits = scene.request(scene.employee())
    over = scene.request(scene.employee())
    actions.cancel(scene.who, over)
    api = scene.world.api(scene.teammate)

    def listed(query: str = "") -> list[str]:
        return [item["id"] for item in api.get(f"{scene.path}{query}").body["items"]]

    assert listed() == [over.pk, waits.pk, brand.pk]
    assert listed("?status=active") == [brand.pk]
    assert listed("?status=awaiting_consent&kind=employee") == [waits.pk]
    assert listed("?kind=brand") == [brand.pk]
    assert api.get(f"{scene.path}?status=other").status == 422
    assert api.get(f"{scene.path}/{brand.pk}").body["available_actions"] == ["unbind"]


def test_b5_operators_list_the_bindings_of_any_mini_program(scene: Scene) -> None:
    brand = scene.bind(scene.brand(), BindingKind.BRAND)
    waits = scene.request(scene.employee())
    api = scene.world.api(scene.operator)
    items = api.get(f"/operator{scene.path}").body["items"]
    assert [item["id"] for item in items] == [waits.pk, brand.pk]
    assert [item["available_actions"] for item in items] == [[], []]
    active = api.get(f"/operator{scene.path}?status=active").body["items"]
    assert [item["id"] for item in active] == [brand.pk]


def test_b5_pages_go_on_where_the_last_ended(scene: Scene) -> None:
    wanted = [scene.request(scene.employee()).pk for _ in range(3)]
    api = scene.world.api(scene.developer)
    first = api.get(f"{scene.path}?limit=2").body
    second = api.get(f"{scene.path}?limit=2&cursor={first['next_cursor']}").body
    assert [item["id"] for item in first["items"] + second["items"]] == wanted[::-1]
    assert second["next_cursor"] is None


def test_b5_rows_carry_no_codes(scene: Scene) -> None:
    request = scene.request(scene.employee())
    code = actions.issue_code(scene.who, request)
    body = scene.world.api(scene.developer).get(f"{scene.path}/{request.pk}").body
    assert not {"code", "codes", "url", "match_number"} & body.keys()
    assert code.raw not in str(body)


def test_s2_a_foreign_binding_is_absent(scene: Scene) -> None:
    request = scene.request(scene.employee())
    assert scene.world.api(scene.outsider).get(scene.path).code == "not_found"
    sibling = scene.granted_app(scene.entity)
    path = f"/mini-programs/{sibling.pk}/surfaces/profile_mount/bindings"
    api = scene.world.api(scene.developer)
    assert api.get(f"{path}/{request.pk}").code == "not_found"
    assert api.get(path).body["items"] == []
    token = scene.world.developer_token(sibling)
    assert scene.world.api(token=token).get(f"{scene.path}/{request.pk}").code == "not_found"


def test_b5_owners_list_the_bindings_of_their_accounts_alone(scene: Scene) -> None:
    account = scene.employee()
    binding = scene.bind(account)
    other = scene.bind(scene.employee())
    api = scene.world.api(account.owner)
    (shown,) = api.get("/owner/bindings").body["items"]
    assert shown["id"] == binding.pk
    assert shown["app"]["entity_name"] == scene.entity.name
    assert shown["available_actions"] == ["end", "block"]
    assert api.get("/owner/bindings?status=refused").body["items"] == []
    (theirs,) = scene.world.api(other.account.owner).get("/owner/bindings").body["items"]
    assert theirs["id"] == other.pk


@pytest.mark.parametrize("rows", [2, 12])
def test_p8_lists_take_as_many_queries_for_many_rows(
    scene: Scene, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    person = scene.world.person()
    account = scene.world.account(scene.entity, person)
    for _ in range(rows):
        binding = scene.request(account, BindingKind.BRAND)
        actions.cancel(scene.who, binding)
    developer, owner = scene.world.api(scene.developer), scene.world.api(person)
    # Session, person, memberships, accounts; the mini program; the page.
    with django_assert_num_queries(6):
        assert len(developer.get(scene.path).body["items"]) == rows
    # Session, person, memberships, accounts; the blocks; the page.
    with django_assert_num_queries(6):
        assert len(owner.get("/owner/bindings").body["items"]) == rows
