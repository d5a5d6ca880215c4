"""Publishing a policy version (E1, E2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from guazai.control.eligibility import actions, queries
from guazai.control.eligibility.models import PolicyVersion
from guazai.control.kernel import clock
from guazai.control.kernel.actor import system
from guazai.control.kernel.errors import Problem
from guazai.policy import POLICY_2024_08_15, Policy, in_play
from tests.eligibility.samples import events, five_rules, policy_json
from tests.world import World

WHO = system("test")


def refused(written: Any) -> Problem:
    before = PolicyVersion.objects.count()
    with pytest.raises(Problem) as caught:
        actions.publish_policy(WHO, written)
    assert PolicyVersion.objects.count() == before
    assert events("eligibility.publish_policy") == []
    return caught.value


def test_e1_the_shipped_policy_is_there_from_the_start(db: None) -> None:
    row = PolicyVersion.objects.get()
    assert Policy.from_json(row.body) == POLICY_2024_08_15
    assert row.content_hash == POLICY_2024_08_15.content_hash
    assert row.effective_at == POLICY_2024_08_15.effective_at
    assert queries.policies_in_play(clock.now()) == [POLICY_2024_08_15]


def test_e1_a_fifth_condition_is_data(world: World) -> None:
    written = five_rules()
    row = actions.publish_policy(WHO, written, reason="the fifth condition")
    assert row.version == 2
    assert row.body == {**written, "version": 2, "effective_at": row.body["effective_at"]}
    assert row.content_hash == Policy.from_json(row.body).content_hash
    [event] = events("eligibility.publish_policy")
    assert (event.subject_kind, event.subject_id, event.reason) == (
        "policy",
        "2",
        "the fifth condition",
    )
    assert event.after == {"content_hash": row.content_hash, **row.body}


def test_e2_versions_are_numbered_by_the_platform(world: World) -> None:
    assert actions.publish_policy(WHO, {**policy_json(), "version": 77}).version == 2
    assert actions.publish_policy(WHO, policy_json()).version == 3


def test_e2_publishing_changes_no_earlier_version(world: World) -> None:
    before = list(PolicyVersion.objects.values())
    actions.publish_policy(WHO, five_rules())
    assert list(PolicyVersion.objects.filter(version=1).values()) == before


def test_e2_every_problem_is_named_with_its_place(world: World) -> None:
    written = policy_json()
    written["rules"][0]["op"] = "nearly"
    written["rules"][1]["fact"] = "charm"
    written["facts"]["shoe_size"] = "feet"
    problem = refused(written)
    assert problem.code.name == "policy_invalid"
    assert {(error.code, error.at) for error in problem.errors} == {
        ("operator_unknown", "/rules/0/op"),
        ("fact_undeclared", "/rules/1/fact"),
        ("fact_type_unknown", "/facts/shoe_size"),
    }


def test_e2_a_fact_keeps_its_type_for_ever(world: World) -> None:
    written = policy_json()
    written["facts"]["effective_followers"] = "float"
    problem = refused(written)
    assert problem.code.name == "policy_invalid"
    assert [(error.code, error.at) for error in problem.errors] == [
        ("fact_type_changed", "/facts/effective_followers")
    ]


def test_e2_no_policy_takes_effect_in_the_past(world: World) -> None:
    with time_machine.travel(datetime(2026, 1, 1, tzinfo=UTC), tick=False):
        now = clock.now()
        assert refused(policy_json(now - timedelta(seconds=1))).code.name == "policy_in_past"
        assert actions.publish_policy(WHO, policy_json(now)).version == 2


def test_e2_standing_and_force_agree_with_the_policy_package(world: World) -> None:
    start = clock.now() + timedelta(days=1)
    for days in (1, 3, 3, 2):
        actions.publish_policy(WHO, policy_json(start + timedelta(days=days)))
    rows = list(PolicyVersion.objects.all())
    published = [Policy.from_json(row.body) for row in rows]
    for hours in range(-24, 24 * 5, 6):
        at = start + timedelta(hours=hours)
        [expected] = in_play(published, at)
        assert queries.policies_in_play(at) == [expected]
        standing = queries.standings(at)
        assert [v for v, each in standing.items() if each == "in_force"] == [expected.version]
        # Of two at one instant the earlier version never comes into force.
        assert standing[3] == "superseded"
        for policy in published:
            if policy.version not in {3, expected.version}:
                is_ahead = policy.effective_at > at
                assert standing[policy.version] == ("scheduled" if is_ahead else "superseded")
    before = POLICY_2024_08_15.effective_at - timedelta(microseconds=1)
    assert queries.policies_in_play(before) == []
    assert set(queries.standings(before).values()) == {"scheduled", "superseded"}


def test_e2_a_staged_version_shares_the_force_until_it_has_all(world: World) -> None:
    start = clock.now() + timedelta(days=1)
    steps = [(1, 0), (10, 24), (50, 48), (100, 72)]
    stages = [
        {"percent": percent, "at": (start + timedelta(hours=hours)).isoformat()}
        for percent, hours in steps
    ]
    row = actions.publish_policy(WHO, policy_json(start, stages=stages))
    assert row.body["stages"] == Policy.from_json(row.body).to_json()["stages"]
    assert queries.standings(start - timedelta(seconds=1)) == {1: "in_force", 2: "scheduled"}
    for hours in (0, 24, 48, 71):
        at = start + timedelta(hours=hours)
        assert queries.standings(at) == {1: "in_force", 2: "in_force"}
        assert [each.version for each in queries.policies_in_play(at)] == [2, 1]
    assert queries.standings(start + timedelta(hours=72)) == {1: "superseded", 2: "in_force"}


def test_e2_a_version_that_is_overtaken_while_staged_may_have_its_turn_again(world: World) -> None:
    start = clock.now() + timedelta(days=1)

    def stages(*steps: tuple[int, int]) -> list[dict[str, object]]:
        return [
            {"percent": percent, "at": (start + timedelta(hours=hours)).isoformat()}
            for percent, hours in steps
        ]

    actions.publish_policy(WHO, policy_json(start, stages=stages((10, 0), (100, 48))))
    later = start + timedelta(hours=1)
    actions.publish_policy(WHO, policy_json(later, stages=stages((20, 1), (100, 96))))
    # Its tenth is in the other's fifth; at 48 hours it has the rest of them.
    assert queries.standings(later) == {1: "in_force", 2: "scheduled", 3: "in_force"}
    at = start + timedelta(hours=48)
    assert queries.standings(at) == {1: "superseded", 2: "in_force", 3: "in_force"}


def test_e2_what_is_wrong_with_stages_is_named_with_its_place(world: World) -> None:
    start = clock.now() + timedelta(days=1)
    problem = refused(policy_json(start, stages=[{"percent": 50, "at": start.isoformat()}]))
    assert [(error.code, error.at) for error in problem.errors] == [
        ("stages_not_complete", "/stages/0/percent")
    ]
