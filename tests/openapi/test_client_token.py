"""`client_token`: two hours, the one before lives five minutes on, the newest two alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from guazai.control.kernel import clock
from guazai.control.kernel.errors import NOT_FOUND, Problem
from guazai.control.kernel.limits import limiter
from guazai.control.kernel.windows import MemoryWindows
from guazai.control.openapi.actions import credentials, tokens
from guazai.control.openapi.models import ClientToken
from tests.openapi.calling import (
    CAPABILITIES,
    CREDIT,
    TESTER,
    Wire,
    asking,
    client_token,
    secret_of,
)

if TYPE_CHECKING:
    from guazai.control.directory.models import MiniProgram
    from tests.world import World

pytestmark = pytest.mark.django_db
PATH = "/oauth/client_token/"
START = clock.now().replace(microsecond=0)
BAD = {
    "no key": {"client_key": None},
    "no secret": {"client_secret": None},
    "no grant": {"grant_type": None},
    "a number for a key": {"client_key": 7},
    "a list for a secret": {"client_secret": ["gzs_x"]},
    "an empty key": {"client_key": ""},
    "another grant": {"grant_type": "authorization_code"},
    "a grant in other letters": {"grant_type": "Client_Credential"},
    "a key too long": {"client_key": "k" * 65},
    "a secret too long": {"client_secret": "s" * 129},
    "NUL": {"client_key": "tt\0"},
    "half a surrogate": {"client_secret": "\ud800"},
}


@pytest.fixture
def app(world: World) -> MiniProgram:
    return world.mini_program()


@pytest.fixture
def secret(app: MiniProgram) -> str:
    return secret_of(app)


@pytest.fixture
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def asked(token: str) -> int:
    """What a call with the token is told."""
    return Wire(token).get(CAPABILITIES).err_no


def test_a_token_for_two_hours(app: MiniProgram, secret: str) -> None:
    told = Wire().post(PATH, asking(app.pk, secret))
    token = told.data.pop("access_token")
    assert told.body == {
        "data": {"description": "", "error_code": 0, "expires_in": 7200},
        "message": "success",
    }
    assert token.startswith("clt.")
    assert len(token) == 47
    assert asked(token) == 0


def test_a_token_expires_after_two_hours(
    app: MiniProgram, secret: str, traveller: time_machine.Traveller
) -> None:
    token = client_token(app.pk, secret)
    traveller.shift(7199)
    assert asked(token) == 0
    traveller.shift(1)
    assert asked(token) == 28001008
    assert Wire(token).get(CREDIT).err_no == 11016  # the older calls know one code for both


def test_the_one_before_lives_five_minutes_on(
    app: MiniProgram, secret: str, traveller: time_machine.Traveller
) -> None:
    first = client_token(app.pk, secret)
    traveller.shift(60)
    second = client_token(app.pk, secret)
    traveller.shift(299)
    assert (asked(first), asked(second)) == (0, 0)
    traveller.shift(1)
    assert (asked(first), asked(second)) == (28001003, 0)


def test_the_newest_two_alone_are_live(
    app: MiniProgram, secret: str, traveller: time_machine.Traveller
) -> None:
    first, second, third = (client_token(app.pk, secret) for _ in range(3))
    assert [asked(each) for each in (first, second, third)] == [28001003, 0, 0]
    traveller.shift(300)
    assert [asked(each) for each in (first, second, third)] == [28001003, 28001003, 0]


def test_a_token_about_to_expire_is_not_prolonged_by_the_next(
    app: MiniProgram, secret: str, traveller: time_machine.Traveller
) -> None:
    first = client_token(app.pk, secret)
    traveller.shift(7190)
    client_token(app.pk, secret)
    traveller.shift(10)
    assert asked(first) == 28001008


def test_tokens_of_others_are_not_superseded(world: World, app: MiniProgram, secret: str) -> None:
    other = world.mini_program()
    token = client_token(other.pk, secret_of(other))
    for _ in range(3):
        client_token(app.pk, secret)
    assert asked(token) == 0


def test_a_form_is_taken_too(app: MiniProgram, secret: str) -> None:
    form = f"client_key={app.pk}&client_secret={secret}&grant_type=client_credential"
    kind = "application/x-www-form-urlencoded"
    assert Wire().post(PATH, form.encode(), content_type=kind).err_no == 0
    doubled = f"{form}&client_key={app.pk}"
    assert Wire().post(PATH, doubled.encode(), content_type=kind).err_no == 10002
    assert Wire().post(PATH, b"\xff=\xff", content_type=kind).err_no == 10002


@pytest.mark.parametrize("wrong", BAD.values(), ids=BAD)
def test_10002_a_bad_parameter(app: MiniProgram, secret: str, wrong: dict[str, Any]) -> None:
    sent = asking(app.pk, secret) | wrong
    told = Wire().post(PATH, {name: value for name, value in sent.items() if value is not None})
    assert told.err_no == 10002
    assert told.body["message"] == "error"
    assert told.data["description"]
    assert (told.data["access_token"], told.data["expires_in"]) == ("", 0)


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b'"x"', b"{", b"null", b"\xff"])
def test_10002_a_body_that_is_no_object(db: None, body: bytes) -> None:
    assert Wire().post(PATH, body).err_no == 10002


def test_10003_an_unknown_key(world: World, app: MiniProgram, secret: str) -> None:
    assert Wire().post(PATH, asking("nobody", secret)).err_no == 10003
    without = world.mini_program()
    assert Wire().post(PATH, asking(without.pk, secret)).err_no == 10003


@pytest.mark.parametrize("wrong", ["x", "gzs_", " "])
def test_10013_a_wrong_secret(app: MiniProgram, secret: str, wrong: str) -> None:
    for sent in (wrong, secret + wrong, secret[:-1], secret.swapcase()):
        assert Wire().post(PATH, asking(app.pk, sent)).err_no == 10013


def test_10013_anothers_secret(world: World, app: MiniProgram, secret: str) -> None:
    other = secret_of(world.mini_program())
    assert Wire().post(PATH, asking(app.pk, other)).err_no == 10013


def test_10013_a_secret_that_was_ended(app: MiniProgram) -> None:
    made, raw = credentials.create_secret(TESTER, app)
    credentials.end_secret(TESTER, made)
    assert Wire().post(PATH, asking(app.pk, raw)).err_no == 10013


def test_10020_the_501st_call_in_five_minutes(app: MiniProgram, secret: str) -> None:
    wire = Wire()
    told = [wire.post(PATH, asking(app.pk, secret)).err_no for _ in range(501)]
    assert told == [0] * 500 + [10020]
    assert Wire(address="198.51.100.1").post(PATH, asking(app.pk, secret)).err_no == 10020


def test_10020_a_strangers_failures_use_up_no_calls_but_the_strangers(
    app: MiniProgram, secret: str
) -> None:
    stranger = Wire(address="198.51.100.1")
    told = [stranger.post(PATH, asking(app.pk, "guess")).err_no for _ in range(501)]
    assert told == [10013] * 500 + [10020]
    assert stranger.post(PATH, asking(app.pk, secret)).err_no == 10020
    assert Wire().post(PATH, asking(app.pk, secret)).err_no == 0


def test_10020_strangers_who_make_keys_up_are_counted_by_their_address(
    app: MiniProgram, secret: str
) -> None:
    stranger = Wire(address="198.51.100.1")
    told = [stranger.post(PATH, asking(f"key{each}", "guess")).err_no for each in range(501)]
    assert told == [10003] * 500 + [10020]
    assert Wire().post(PATH, asking("another", "guess")).err_no == 10003
    assert stranger.post(PATH, asking(app.pk, secret)).err_no == 0
    assert isinstance(limiter._shared, MemoryWindows)
    assert len(limiter._shared) < 5


def test_10013_a_secret_that_is_ended_while_it_is_sent(app: MiniProgram) -> None:
    made, _ = credentials.create_secret(TESTER, app)
    credentials.end_secret(TESTER, made)
    for late in (
        lambda: tokens.issue_client_token(made),
        lambda: tokens.issue_stable_token(made, force_refresh=False),
    ):
        with pytest.raises(Problem) as refused:
            late()
        assert refused.value.code is NOT_FOUND  # which these calls tell as 10013
    assert not ClientToken.objects.exists()


def test_40006_an_address_that_is_not_listed(app: MiniProgram, secret: str) -> None:
    credentials.set_allowed_networks(TESTER, app, ["203.0.113.0/24"])
    told = Wire(address="198.51.100.1").post(PATH, asking(app.pk, secret))
    assert (told.err_no, told.data["access_token"]) == (40006, "")
    assert Wire(address="203.0.113.9").post(PATH, asking(app.pk, secret)).err_no == 0


def test_tokens_that_are_over_are_forgotten_after_a_day(
    app: MiniProgram, secret: str, traveller: time_machine.Traveller
) -> None:
    client_token(app.pk, secret)
    traveller.shift(timedelta(hours=25))
    tokens.forget_old()
    assert ClientToken.objects.count() == 1
    traveller.shift(timedelta(hours=2))
    client_token(app.pk, secret)
    assert tokens.forget_old() == 1
    assert ClientToken.objects.count() == 1
