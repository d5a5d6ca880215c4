"""S1: whatever is sent to the wire, it answers what its document says, and never a 5xx."""

from __future__ import annotations

import json
import os
import random
from dataclasses import dataclass, field

import httpx
import pytest
import requests
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode

from tests.conftest import SEED
from tests.openapi_schema.firing import RIGHT_SHARE, Fire, drop, operations_in, operations_of, rain
from tests.platform import REPOSITORY, START_SECONDS, Platform, run_program

DOCUMENT = REPOSITORY / "docs" / "reference" / "open-platform.json"
OPERATIONS = operations_in(DOCUMENT)
#: Each is refused: none, malformed, unknown, and of the wrong kind.
BAD_TOKENS = ("", "clt.short", "clt." + "x" * 43, "isvact." + "x" * 43, "Bearer clt.", "clt.\u00e9")
#: So many that none of them comes to its ten calls a second, whatever the machine.
APPS = 40
QUICK, THOROUGH = 700, 10_000


@dataclass
class WireFire(Fire):
    """Calls of the wire, with tokens of every kind."""

    tokens: list[str] = field(default_factory=list)
    #: Service providers' own, which get others.
    providers: list[str] = field(default_factory=list)

    def dress(self, path: str, draw: random.Random) -> dict[str, str | bytes]:
        """A token, in the place of what is made up for it: that never begins as a token does."""
        right = self.providers if path.startswith("/api/tpapp/") else self.tokens
        is_right = draw.random() < RIGHT_SHARE
        token = draw.choice(right if is_right else [*BAD_TOKENS, *self.tokens, *self.providers])
        return {"access-token": token.encode("latin-1")}

    def code_of(self, answer: requests.Response) -> str:
        """Its `err_no`."""
        said = answer.json()
        return str(said.get("err_no", said["data"].get("error_code")))


@pytest.fixture(scope="module")
def fire(served: Platform) -> WireFire:
    made = run_program("tests.openapi_schema.filling", [APPS], served.env, START_SECONDS)
    return WireFire(served.control_url, made["known"], tokens=made["tokens"], providers=made["own"])


def test_s1_generated_calls_are_answered_as_documented(fire: WireFire) -> None:
    each = QUICK // len(OPERATIONS)
    asked = sum(rain(fire, operation, each) for operation in OPERATIONS.values())
    print(f"{asked} calls: {sorted(fire.codes.items())}")
    assert asked >= QUICK * 0.8
    assert fire.codes["0"]


@pytest.mark.slow
@pytest.mark.parametrize("label", OPERATIONS)
def test_s1_ten_thousand_generated_calls_are_answered_as_documented(
    label: str, fire: WireFire
) -> None:
    before = fire.codes.copy()
    asked = rain(fire, OPERATIONS[label], THOROUGH // len(OPERATIONS) + 1)
    print(f"{asked} calls: {sorted((fire.codes - before).items())}")


def test_an_undocumented_answer_is_found(fire: WireFire) -> None:
    """The broken twin: a document that knows one code less than the platform."""
    path = "/api/apps/v1/capacity/query_apply_status/"
    document = json.loads(DOCUMENT.read_text())
    answers = document["paths"][path]["get"]["responses"]["200"]
    refusal = answers["content"]["application/json"]["schema"]["oneOf"][1]
    refusal["properties"]["err_no"]["enum"].remove(28001007)
    operation = operations_of(document)[f"GET {path}"]
    with pytest.raises((FailureGroup, BaseExceptionGroup)):
        drop(fire, operation, GenerationMode.NEGATIVE, 50, int(os.environ[SEED]))


def test_the_document_that_is_served_is_the_one_that_is_committed(served: Platform) -> None:
    answer = httpx.get(f"{served.control_url}/open-platform.json", trust_env=False, timeout=30)
    assert answer.json() == json.loads(DOCUMENT.read_text())
