"""Every code of the contract, reached once by a client that does what leads to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from guazai.control.capability import actions as capability
from guazai.control.kernel import clock
from guazai.control.landing import actions as landing
from guazai.control.openapi.actions import credentials, providers
from guazai.control.openapi.states import Permission
from guazai.control.openapi.states import Scope as WireScope
from guazai.control.openapi.wire import site
from guazai.control.openapi.wire.codes import ErrNo
from tests.openapi.calling import (
    CAPABILITIES,
    CREDIT,
    TESTER,
    Told,
    Wire,
    asking,
    client_token,
)
from tests.openapi.scene import CAPACITY, Scene
from tests.world import HOST, SURFACE

TOKEN = "/oauth/client_token/"
APPLY = {"capacity_key": "profile_mount", "apply_reason": "访客需要入口", "apply_info": {}}
Reach = Callable[[Scene], Told]


def apply(scene: Scene) -> Told:
    return scene.wire.post(f"{CAPACITY}/apply_capacity/", APPLY)


def unbind(scene: Scene, aweme_id: str) -> Told:
    body = {"aweme_id": aweme_id, "type": "brand"}
    return scene.wire.post(f"{CAPACITY}/unbind_aweme_relation/", body)


def broken(scene: Scene, path: str) -> Told:
    """A call that fails by a bug of ours."""

    def fail(*_: Any) -> None:
        raise RuntimeError("a bug")

    calls = site.calls()[path.rstrip("/")]
    call = calls["GET"]
    calls["GET"] = replace(call, run=fail, arguments=None)
    try:
        return scene.wire.get(path)
    finally:
        calls["GET"] = call


def with_scopes(scene: Scene, scopes: list[WireScope]) -> Told:
    credentials.set_scopes(TESTER, scene.app, scopes)
    return scene.wire.get(CAPABILITIES)


def with_list(scene: Scene, ask: Callable[[], Told]) -> Told:
    credentials.set_allowed_networks(TESTER, scene.app, ["198.51.100.1"])
    return ask()


def provider_wire(scene: Scene) -> tuple[Wire, str]:
    """A service provider that may do anything but query the credit score; its calls, its key."""
    provider, secret = providers.create_provider(TESTER, "Agency")
    wanted = [each for each in Permission if each is not Permission.DATA]
    providers.authorize(TESTER, scene.app, provider.pk, wanted)
    return Wire(client_token(provider.pk, secret)), provider.pk


def provider_for_app(scene: Scene) -> Wire:
    own, _ = provider_wire(scene)
    (listed,) = own.get("/api/tpapp/v2/auth/query_auth_app_list/").data["list"]
    query = {
        "grant_type": "app_to_tp_authorization_code",
        "authorization_code": listed["authorization_code"],
    }
    got = own.get("/api/tpapp/v2/auth/get_auth_token/", query).data
    return Wire(got["authorizer_access_token"])


def too_many_tokens(scene: Scene) -> Told:
    body = asking(scene.app.pk, "wrong")
    for _ in range(500):
        Wire().post(TOKEN, body)
    return Wire().post(TOKEN, body)


def expired(scene: Scene) -> Told:
    with time_machine.travel(clock.now() + timedelta(hours=3), tick=False):
        return scene.wire.get(CAPABILITIES)


def offline(scene: Scene) -> Told:
    scene.grant()
    scene.sync(is_online=False)
    return scene.bind(scene.brand())


def revoked(scene: Scene) -> Told:
    scene.grant()
    scene.revoke()
    return scene.bind(scene.brand())


def too_often(scene: Scene) -> Told:
    with time_machine.travel(clock.now(), tick=False):
        return [scene.wire.get(CREDIT) for _ in range(11)][-1]


def applied_twice(scene: Scene) -> Told:
    apply(scene)
    return apply(scene)


def applied_too_often(scene: Scene) -> Told:
    for _ in range(5):
        capability.withdraw(TESTER, capability.apply(TESTER, scene.app, SURFACE, "x"))
    return apply(scene)


def unmet(scene: Scene) -> Told:
    scene.sync(credit_score=1)
    return apply(scene)


def over_quota(scene: Scene) -> Told:
    scene.grant()
    scene.bind(scene.brand())
    return scene.bind(scene.brand())


def unknown_account(scene: Scene) -> Told:
    scene.grant()
    return scene.bind(scene.brand(), aweme_id="nobody")


def bound_already(scene: Scene) -> Told:
    scene.grant()
    account = scene.brand()
    scene.bound(account)
    return scene.bind(account)


def asked_already(scene: Scene) -> Told:
    scene.grant()
    account = scene.brand()
    scene.bind(account)
    return scene.bind(account)


def unbound_too_often(scene: Scene) -> Told:
    scene.grant()
    for _ in range(5):
        landing.unbind(HOST, scene.bound(scene.brand()))
    account = scene.brand()
    scene.bound(account)
    return unbind(scene, account.pk)


REACH: dict[ErrNo, Reach] = {
    ErrNo.SYSTEM: lambda scene: broken(scene, CREDIT),
    ErrNo.INTERNAL: lambda scene: broken(scene, CAPABILITIES),
    ErrNo.TOKEN_PARAMETER: lambda scene: Wire().post(TOKEN, {"client_key": scene.app.pk}),
    ErrNo.TOKEN_KEY_UNKNOWN: lambda _: Wire().post(TOKEN, asking("nobody", "x")),
    ErrNo.TOKEN_KEY_WRONG: lambda scene: Wire().post(TOKEN, asking(scene.app.pk, "x")),
    ErrNo.TOKEN_TOO_OFTEN: too_many_tokens,
    ErrNo.APP_NOT_PARSED: lambda scene: provider_wire(scene)[0].get(CREDIT),
    ErrNo.OLD_PARAMETER: lambda scene: scene.wire.post(CREDIT, {}),
    ErrNo.OLD_TOKEN_INVALID: lambda _: Wire("clt.none").get(CREDIT),
    ErrNo.ADDRESS_NOT_LISTED: lambda scene: with_list(
        scene, lambda: Wire().post(TOKEN, asking(scene.app.pk, scene.secret))
    ),
    ErrNo.CLIENT_ADDRESS_NOT_LISTED: lambda scene: with_list(
        scene, lambda: scene.wire.get(CAPABILITIES)
    ),
    ErrNo.PERMISSION_MISSING: lambda scene: provider_for_app(scene).get(CREDIT),
    ErrNo.TOKEN_INVALID: lambda _: Wire("clt.none").get(CAPABILITIES),
    ErrNo.BAD_PARAMETER: lambda scene: scene.relations("friend"),
    ErrNo.TOKEN_EXPIRED: expired,
    ErrNo.NO_CAPABILITY: lambda scene: with_scopes(scene, []),
    ErrNo.APP_CLOSED: offline,
    ErrNo.CAPABILITY_MISSING: lambda scene: with_scopes(scene, [WireScope.CREDIT]),
    ErrNo.CAPABILITY_BANNED: revoked,
    ErrNo.RATE_LIMITED: too_often,
    ErrNo.ALREADY_APPLIED: applied_twice,
    ErrNo.APPLICATION_LIMIT: applied_too_often,
    ErrNo.CONDITIONS_UNMET: unmet,
    ErrNo.CAPABILITY_TO_BIND_MISSING: lambda scene: scene.bind(scene.brand()),
    ErrNo.BINDING_QUOTA: over_quota,
    ErrNo.ACCOUNT_UNKNOWN: unknown_account,
    ErrNo.ALREADY_BOUND: bound_already,
    ErrNo.BINDING_IN_PROGRESS: asked_already,
    ErrNo.UNBIND_LIMIT: unbound_too_often,
}


def test_there_is_a_way_to_every_code() -> None:
    assert REACH.keys() == set(ErrNo) - {ErrNo.SUCCESS}


@pytest.mark.parametrize("err_no", REACH, ids=lambda err_no: f"{err_no.value}")
def test_a_client_is_told_it(scene: Scene, err_no: ErrNo) -> None:
    told = REACH[err_no](scene)
    assert (told.status, told.err_no) == (200, err_no.value)
    said = told.body["err_msg"] if "err_msg" in told.body else told.data["description"]
    assert not said.isascii()
