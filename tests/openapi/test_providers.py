"""Service providers: authorised by permission sets, calling for a mini program until revoked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guazai.control.journal import queries as journal
from guazai.control.kernel import clock
from guazai.control.openapi import queries
from guazai.control.openapi.actions import credentials, providers, tokens
from guazai.control.openapi.models import AuthorizationCode, Provider, RefreshToken
from guazai.control.openapi.states import Permission
from tests.openapi.calling import (
    CAPABILITIES,
    CREDIT,
    TESTER,
    Told,
    Wire,
    asking,
    client_token,
    wire,
)
from tests.world import Api

if TYPE_CHECKING:
    from guazai.control.directory.models import MiniProgram
    from tests.world import World

pytestmark = pytest.mark.django_db
TOKEN = "/api/tpapp/v2/auth/get_auth_token/"
APPS = "/api/tpapp/v2/auth/query_auth_app_list/"
START = clock.now().replace(microsecond=0)
GET_TOKEN = {"grant_type": "app_to_tp_authorization_code"}
REFRESH = {"grant_type": "app_to_tp_refresh_token"}


class Scene:
    """A provider with its own token, and a mini program whose developer may authorise it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.provider, self.secret = providers.create_provider(TESTER, "Agency")
        self.app = world.mini_program()
        self.api = world.api(world.developer(self.app.entity))
        self.wire = Wire(client_token(self.provider.pk, self.secret))

    @property
    def path(self) -> str:
        return f"/mini-programs/{self.app.pk}/providers"

    def authorize(self, *permissions: int, app: MiniProgram | None = None) -> str:
        """The id of a new authorisation."""
        wanted = [Permission(each) for each in permissions]
        return providers.authorize(TESTER, app or self.app, self.provider.pk, wanted).pk

    def code(self) -> str:
        """A code for the mini program that authorised last."""
        found: str = self.wire.get(APPS).data["list"][-1]["authorization_code"]
        return found

    def redeem(self, code: str) -> Told:
        return self.wire.get(TOKEN, {**GET_TOKEN, "authorization_code": code})

    def refresh(self, raw: str) -> Told:
        return self.wire.get(TOKEN, {**REFRESH, "authorizer_refresh_token": raw})

    def token(self, *permissions: int) -> Wire:
        """Calls for the mini program, authorised by these permission sets."""
        self.authorize(*permissions)
        return Wire(self.redeem(self.code()).data["authorizer_access_token"])


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world)


@pytest.fixture
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def test_a_developer_authorises_a_provider_and_revokes_it(scene: Scene) -> None:
    chosen = scene.api.get("/providers").body["items"]
    assert chosen == [{"client_key": scene.provider.pk, "name": "Agency"}]
    body = {"client_key": scene.provider.pk, "permissions": [4, 3, 3]}
    answer = scene.api.post(scene.path, body)
    assert answer.status == 201
    assert answer.body["provider"] == chosen[0]
    assert [each["id"] for each in answer.body["permissions"]] == [3, 4]
    assert answer.body["permissions"][0]["name"] == "Operation"
    assert scene.api.get(scene.path).body["items"] == [answer.body]
    again = scene.api.post(scene.path, body)
    assert (again.status, again.code) == (409, "already_authorized")
    assert scene.api.delete(f"{scene.path}/{answer.body['id']}").status == 204
    assert scene.api.get(scene.path).body["items"] == []
    assert scene.api.delete(f"{scene.path}/{answer.body['id']}").status == 404
    assert scene.api.post(scene.path, body).status == 201
    (event,) = journal.search(verb="openapi.revoke_provider", subject_id=scene.app.pk)
    assert event.before == {"provider": scene.provider.pk, "permissions": [3, 4]}


@pytest.mark.parametrize("wrong", [[], [5], [0], ["3"], [3, 3, 3, 3, 3], None])
def test_other_permission_sets_are_refused(scene: Scene, wrong: Any) -> None:
    answer = scene.api.post(scene.path, {"client_key": scene.provider.pk, "permissions": wrong})
    assert answer.code == "validation_failed"


