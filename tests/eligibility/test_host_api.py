"""The host's routes for facts: PUT a full record, PATCH an event, POST many (E3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from guazai.control.eligibility import queries
from guazai.control.eligibility.models import Verdict
from guazai.control.kernel import clock
from tests.eligibility.samples import events
from tests.world import PASSING, Api, World


@pytest.fixture
def host(world: World) -> Api:
    return world.host_api()


@pytest.fixture
def today() -> str:
    return clock.today().isoformat()


def test_e3_put_stores_a_full_record_and_patch_an_event(
    world: World, host: Api, today: str
) -> None:
    path = f"/host/accounts/{(account := world.account()).pk}/facts"
    first = host.put(path, {"as_of": today, "facts": dict(PASSING)})
    assert (first.status, first.body) == (
        200,
        {
            "aweme_id": account.pk,
            "outcome": "created",
            "status": "passed",
            "as_of": today,
            "failed": [],
        },
    )
    event = host.patch(path, {"as_of": today, "facts": {"has_serious_violation": True}})
    assert event.body["outcome"] == "updated"
    assert event.body["failed"] == ["has_serious_violation"]
    full = host.put(path, {"as_of": today, "facts": {"has_serious_violation": True}})
    assert len(full.body["failed"]) == 4
    again = host.put(path, {"as_of": today, "facts": {"has_serious_violation": True}})
    assert again.body["outcome"] == "unchanged"
    made = events("eligibility.record_facts")
    assert {(event.actor_kind, event.subject_id) for event in made} == {("machine", account.pk)}
    assert len(made) == 3


@pytest.mark.parametrize(
    ("as_of_offset", "facts", "status", "code"),
    [
        (-1, {}, 409, "facts_outdated"),
        (1, {}, 422, "facts_in_future"),
        (0, {"charm": 5}, 422, "unknown_fact"),
        (0, {"effective_followers": True}, 422, "fact_type_wrong"),
        (0, {"effective_followers": "500"}, 422, "fact_type_wrong"),
        (0, {"effective_followers": -1}, 422, "fact_type_wrong"),
        (0, {"is_verified_adult": 1}, 422, "fact_type_wrong"),
        (0, {"effective_followers": [500]}, 422, "validation_failed"),
        (0, None, 422, "validation_failed"),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_e3_refusals_say_what_and_store_nothing(
    world: World, host: Api, method: str, as_of_offset: int, facts: object, status: int, code: str
) -> None:
    path = f"/host/accounts/{(account := world.account()).pk}/facts"
    host.put(path, {"as_of": clock.today().isoformat(), "facts": dict(PASSING)})
    as_of = clock.today() + timedelta(days=as_of_offset)
    answer = host.call(method, path, {"as_of": as_of.isoformat(), "facts": facts})
    assert (answer.status, answer.code) == (status, code)
    assert Verdict.objects.get(pk=account.pk).revision == 1
    assert len(events("eligibility.record_facts")) == 1


def test_e3_an_account_that_is_not_synced_is_not_found(host: Api, today: str) -> None:
    answer = host.put("/host/accounts/nobody/facts", {"as_of": today, "facts": {}})
    assert (answer.status, answer.code) == (404, "not_found")


def test_e3_post_takes_many_and_reports_each(world: World, host: Api, today: str) -> None:
    first, second = world.account(), world.account()
    answer = host.post(
        "/host/facts",
        [
            {"aweme_id": first.pk, "as_of": today, "facts": dict(PASSING)},
            {"aweme_id": "nobody", "as_of": today, "facts": dict(PASSING)},
            {"aweme_id": second.pk, "as_of": today, "facts": {"charm": 1, "luck": 2}},
        ],
    )
    assert answer.status == 200
    assert [(row["aweme_id"], row["outcome"], row["code"]) for row in answer.body] == [
        (first.pk, "created", None),
        ("nobody", None, "not_found"),
        (second.pk, None, "unknown_fact"),
    ]
    assert [error["at"] for error in answer.body[2]["errors"]] == ["facts.charm", "facts.luck"]
    assert answer.body[2]["detail"]


@pytest.mark.parametrize("count", [0, 501])
def test_e3_post_takes_one_to_500_lines(host: Api, today: str, count: int) -> None:
    line = {"aweme_id": "x", "as_of": today, "facts": {}}
    answer = host.post("/host/facts", [line] * count)
    assert (answer.status, answer.code) == (422, "validation_failed")


def test_e3_500_lines_are_taken(host: Api, today: str) -> None:
    line = {"aweme_id": "x", "as_of": today, "facts": {}}
    answer = host.post("/host/facts", [line] * 500)
    assert answer.status == 200
    assert {row["code"] for row in answer.body} == {"not_found"}


def test_s2_only_the_host_writes_facts(world: World, today: str) -> None:
    account, app = world.account(), world.mini_program()
    owner, developer = account.owner, world.developer(app.entity)
    body = {"as_of": today, "facts": dict(PASSING)}
    callers = [
        (world.api(), 401),
        (world.api(owner), 401),
        (world.api(developer), 401),
        (world.api(world.operator()), 401),
        (world.api(token=world.developer_token(app)), 403),
    ]
    for caller, status in callers:
        for method, path, sent in (
            ("PUT", f"/host/accounts/{account.pk}/facts", body),
            ("PATCH", f"/host/accounts/{account.pk}/facts", body),
            ("POST", "/host/facts", [{"aweme_id": account.pk, **body}]),
        ):
            assert caller.call(method, path, sent).status == status
    assert queries.verdict(account.pk) is None
