from __future__ import annotations

import re
import shutil
from pathlib import Path

from django.db import connection
from django.test.utils import CaptureQueriesContext

from guazai.control.directory import actions as directory
from guazai.control.eligibility import actions as eligibility
from guazai.control.inbox import queries as inbox
from guazai.control.inbox.states import RecipientKind
from guazai.control.journal import queries as journal
from guazai.control.kernel import clock
from guazai.control.landing import actions as landing_actions
from guazai.control.landing import queries as landing
from tests.eligibility.feeds import Feeds, yesterday
from tests.pages.scene import Browser, Scene
from tests.world import HOST, SURFACE


def test_e5_the_owner_sees_each_rule_with_value_threshold_and_mend(scene: Scene) -> None:
    scene.world.pass_rules(scene.account, effective_followers=1312, is_verified_adult=None)
    page = scene.browser.read(scene.page)
    assert "1,312" in page
    assert "≥ 500" in page
    assert f"{clock.today():%Y-%m-%d}" in page
    assert "Unknown (no data counts as not met)" in page
    assert "Complete real-name verification" in page
    assert "Keep publishing good content" not in page
    assert page.count('<li class="met">') == 3
    assert page.count('<li class="unmet">') == 1


def test_e5_the_owner_sees_values_of_the_feed_each_with_its_day(
    scene: Scene, tmp_path: Path
) -> None:
    feeds = Feeds(tmp_path)
    scene.bind()
    feeds.run(yesterday(), {scene.account.pk: {"effective_followers": 1312}})
    told = {"has_serious_violation": True}
    eligibility.record_facts(HOST, scene.account, clock.today(), told, is_event=True)
    page = scene.browser.read(scene.page)
    assert "1,312" in page
    # The feed's day above all, and that of the violation beside it.
    assert page.count(f"{yesterday():%Y-%m-%d}</time>") == 1
    assert page.count(f"{clock.today():%Y-%m-%d}</time>") == 1
    assert page.count('<li class="unmet">') == 1


def test_e5_the_owner_is_told_where_a_value_cannot_be_looked_up(
    scene: Scene, tmp_path: Path
) -> None:
    feeds = Feeds(tmp_path)
    scene.bind()
    feeds.run(yesterday(), {scene.account.pk: {"effective_followers": 312}})
    shutil.rmtree(tmp_path)
    page = scene.browser.read(scene.page)
    assert "The value cannot be looked up now" in page
    assert "Unknown (no data" not in page
    assert page.count('<li class="unmet">') == 1
    assert page.count('<li class="met">') == 3


def test_e3_an_account_without_data_is_said_to_wait(scene: Scene) -> None:
    assert "Not judged yet" in scene.browser.read(scene.page)


def test_v2_the_entry_says_what_it_opens_and_why_it_is_hidden(scene: Scene) -> None:
    assert "No mini program has a live entry here" in scene.browser.read(scene.page)
    scene.bind()
    scene.world.pass_rules(scene.account)
    scene.world.go_live(scene.app, scene.account, query="from=profile", title="Order now")
    shown = scene.browser.read(scene.page)
    assert "Order now" in shown
    assert "pages/index/index?from=profile" in shown
    assert "Why it is hidden" not in shown
    scene.world.pass_rules(scene.account, effective_followers=499)
    directory.publish_version(HOST, scene.app.pk, "2.0.0", ["pages/other/other"])
    hidden = scene.browser.read(scene.page)
    assert "The account does not meet the creator rules" in hidden
    assert "published version lacks the page" in hidden
    assert "The developer can mend this" in hidden


def test_b5_ending_says_what_it_takes_away_and_takes_it(scene: Scene) -> None:
    bound = scene.bind()
    scene.world.go_live(scene.app, scene.account)
    end = f"/me/bindings/{bound.pk}/end"
    assert end in scene.browser.read(scene.page)
    asked = scene.browser.read(end)
    assert "Its live entry will disappear" in asked
    assert "pages/index/index" in asked
    assert scene.status(bound) == "active"
    assert scene.browser.submit(end)["Location"] == f"/me/bindings/{bound.pk}"
    assert scene.status(bound) == "ended"
    assert landing.live_change(scene.account.pk, SURFACE) is None
    assert journal.search(verb="binding.end", subject_id=bound.pk).get().actor_id == scene.owner.pk
    assert "<h1>Ended</h1>" in scene.browser.read(f"/me/bindings/{bound.pk}")
    assert bound.pk not in scene.browser.read(scene.page)
    assert bound.pk in scene.browser.read(f"{scene.page}?past=1")


def test_l4_the_owner_releases_the_slot_after_being_asked(scene: Scene) -> None:
    release = f"{scene.page}/surfaces/profile_mount/release"
    assert scene.browser.get(release)["Location"] == scene.page
    bound = scene.bind()
    change = scene.world.go_live(scene.app, scene.account)
    assert release in scene.browser.read(scene.page)
    assert scene.app.name in scene.browser.read(release)
    assert landing.live_change(scene.account.pk, SURFACE) == change
    assert scene.browser.submit(release)["Location"] == scene.page
    assert landing.live_change(scene.account.pk, SURFACE) is None
    assert scene.status(bound) == "active"
    assert "nothing_to_remove" in scene.browser.submit(release).content.decode()
    assert scene.browser.get(f"{scene.page}/surfaces/unknown/release").status_code == 404