def test_an_unknown_or_disabled_provider_is_not_authorised(scene: Scene) -> None:
    body = {"client_key": "tp0123456789abcdef", "permissions": [3]}
    assert scene.api.post(scene.path, body).code == "provider_unknown"
    providers.set_enabled(TESTER, scene.provider, is_enabled=False)
    body["client_key"] = scene.provider.pk
    assert scene.api.post(scene.path, body).code == "provider_unknown"
    assert scene.api.get("/providers").body["items"] == []


def test_an_authorisation_of_others_is_not_found(scene: Scene) -> None:
    made = scene.authorize(3)
    sibling = scene.world.mini_program(scene.app.entity)
    assert scene.api.delete(f"/mini-programs/{sibling.pk}/providers/{made}").status == 404
    outsider = scene.world.api(scene.world.developer(scene.world.entity()))
    assert outsider.get(scene.path).status == 404
    assert outsider.delete(f"{scene.path}/{made}").status == 404


def test_a_provider_gets_a_token_for_who_authorised_it(scene: Scene) -> None:
    scene.authorize(1, 3)
    told = scene.wire.get(APPS)
    assert (told.err_no, told.data["total_count"]) == (0, 1)
    (listed,) = told.data["list"]
    assert listed["authorizer_appid"] == scene.app.pk
    assert isinstance(listed["authorized_at"], int)
    got = scene.redeem(listed["authorization_code"])
    assert got.err_no == 0
    assert got.data["authorizer_appid"] == scene.app.pk
    assert (got.data["expires_in"], got.data["refresh_expires_in"]) == (7200, 2592000)
    assert got.data["authorizer_access_token"].startswith("isvact.")
    assert got.data["authorizer_refresh_token"].startswith("isvrft.")
    assert [each["category"] for each in got.data["authorize_permission"]] == [
        "开发管理",
        "运营管理",
    ]
    assert Wire(got.data["authorizer_access_token"]).get(CAPABILITIES).err_no == 0


def test_a_code_is_good_once_and_for_ten_minutes(
    scene: Scene, traveller: time_machine.Traveller
) -> None:
    scene.authorize(3)
    first, second, third = scene.code(), scene.code(), scene.code()
    assert scene.redeem(first).err_no == 0
    assert scene.redeem(first).err_no == 28001007
    traveller.shift(599)
    assert scene.redeem(second).err_no == 0
    traveller.shift(1)
    assert scene.redeem(third).err_no == 28001007


def test_another_provider_redeems_nobodys_code(scene: Scene) -> None:
    scene.authorize(3)
    code = scene.code()
    other, secret = providers.create_provider(TESTER, "Other")
    theirs = Wire(client_token(other.pk, secret))
    assert theirs.get(APPS).data == {"total_count": 0, "list": []}
    told = theirs.get(TOKEN, {**GET_TOKEN, "authorization_code": code})
    assert told.err_no == 28001007
    got = scene.redeem(code)
    assert got.err_no == 0
    refresh = {**REFRESH, "authorizer_refresh_token": got.data["authorizer_refresh_token"]}
    assert theirs.get(TOKEN, refresh).err_no == 28001007


def test_a_refresh_token_is_good_once_and_the_earlier_token_lives_five_minutes_on(
    scene: Scene, traveller: time_machine.Traveller
) -> None:
    scene.authorize(3)
    first = scene.redeem(scene.code()).data
    second = scene.refresh(first["authorizer_refresh_token"]).data
    assert scene.refresh(first["authorizer_refresh_token"]).err_no == 28001007
    raws = [each["authorizer_access_token"] for each in (first, second)]
    assert [Wire(each).get(CAPABILITIES).err_no for each in raws] == [0, 0]
    traveller.shift(300)
    assert [Wire(each).get(CAPABILITIES).err_no for each in raws] == [28001003, 0]
    traveller.shift(6900)
    assert Wire(raws[1]).get(CAPABILITIES).err_no == 28001008
    fresh = Wire(client_token(scene.provider.pk, scene.secret))
    query = {**REFRESH, "authorizer_refresh_token": second["authorizer_refresh_token"]}
    third = fresh.get(TOKEN, query).data
    traveller.shift(timedelta(days=30))
    fresh = Wire(client_token(scene.provider.pk, scene.secret))
    query["authorizer_refresh_token"] = third["authorizer_refresh_token"]
    assert fresh.get(TOKEN, query).err_no == 28001007


def test_its_token_is_found_by_one_query_too(scene: Scene) -> None:
    calls = scene.token(4)
    with CaptureQueriesContext(connection) as seen:
        assert calls.get(CREDIT).err_no == 0
    assert len(seen) == 1


