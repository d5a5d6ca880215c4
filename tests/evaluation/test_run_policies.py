"""Policies that take effect by themselves, at once or by stages (E2)."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from guazai.control.eligibility import actions as eligibility
from guazai.control.eligibility import queries as standing
from guazai.control.evaluation import drafting, jobs, queries, work
from guazai.control.kernel import clock
from guazai.policy import bucket
from tests.evaluation.samples import (
    WHO,
    bulk,
    day,
    draft_json,
    feed_of,
    hidden,
    run_day,
    write_feed,
)

MINUTE = timedelta(minutes=1)


@pytest.fixture
def watched(db: None, feeds: Path) -> list[str]:
    """Accounts that all pass, of which every tenth has few followers."""
    ids = bulk(200)
    rows = feed_of(ids, effective_followers=5000)
    for aweme_id in ids[::10]:
        rows[aweme_id]["effective_followers"] = 700
    write_feed(feeds, day(), rows)
    assert run_day(day()).status == "applied"
    return ids


def publish(at: datetime, followers: int = 1000, **more: Any) -> int:
    """Publish a policy with another threshold."""
    written = {**draft_json(followers), "effective_at": at.isoformat(), **more}
    return eligibility.publish_policy(WHO, written).version


def passed_by(aweme_ids: list[str]) -> dict[str, int]:
    found = {each: standing.verdict(each) for each in aweme_ids}
    return {each: verdict.policy_version_id for each, verdict in found.items() if verdict}


def test_e2_a_policy_takes_effect_by_itself(watched: list[str]) -> None:
    at = clock.now() + MINUTE
    version = publish(at)
    assert jobs.run_once()["take_policies"] == 0
    with time_machine.travel(at, tick=False):
        assert [jobs.run_once()["take_policies"] for _ in range(2)] == [1, 0]
    run = queries.runs().latest("pk")
    assert (run.kind, run.status, run.shares) == ("policy", "applied", {str(version): 100})
    assert run.summaries[str(version)]["newly_hidden"] == 20
    assert run.planned == 200
    assert hidden(watched) == set(watched[::10])
    assert set(passed_by(watched).values()) == {version}
    [current] = standing.current_masks()
    assert (current.policy_version_id, current.run_id) == (version, run.pk)


def test_e2_the_next_feed_is_judged_by_it(watched: list[str], feeds: Path) -> None:
    at = clock.end_of(clock.today())
    version = publish(at)
    with time_machine.travel(at + MINUTE, tick=False):
        jobs.take_policies()
        rows = feed_of(watched, effective_followers=999)
        for each in watched[15:]:
            rows[each] = {}
        write_feed(feeds, clock.today() - timedelta(days=1), rows)
        run = run_day(clock.today() - timedelta(days=1))
        # 500 followers of `PASSING` are too few by now.
        assert list(run.summaries) == [str(version)]
        assert (run.status, run.watched["hidden"]) == ("held", 180)


def test_e2_a_staged_policy_takes_accounts_in_by_and_by(watched: list[str]) -> None:
    at = clock.now() + MINUTE
    version = publish(at, stages=drafting.default_stages(at))
    stages = ((0, 1), (1, 10), (2, 50), (3, 100))
    for days, percent in stages:
        with time_machine.travel(at + timedelta(days=days), tick=False):
            jobs.run_once()
            covered = {each for each in watched if bucket(each) < percent}
            assert hidden(watched) == covered & set(watched[::10])
            by_it = {each for each, by in passed_by(watched).items() if by == version}
            assert by_it == covered
            last = queries.last_adopted()
            assert last is not None
            expected = {"1": 100 - percent, str(version): percent}
            assert last.shares == {name: share for name, share in expected.items() if share}
            assert [jobs.run_once()["take_policies"]] == [0]
    # One evaluation; the later stages only apply it to more.
    made = [run for run in queries.runs().filter(kind="policy") if run.summaries]
    assert len(made) == 1
    assert {row.run_id for row in standing.current_masks()} == {made[0].pk}
    assert queries.masks_of(made[0], version).exists()


def test_e2_a_feed_while_a_policy_is_staged_is_judged_by_both(
    watched: list[str], feeds: Path
) -> None:
    at = clock.end_of(clock.today())
    version = publish(
        at,
        stages=[
            {"percent": 50, "at": at.isoformat()},
            {"percent": 100, "at": (at + timedelta(days=5)).isoformat()},
        ],
    )
    with time_machine.travel(at + MINUTE, tick=False):
        rows = feed_of(watched, effective_followers=5000)
        for each in watched[::10]:
            rows[each]["effective_followers"] = 700
        on = clock.today() - timedelta(days=1)
        write_feed(feeds, on, rows)
        run = run_day(on)
        assert (run.status, set(run.summaries)) == ("applied", {"1", str(version)})
        covered = {each for each in watched if bucket(each) < 50}
        assert hidden(watched) == covered & set(watched[::10])
        assert jobs.run_once()["take_policies"] == 0


def test_e2_without_any_feed_there_is_nothing_to_run(db: None) -> None:
    publish(clock.now() + MINUTE)
    with time_machine.travel(clock.now() + 2 * MINUTE, tick=False):
        assert jobs.run_once()["take_policies"] == 0
    assert not queries.runs().exists()


def test_e6_a_policy_whose_feed_is_gone_alarms(watched: list[str], feeds: Path) -> None:
    at = clock.now() + MINUTE
    version = publish(at)
    shutil.rmtree(feeds / f"dt={day()}")
    with time_machine.travel(at, tick=False):
        assert [jobs.run_once()["take_policies"] for _ in range(2)] == [0, 0]
    alarm = queries.open_alarms().get()
    assert (alarm.kind, alarm.key) == ("policy_feed_missing", str(version))
    assert hidden(watched) == set()
    with time_machine.travel(clock.end_of(clock.today()) + MINUTE, tick=False):
        on = clock.today() - timedelta(days=1)
        write_feed(feeds, on, feed_of(watched, effective_followers=5000))
        assert run_day(on).status == "applied"
        assert not queries.open_alarms().exists()


def test_r14_a_policy_that_hides_more_than_was_said_is_held(watched: list[str]) -> None:
    at = clock.now() + MINUTE
    publish(at, followers=6000)
    with time_machine.travel(at, tick=False):
        assert [jobs.run_once()["take_policies"] for _ in range(2)] == [1, 0]
        run = queries.runs().latest("pk")
        assert (run.kind, run.status) == ("policy", "held")
        assert run.reasons == [{"code": "too_many_hidden", "actual": 200, "limit": 20}]
        assert hidden(watched) == set()
        with work.working():
            work.recover(WHO)
        assert queries.open_alarms().filter(kind="run_held").count() == 1


def test_r14_a_policy_comes_before_the_feed_of_that_night(watched: list[str], feeds: Path) -> None:
    """An evaluator that was down finds both: the feed is not held for what the policy hides."""
    draft = drafting.create_draft(WHO, draft_json(6000), "")
    drafting.request_dry_run(WHO, draft)
    jobs.run_once()
    at = clock.end_of(clock.today())
    drafting.schedule(WHO, queries.draft(draft.pk), at, [], "why")
    with time_machine.travel(at + MINUTE, tick=False):
        on = clock.today() - timedelta(days=1)
        write_feed(feeds, on, feed_of(watched, effective_followers=5000))
        did = jobs.run_once()
        assert (did["take_policies"], did["take_feeds"]) == (1, 1)
    statuses = queries.runs().order_by("pk").values_list("kind", "status")
    assert list(statuses)[1:] == [("policy", "applied"), ("feed", "applied")]
    assert hidden(watched) == set(watched)


def test_e2_a_policy_that_begins_while_a_feed_is_evaluated_is_not_passed_over(
    watched: list[str], feeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from guazai.batch import engine  # noqa: PLC0415 - Polars is slow to load

    at = clock.end_of(clock.today())
    version = publish(at + MINUTE)
    evaluate = engine.evaluate
    with time_machine.travel(at, tick=False) as traveller:
        on = clock.today() - timedelta(days=1)
        rows = feed_of(watched, effective_followers=5000)
        rows[watched[0]]["effective_followers"] = 700
        write_feed(feeds, on, rows)

        def slowly(*arguments: Any, **options: Any) -> Any:
            traveller.move_to(at + 2 * MINUTE, tick=False)
            return evaluate(*arguments, **options)

        with monkeypatch.context() as slow:
            slow.setattr(engine, "evaluate", slowly)
            run = run_day(on)
        assert (run.status, run.error["code"]) == ("failed", "policies_changed")
        assert not queries.open_alarms().exists()
        did = jobs.run_once()
        assert (did["take_policies"], did["take_feeds"]) == (1, 1)
    assert set(passed_by(watched).values()) == {version}
    assert hidden(watched) == {watched[0]}
