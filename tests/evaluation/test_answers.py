"""What evaluation keeps is answered exactly as it is kept."""

from __future__ import annotations

from typing import Any

import pytest

from guazai.control.evaluation import actions, drafting, queries
from guazai.control.evaluation.breaker import Reason
from guazai.control.evaluation.models import Run
from guazai.control.evaluation.states import RunKind
from guazai.control.kernel import clock
from tests.evaluation.samples import WHO, draft_json
from tests.world import Api, World

pytestmark = pytest.mark.django_db
KEPT = ("shares", "summaries", "watched", "reasons", "error")
SUMMARY = {"judged": 9, "passing": 5, "newly_hidden": 1, "newly_shown": 2, "added": 3, "gone": 0}
WATCHED = {
    "passing": 4,
    "hidden": 1,
    "hidden_limit": 20,
    "shown": 0,
    "hidden_examples": ["dy1"],
    "shown_examples": [],
}
BY_RULE = [{"reason": "followers_too_few", "failing_now": 1, "failing_then": 2}]
COUNTS = {"passing_now": 3, "passing_then": 2, "hide": 1, "show": 0}
APP = {"app_id": "tt1", "app_name": "Shop"}
EXAMPLE = {"aweme_id": "dy1", "nickname": "One", **APP, "change": "hide"}
REPORT = {
    "accounts": {"judged": 9, **COUNTS, "by_rule": BY_RULE},
    "watched": COUNTS,
    "entries": {
        "live": 1,
        "hide": 1,
        "show": 0,
        "by_rule": BY_RULE,
        "by_mini_program": [{**APP, "hide": 1, "show": 0}],
    },
    "examples": [{**EXAMPLE, "failing_now": [], "failing_then": ["followers_too_few"]}],
}


@pytest.fixture
def api(world: World) -> Api:
    return world.api(world.operator())


def started() -> Run:
    return actions.start_run(WHO, actions.Tried(RunKind.FEED, clock.today(), "feeds", "f" * 64))


def is_told(api: Api, run: Run) -> bool:
    told = api.get(f"/operator/runs/{run.pk}").body
    kept = queries.run(run.pk)
    return {name: told[name] for name in KEPT} == {name: getattr(kept, name) for name in KEPT}


def test_a_run_that_found_nothing_yet(api: Api) -> None:
    run = started()
    assert is_told(api, run)
    assert api.get(f"/operator/runs/{run.pk}").body["watched"] == {}


def test_a_held_run(api: Api) -> None:
    run = started()
    actions.note_results(run, {"1": {**SUMMARY, "failing": {"minor": 4}}}, WATCHED)
    reasons = [Reason("too_many_hidden", 99, 20), Reason("day_missing", "2026-01-02", "2026-01-01")]
    actions.hold_run(WHO, run, reasons)
    assert is_told(api, run)


@pytest.mark.parametrize("where", [{}, {"file": None, "row": None}, {"file": "a", "row": 3}])
def test_a_refused_run(api: Api, where: dict[str, Any]) -> None:
    run = started()
    actions.refuse_run(WHO, run, {"code": "truncated", "message": "too short", **where})
    assert is_told(api, run)


@pytest.mark.parametrize("report", [{}, REPORT, {**REPORT, "accounts": {}}])
def test_a_report(api: Api, report: dict[str, Any]) -> None:
    draft = drafting.create_draft(WHO, draft_json(), "")
    dry_run = drafting.request_dry_run(WHO, draft)
    drafting.start_dry_run(dry_run)
    drafting.finish_dry_run(WHO, dry_run, None, report)
    told = api.get(f"/operator/policy-drafts/{draft.pk}/dry-runs/{dry_run.pk}").body
    assert (told["report"], told["error"]) == (report, {})


def test_a_draft(api: Api) -> None:
    draft = drafting.create_draft(WHO, draft_json(), "")
    told = api.get(f"/operator/policy-drafts/{draft.pk}").body
    assert {name: told[name] for name in draft.body} == draft.body
