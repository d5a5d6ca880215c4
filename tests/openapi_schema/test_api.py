"""S1: whatever is sent to /api/v1, it answers what its document says, and never a 5xx."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
import schemathesis

from tests.openapi_schema.firing import RIGHT_SHARE, Fire, operations_in, rain
from tests.platform import REPOSITORY, START_SECONDS, Platform, run_program

DOCUMENT = REPOSITORY / "docs" / "reference" / "openapi.json"
#: It would end the session of whoever asks, and so all that comes after.
LOG_OUT = "DELETE /api/v1/session"
OPERATIONS = {label: found for label, found in operations_in(DOCUMENT).items() if label != LOG_OUT}
APPS = 8
QUICK, THOROUGH = 600, 10_000
#: Whom the calls of a room are for.
WHOSE = {
    "host": "host",
    "mini-programs": "developer",
    "operator": "operator",
    "owner": "owner",
    "review": "reviewer",
}
LOGINS = {
    "developer": "fire-developer",
    "reviewer": "fire-reviewer",
    "operator": "fire-operator",
    "owner": "fire-owner",
}


@schemathesis.serializer("application/jsonl")
def lines(_: schemathesis.SerializationContext, value: Any) -> bytes:
    """A file of an import: whatever it is, as text."""
    return str(value).encode(errors="replace")


@dataclass
class ApiFire(Fire):
    """Calls by everybody, and by nobody."""

    people: dict[str, dict[str, str | bytes]] = field(default_factory=dict)

    def dress(self, path: str, draw: random.Random) -> dict[str, str | bytes]:
        """Somebody's session or token."""
        room = path.removeprefix("/api/v1/").partition("/")[0]
        if room in WHOSE and draw.random() < RIGHT_SHARE:
            return self.people[WHOSE[room]]
        return self.people[draw.choice(list(self.people))]

    def code_of(self, answer: requests.Response) -> str:
        """Its status."""
        return str(answer.status_code)


@pytest.fixture(scope="module")
def fire(served: Platform) -> ApiFire:
    made = run_program("tests.openapi_schema.filling", [APPS], served.env, START_SECONDS)
    served.add_people(**LOGINS)
    host = served.caller("host")
    for entity_id in made["known"]["entity_id"]:
        path = f"/host/legal-entities/{entity_id}/members/{LOGINS['developer']}"
        host.put(path, {"role": "owner"})
    people: dict[str, dict[str, str | bytes]] = {
        "nobody": {},
        "stranger": {"Authorization": "Bearer gz_unknown"},
        "host": {"Authorization": f"Bearer {served.host_token}"},
    }
    for role in LOGINS:
        client = served.caller(role).client
        cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        people[role] = {"Cookie": cookies, "X-CSRFToken": client.headers["X-CSRFToken"]}
    return ApiFire(served.control_url, made["known"], people=people)


def test_s1_generated_requests_are_answered_as_documented(fire: ApiFire) -> None:
    each = QUICK // len(OPERATIONS)
    asked = sum(rain(fire, operation, each) for operation in OPERATIONS.values())
    print(f"{asked} requests: {sorted(fire.codes.items())}")
    assert asked >= QUICK * 0.7
    assert fire.codes["200"]


@pytest.mark.slow
@pytest.mark.parametrize("label", OPERATIONS)
def test_s1_ten_thousand_requests_are_answered_as_documented(label: str, fire: ApiFire) -> None:
    before = fire.codes.copy()
    asked = rain(fire, OPERATIONS[label], THOROUGH // len(OPERATIONS) + 1)
    print(f"{asked} requests: {sorted((fire.codes - before).items())}")
