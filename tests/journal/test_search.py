"""Operators search the audit log (G4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine

from guazai.control.journal.actions import act
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor, ActorKind
from tests.world import Api, World

PATH = "/operator/audit-events"
ANN, BEN = (Actor(ActorKind.PERSON, name, request_id=f"req_{name}") for name in ("ann", "ben"))
NOON = datetime(2026, 6, 1, 12, tzinfo=clock.SHANGHAI)


def record(who: Actor, verb: str, subject_id: str, at: datetime = NOON) -> None:
    with time_machine.travel(at, tick=False), act(who) as done:
        done.record(verb, "thing", subject_id, before={"a": 1}, after={"a": 2}, reason="why")


@pytest.fixture
def api(world: World) -> Api:
    found = world.api(world.operator())
    for hour, (who, verb, subject_id) in enumerate(
        [(ANN, "a.make", "1"), (BEN, "a.make", "2"), (ANN, "a.end", "1"), (BEN, "a.end", "2")]
    ):
        record(who, verb, subject_id, NOON + timedelta(hours=hour))
    return found


def search(api: Api, **wanted: Any) -> list[tuple[str, str, str]]:
    answer = api.get(f"{PATH}?{urlencode({'subject_kind': 'thing', **wanted})}")
    assert answer.status == 200
    return [
        (item["actor"]["id"], item["verb"], item["subject"]["id"]) for item in answer.body["items"]
    ]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (
            {},
            [
                ("ben", "a.end", "2"),
                ("ann", "a.end", "1"),
                ("ben", "a.make", "2"),
                ("ann", "a.make", "1"),
            ],
        ),
        ({"actor_id": "ann"}, [("ann", "a.end", "1"), ("ann", "a.make", "1")]),
        ({"request_id": "req_ben"}, [("ben", "a.end", "2"), ("ben", "a.make", "2")]),
        ({"verb": "a.make"}, [("ben", "a.make", "2"), ("ann", "a.make", "1")]),
        ({"subject_id": "2"}, [("ben", "a.end", "2"), ("ben", "a.make", "2")]),
        ({"subject_id": "2", "verb": "a.end"}, [("ben", "a.end", "2")]),
        ({"since": "2026-06-01T14:00:00+08:00"}, [("ben", "a.end", "2"), ("ann", "a.end", "1")]),
        ({"until": "2026-06-01T05:00:00Z"}, [("ann", "a.make", "1")]),
        ({"verb": "a.none"}, []),
        ({"subject_kind": "deny"}, []),
    ],
)
def test_g4_events_are_found_by_what_they_say(
    api: Api, wanted: dict[str, str], found: list[tuple[str, str, str]]
) -> None:
    assert search(api, **wanted) == found


def test_g4_an_event_is_told_whole(api: Api) -> None:
    answer = api.get(f"{PATH}?subject_kind=thing&limit=1")
    (event,) = answer.body["items"]
    assert event["id"].startswith("evt_")
    assert event["at"] == "2026-06-01T07:00:00Z"
    assert event["actor"] == {"kind": "person", "id": "ben"}
    assert event["subject"] == {"kind": "thing", "id": "2"}
    assert (event["before"], event["after"], event["reason"]) == ({"a": 1}, {"a": 2}, "why")
    assert event["request_id"] == "req_ben"
    assert len(event["hash"]) == 64
    assert event["available_actions"] == []


def test_g4_the_log_is_paged(api: Api) -> None:
    whole = search(api)
    found: list[tuple[str, str, str]] = []
    cursor = ""
    while True:
        answer = api.get(f"{PATH}?subject_kind=thing&limit=3{cursor}")
        found += [
            (item["actor"]["id"], item["verb"], item["subject"]["id"])
            for item in answer.body["items"]
        ]
        if answer.body["next_cursor"] is None:
            break
        cursor = f"&cursor={answer.body['next_cursor']}"
        record(ANN, "a.later", "3", NOON + timedelta(days=1))
    assert found == whole


@pytest.mark.parametrize("since", ["yesterday", "2026-06-01", "1717200000"])
def test_a_time_in_another_form_is_refused(api: Api, since: str) -> None:
    assert api.get(f"{PATH}?since={since}").status == 422


def test_s2_only_operators_read_the_log(world: World) -> None:
    developer = world.developer(world.entity())
    account = world.account()
    for person in (developer, world.reviewer(), account.owner):
        assert world.api(person).get(PATH).status == 403
    assert world.api().get(PATH).status == 401
    assert world.host_api().get(PATH).status == 401
