"""Generated calls against a running control plane, held against an OpenAPI document."""

from __future__ import annotations

import json
import os
import random
from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.conftest import SEED

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
#: Of arguments that calls know values of, so many are given one.
KNOWN_SHARE = 0.7
#: So many calls are made by whom they are for.
RIGHT_SHARE = 0.8


@dataclass
class Fire(ABC):
    """Who asks, and what is known of what is there: values by the names of arguments."""

    address: str
    known: dict[str, list[Any]]
    session: requests.Session = field(default_factory=requests.Session)
    codes: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.session.trust_env = False

    @abstractmethod
    def dress(self, path: str, draw: random.Random) -> dict[str, str | bytes]:
        """Headers that say who asks; most often somebody who may."""

    @abstractmethod
    def code_of(self, answer: requests.Response) -> str:
        """What an answer is counted as."""

    def ask(self, case: schemathesis.Case, draw: random.Random) -> None:
        """Make one call, and hold the answer against the document."""
        for part in (case.path_parameters, case.query, case.body):
            if isinstance(part, dict):
                self._lead_further(part, draw)
        request = case.as_transport_kwargs(base_url=self.address)
        request["headers"] = {**request["headers"], **self.dress(case.operation.path, draw)}
        answer = self.session.request(timeout=30, **request)
        case.validate_response(answer, checks=CHECKS)
        self.codes[self.code_of(answer)] += 1

    def _lead_further(self, arguments: dict[str, Any], draw: random.Random) -> None:
        for name in arguments:
            if name in self.known and draw.random() < KNOWN_SHARE:
                arguments[name] = draw.choice(self.known[name])


def operations_of(document: dict[str, Any]) -> dict[str, Any]:
    """The kinds of calls of a document, by method and path."""
    found: list[Any] = list(schemathesis.openapi.from_dict(document).get_all_operations())
    return {each.ok().label: each.ok() for each in found}


def operations_in(document: Path) -> dict[str, Any]:
    """The kinds of calls of a document that is committed."""
    return operations_of(json.loads(document.read_text()))


def rain(fire: Fire, operation: Any, cases: int) -> int:
    """So many calls of one kind, valid and not; how many were made."""
    takes_arguments = bool(operation.query or operation.body or operation.path_parameters)
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)[: 1 + takes_arguments]
    number = int(os.environ[SEED])
    share = max(1, cases // len(modes))
    return sum(drop(fire, operation, mode, share, number) for mode in modes)


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
