"""Every code of ours has its number on the wire, or is known not to be raised there."""

from __future__ import annotations

import inspect

import pytest

from guazai.control.kernel.errors import CATALOGUE, Problem
from guazai.control.kernel.texts import Text
from guazai.control.openapi.wire import codes, site
from guazai.control.openapi.wire.calls import Call
from guazai.control.openapi.wire.codes import TABLE, TEXTS, ErrNo

#: Of the contract: each of them can be given by some call.
OF_THE_CONTRACT = {
    -1, 10002, 10003, 10013, 10020, 11001, 11009, 11016, 40006, 40036, 28001003, 28001005,
    28001007, 28001008, 28001014, 28001016, 28001018, 28001019, 28003017, 28005032, 28005033,
    28005034, 28005035, 28005036, 28005037, 28005038, 28005039, 28005040, 28005079,
}  # fmt: skip
#: The modules whose codes an act of the wire can raise.
RAISING = ("binding", "capability", "landing", "openapi")
#: Codes of theirs that no call of the wire can raise, and why.
NOT_RAISED = {
    "quota_below_use": "an operator sets quotas",
    "consent_code_invalid": "the account's owner has the code",
    "consent_code_expired": "as above",
    "consent_number_wrong": "as above",
    "already_cleared": "an operator clears enterprise accounts",
    "already_blocked": "the account's owner blocks",
    "own_entity": "a reviewer decides",
    "dimensions_incomplete": "a reviewer decides",
    "dimension_poor": "a reviewer decides",
    "content_changed": "a reviewer decides",
    "share_link_name_taken": "share links are of the console",
    "two_secrets_live": "people make secrets",
    "network_invalid": "people list networks",
    "provider_unknown": "people authorise providers",
    "already_authorized": "as above",
    "link_closed": "visitors open links",
    "link_expired": "as above",
}
CALLS = [call for router in site.routers() for call in router.calls]


def name(call: Call) -> str:
    return call.name


def declared() -> dict[str, str]:
    """The codes of those modules, each with its module."""
    found: dict[str, str] = {}
    for module in RAISING:
        errors = __import__(f"guazai.control.{module}.errors", fromlist=["errors"])
        for value in vars(errors).values():
            if getattr(value, "name", "") in CATALOGUE:
                found[value.name] = module
    return found


def test_every_code_has_its_number_or_a_reason_to_have_none() -> None:
    known = {code.name for code in TABLE}
    known |= {code.name for call in CALLS for code in call.refusals}
    missing = {name for name in declared() if name not in known | NOT_RAISED.keys()}
    assert missing == set()
    assert NOT_RAISED.keys() & known == set()
    assert NOT_RAISED.keys() <= CATALOGUE.keys()


def test_every_number_says_what_to_do() -> None:
    assert TEXTS.keys() == set(ErrNo)
    for err_no, text in TEXTS.items():
        assert text.isascii() is (err_no is ErrNo.SUCCESS), err_no


def test_every_number_of_the_contract_can_be_given() -> None:
    given = {err_no.value for call in CALLS for err_no in call.errors}
    assert given == OF_THE_CONTRACT
    assert {err_no.value for err_no in ErrNo} == OF_THE_CONTRACT | {0}


@pytest.mark.parametrize("call", CALLS, ids=name)
def test_a_call_says_what_it_is(call: Call) -> None:
    assert call.summary.endswith((".", ":", "。"))
    parameters = list(inspect.signature(call.run).parameters)
    assert parameters == (["caller"] if call.arguments is None else ["caller", "args"])
    is_open = call.door.value != "app"
    assert (call.scope is None) is is_open
    assert (call.permission is None) is is_open


def test_reasons_are_told_with_the_problem() -> None:
    problem = Problem(CATALOGUE["not_found"], Text("甲", "A"))
    refused = codes.told_as(problem, {})
    assert refused is not None
    assert (refused.err_no, refused.text) == (ErrNo.BAD_PARAMETER, "甲")


def test_a_call_may_tell_a_code_otherwise() -> None:
    code = CATALOGUE["not_found"]
    refused = codes.told_as(code(), {code: ErrNo.ACCOUNT_UNKNOWN})
    assert refused is not None
    assert refused.err_no is ErrNo.ACCOUNT_UNKNOWN
