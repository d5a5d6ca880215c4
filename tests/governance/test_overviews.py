"""What operators see of one mini program, one account, and the platform."""

from __future__ import annotations

import pytest

import guazai
from guazai.control.binding import actions as binding
from guazai.control.capability import actions as capability
from guazai.control.directory.states import AccountType
from guazai.control.entry import queries as entry
from guazai.control.entry.models import FeedHead
from guazai.control.governance import actions
from guazai.control.journal import actions as journal
from guazai.control.journal import queries as audit
from guazai.control.landing import actions as landing
from guazai.feed.records import Scope
from tests.governance.test_takedowns import node
from tests.world import HOST, PAGES, SURFACE, Api, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(world: World) -> Api:
    return world.api(world.operator())


def test_a_mini_program_with_its_standing(world: World, api: Api) -> None:
    app = world.entry().mini_program
    world.bind(app, other := world.account())
    world.go_live(app, other)  # its account was never judged
    told = api.get(f"/operator/mini-programs/{app.pk}").body
    assert (told["name"], told["version"]) == (app.name, "1.0.0")
    assert told["entity"] == {"entity_id": app.entity_id, "name": app.entity.name}
    (on,) = told["surfaces"]
    assert (on["surface"], on["status"], on["grant"]["status"]) == (
        SURFACE.key,
        "granted",
        "granted",
    )
    assert {each["kind"]: (each["used"], each["left"]) for each in on["quotas"]} == {
        "brand": (0, 1),
        "employee": (2, 18),
    }
    assert on["unbinds"]["left"] == 5
    assert on["bindings"] == {"awaiting_consent": 0, "active": 2}
    assert (on["entries_live"], on["entries_shown"]) == (2, 1)
    assert (told["denies"], told["available_actions"]) == ([], ["deny"])


def test_open_denies_of_a_mini_program_and_its_entity(world: World, api: Api) -> None:
    app = world.entry().mini_program
    lifted = actions.deny(HOST, Scope.ACCOUNT, world.account().pk, "another's")
    own = actions.deny(HOST, Scope.MINI_PROGRAM, app.pk, "abuse")
    above = actions.deny(HOST, Scope.LEGAL_ENTITY, app.entity_id, "fraud")
    told = api.get(f"/operator/mini-programs/{app.pk}").body
    assert [each["id"] for each in told["denies"]] == [own.pk, above.pk]
    assert lifted.pk not in repr(told)
    assert told["denies"][0]["accepted_at"] is not None
    assert (told["surfaces"][0]["entries_shown"], told["available_actions"]) == (0, [])


def test_v1_shown_entries_are_counted_as_they_are_explained(world: World) -> None:
    change = world.entry()
    app, account = change.mini_program, change.account

    def counted() -> int:
        is_shown = entry.explain(account, SURFACE, app).is_shown
        assert entry.shown_count(app, SURFACE) == int(is_shown)
        return int(is_shown)

    assert counted() == 1
    world.pass_rules(account, effective_followers=1)
    assert counted() == 0
    world.pass_rules(account)
    deny = actions.deny(HOST, Scope.ACCOUNT, account.pk, "fraud")
    assert counted() == 0
    actions.lift(HOST, deny, "mended")
    assert counted() == 1
    fire = actions.deny(HOST, Scope.GLOBAL, "", "a fire")
    assert counted() == 0
    proposal = actions.lift(HOST, fire, "over")
    assert proposal is not None
    actions.confirm_lift(world.actor(world.operator()), proposal)
    assert counted() == 1
    capability.revoke(HOST, app, SURFACE, "abuse")
    assert counted() == 0


