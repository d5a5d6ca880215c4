"""Policy drafts: written, tried, scheduled (E2)."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from guazai.control.eligibility import queries as standing
from guazai.control.eligibility.models import AccountFacts
from guazai.control.evaluation import drafting, jobs, queries, trials
from guazai.control.evaluation.models import DryRun
from guazai.control.journal import queries as journal
from guazai.control.kernel import clock
from guazai.policy import Policy
from tests.evaluation.samples import (
    WHO,
    bulk,
    crowd,
    day,
    draft_json,
    feed_of,
    hidden,
    run_day,
    write_feed,
)
from tests.world import Api, World

PATH = "/operator/policy-drafts"


@pytest.fixture
def api(world: World) -> Api:
    return world.api(world.operator())


def make(api: Api, followers: int = 1000) -> str:
    made = api.post(PATH, draft_json(followers))
    assert made.status == 201
    return str(made.body["id"])


def dry_run(api: Api, draft_id: str) -> dict[str, Any]:
    """A dry run from being asked to its end."""
    asked = api.post(f"{PATH}/{draft_id}/dry-runs")
    assert (asked.status, asked.body["status"]) == (201, "waiting")
    assert jobs.run_once()["take_dry_run"] == 1
    return dict(api.get(f"{PATH}/{draft_id}/dry-runs/{asked.body['id']}").body)


def schedule(**changes: Any) -> dict[str, Any]:
    at = clock.now() + timedelta(days=7)
    return {"effective_at": at.isoformat(), "reason": "the new year", **changes}


def test_e2_a_draft_is_written_and_edited(api: Api) -> None:
    draft_id = make(api)
    seen = api.get(f"{PATH}/{draft_id}").body
    assert (seen["status"], seen["revision"], seen["version"]) == ("draft", 1, None)
    assert seen["available_actions"] == ["edit", "dry_run", "discard"]
    edited = api.put(f"{PATH}/{draft_id}", {**draft_json(2000), "revision": 1, "note": "more"})
    assert (edited.status, edited.body["revision"], edited.body["note"]) == (200, 2, "more")
    assert edited.body["content_hash"] != seen["content_hash"]
    again = api.put(f"{PATH}/{draft_id}", {**draft_json(3000), "revision": 1})
    assert (again.status, again.code, again.body["revision"]) == (409, "draft_changed", 2)
    event = journal.search(verb="evaluation.edit_draft").get()
    assert event.before["rules"] != event.after["rules"]


def test_e1_everything_wrong_with_a_draft_is_said_at_every_save(api: Api) -> None:
    bad = draft_json()
    bad["rules"][0] = {**bad["rules"][0], "op": "about", "fact": "charm"}
    bad["rules"][1] = {**bad["rules"][1], "reason": ""}
    refused = api.post(PATH, bad)
    assert (refused.status, refused.code) == (422, "policy_invalid")
    assert len(refused.body["errors"]) >= 3
    draft_id = make(api)
    assert api.put(f"{PATH}/{draft_id}", {**bad, "revision": 1}).code == "policy_invalid"
    retyped = draft_json()
    retyped["facts"] = {**retyped["facts"], "is_verified_adult": "int"}
    assert api.post(PATH, retyped).code == "policy_invalid"
    assert queries.drafts().count() == 1


def test_e2_equal_contents_are_equal(api: Api) -> None:
    one, other = make(api), make(api)
    hashes = {api.get(f"{PATH}/{each}").body["content_hash"] for each in (one, other)}
    assert len(hashes) == 1


def test_e2_a_draft_is_discarded(api: Api) -> None:
    draft_id = make(api)
    assert api.delete(f"{PATH}/{draft_id}").status == 204
    assert api.get(f"{PATH}/{draft_id}").body["available_actions"] == []
    edit = {**draft_json(), "revision": 1}
    assert api.put(f"{PATH}/{draft_id}", edit).code == "wrong_state"
    assert api.delete(f"{PATH}/{draft_id}").code == "wrong_state"
    assert api.post(f"{PATH}/{draft_id}/dry-runs").code == "wrong_state"
    assert api.get(f"{PATH}?status=discarded").body["items"][0]["id"] == draft_id
    assert api.get(f"{PATH}?status=draft").body["items"] == []


def test_e2_a_dry_run_says_what_would_be_hidden_and_shown(
    world: World, api: Api, feeds: Path
) -> None:
    entries = [world.entry() for _ in range(4)]
    ids = [entry.account_id for entry in entries]
    rows = feed_of([*ids, *bulk(10)], effective_followers=5000)
    rows[ids[0]]["effective_followers"] = rows[ids[1]]["effective_followers"] = 700
    rows[ids[2]]["is_verified_adult"] = False
    for each in crowd(100)[:30]:
        rows[each]["effective_followers"] = 10
    write_feed(feeds, day(), rows)
    # What `World` told for today lies over a feed of yesterday.
    AccountFacts.objects.update(told={}, full_as_of=None, oldest_as_of=None)
    assert run_day(day()).status == "applied"
    before = hidden(ids)
    done = dry_run(api, make(api))
    assert (done["status"], done["percent"], done["as_of"]) == ("done", 100, day().isoformat())
    report = done["report"]
    accounts = report["accounts"]
    assert accounts["judged"] == 114
    assert (accounts["passing_now"], accounts["passing_then"]) == (83, 81)
    assert (accounts["hide"], accounts["show"]) == (2, 0)
    followers = accounts["by_rule"][0]
    assert followers["reason"] == "too_few_effective_followers"
    assert (followers["failing_now"], followers["failing_then"]) == (30, 32)
    assert report["watched"] == {"passing_now": 13, "passing_then": 11, "hide": 2, "show": 0}
    entries_part = report["entries"]
    assert (entries_part["live"], entries_part["hide"], entries_part["show"]) == (4, 2, 0)
    assert {row["app_id"]: row["hide"] for row in entries_part["by_mini_program"]} == {
        entry.mini_program_id: 1 for entry in entries[:2]
    }
    assert [row["aweme_id"] for row in report["examples"]] == sorted(ids[:2])
    assert report["examples"][0]["failing_then"] == ["too_few_effective_followers"]
    # Trying changes nothing.
    assert hidden(ids) == before == {ids[2]}
    assert not queries.directory(done["id"]).exists()


def test_e2_without_a_feed_what_was_told_is_judged(world: World, api: Api) -> None:
    change = world.entry()
    done = dry_run(api, make(api))
    assert (done["as_of"], done["report"]["accounts"]) == (None, {})
    assert done["report"]["entries"]["hide"] == 1
    assert done["report"]["examples"][0]["aweme_id"] == change.account_id


def test_e2_a_fact_that_no_feed_has_yet_counts_as_not_met(api: Api, feeds: Path) -> None:
    write_feed(feeds, day(), feed_of(bulk(10)))
    run_day(day())
    written = draft_json(500)
    written["facts"] = {**written["facts"], "days_since_registration": "int"}
    rule = {**written["rules"][0], "fact": "days_since_registration", "reason": "too_young"}
    written["rules"] = [*written["rules"], rule]
    made = api.post(PATH, written).body["id"]
    report = dry_run(api, made)["report"]
    assert report["watched"]["hide"] == 10
    assert report["accounts"]["by_rule"][-1] == {
        "reason": "too_young",
        "failing_now": 0,
        "failing_then": 110,
    }


def test_e2_examples_are_safe_in_a_spreadsheet(world: World, api: Api) -> None:
    change = world.entry()
    account = change.account
    account.nickname = '=HYPERLINK("https://example.com")'
    account.save()
    draft_id = make(api)
    done = dry_run(api, draft_id)
    path = f"/api/v1{PATH}/{draft_id}/dry-runs/{done['id']}/examples.csv"
    answer = api.client.get(path, headers=api.headers)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{done["id"]}.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbf")
    [row] = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert row["nickname"].startswith("'=")
    assert (row["aweme_id"], row["change"]) == (account.pk, "hide")
    assert row["failing_then"] == "too_few_effective_followers"


def test_e2_at_most_a_hundred_examples(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "MAX_EXAMPLES", 1)
    world = World()
    world.entry()
    world.entry()
    api = world.api(world.operator())
    report = dry_run(api, make(api))["report"]
    assert len(report["examples"]) == 1
    assert report["entries"]["hide"] == 2


def test_e2_one_dry_run_of_a_draft_at_a_time(api: Api) -> None:
    draft_id = make(api)
    assert api.post(f"{PATH}/{draft_id}/dry-runs").status == 201
    assert api.post(f"{PATH}/{draft_id}/dry-runs").code == "dry_run_open"
    assert "dry_run" not in api.get(f"{PATH}/{draft_id}").body["available_actions"]
    api.put(f"{PATH}/{draft_id}", {**draft_json(2), "revision": 1})
    jobs.run_once()
    [found] = api.get(f"{PATH}/{draft_id}/dry-runs").body["items"]
    assert (found["status"], found["error"]["code"]) == ("failed", "draft_changed")
    assert not found["is_current"]


def test_e2_a_dry_run_that_was_left_is_begun_again(api: Api) -> None:
    draft_id = make(api)
    asked = api.post(f"{PATH}/{draft_id}/dry-runs").body["id"]
    left = DryRun.objects.get(pk=asked)
    drafting.start_dry_run(left)
    assert jobs.run_once()["take_dry_run"] == 1
    assert api.get(f"{PATH}/{draft_id}/dry-runs/{asked}").body["status"] == "done"


def test_e2_what_was_not_tried_is_not_scheduled(api: Api) -> None:
    draft_id = make(api)
    refused = api.post(f"{PATH}/{draft_id}/schedule", schedule())
    assert (refused.status, refused.code) == (409, "dry_run_required")
    dry_run(api, draft_id)
    api.put(f"{PATH}/{draft_id}", {**draft_json(2000), "revision": 1})
    assert api.post(f"{PATH}/{draft_id}/schedule", schedule()).code == "dry_run_required"
    assert standing.policies().count() == 1


def test_e2_a_tried_draft_becomes_the_next_version(api: Api) -> None:
    draft_id = make(api)
    dry_run(api, draft_id)
    assert "schedule" in api.get(f"{PATH}/{draft_id}").body["available_actions"]
    body = schedule()
    made = api.post(f"{PATH}/{draft_id}/schedule", body)
    assert (made.status, made.body["status"], made.body["version"]) == (200, "scheduled", 2)
    policy = Policy.from_json(standing.policy(2).body)
    assert policy.stages == ()
    assert policy.rules[0].value == 1000
    assert standing.policy(2).reason == "the new year"
    assert api.post(f"{PATH}/{draft_id}/schedule", body).code == "wrong_state"
    assert api.get("/operator/policies").body["items"][0]["standing"] == "scheduled"


def test_e2_stages_are_the_usual_ones_or_the_operators(api: Api) -> None:
    draft_id = make(api)
    dry_run(api, draft_id)
    api.post(f"{PATH}/{draft_id}/schedule", schedule(staged=True))
    first = Policy.from_json(standing.policy(2).body)
    assert [stage.percent for stage in first.stages] == [1, 10, 50, 100]
    assert first.stages[3].at - first.effective_at == timedelta(days=3)
    other = make(api, 600)
    dry_run(api, other)
    body = schedule()
    stages = [{"percent": 100, "at": body["effective_at"]}]
    assert api.post(f"{PATH}/{other}/schedule", {**body, "stages": stages}).status == 200
    third = make(api, 700)
    dry_run(api, third)
    stages = [{"percent": 50, "at": body["effective_at"]}]
    refused = api.post(f"{PATH}/{third}/schedule", {**body, "stages": stages})
    assert refused.code == "policy_invalid"
    assert api.get(f"{PATH}/{third}").body["status"] == "draft"


def test_e2_nothing_is_scheduled_in_the_past(api: Api) -> None:
    draft_id = make(api)
    dry_run(api, draft_id)
    at = (clock.now() - timedelta(minutes=1)).isoformat()
    refused = api.post(f"{PATH}/{draft_id}/schedule", schedule(effective_at=at))
    assert refused.code == "policy_in_past"
    assert api.get(f"{PATH}/{draft_id}").body["status"] == "draft"


def test_r14_the_breaker_knows_what_the_dry_run_said(api: Api, feeds: Path) -> None:
    watched = bulk(100)
    write_feed(feeds, day(), feed_of(watched))
    run_day(day())
    draft_id = make(api)
    assert dry_run(api, draft_id)["report"]["watched"]["hide"] == 100
    body = schedule(effective_at=(clock.now() + timedelta(minutes=5)).isoformat())
    assert api.post(f"{PATH}/{draft_id}/schedule", body).status == 200
    with time_machine.travel(clock.now() + timedelta(minutes=6), tick=False):
        assert jobs.run_once()["take_policies"] == 1
    assert queries.runs().latest("pk").status == "applied"
    assert hidden(watched) == set(watched)


def test_e2_drafts_are_for_operators(world: World) -> None:
    draft = drafting.create_draft(WHO, draft_json(), "")
    for api in (world.api(world.reviewer()), world.api(world.developer(world.entity()))):
        assert api.get(PATH).status == 403
        assert api.get(f"{PATH}/{draft.pk}").status == 403
        assert api.delete(f"{PATH}/{draft.pk}").status == 403
