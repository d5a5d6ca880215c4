"""`stable_client_token`: the same token while it is valid, kept nowhere in clear."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import time_machine

from guazai.control.kernel import clock
from guazai.control.openapi.actions import credentials
from guazai.control.openapi.models import ClientToken
from tests.openapi.calling import CAPABILITIES, TESTER, Told, Wire, asking, client_token, secret_of

if TYPE_CHECKING:
    from guazai.control.directory.models import MiniProgram
    from tests.world import World

pytestmark = pytest.mark.django_db
PATH = "/oauth/stable_client_token/"
START = clock.now().replace(microsecond=0)


@pytest.fixture
def app(world: World) -> MiniProgram:
    return world.mini_program()


@pytest.fixture
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def ask(app: MiniProgram, secret: str, **more: object) -> Told:
    return Wire().post(PATH, asking(app.pk, secret, **more))


def asked(token: str) -> int:
    """What a call with the token is told."""
    return Wire(token).get(CAPABILITIES).err_no


def test_the_same_token_while_it_is_valid(
    app: MiniProgram, traveller: time_machine.Traveller
) -> None:
    secret = secret_of(app)
    first = ask(app, secret)
    assert (first.data["expires_in"], first.body["message"]) == (7200, "success")
    traveller.shift(7199)
    again = ask(app, secret)
    assert again.data["access_token"] == first.data["access_token"]
    assert again.data["expires_in"] == 1
    assert asked(again.data["access_token"]) == 0
    traveller.shift(1)
    next_one = ask(app, secret)
    assert next_one.data["access_token"] != first.data["access_token"]
    assert next_one.data["expires_in"] == 7200
    assert asked(first.data["access_token"]) == 28001008


def test_by_force_a_new_one_ends_the_earlier_at_once(app: MiniProgram) -> None:
    secret = secret_of(app)
    first = ask(app, secret).data["access_token"]
    assert ask(app, secret, force_refresh=False).data["access_token"] == first
    second = ask(app, secret, force_refresh=True).data["access_token"]
    assert (asked(first), asked(second)) == (28001003, 0)
    assert ask(app, secret).data["access_token"] == second


def test_client_tokens_come_and_go_beside_it(app: MiniProgram) -> None:
    secret = secret_of(app)
    stable = ask(app, secret).data["access_token"]
    for _ in range(3):
        client = client_token(app.pk, secret)
    assert (asked(stable), asked(client)) == (0, 0)
    ask(app, secret, force_refresh=True)
    assert asked(client) == 0


def test_each_mini_program_has_its_own(world: World, app: MiniProgram) -> None:
    other = world.mini_program()
    mine, theirs = ask(app, secret_of(app)), ask(other, secret_of(other))
    assert mine.data["access_token"] != theirs.data["access_token"]


def test_during_a_rotation_both_secrets_tell_the_same(app: MiniProgram) -> None:
    older, raw = credentials.create_secret(TESTER, app)
    newer = secret_of(app)
    token = ask(app, raw).data["access_token"]
    assert ask(app, newer).data["access_token"] == token
    credentials.end_secret(TESTER, older)
    assert asked(token) == 28001003  # it was got with the secret that has ended
    assert asked(ask(app, newer).data["access_token"]) == 0


def test_s9_it_is_kept_as_a_hash_and_told_again_all_the_same(app: MiniProgram) -> None:
    secret = secret_of(app)
    token = ask(app, secret).data["access_token"]
    (row,) = ClientToken.objects.values()
    assert token not in repr(row)
    assert token[4:20] not in repr(row)


@pytest.mark.parametrize("wrong", ["yes", 1, [True], {}])
def test_10002_force_that_is_neither_true_nor_false(app: MiniProgram, wrong: object) -> None:
    assert ask(app, secret_of(app), force_refresh=wrong).err_no == 10002


def test_its_errors_are_those_of_client_token(app: MiniProgram) -> None:
    secret = secret_of(app)
    assert ask(app, "guess").err_no == 10013
    assert Wire().post(PATH, asking("nobody", "guess")).err_no == 10003
    assert Wire().post(PATH, asking(app.pk, "guess", grant_type="")).err_no == 10002
    credentials.set_allowed_networks(TESTER, app, ["2001:db8::/32"])
    assert ask(app, secret).err_no == 40006
