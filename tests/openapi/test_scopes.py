"""Scopes and allow lists of a mini program's credential."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from guazai.control.journal import queries as journal
from guazai.control.openapi import networks
from guazai.control.openapi.actions import credentials
from guazai.control.openapi.states import Scope
from tests.openapi.calling import CAPABILITIES, CREDIT, TESTER, Wire, client_token, secret_of
from tests.world import Api

if TYPE_CHECKING:
    from guazai.control.directory.models import LegalEntity, MiniProgram
    from tests.world import World

LISTED = {
    "an address": (["203.0.113.7"], ["203.0.113.7", "::ffff:203.0.113.7"], ["203.0.113.8"]),
    "a network": (["203.0.113.0/25"], ["203.0.113.127"], ["203.0.113.128"]),
    "a mapped address": (["::ffff:203.0.113.7"], ["203.0.113.7"], ["203.0.113.8"]),
    "a mapped network": (
        ["::ffff:203.0.113.0/120"],
        ["203.0.113.255", "::ffff:203.0.113.1"],
        ["203.0.112.1"],
    ),
    "IPv6": (["2001:db8::/32"], ["2001:db8::1", "2001:DB8:0:0::2"], ["2001:db9::1", "1.2.3.4"]),
    "a zone": (["fe80::/10"], ["fe80::1%eth0"], ["fec0::1"]),
    "several": (["10.0.0.1", "2001:db8::1"], ["10.0.0.1", "2001:db8::1"], ["10.0.0.2", "::1"]),
    "none": ([], ["10.0.0.1", "::1"], []),
    "anywhere by IPv4": (["0.0.0.0/0"], ["10.0.0.1"], ["2001:db8::1", "", "unix:"]),
}
WRONG = ["", "nonsense", "203.0.113.7/24", "203.0.113.7/33", "203.0.113", "2001:db8::/129", "*"]


@pytest.fixture
def app(world: World) -> MiniProgram:
    return world.mini_program()


@pytest.fixture
def api(world: World, app: MiniProgram) -> Api:
    entity: LegalEntity = app.entity
    return world.api(world.developer(entity))


def path(app: MiniProgram, rest: str) -> str:
    return f"/mini-programs/{app.pk}/credential/{rest}"


def test_a_call_outside_of_the_scopes_is_28001018(app: MiniProgram, api: Api) -> None:
    wire = Wire(client_token(app.pk, secret_of(app)))
    assert wire.get(CAPABILITIES).err_no == 0
    answer = api.put(path(app, "scopes"), {"scopes": ["ma.credit_score.query"]})
    granted = [each["key"] for each in answer.body["scopes"] if each["is_granted"]]
    assert granted == ["ma.credit_score.query"]
    assert wire.get(CAPABILITIES).err_no == 28001018  # of the token that was there before
    assert wire.get(CREDIT).err_no == 0
    (event,) = journal.search(verb="openapi.set_scopes", subject_id=app.pk)
    assert (len(event.before["scopes"]), event.after["scopes"]) == (7, ["ma.credit_score.query"])


def test_a_credential_without_any_scope_is_28001014(app: MiniProgram, api: Api) -> None:
    wire = Wire(client_token(app.pk, secret_of(app)))
    assert api.put(path(app, "scopes"), {"scopes": []}).status == 200
    assert wire.get(CAPABILITIES).err_no == 28001014
    assert wire.get(CREDIT).err_no == 28001014


@pytest.mark.parametrize("wrong", [["everything"], "ma.relation.bind", None, [1]])
def test_other_scopes_are_refused(app: MiniProgram, api: Api, wrong: Any) -> None:
    assert api.put(path(app, "scopes"), {"scopes": wrong}).code == "validation_failed"


def test_every_scope_can_be_named(app: MiniProgram, api: Api) -> None:
    every = [scope.value for scope in Scope]
    answer = api.put(path(app, "scopes"), {"scopes": every * 2})
    assert all(each["is_granted"] for each in answer.body["scopes"])


def test_28005079_a_call_from_an_address_that_is_not_listed(app: MiniProgram, api: Api) -> None:
    token = client_token(app.pk, secret_of(app))
    answer = api.put(path(app, "allowed-networks"), {"networks": ["203.0.113.7/32"]})
    assert answer.body["allowed_networks"] == ["203.0.113.7"]
    assert Wire(token, "203.0.113.7").get(CAPABILITIES).err_no == 0
    assert Wire(token, "203.0.113.8").get(CAPABILITIES).err_no == 28005079
    assert Wire(token, "203.0.113.8").get(CREDIT).err_no == 28005079
    api.put(path(app, "allowed-networks"), {"networks": []})
    assert Wire(token, "203.0.113.8").get(CAPABILITIES).err_no == 0
    events = journal.search(verb="openapi.set_allowed_networks", subject_id=app.pk)
    assert [each.after["networks"] for each in events.order_by("pk")] == [["203.0.113.7"], []]


def test_a_list_is_kept_in_one_form_and_once_each(app: MiniProgram, api: Api) -> None:
    given = ["2001:DB8:0::1", "2001:db8::1/128", "::ffff:10.0.0.1", "10.0.0.1", "10.0.0.0/8"]
    answer = api.put(path(app, "allowed-networks"), {"networks": given})
    assert answer.body["allowed_networks"] == ["2001:db8::1", "10.0.0.1", "10.0.0.0/8"]


def test_a_wrong_one_is_named_and_nothing_is_kept(app: MiniProgram, api: Api) -> None:
    credentials.set_allowed_networks(TESTER, app, ["10.0.0.1"])
    answer = api.put(path(app, "allowed-networks"), {"networks": ["10.0.0.2", *WRONG[1:]]})
    assert (answer.status, answer.code) == (422, "network_invalid")
    named = {each["at"]: each["detail"] for each in answer.body["errors"]}
    assert named["networks.1"] == "nonsense is no address or network"
    assert len(named) == len(WRONG) - 1
    answer = api.get(f"/mini-programs/{app.pk}/credential")
    assert answer.body["allowed_networks"] == ["10.0.0.1"]


def test_a_hundred_networks_and_no_more(app: MiniProgram, api: Api) -> None:
    found = [f"10.0.0.{number}" for number in range(101)]
    assert api.put(path(app, "allowed-networks"), {"networks": found[:100]}).status == 200
    answer = api.put(path(app, "allowed-networks"), {"networks": found})
    assert answer.code == "validation_failed"


@pytest.mark.parametrize(("given", "inside", "outside"), LISTED.values(), ids=LISTED)
def test_an_address_is_listed_whatever_its_form(
    given: list[str], inside: list[str], outside: list[str]
) -> None:
    kept = [networks.canonical(each) for each in given]
    assert [networks.is_listed(each, kept) for each in inside] == [True] * len(inside)
    assert [networks.is_listed(each, kept) for each in outside] == [False] * len(outside)


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_no_network_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        networks.canonical(wrong)
