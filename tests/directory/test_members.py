"""Members of a legal entity see each other."""

from __future__ import annotations

from guazai.control.directory import actions
from guazai.control.directory.models import Membership
from guazai.control.directory.states import MemberRole
from guazai.control.kernel.actor import Scope, system
from tests.world import HOST, World


def test_members_see_who_else_belongs_to_the_entity_and_since_when(world: World) -> None:
    entity = world.entity()
    app = world.mini_program(entity)
    owner, mate = world.developer(entity), world.developer(entity, MemberRole.MEMBER)
    outsider = world.developer(world.entity())
    actions.save_person(system("test"), mate.login, display_name="Ann")
    path = f"/mini-programs/{app.pk}/members"
    told = world.api(mate).get(path).body
    assert [(each["login"], each["role"]) for each in told["items"]] == [
        (owner.login, "owner"),
        (mate.login, "member"),
    ]
    assert told["items"][1]["display_name"] == "Ann"
    kept = Membership.objects.get(person=owner)
    assert told["items"][0]["since"].startswith(kept.created_at.strftime("%Y-%m-%dT%H:%M:%S"))
    assert set(told["items"][0]) == {"login", "display_name", "role", "since"}
    first = world.api(owner).get(f"{path}?limit=1").body
    rest = world.api(owner).get(f"{path}?limit=1&cursor={first['next_cursor']}").body
    assert [*first["items"], *rest["items"]] == told["items"]
    assert world.api(outsider).get(path).code == "not_found"


def test_members_stay_among_people(world: World) -> None:
    app = world.mini_program()
    token = world.developer_token(app, Scope.DEVELOPER_WRITE)
    path = f"/mini-programs/{app.pk}/members"
    assert world.api(token=token).get(path).status == 401
    assert world.api(world.operator()).get(path).status == 403


def test_another_role_keeps_since_when(world: World) -> None:
    entity = world.entity()
    person = world.developer(entity)
    before = Membership.objects.get(person=person).created_at
    actions.upsert_member(HOST, entity.pk, person.login, role=MemberRole.MEMBER)
    assert Membership.objects.get(person=person).created_at == before
