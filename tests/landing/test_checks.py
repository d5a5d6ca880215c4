"""Checking ahead: all that submitting would refuse, and what it would withdraw; nothing stored."""

from __future__ import annotations

from typing import Any

import pytest

from guazai.control.capability import actions as capability
from guazai.control.landing import actions, checks
from guazai.control.landing.models import LandingChange, LandingSlot
from tests.landing.scene import OTHER_PAGE, PAGE, Scene
from tests.world import HOST, SURFACE


def check(scene: Scene, **body: Any) -> dict[str, Any]:
    answer = scene.api().post(f"{scene.record}/checks", body)
    assert answer.status == 200, answer.body
    return dict(answer.body)


def codes(told: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["at"], each["code"]) for each in told["problems"]]


def test_l1_a_good_submission_has_no_problem_and_is_shown_as_it_would_be_stored(
    scene: Scene,
) -> None:
    told = check(scene, page_path=f"/{PAGE}", query="a=%7e", title="Shop")
    link = SURFACE.link_to(scene.app.pk, PAGE, "a=~")
    assert told["page"] == {"page_path": PAGE, "query": "a=~", "link": link}
    assert (told["problems"], told["withdraws"]) == ([], None)
    assert not LandingChange.objects.exists()
    assert not LandingSlot.objects.exists()


def test_l1_everything_that_is_wrong_is_told_at_once(scene: Scene) -> None:
    scene.live(app=scene.rival())
    capability.revoke(HOST, scene.app, SURFACE, "abuse")
    actions.unbind(scene.who, scene.binding)
    told = check(scene, page_path="https://a.com", query="a=1&a=2", title="好" * 21)
    assert codes(told) == [
        ("page_path", "path_has_scheme"),
        ("query", "query_duplicate_key"),
        ("title", "text_too_long"),
        ("", "capability_not_granted"),
        ("", "binding_not_active"),
        ("", "slot_occupied"),
    ]
    assert all(each["detail"] for each in told["problems"])
    assert told["page"] is None


@pytest.mark.parametrize("body", [{}, {"page_path": PAGE, "from_change": "chg_any"}])
def test_l1_a_page_that_is_not_named_in_one_way(scene: Scene, body: dict[str, str]) -> None:
    told = check(scene, **body)
    assert (codes(told), told["page"]) == ([("", "landing_source_ambiguous")], None)


def test_l1_a_share_link_and_an_earlier_change_name_a_page(scene: Scene) -> None:
    shop = actions.create_share_link(scene.who, scene.app, "shop", OTHER_PAGE, "id=1")
    earlier = scene.submit(PAGE)
    assert check(scene, share_link=shop.pk)["page"]["page_path"] == OTHER_PAGE
    assert check(scene, from_change=earlier.pk)["page"]["page_path"] == PAGE


def test_l3_the_change_that_submitting_withdraws_is_named(scene: Scene) -> None:
    waiting = scene.submit()
    told = check(scene, page_path=OTHER_PAGE)
    assert told["withdraws"]["id"] == waiting.pk
    assert scene.submit(OTHER_PAGE).status == "in_review"
    waiting.refresh_from_db()
    assert waiting.status == "withdrawn"


def test_l4_what_others_left_in_review_is_not_told(scene: Scene) -> None:
    rival = scene.rival()
    scene.submit(app=rival)
    told = check(scene, page_path=PAGE)
    assert (codes(told), told["withdraws"]) == ([("", "slot_occupied")], None)


def test_e4_an_account_that_fails_the_rules_is_noticed(scene: Scene) -> None:
    assert check(scene, page_path=PAGE)["notice"] is not None
    scene.world.pass_rules(scene.account)
    assert check(scene, page_path=PAGE)["notice"] is None


def test_teammates_check_and_outsiders_find_nothing(scene: Scene) -> None:
    path, body = f"{scene.record}/checks", {"page_path": PAGE}
    assert scene.api(scene.teammate).post(path, body).status == 200
    assert scene.api(scene.outsider).post(path, body).code == "not_found"
    assert scene.api().post(f"{scene.base}/records/dy_absent/checks", body).code == "not_found"
    assert scene.api().post(path, {**body, "from_change": None, "more": 1}).status == 422


BODIES: list[dict[str, str]] = [
    {"page_path": PAGE},
    {"page_path": "nowhere"},
    {"page_path": PAGE, "title": "a\u202eb"},
    {"page_path": PAGE, "query": "="},
    {},
]


def refused_alike(scene: Scene) -> bool:
    """Whether checks and submitting refuse the same bodies."""
    told = [bool(check(scene, **body)["problems"]) for body in BODIES]
    return told == [scene.api().post(f"{scene.record}/changes", b).status != 201 for b in BODIES]


def test_l1_checks_refuse_what_submitting_refuses(scene: Scene) -> None:
    assert refused_alike(scene)


def test_l1_twin_that_leaves_a_check_out_is_found(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    problems = checks.Submission.problems
    monkeypatch.setattr(checks.Submission, "problems", lambda wanted: problems(wanted)[1:])
    assert not refused_alike(scene)
