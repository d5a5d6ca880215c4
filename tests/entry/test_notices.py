"""Who is told when the rules, or a new version, hide or show an entry (E4, L7, N1)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from guazai.control.inbox.models import InboxMessage
from guazai.control.kernel import clock
from tests.entry.scene import Scene
from tests.world import PAGES


def visibility(scene: Scene) -> list[tuple[str, str]]:
    """Kind and reader of each message that the rules hid or showed the entry."""
    found = InboxMessage.objects.filter(kind__in=["hidden_by_rules", "shown_by_rules"])
    ordered = found.order_by("created_at", "id")
    return [(message.kind, message.recipient_id) for message in ordered]


@pytest.fixture
def both(scene: Scene) -> list[str]:
    """The legal entity and the account, in the order in which they are told."""
    InboxMessage.objects.all().delete()
    return [scene.entity.pk, scene.account.pk]


def follow(scene: Scene, *followers: int) -> None:
    for count in followers:
        scene.follow(count)
        scene.drain()


def test_e4_both_sides_are_told_that_the_rules_hide_an_entry(scene: Scene, both: list[str]) -> None:
    follow(scene, 499)
    assert visibility(scene) == [("hidden_by_rules", each) for each in both]
    message = InboxMessage.objects.get(recipient_kind="account")
    assert (message.subject_kind, message.subject_id) == ("account", scene.account.pk)
    assert message.values == {"aweme_id": scene.account.pk, "nickname": scene.account.nickname}
    of_entity = InboxMessage.objects.get(recipient_kind="legal_entity", kind="hidden_by_rules")
    assert of_entity.values["app_id"] == scene.app.pk


def test_e4_both_sides_are_told_that_it_is_shown_again(scene: Scene, both: list[str]) -> None:
    follow(scene, 499)
    InboxMessage.objects.all().delete()
    with time_machine.travel(clock.now() + timedelta(days=1), tick=False):
        follow(scene, 500)
    assert visibility(scene) == [("shown_by_rules", each) for each in both]


def test_e4_flapping_around_500_tells_once_a_day(scene: Scene, both: list[str]) -> None:
    start = clock.start_of(clock.today()) + timedelta(hours=12)
    with time_machine.travel(start, tick=False) as moved:
        for _ in range(3):
            follow(scene, 499, 500, 498, 501)
            moved.shift(timedelta(hours=3))
        assert clock.today() == clock.day_of(start)
        assert visibility(scene) == [("hidden_by_rules", each) for each in both]
        moved.shift(timedelta(hours=3))
        follow(scene, 499)
    assert len(visibility(scene)) == 4


def test_e4_a_verdict_that_stays_tells_nothing(scene: Scene, both: list[str]) -> None:
    follow(scene, 501, 502, 10_000)
    assert visibility(scene) == []
    follow(scene, 499, 498, 0)
    assert len(visibility(scene)) == 2


def test_e4_an_account_without_an_entry_is_not_bothered(scene: Scene, both: list[str]) -> None:
    account = scene.world.account()
    for followers in (500, 499):
        scene.world.pass_rules(account, effective_followers=followers)
        scene.drain()
    assert visibility(scene) == []


def test_e4_telling_a_verdict_twice_sends_nothing_twice(scene: Scene, both: list[str]) -> None:
    scene.follow(499)
    scene.drain()
    scene.follow(499)
    scene.drain()
    assert len(visibility(scene)) == 2


def test_l7_the_developer_is_told_that_the_page_is_gone(scene: Scene, both: list[str]) -> None:
    scene.publish("2.0.0", PAGES[1:])
    assert not scene.is_shown()
    assert scene.told("page_missing") == [("legal_entity", scene.entity.pk)]
    message = InboxMessage.objects.get(kind="page_missing")
    assert message.values == {
        "app_id": scene.app.pk,
        "aweme_id": scene.account.pk,
        "app_name": scene.app.name,
        "page_path": PAGES[0],
        "nickname": scene.account.nickname,
    }
    assert message.subject_kind == "landing_change"


def test_l7_a_version_without_the_page_tells_once(scene: Scene, both: list[str]) -> None:
    for number, pages in (
        ("2.0.0", PAGES[1:]),
        ("1.0.0", PAGES),
        ("2.0.0", PAGES[1:]),
        ("1.0.0", PAGES),
    ):
        scene.publish(number, pages)
        scene.drain()
    assert len(scene.told("page_missing")) == 1
    scene.publish("3.0.0", PAGES[2:])
    scene.drain()
    assert len(scene.told("page_missing")) == 2


def test_l7_a_page_that_comes_back_is_shown_again_by_itself(scene: Scene) -> None:
    scene.publish("2.0.0", PAGES[1:])
    assert not scene.is_shown()
    scene.publish("2.1.0", PAGES)
    assert scene.is_shown()


def test_l7_every_account_of_the_page_is_told_of_and_no_other(scene: Scene) -> None:
    accounts = [scene.world.account() for _ in range(3)]
    pages = [PAGES[0], PAGES[0], PAGES[1]]
    for account, page in zip(accounts, pages, strict=True):
        scene.world.bind(scene.app, account)
        scene.world.pass_rules(account)
        scene.world.go_live(scene.app, account, page)
    assert all(scene.is_shown(account) for account in accounts)
    scene.publish("2.0.0", PAGES[1:])
    assert [scene.is_shown(account) for account in accounts] == [False, False, True]
    assert len(scene.told("page_missing")) == 3


def test_n1_an_entry_that_is_removed_is_not_a_missing_page(scene: Scene, both: list[str]) -> None:
    scene.remove()
    assert not scene.is_shown()
    assert scene.told("page_missing") == []