def test_a_page_in_review_is_told_and_released_too(scene: Scene) -> None:
    scene.bind()
    change = landing_actions.submit(
        HOST, scene.app, SURFACE, scene.account, page_path="pages/index/index"
    )
    release = f"{scene.page}/surfaces/profile_mount/release"
    assert "is in review" in scene.browser.read(scene.page)
    assert "is withdrawn too" in scene.browser.read(release)
    scene.browser.submit(release)
    change.refresh_from_db()
    assert change.status == "withdrawn"


def test_what_belongs_to_others_is_not_found_like_what_is_not(scene: Scene) -> None:
    bound = scene.bind()
    other = scene.world.account()
    assert other.owner is not None
    outsider = Browser(other.owner)
    for path in (
        scene.page,
        f"{scene.page}/surfaces/profile_mount/release",
        f"/me/bindings/{bound.pk}",
        f"/me/bindings/{bound.pk}/end",
        f"/me/bindings/{bound.pk}/block",
    ):
        unknown = path.replace(scene.account.pk, "dy_none").replace(bound.pk, "bnd_none")
        answers = {re.sub(r'req_\w+|value="[^"]*"', "", outsider.read(path, status=404))}
        answers.add(re.sub(r'req_\w+|value="[^"]*"', "", outsider.read(unknown, status=404)))
        assert len(answers) == 1
        assert outsider.submit(path).status_code in {404, 405}
    assert scene.status(bound) == "active"
    assert scene.browser.get(f"/me/bindings/{bound.pk}/unbind").status_code == 404


def test_a_decision_that_no_longer_fits_is_a_page_that_says_so(scene: Scene) -> None:
    bound = scene.bind()
    refused = scene.browser.submit(f"/me/bindings/{bound.pk}/refuse")
    assert refused.status_code == 409
    assert "go back to see how it stands" in refused.content.decode()
    assert scene.status(bound) == "active"


def test_many_accounts_are_listed_in_pages(scene: Scene) -> None:
    assert scene.account.nickname in scene.browser.read("/me")
    others = [scene.world.account(owner=scene.owner) for _ in range(11)]
    scene.request()
    names = {scene.account.nickname, *(each.nickname for each in others)}
    first = scene.browser.read("/me")
    following = re.search(r'href="(\?cursor=[^"#]+)', first)
    assert following is not None
    second = scene.browser.read(f"/me{following[1]}")
    on_first = {name for name in names if f"<bdi>{name}</bdi>" in first}
    on_second = {name for name in names if f"<bdi>{name}</bdi>" in second}
    assert len(on_first) == 10
    assert on_first | on_second == names
    assert not on_first & on_second
    assert "1 awaiting you" in first + second
    assert "cursor_invalid" in scene.browser.read("/me?cursor=made-up", status=400)
    assert "cursor_invalid" in scene.browser.read(f"/me?cursor={'x' * 600}", status=400)


def test_many_bindings_are_listed_in_pages(scene: Scene) -> None:
    bound = {scene.bind(scene.suitor()).pk for _ in range(12)}
    first = scene.browser.read(scene.page)
    following = re.search(r'href="(\?cursor=[^"#]+)#bindings', first)
    assert following is not None
    second = scene.browser.read(f"{scene.page}{following[1]}")
    shown = [{pk for pk in bound if f"/me/bindings/{pk}/end" in page} for page in (first, second)]
    assert [len(page) for page in shown] == [10, 2]
    assert shown[0] | shown[1] == bound


def _queries(scene: Scene) -> int:
    with CaptureQueriesContext(connection) as asked:
        scene.browser.read(scene.page)
    return len(asked)


def test_a_list_of_bindings_takes_a_constant_number_of_queries(scene: Scene) -> None:
    scene.bind()
    few = _queries(scene)
    for _ in range(8):
        scene.bind(scene.suitor())
    assert _queries(scene) == few


def test_n1_messages_are_read_one_by_one_or_all_at_once(scene: Scene) -> None:
    scene.request()
    asked = scene.request(scene.suitor())
    own = inbox.messages(RecipientKind.ACCOUNT, [scene.account.pk])
    page = scene.browser.read("/me/messages")
    assert "(2 unread)" in page
    assert f'href="/me/bindings/{asked.pk}"' in page
    message = own.order_by("pk").first()
    assert message is not None
    other = scene.world.account()
    assert other.owner is not None
    Browser(other.owner).submit("/me/messages", read=message.pk)
    Browser(other.owner).submit("/me/messages", read="all")
    assert own.filter(read_at__isnull=True).count() == 2
    assert scene.browser.submit("/me/messages", read=message.pk).status_code == 302
    assert list(own.filter(read_at__isnull=False)) == [message]
    assert "(1 unread)" in scene.browser.read("/me")
    scene.browser.submit("/me/messages", read="all")
    assert "unread" not in scene.browser.read("/me/messages")
