"""`guazai evaluate`, `guazai evaluator` and `guazai feed status`: what they print and exit with."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from guazai import cli, console
from guazai.control.evaluation import jobs, queries
from tests.evaluation.samples import bulk, day, feed_of, held_run, hidden, run_day, write_feed


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A terminal that is wide enough, and a state folder."""
    monkeypatch.setenv("GUAZAI_STATE", str(tmp_path))
    monkeypatch.setenv("GUAZAI_SECRET_KEY", "a secret that only tests know " * 2)
    monkeypatch.setattr(console.out, "width", 120)
    monkeypatch.setattr(console.err, "width", 120)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, list(arguments))


def evaluate() -> Result:
    return run("evaluate", "--date", day().isoformat())


def said(result: Result) -> dict[str, str]:
    """The summary's lines, by what they are about."""
    lines = (line.rsplit(None, 1) for line in result.stdout.splitlines() if line.strip())
    return {parts[0].strip(): parts[1] for parts in lines if len(parts) == 2}


def test_e3_evaluate_says_what_it_did(db: None, feeds: Path) -> None:
    watched = bulk(5)
    rows = feed_of(watched)
    rows[watched[0]]["effective_followers"] = 1
    write_feed(feeds, day(), rows)
    done = evaluate()
    assert done.exit_code == 0, done.output
    summary = said(done)
    assert (summary["judged"], summary["passing"]) == ("105", "104")
    assert summary["too_few_effective_followers"] == "1"
    assert summary["newly shown"] == "4"
    assert f"applied as of {day()}" in done.stdout
    assert "evaluating" in done.stderr
    again = evaluate()
    assert (again.exit_code, again.stdout) == (
        0,
        f"the feed of {day()} is applied already; nothing to do\n",
    )


def test_e6_evaluate_explains_a_refusal(db: None, feeds: Path) -> None:
    path = write_feed(feeds, day(), feed_of(bulk(5)))
    (path / "notes.txt").write_text("hello")
    refused = evaluate()
    assert refused.exit_code == 1
    assert "refused: file_unexpected in notes.txt" in refused.stderr
    assert "Nothing was changed" in refused.stderr


def test_e6_evaluate_explains_a_hold(db: None) -> None:
    held = held_run()
    again = evaluate()
    assert again.exit_code == 3
    assert "it would newly hide 30 watched accounts, more than 20" in again.stderr
    assert f"/operator/runs/{held.pk}/propose" in again.stderr
    assert queries.runs().count() == 2
    assert hidden(bulk(100)) == set()


def test_evaluate_says_what_is_missing_or_too_old(db: None, feeds: Path) -> None:
    missing = evaluate()
    assert missing.exit_code == 1
    assert "There is no feed of this day" in missing.stderr
    for age in (0, 1):
        write_feed(feeds, day(age), feed_of(bulk(5)))
    assert evaluate().exit_code == 0
    older = run("evaluate", "--date", day(1).isoformat())
    assert older.exit_code == 1
    assert "The feed of a later day is applied" in older.stderr


def test_status_says_what_waits_is_held_and_alarms(db: None, feeds: Path) -> None:
    assert "nothing yet" in run("feed", "status").stdout
    held = held_run()
    found = run("feed", "status").stdout
    assert str(day(1)) in found
    assert held.pk in found
    assert "more than 20" in " ".join(found.split())
    assert "alarm" in found
    assert "run_held" in found


def test_status_says_that_nothing_is_wrong(db: None, feeds: Path) -> None:
    write_feed(feeds, day(), feed_of(bulk(5)))
    run_day(day())
    found = run("feed", "status").stdout
    assert "not late" in found
    assert "alarm" not in found


def test_the_evaluator_works_until_it_is_told_to_stop(
    db: None, feeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_feed(feeds, day(), feed_of(bulk(5)))
    passes: list[dict[str, int]] = []
    once = jobs.run_once

    def note() -> dict[str, int]:
        passes.append(once())
        if len(passes) == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return passes[-1]

    monkeypatch.setattr(jobs, "run_once", note)
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    try:
        assert threading.current_thread() is threading.main_thread()
        assert run("evaluator").exit_code == 0
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])
    assert [did["take_feeds"] for did in passes] == [1, 0]
