"""`client_token`: two hours, the one before lives five minutes on, the newest two alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.openapi.calling import asking, secret_of
from tests.openapi.calling import Wire

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.django_db
PATH = "/oauth/client_token/"


def test_a_token_for_two_hours(world: World) -> None:
    app = world.mini_program()
    told = Wire().post(PATH, asking(app.pk, secret_of(app)))
    token = told.data.pop("access_token")
    assert told.body == {
        "data": {"description": "", "error_code": 0, "expires_in": 7200},
        "message": "success",
    }
    assert token.startswith("clt.")
    assert len(token) == 47
    assert Wire(token).get("/api/tpapp/v2/auth/query_auth_app_list/").err_no == 28001003