def test_an_account_with_its_bindings_and_who_holds_the_place(world: World, api: Api) -> None:
    change = world.entry()
    app, account = change.mini_program, change.account
    told = api.get(f"/operator/accounts/{account.pk}").body
    assert (told["nickname"], told["account_type"]) == (account.nickname, "personal")
    assert (told["entity"], told["has_owner"]) == (None, True)
    (on,) = told["surfaces"]
    assert on["holder"] == {
        "app_id": app.pk,
        "app_name": app.name,
        "change_id": change.pk,
        "is_live": True,
    }
    (bound,) = told["bindings"]
    assert (bound["app_id"], bound["status"], bound["kind"]) == (app.pk, "active", "employee")
    assert account.owner is not None
    assert account.owner.login not in repr(told)
    assert account.owner.pk not in repr(told)
    landing.remove(HOST, app, SURFACE, account)
    holder = api.get(f"/operator/accounts/{account.pk}").body["surfaces"][0]["holder"]
    assert holder is None
    waiting = landing.submit(HOST, app, SURFACE, account, page_path=PAGES[1])
    holder = api.get(f"/operator/accounts/{account.pk}").body["surfaces"][0]["holder"]
    assert (holder["change_id"], holder["is_live"]) == (waiting.pk, False)


def test_an_account_with_its_denies_and_clearances(world: World, api: Api) -> None:
    app = world.mini_program()
    account = world.account(app.entity, account_type=AccountType.ENTERPRISE)
    deny = actions.deny(HOST, Scope.ACCOUNT, account.pk, "fraud")
    cleared = binding.clear_enterprise(HOST, account, app, "ticket 7")
    told = api.get(f"/operator/accounts/{account.pk}").body
    assert told["entity"]["entity_id"] == app.entity_id
    assert [each["id"] for each in told["denies"]] == [deny.pk]
    assert [each["id"] for each in told["clearances"]] == [cleared.pk]
    assert told["available_actions"] == []
    actions.lift(HOST, deny, "mended")
    told = api.get(f"/operator/accounts/{account.pk}").body
    assert (told["denies"], told["available_actions"]) == ([], ["deny"])


def test_the_platform_before_anything_ran(world: World, api: Api) -> None:
    told = api.get("/operator/system").body
    assert told["version"] == guazai.__version__
    assert told["database"] in {"sqlite", "postgresql"}
    assert (told["log"], told["nodes"]) == (
        {"epoch": 0, "revision": 0},
        {"known": 0, "in_rotation": 0},
    )
    assert (told["relay_heard_at"], told["is_relay_heard"]) == (None, False)
    assert (told["open_takedowns"], told["open_alarms"]) == (0, 0)


def test_the_platform_at_work(world: World, api: Api) -> None:
    FeedHead.objects.create(pk=1, epoch=3, revision=10)
    node("north")
    node("south", seconds_ago=60)
    actions.deny(HOST, Scope.GLOBAL, "", "a fire")
    told = api.get("/operator/system").body
    assert told["outbox"]["waiting"] == audit.backlog() > 0
    assert told["outbox"]["oldest_age_ms"] >= 0
    assert told["log"] == {"epoch": 3, "revision": 10}
    assert told["nodes"] == {"known": 2, "in_rotation": 1}
    assert (told["is_relay_heard"], told["open_takedowns"]) == (True, 1)
    journal.settle(audit.waiting(1000), 3, 11)
    told = api.get("/operator/system").body
    assert told["outbox"] == {"waiting": 0, "oldest_at": None, "oldest_age_ms": None}


@pytest.mark.parametrize("path", ["mini-programs/{app}", "accounts/{account}", "system"])
def test_operators_alone_see_them(world: World, path: str) -> None:
    change = world.entry()
    address = f"/operator/{path}".format(app=change.mini_program_id, account=change.account_id)
    member = world.developer(change.mini_program.entity)
    for person in (member, world.reviewer(), change.account.owner):
        assert world.api(person).get(address).status == 403
    assert world.api().get(address).status == 401
    assert world.api(world.operator()).get(address).status == 200


def test_what_is_not_there_is_not_found(api: Api) -> None:
    assert api.get("/operator/mini-programs/tt_absent").code == "not_found"
    assert api.get("/operator/accounts/dy_absent").code == "not_found"