def test_40036_a_permission_set_that_was_not_given(scene: Scene) -> None:
    calls = scene.token(1, 2)
    assert calls.get(CAPABILITIES).err_no == 40036
    assert calls.get(CREDIT).err_no == 40036


def test_40036_from_the_moment_of_revoking(scene: Scene) -> None:
    calls = scene.token(3)
    assert calls.get(CAPABILITIES).err_no == 0
    (shown,) = scene.api.get(scene.path).body["items"]
    got = scene.redeem(scene.code()).data
    code = scene.code()
    assert scene.api.delete(f"{scene.path}/{shown['id']}").status == 204
    assert calls.get(CAPABILITIES).err_no == 40036
    assert scene.redeem(code).err_no == 40036
    assert scene.refresh(got["authorizer_refresh_token"]).err_no == 40036
    assert scene.wire.get(APPS).data["total_count"] == 0


def test_given_again_the_old_tokens_stay_dead(scene: Scene) -> None:
    calls = scene.token(3)
    (made,) = queries.authorizations(scene.app)
    providers.revoke(TESTER, made)
    scene.authorize(3)
    assert calls.get(CAPABILITIES).err_no == 40036
    assert (
        Wire(scene.redeem(scene.code()).data["authorizer_access_token"]).get(CAPABILITIES).err_no
        == 0
    )


def test_scopes_and_list_of_the_mini_program_do_not_bind_its_provider(scene: Scene) -> None:
    calls = scene.token(3, 4)
    credentials.set_scopes(TESTER, scene.app, [])
    credentials.set_allowed_networks(TESTER, scene.app, ["10.0.0.1"])
    assert calls.get(CAPABILITIES).err_no == 0
    assert calls.get(CREDIT).err_no == 0


def test_40006_from_an_address_that_the_provider_does_not_list(scene: Scene) -> None:
    calls = scene.token(3)
    providers.set_allowed_networks(TESTER, scene.provider, ["10.0.0.1"])
    assert calls.get(CAPABILITIES).err_no == 40006
    assert scene.wire.get(APPS).err_no == 28005079
    told = Wire().post("/oauth/client_token/", asking(scene.provider.pk, scene.secret))
    assert told.err_no == 40006


def test_a_disabled_provider_calls_nothing_until_it_is_enabled(scene: Scene) -> None:
    calls = scene.token(3)
    operator = scene.world.api(scene.world.operator())
    path = f"/operator/providers/{scene.provider.pk}"
    shown = operator.post(f"{path}/disable").body
    assert shown["disabled_at"]
    assert "enable" in shown["available_actions"]
    assert calls.get(CAPABILITIES).err_no == 28001003
    assert scene.wire.get(APPS).err_no == 28001003
    told = Wire().post("/oauth/client_token/", asking(scene.provider.pk, scene.secret))
    assert told.err_no == 10003
    assert operator.post(f"{path}/disable").body["disabled_at"] == shown["disabled_at"]
    assert operator.post(f"{path}/enable").body["disabled_at"] is None
    assert calls.get(CAPABILITIES).err_no == 0


def test_a_provider_alone_stands_for_no_mini_program(scene: Scene) -> None:
    assert scene.wire.get(CAPABILITIES).err_no == 28001003
    assert scene.wire.get(CREDIT).err_no == 11001


def test_a_mini_program_is_no_provider(scene: Scene) -> None:
    assert wire(scene.app).get(APPS).err_no == 28001003
    calls = scene.token(1, 2, 3, 4)
    assert calls.get(APPS).err_no == 28001003


def test_a_refresh_token_opens_no_call(scene: Scene) -> None:
    scene.authorize(3)
    got = scene.redeem(scene.code()).data
    assert Wire(got["authorizer_refresh_token"]).get(CAPABILITIES).err_no == 28001003


def test_ending_the_secret_ends_what_was_got_through_it(scene: Scene) -> None:
    calls = scene.token(3)
    (secret,) = queries.live_secrets(scene.provider.credential)
    credentials.end_secret(TESTER, secret)
    assert calls.get(CAPABILITIES).err_no == 28001003
    assert scene.wire.get(APPS).err_no == 28001003


