"""S9: after everything that deals in secrets, none stands in clear in any table or log."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps

from guazai.control.openapi import queries
from guazai.control.openapi.actions import credentials
from guazai.control.openapi.models import ClientSecret
from guazai.control.openapi.states import Permission
from tests.openapi.calling import CAPABILITIES, TESTER, Wire, asking, client_token

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.django_db


def stored() -> str:
    """Every value in every table."""
    rows: list[Any] = []
    for model in apps.get_models():
        rows += model._default_manager.values_list()
    return "\n".join(
        str([bytes(cell) if isinstance(cell, memoryview) else cell for cell in row]) for row in rows
    )


def secrets_of_a_run(world: World) -> set[str]:
    """Every secret, token and code of a run through all that deals in them."""
    operator = world.api(world.operator())
    app = world.mini_program()
    api = world.api(world.developer(app.entity))
    base = f"/mini-programs/{app.pk}"
    made = api.post(f"{base}/credential/secrets", Idempotency_Key="a-secret").body
    older = api.post(f"{base}/credential/secrets", {"keep_hours": 1}).body
    seen = {made["secret"], older["secret"]}
    seen |= {client_token(app.pk, made["secret"]) for _ in range(3)}
    stable = Wire().post("/oauth/stable_client_token/", asking(app.pk, older["secret"]))
    seen.add(stable.data["access_token"])
    Wire().post("/oauth/client_token/", asking(app.pk, "a wrong secret"))
    Wire().post("/oauth/client_token/", asking(made["secret"], app.pk))
    Wire(stable.data["access_token"]).get(CAPABILITIES, {"access_token": made["secret"]})
    Wire("clt.not-a-token-of-anybody").get(CAPABILITIES)
    provider = operator.post("/operator/providers", {"name": "Agency"}).body
    body = {"client_key": provider["client_key"], "permissions": [Permission.OPERATION]}
    api.post(f"{base}/providers", body)
    theirs = Wire(client_token(provider["client_key"], provider["secret"]))
    (listed,) = theirs.get("/api/tpapp/v2/auth/query_auth_app_list/").data["list"]
    path = "/api/tpapp/v2/auth/get_auth_token/"
    by_code = {"grant_type": "app_to_tp_authorization_code"}
    got = theirs.get(path, {**by_code, "authorization_code": listed["authorization_code"]}).data
    by_refresh = {"grant_type": "app_to_tp_refresh_token"}
    raw = got["authorizer_refresh_token"]
    got_again = theirs.get(path, {**by_refresh, "authorizer_refresh_token": raw}).data
    assert Wire(got_again["authorizer_access_token"]).get(CAPABILITIES).err_no == 0
    api.delete(f"{base}/credential/secrets/{made['id']}")
    seen |= {provider["secret"], listed["authorization_code"], theirs.headers["access-token"]}
    for each in (got, got_again):
        seen |= {each["authorizer_access_token"], each["authorizer_refresh_token"]}
    return seen | {"a wrong secret", "not-a-token-of-anybody"}


def test_s9_no_secret_token_or_code_is_in_any_table_or_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        seen = secrets_of_a_run(world)
    everywhere = stored() + caplog.text
    assert len(seen) > 12
    assert "openapi.create_secret" in everywhere
    assert "openapi.call" in everywhere
    for each in seen:
        # Nor what is left of one without its kind.
        assert each.partition(".")[2] not in everywhere if "." in each else each not in everywhere


def test_s9_twin_that_keeps_a_secret_in_clear_is_found(world: World) -> None:
    secrets_of_a_run(world)
    held = ClientSecret.objects.filter(ended_at=None).first()
    assert held is not None
    raw = queries.seal().decrypt(bytes(held.sealed))
    assert raw.decode() not in stored()
    ClientSecret.objects.filter(pk=held.pk).update(sealed=raw)
    assert raw.decode() in stored()


def test_s9_another_platforms_secret_opens_no_seal(
    world: World, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    app = world.mini_program()
    _, raw = credentials.create_secret(TESTER, app)
    stable = client_token(app.pk, raw, "/oauth/stable_client_token/")
    assert queries.signing_secrets(app.pk) == (raw,)
    settings.CONFIG = replace(settings.CONFIG, secret_key="a secret of another platform " * 2)
    caches: tuple[Any, ...] = (queries.derived_key, queries.seal)
    try:
        for each in caches:
            each.cache_clear()
        assert queries.signing_secrets(app.pk) == ()
        assert "openapi.seal_unreadable" in caplog.text
        # Calls for tokens go on; a stable token is another one from then on.
        assert Wire(client_token(app.pk, raw)).get(CAPABILITIES).err_no == 0
        again = client_token(app.pk, raw, "/oauth/stable_client_token/")
        assert again != stable
        assert Wire(again).get(CAPABILITIES).err_no == 0
    finally:
        for each in caches:
            each.cache_clear()
