"""Runs of a day's feed (E3, E6, R13, R15)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from guazai.control.eligibility import actions as eligibility
from guazai.control.entry import queries as entry
from guazai.control.evaluation import actions, jobs, queries, work
from guazai.control.evaluation.states import RunKind
from guazai.control.journal import queries as journal
from guazai.control.kernel import clock
from guazai.control.kernel.errors import Problem
from tests.evaluation.samples import WHO, bulk, day, feed_of, hidden, run_day, write_feed
from tests.world import HOST, SURFACE, World


def test_e3_a_feed_judges_everybody_and_applies_to_the_watched(db: None, feeds: Path) -> None:
    watched = bulk(10)
    rows = feed_of(watched)
    rows[watched[3]]["effective_followers"] = 499
    write_feed(feeds, day(), rows, parts=3)
    run = run_day(day())
    assert (run.status, run.kind, run.rows, run.started_by) == ("applied", "feed", 110, "evaluator")
    assert (run.cursor, run.planned) == (10, 10)
    assert hidden(watched) == {watched[3]}
    summary = run.summaries["1"]
    assert (summary["judged"], summary["passing"]) == (110, 109)
    assert summary["failing"]["too_few_effective_followers"] == 1
    assert run.shares == {"1": 100}
    assert queries.last_applied() == run


def test_e3_the_next_day_changes_only_whom_it_changes(db: None, feeds: Path) -> None:
    watched = bulk(300)
    write_feed(feeds, day(1), feed_of(watched))
    first = run_day(day(1))
    rows = feed_of(watched)
    for each in watched[:3]:
        rows[each]["has_serious_violation"] = True
    del rows[watched[5]]
    write_feed(feeds, day(), rows)
    run = run_day(day())
    assert (run.watched["hidden"], run.watched["shown"], run.watched["passing"]) == (4, 0, 300)
    assert run.watched["hidden_examples"] == [*watched[:3], watched[5]]
    assert run.summaries["1"]["newly_hidden"] == 4
    assert run.summaries["1"]["gone"] == 1
    assert run.planned == 4
    assert hidden(watched) == {*watched[:3], watched[5]}
    assert [each.pk for each in queries.runs().order_by("pk")] == [first.pk, run.pk]
    # The masks of yesterday stay, for whoever reads them still; the plan of each run with them.
    assert queries.masks_of(first, 1).exists()
    assert queries.masks_of(run, 1).exists()


def test_r15_the_same_feed_again_changes_nothing(db: None, feeds: Path) -> None:
    write_feed(feeds, day(), feed_of(bulk(3)))
    run = run_day(day())
    events = journal.search().count()
    with work.working():
        again = work.run_feed(WHO, day())
    assert again.is_repeat
    assert again.run == run
    assert queries.runs().count() == 1
    assert journal.search().count() == events


def test_r15_an_older_day_is_refused(db: None, feeds: Path) -> None:
    for age in (1, 0):
        write_feed(feeds, day(age), feed_of(bulk(3)))
    run_day(day())
    events = journal.search().count()
    with pytest.raises(Problem) as caught:
        run_day(day(1))
    assert caught.value.code.name == "run_outdated"
    assert journal.search().count() == events


def test_a_correction_of_the_same_day_is_applied(db: None, feeds: Path) -> None:
    [account, *_] = watched = bulk(5)
    path = write_feed(feeds, day(), feed_of(watched))
    run_day(day())
    path.rename(path.with_name("before"))
    rows = feed_of(watched)
    rows[account]["is_verified_adult"] = None
    write_feed(feeds, day(), rows)
    assert run_day(day()).status == "applied"
    assert hidden(watched) == {account}


def test_a_day_that_nobody_delivered_is_said_so(db: None) -> None:
    with pytest.raises(Problem) as caught:
        run_day(day())
    assert caught.value.code.name == "feed_missing"
    assert not queries.runs().exists()


def test_r13_a_bad_feed_changes_nothing_and_alarms(db: None, feeds: Path) -> None:
    watched = bulk(5)
    write_feed(feeds, day(1), feed_of(watched))
    run_day(day(1))
    path = write_feed(feeds, day(), feed_of(watched, effective_followers=1))
    part = path / "part-00000.parquet"
    os.truncate(part, part.stat().st_size - 1)
    run = run_day(day())
    assert run.status == "refused"
    assert (run.error["code"], run.error["file"]) == ("size_wrong", part.name)
    assert hidden(watched) == set()
    alarm = queries.open_alarms().get()
    assert (alarm.kind, alarm.key) == ("feed_refused", day().isoformat())
    assert alarm.detail["code"] == run.error["code"]
    assert not queries.directory(run.pk).exists()


def test_r13_a_bad_row_is_found_while_it_is_evaluated(db: None, feeds: Path) -> None:
    watched = bulk(5)
    rows = feed_of(watched)
    rows["zz000007"]["effective_followers"] = -1
    write_feed(feeds, day(), rows)
    run = run_day(day())
    assert (run.status, run.error["row"]) == ("refused", 12)
    assert hidden(watched) == set(watched)
    assert queries.last_applied() is None


def test_e6_the_alarm_clears_once_the_day_is_applied(db: None, feeds: Path) -> None:
    watched = bulk(5)
    path = write_feed(feeds, day(), feed_of(watched))
    (path / "manifest.json").rename(path / "manifest.txt")
    assert run_day(day()).status == "refused"
    (path / "manifest.txt").rename(path / "manifest.json")
    assert run_day(day()).status == "applied"
    assert not queries.open_alarms().exists()
    assert queries.alarms().get().cleared_at is not None


def test_e6_our_own_trouble_fails_the_run_and_changes_nothing(
    db: None, feeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = bulk(5)
    write_feed(feeds, day(), feed_of(watched))

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("guazai.batch.engine.evaluate", fail)
        run = run_day(day())
    assert (run.status, run.error["code"]) == ("failed", "evaluation_failed")
    assert "No space left" in run.error["message"]
    assert queries.open_alarms().get().kind == "run_failed"
    assert run_day(day()).status == "applied"
    assert not queries.open_alarms().exists()


def test_e3_a_violation_told_for_today_is_not_undone_by_a_feed_of_yesterday(
    world: World, feeds: Path
) -> None:
    change = world.entry()
    aweme_id = change.account_id
    write_feed(feeds, day(1), feed_of([aweme_id]))
    run_day(day(1))
    eligibility.record_facts(
        HOST, change.account, clock.today(), {"has_serious_violation": True}, is_event=True
    )
    write_feed(feeds, day(), feed_of([aweme_id]))
    assert run_day(day()).status == "applied"
    assert hidden([aweme_id]) == {aweme_id}
    assert not entry.explain(change.account, SURFACE).is_shown


def test_the_evaluator_takes_days_in_their_order_and_each_once(db: None, feeds: Path) -> None:
    watched = bulk(5)
    for age in (0, 2, 1):
        write_feed(feeds, day(age), feed_of(watched))
    did = [jobs.run_once()["take_feeds"] for _ in range(4)]
    assert did == [1, 1, 1, 0]
    assert [run.as_of for run in queries.runs().order_by("pk")] == [day(2), day(1), day()]
    # Delivered once more: the same feed with other times.
    for path in (feeds / f"dt={day()}").iterdir():
        os.utime(path, (0, 0))
    assert [jobs.run_once()["take_feeds"] for _ in range(2)] == [1, 0]
    assert queries.runs().count() == 3


def test_the_evaluator_tries_a_bad_feed_again_once_it_was_mended(db: None, feeds: Path) -> None:
    path = write_feed(feeds, day(), feed_of(bulk(5)))
    extra = path / "extra.txt"
    extra.write_text("")
    assert [jobs.run_once()["take_feeds"] for _ in range(3)] == [1, 0, 0]
    assert queries.runs().get().error["file"] == "extra.txt"
    extra.unlink()
    assert [jobs.run_once()["take_feeds"] for _ in range(2)] == [1, 0]
    assert [run.status for run in queries.runs().order_by("pk")] == ["refused", "applied"]


def test_a_feed_of_a_day_that_is_not_over_is_refused_and_tried_again(db: None, feeds: Path) -> None:
    write_feed(feeds, clock.today(), feed_of(bulk(5)))
    assert [jobs.run_once()["take_feeds"] for _ in range(2)] == [1, 0]
    assert queries.runs().get().error["code"] == "date_not_over"


def test_one_works_at_a_time(db: None, feeds: Path) -> None:
    write_feed(feeds, day(), feed_of(bulk(5)))
    with work.working():
        assert "take_feeds" not in jobs.run_once()
        with pytest.raises(Problem) as caught, work.working():
            pass
    assert caught.value.code.name == "run_busy"
    assert jobs.run_once()["take_feeds"] == 1


def test_r15_what_was_left_evaluating_is_thrown_away(db: None, feeds: Path) -> None:
    write_feed(feeds, day(), feed_of(bulk(5)))
    left = actions.start_run(WHO, actions.Tried(RunKind.FEED, day(), str(feeds), "f" * 64))
    made = queries.masks_of(left, 1)
    made.mkdir(parents=True)
    run = run_day(day())
    left.refresh_from_db()
    assert (left.status, left.error["code"]) == ("failed", "interrupted")
    assert not made.exists()
    assert run.status == "applied"


def test_e6_what_stops_applying_alarms_and_is_gone_on_with(
    db: None, feeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = bulk(5)
    write_feed(feeds, day(), feed_of(watched))

    def fail(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(work, "_write_plan", fail)
        with pytest.raises(OSError, match="No space left"):
            run_day(day())
        run = queries.runs().get()
        assert run.status == "applying"
        assert jobs.run_once()["recover"] == 0
        alarm = queries.open_alarms().get()
        assert (alarm.kind, alarm.detail["code"]) == ("run_failed", "applying_failed")
    assert jobs.run_once()["recover"] == 1
    assert hidden(watched) == set()
    assert not queries.open_alarms().exists()


def test_e3_a_day_on_which_nothing_changes_writes_nothing(db: None, feeds: Path) -> None:
    watched = bulk(5)
    write_feed(feeds, day(1), feed_of(watched))
    run_day(day(1))
    judged = journal.search(verb="eligibility.judge").count()
    write_feed(feeds, day(), feed_of(watched))
    run = run_day(day())
    assert (run.status, run.planned) == ("applied", 0)
    assert journal.search(verb="eligibility.judge").count() == judged == 5
