"""S1: whatever is sent to the wire, it answers what its document says, and never a 5xx."""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.conftest import SEED
from tests.platform import REPOSITORY, START_SECONDS, Platform, platform, run_program

DOCUMENT = REPOSITORY / "docs" / "reference" / "open-platform.json"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
#: Each is refused: none, malformed, unknown, and of the wrong kind.
BAD_TOKENS = ("", "clt.short", "clt." + "x" * 43, "isvact." + "x" * 43, "Bearer clt.", "clt.\u00e9")
#: So many that none of them comes to its ten calls a second, whatever the machine.
APPS = 40
QUICK, THOROUGH = 700, 10_000
#: Of arguments that calls know values of, so many are given one.
KNOWN_SHARE = 0.7


@dataclass
class Fire:
    """Generated calls against a running platform."""

    address: str
    tokens: list[str]
    known: dict[str, list[Any]]
    session: requests.Session = field(default_factory=requests.Session)
    codes: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.session.trust_env = False

    def ask(self, case: schemathesis.Case, draw: random.Random) -> None:
        """Make one call, and hold the answer against the document."""
        for part in (case.query, case.body):
            if isinstance(part, dict):
                self._lead_further(part, draw)
        token = draw.choice(BAD_TOKENS) if draw.random() < 0.1 else draw.choice(self.tokens)
        request = case.as_transport_kwargs(base_url=self.address)
        # In the place of what is made up for it: nearly none of that begins as a token does.
        request["headers"] = {**request["headers"], "access-token": token.encode("latin-1")}
        answer = self.session.request(timeout=30, **request)
        case.validate_response(answer, checks=CHECKS)
        said = answer.json()
        self.codes[said.get("err_no", said.get("data", {}).get("error_code"))] += 1

    def _lead_further(self, arguments: dict[str, Any], draw: random.Random) -> None:
        for name in arguments:
            if name in self.known and draw.random() < KNOWN_SHARE:
                arguments[name] = draw.choice(self.known[name])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A control plane alone."""
    with platform("sqlite", tmp_path_factory.mktemp("wire"), is_started=False) as found:
        done = found.guazai("migrate")
        assert done.returncode == 0, done.stderr
        found.start("control")
        found.await_healthy()
        yield found


@pytest.fixture(scope="module")
def fire(served: Platform) -> Fire:
    made = run_program("tests.openapi_schema.filling", [APPS], served.env, START_SECONDS)
    return Fire(served.control_url, made["tokens"], made["known"])


def operations_of(document: dict[str, Any]) -> dict[str, Any]:
    """The kinds of calls of a document, by method and path."""
    found: list[Any] = list(schemathesis.openapi.from_dict(document).get_all_operations())
    return {each.ok().label: each.ok() for each in found}


OPERATIONS = operations_of(json.loads(DOCUMENT.read_text()))


def rain(fire: Fire, operation: Any, cases: int) -> int:
    """So many calls of one kind, valid and not; how many were made."""
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)[: 1 + takes_arguments(operation)]
    number = int(os.environ[SEED])
    return sum(drop(fire, operation, mode, cases // len(modes), number) for mode in modes)


def takes_arguments(operation: Any) -> bool:
    """Whether there is anything to get wrong."""
    return bool(operation.query or operation.body)


def drop(fire: Fire, operation: Any, mode: GenerationMode, count: int, number: int) -> int:
    """`count` calls of one kind; how many were made."""
    made = 0

    @seed(number)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), draw=st.randoms(use_true_random=True))
    def ask(case: schemathesis.Case, draw: random.Random) -> None:
        nonlocal made
        made += 1
        fire.ask(case, draw)

    ask()
    return made


def test_s1_generated_calls_are_answered_as_documented(fire: Fire) -> None:
    each = QUICK // len(OPERATIONS)
    asked = sum(rain(fire, operation, each) for operation in OPERATIONS.values())
    print(f"{asked} calls: {sorted(fire.codes.items())}")
    assert asked >= QUICK * 0.8
    assert fire.codes[0]


@pytest.mark.slow
@pytest.mark.parametrize("label", OPERATIONS)
def test_s1_ten_thousand_generated_calls_are_answered_as_documented(label: str, fire: Fire) -> None:
    before = fire.codes.copy()
    asked = rain(fire, OPERATIONS[label], THOROUGH // len(OPERATIONS) + 1)
    print(f"{asked} calls: {sorted((fire.codes - before).items())}")


def test_an_undocumented_answer_is_found(fire: Fire) -> None:
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
