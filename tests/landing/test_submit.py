"""Submitting: how a page is named, what is refused, and who holds the slot (L1–L4)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from guazai.control.binding import actions as binding_actions
from guazai.control.capability import actions as capability
from guazai.control.directory import actions as directory
from guazai.control.directory import queries as people
from guazai.control.kernel import calendar
from guazai.control.kernel.errors import Problem
from guazai.control.landing import actions, content, errors, paths, queries
from guazai.control.landing.models import LandingChange, LandingSlot
from guazai.control.landing.states import ChangeStatus
from tests.landing.scene import OTHER_PAGE, PAGE, Scene, event, touched
from tests.world import HOST, SURFACE


def test_l1_a_path_is_stored_in_canonical_form(scene: Scene) -> None:
    change = scene.submit(f"/{PAGE}", query="a=%7e%2f")
    assert (change.page_path, change.query) == (PAGE, "a=~%2F")


def test_l1_a_share_link_gives_page_and_query(scene: Scene) -> None:
    link = actions.create_share_link(scene.who, scene.app, "shop", OTHER_PAGE, "id=1")
    change = actions.submit(scene.who, scene.app, SURFACE, scene.account, share_link=link)
    assert (change.page_path, change.query, change.share_link) == (OTHER_PAGE, "id=1", link)


def test_l1_the_page_is_named_in_exactly_one_way(scene: Scene) -> None:
    link = actions.create_share_link(scene.who, scene.app, "shop", OTHER_PAGE)
    for fields in (
        {},
        {"page_path": PAGE, "share_link": link},
        {"share_link": link, "query": "a=1"},
        {"query": "a=1"},
    ):
        with pytest.raises(Problem) as refused:
            actions.submit(scene.who, scene.app, SURFACE, scene.account, **fields)
        assert refused.value.code is errors.LANDING_SOURCE_AMBIGUOUS


def test_l1_every_reason_against_path_and_query_is_told_and_nothing_stored(scene: Scene) -> None:
    with pytest.raises(Problem) as refused:
        scene.submit("https://example.com/a", query="a=1&a=2")
    assert refused.value.code is errors.LANDING_PATH_INVALID
    assert [(error.code, error.at) for error in refused.value.errors] == [
        ("path_has_scheme", "page_path"),
        ("query_duplicate_key", "query"),
    ]
    assert not LandingChange.objects.exists()
    assert not LandingSlot.objects.exists()


def test_l1_only_pages_of_the_published_version_are_accepted(scene: Scene) -> None:
    scene.publish(OTHER_PAGE)
    with pytest.raises(Problem) as refused:
        scene.submit(PAGE)
    assert [error.code for error in refused.value.errors] == ["page_not_published"]
    assert scene.submit(OTHER_PAGE).version == "2.0.0"


def test_l1_a_mini_program_that_published_nothing_has_no_page(scene: Scene) -> None:
    app_id = scene.app.pk + "x"
    directory.upsert_mini_program(
        HOST, app_id, entity_id=scene.entity.pk, name="New", is_online=True, credit_score=80
    )
    with pytest.raises(Problem) as refused:
        scene.submit(PAGE, app=people.any_mini_program(app_id))
    assert [error.code for error in refused.value.errors] == ["page_not_published"]


def test_l1_every_code_of_paths_has_its_words() -> None:
    source = Path(paths.__file__).read_text()
    codes = set(re.findall(r'_refuse\(\s*"(\w+)"', source))
    assert codes == set(errors.PATH_TEXTS)


@pytest.mark.parametrize(
    ("title", "codes"),
    [
        ("好" * 21, ["text_too_long"]),
        ("a\x00b", ["text_has_control"]),
        ("a\u202eb", ["text_has_control"]),
        ("a\ud800b", ["text_has_control"]),
        ("\u200b" * 21, ["text_too_long", "text_has_control"]),
    ],
)
def test_titles_that_are_too_long_or_unseen_are_refused(
    scene: Scene, title: str, codes: list[str]
) -> None:
    with pytest.raises(Problem) as refused:
        scene.submit(title=title)
    assert refused.value.code is errors.LANDING_TEXT_INVALID
    assert [(error.code, error.at) for error in refused.value.errors] == [
        (code, "title") for code in codes
    ]


def test_l2_the_first_change_shows_nothing_until_it_is_approved(scene: Scene) -> None:
    change = scene.submit(title="好" * 20)
    assert change.status == ChangeStatus.IN_REVIEW
    assert scene.live_now() is None
    assert touched(scene.account.pk) == []


def test_l2_what_is_live_stays_while_a_change_is_in_review(scene: Scene) -> None:
    live = scene.live()
    scene.submit(OTHER_PAGE)
    assert scene.live_now() == live


def test_l2_the_due_day_counts_working_days(scene: Scene) -> None:
    change = scene.submit()
    due = calendar.due(change.submitted_at, SURFACE.review_working_days)
    assert (change.due_on, change.due_is_estimated) == (due.on, due.is_estimated)


def test_l3_submitting_again_withdraws_the_earlier_change(scene: Scene) -> None:
    first, second = scene.submit(), scene.submit(OTHER_PAGE)
    first.refresh_from_db()
    assert first.status == ChangeStatus.WITHDRAWN
    assert [change.pk for change in queries.pending()] == [second.pk]
    assert event("landing.withdraw", first.pk).reason == "a later change was submitted"


def test_l3_the_index_refuses_a_second_change_in_review_where_the_guard_is_off(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.submit()
    monkeypatch.setattr(queries, "in_review", lambda *_: None)
    with pytest.raises(Problem) as refused:
        scene.submit(OTHER_PAGE)
    assert refused.value.code is errors.SLOT_OCCUPIED


def test_l4_another_mini_program_cannot_submit_while_one_is_live(scene: Scene) -> None:
    live, rival = scene.live(), scene.rival()
    with pytest.raises(Problem) as refused:
        scene.submit(app=rival)
    assert refused.value.code is errors.SLOT_OCCUPIED
    assert scene.live_now() == live


def test_l4_another_mini_program_cannot_withdraw_a_change_in_review(scene: Scene) -> None:
    change, rival = scene.submit(), scene.rival()
    with pytest.raises(Problem) as refused:
        scene.submit(app=rival)
    assert refused.value.code is errors.SLOT_OCCUPIED
    change.refresh_from_db()
    assert change.status == ChangeStatus.IN_REVIEW


def test_l4_a_withdrawn_change_leaves_the_slot_free(scene: Scene) -> None:
    actions.withdraw(scene.who, scene.submit())
    assert scene.submit(app=scene.rival()).status == ChangeStatus.IN_REVIEW


def test_l4_what_an_ended_binding_left_behind_is_cleared(scene: Scene) -> None:
    live, waiting, rival = scene.live(), scene.submit(OTHER_PAGE), scene.rival()
    # Past landing, as a process would that ended half-way in an older release.
    binding_actions.end(scene.world.actor(scene.owner), scene.binding)
    change = scene.submit(app=rival)
    assert change.status == ChangeStatus.IN_REVIEW
    assert scene.live_now() is None
    waiting.refresh_from_db()
    assert waiting.status == ChangeStatus.WITHDRAWN
    assert event("landing.clear_leftover", scene.account.pk).before == {"live_change": live.pk}
    assert touched(scene.account.pk)[-1] is False


def test_l4_ones_own_entry_under_an_earlier_binding_is_a_leftover_too(scene: Scene) -> None:
    scene.live()
    binding_actions.end(scene.world.actor(scene.owner), scene.binding)
    scene.world.bind(scene.app, scene.account)
    scene.submit()
    assert scene.live_now() is None


def test_b7_without_the_capability_nothing_is_submitted(scene: Scene) -> None:
    capability.revoke(scene.world.actor(scene.world.operator()), scene.app, SURFACE, "abuse")
    with pytest.raises(Problem) as refused:
        scene.submit()
    assert refused.value.code.name == "capability_not_granted"


def test_an_account_that_is_not_bound_takes_no_change(scene: Scene) -> None:
    actions.unbind(scene.who, scene.binding)
    with pytest.raises(Problem) as refused:
        scene.submit()
    assert refused.value.code.name == "binding_not_active"
    assert not LandingChange.objects.exists()


def test_r8_the_hash_covers_everything_that_is_opened(scene: Scene) -> None:
    change = scene.submit(query="a=1", title="Shop")
    facts = {
        "app_id": scene.app.pk,
        "aweme_id": scene.account.pk,
        "surface": SURFACE.key,
        "page_path": PAGE,
        "query": "a=1",
        "title": "Shop",
        "version": "1.0.0",
    }
    assert change.content_hash == content.content_hash(**facts)
    others = {content.content_hash(**{**facts, name: value + "x"}) for name, value in facts.items()}
    assert len(others | {change.content_hash}) == len(facts) + 1


def test_g4_submitting_is_an_audit_event(scene: Scene) -> None:
    change = scene.submit(query="a=1")
    found = event("landing.submit", change.pk)
    assert found.actor_id == scene.who.id
    assert found.after == {
        "status": "in_review",
        "app_id": scene.app.pk,
        "aweme_id": scene.account.pk,
        "surface": SURFACE.key,
        "page_path": PAGE,
        "query": "a=1",
        "title": "",
        "version": "1.0.0",
        "share_link": None,
        "content_hash": change.content_hash,
        "due_on": change.due_on.isoformat(),
    }


def test_api_answers_the_change_with_its_due_date(scene: Scene) -> None:
    scene.world.pass_rules(scene.account)
    answer = scene.api().post(
        f"{scene.record}/changes", {"page_path": PAGE, "query": "a=1", "title": "Shop"}
    )
    assert answer.status == 201
    change = LandingChange.objects.get()
    assert answer.body == {
        "id": change.pk,
        "page_path": PAGE,
        "query": "a=1",
        "title": "Shop",
        "share_link": None,
        "status": "in_review",
        "is_live": False,
        "submitted_at": answer.body["submitted_at"],
        "due_on": change.due_on.isoformat(),
        "due_is_estimated": change.due_is_estimated,
        "decided_at": None,
        "reasons": [],
        "available_actions": ["withdraw"],
        "notice": None,
    }


def test_api_takes_a_share_link_by_its_id(scene: Scene) -> None:
    link = actions.create_share_link(scene.who, scene.app, "shop", OTHER_PAGE)
    answer = scene.api(scene.teammate).post(f"{scene.record}/changes", {"share_link": link.pk})
    assert answer.status == 201
    assert answer.body["share_link"] == {"id": link.pk, "name": "shop"}


def test_api_share_links_of_others_and_removed_ones_are_not_found(scene: Scene) -> None:
    theirs = actions.create_share_link(scene.who, scene.rival(), "shop", OTHER_PAGE)
    removed = actions.create_share_link(scene.who, scene.app, "shop", OTHER_PAGE)
    actions.remove_share_link(scene.who, removed)
    for link in (theirs, removed):
        answer = scene.api().post(f"{scene.record}/changes", {"share_link": link.pk})
        assert (answer.status, answer.code) == (404, "not_found")


def test_api_refusals_name_their_code(scene: Scene) -> None:
    api = scene.api()
    answer = api.post(f"{scene.record}/changes", {"page_path": "../a"})
    assert (answer.status, answer.code) == (422, "landing_path_invalid")
    assert [error["code"] for error in answer.body["errors"]] == ["path_has_dot_segments"]
    answer = api.post(f"{scene.record}/changes", {})
    assert (answer.status, answer.code) == (422, "landing_source_ambiguous")
    answer = api.post(f"{scene.record}/changes", {"page_path": PAGE, "title": "a\u202eb"})
    assert (answer.status, answer.code) == (422, "landing_text_invalid")
    for field in ("share_link", "from_change"):
        answer = api.post(f"{scene.record}/changes", {field: "a\x00"})
        assert (answer.status, answer.code) == (422, "validation_failed")


@pytest.mark.parametrize("status", ["failed", "not_judged_yet"])
def test_e4_the_notice_is_shown_at_configuration_time(scene: Scene, status: str) -> None:
    if status == "failed":
        scene.world.pass_rules(scene.account, effective_followers=499)
    answer = scene.world.api(scene.developer, language="zh-hans").post(
        f"{scene.record}/changes", {"page_path": PAGE}
    )
    assert answer.status == 201
    assert answer.body["notice"] == {
        "title": "该账号暂不展示挂载入口",
        "text": "该账号暂不满足《抖音经营规范》,故无法在「抖音APP-个人页」展示挂载入口",
    }


def test_api_accounts_are_found_by_their_own_mini_program_only(scene: Scene) -> None:
    stranger = scene.world.account()
    for aweme_id, person in (
        (stranger.pk, scene.developer),
        ("nobody", scene.developer),
        (scene.account.pk, scene.outsider),
    ):
        path = f"{scene.base}/records/{aweme_id}/changes"
        answer = scene.api(person).post(path, {"page_path": PAGE})
        assert (answer.status, answer.code) == (404, "not_found")
    assert not LandingChange.objects.exists()