def test_calls_for_a_mini_program_are_counted_together(scene: Scene) -> None:
    with time_machine.travel(START, tick=False):
        calls, own = scene.token(3), wire(scene.app)
        told = [each.get(CAPABILITIES).err_no for each in (calls, own) * 6]
    assert told == [0] * 10 + [28003017] * 2


def test_an_audit_event_names_the_provider(scene: Scene) -> None:
    calls = scene.token(3)
    told = calls.post(
        "/api/apps/v1/capacity/apply_capacity/",
        {"capacity_key": "profile_mount", "apply_reason": "visitors ask", "apply_info": {}},
    )
    assert told.err_no == 0, told
    (event,) = journal.search(verb="capability.apply")
    assert event.actor_id == scene.provider.pk
    assert event.request_id == told.body["log_id"]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"grant_type": "app_to_tp_authorization_code"},
        {"grant_type": "app_to_tp_refresh_token"},
        {"grant_type": "other", "authorization_code": "x"},
        {"grant_type": "app_to_tp_authorization_code", "authorization_code": "x" * 129},
        {"grant_type": "app_to_tp_authorization_code", "authorization_code": "unknown"},
        {"grant_type": "app_to_tp_refresh_token", "authorization_code": "x"},
        "grant_type=app_to_tp_authorization_code&authorization_code=a&authorization_code=b",
    ],
)
def test_28001007_a_bad_parameter(scene: Scene, query: Any) -> None:
    assert scene.wire.get(TOKEN, query).err_no == 28001007


def test_the_list_is_paged(scene: Scene) -> None:
    apps = [scene.world.mini_program() for _ in range(3)]
    for app in apps:
        scene.authorize(3, app=app)
    first = scene.wire.get(APPS, {"page_num": 1, "page_size": 2}).data
    second = scene.wire.get(APPS, {"page_num": 2, "page_size": 2}).data
    assert (first["total_count"], second["total_count"]) == (3, 3)
    found = [each["authorizer_appid"] for each in first["list"] + second["list"]]
    assert found == [app.pk for app in apps]
    for wrong in (0, 51, -1):
        assert scene.wire.get(APPS, {"page_size": wrong}).err_no == 28001007
    assert scene.wire.get(APPS, {"page_num": 0}).err_no == 28001007


def test_operators_make_providers(world: World) -> None:
    operator = world.api(world.operator())
    answer = operator.post("/operator/providers", {"name": "Agency"})
    assert answer.status == 201
    key, raw = answer.body["client_key"], answer.body.pop("secret")
    assert key.startswith("tp")
    assert len(key) == 18
    listed = operator.get("/operator/providers").body["items"]
    assert listed == [answer.body]
    assert Wire(client_token(key, raw)).get(APPS).err_no == 0
    second = operator.post(f"/operator/providers/{key}/secrets")
    assert second.status == 201
    third = operator.post(f"/operator/providers/{key}/secrets")
    assert third.code == "two_secrets_live"
    (first_id,) = {each["id"] for each in answer.body["secrets"]}
    path = f"/operator/providers/{key}/secrets/{first_id}"
    assert operator.delete(path).status == 204
    assert operator.delete(path).status == 404
    assert Wire().post("/oauth/client_token/", asking(key, raw)).err_no == 10013
    wrong = operator.put(f"/operator/providers/{key}/allowed-networks", {"networks": ["x"]})
    assert wrong.code == "network_invalid"
    assert operator.post("/operator/providers/tp_absent/disable").status == 404
    assert operator.post("/operator/providers", {"name": ""}).code == "validation_failed"


def test_only_operators_make_providers(world: World) -> None:
    developer: Api = world.api(world.developer(world.entity()))
    assert developer.post("/operator/providers", {"name": "Agency"}).status == 403
    assert developer.get("/operator/providers").status == 403
    assert not Provider.objects.exists()


def test_codes_and_refresh_tokens_are_forgotten_a_day_after_their_end(
    scene: Scene, traveller: time_machine.Traveller
) -> None:
    scene.token(3)
    traveller.shift(timedelta(days=1, minutes=10, seconds=1))
    tokens.forget_old()
    assert (AuthorizationCode.objects.count(), RefreshToken.objects.count()) == (0, 1)
    traveller.shift(timedelta(days=30))
    tokens.forget_old()
    assert RefreshToken.objects.count() == 0
