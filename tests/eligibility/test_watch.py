"""Keeping an account's standing from when somebody asks to bind it (E3)."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from guazai.control.eligibility import actions, queries
from guazai.control.eligibility.lookups import MasksUnreadableError
from guazai.control.eligibility.models import AccountFacts, CurrentMasks
from guazai.control.journal.models import OutboxKey
from guazai.control.kernel.errors import Problem
from guazai.control.surfaces.registry import BindingKind
from tests.eligibility.feeds import Feeds, yesterday
from tests.eligibility.samples import events, verdict_keys
from tests.world import HOST, SURFACE, World


def test_e3_an_account_that_a_feed_knows_is_judged_at_once(world: World, feeds: Feeds) -> None:
    good, bad = world.account(), world.account()
    feeds.run(yesterday(), {good.pk: {}, bad.pk: {"has_serious_violation": True}})
    assert list(queries.watched()) == []
    OutboxKey.objects.all().delete()
    for account in (good, bad):
        actions.watch(account)
    assert queries.statuses([good, bad]) == {good.pk: "passed", bad.pk: "failed"}
    found = queries.verdict(good.pk)
    assert found is not None
    assert (found.as_of, found.revision) == (yesterday(), 1)
    assert verdict_keys() == [(good.pk, False), (bad.pk, True)]
    noted = events("eligibility.judge")
    assert {(event.actor_id, event.subject_id) for event in noted} == {
        ("eligibility", good.pk),
        ("eligibility", bad.pk),
    }
    assert set(queries.watched()) == {good.pk, bad.pk}


def test_e3_an_account_that_no_feed_knows_is_not_judged_yet(world: World, feeds: Feeds) -> None:
    before, after = world.account(), world.account()
    actions.watch(before)
    feeds.run(yesterday(), {"other": {}})
    actions.watch(after)
    assert set(queries.statuses([before, after]).values()) == {"not_judged_yet"}
    assert set(queries.watched()) == {before.pk, after.pk}
    assert events("eligibility.judge") == []


def test_e3_an_account_with_a_verdict_keeps_it(world: World, feeds: Feeds) -> None:
    account = world.account()
    world.pass_rules(account)
    feeds.run(yesterday() - timedelta(days=1), {account.pk: {"effective_followers": 1}})
    made = len(events("eligibility.judge"))
    actions.watch(account)
    actions.watch(account)
    assert queries.statuses([account]) == {account.pk: "passed"}
    assert len(events("eligibility.judge")) == made


def test_b5_a_request_for_an_account_has_it_watched(world: World, feeds: Feeds) -> None:
    app = world.grant(world.mini_program())
    account, stranger = world.account(app.entity), world.account(app.entity)
    feeds.run(yesterday(), {account.pk: {"effective_followers": 1}, stranger.pk: {}})
    binding_events = len(events("binding.request"))
    world.bind(app, account)
    assert queries.statuses([account, stranger]) == {
        account.pk: "failed",
        stranger.pk: "not_judged_yet",
    }
    assert list(queries.watched()) == [account.pk]
    assert len(events("binding.request")) == binding_events + 1


def test_b4_a_request_that_is_refused_watches_nobody(world: World, feeds: Feeds) -> None:
    from guazai.control.binding import actions as binding  # noqa: PLC0415 - a context above

    app = world.grant(world.mini_program())
    first, second = world.account(app.entity), world.account(app.entity)
    feeds.run(yesterday(), {first.pk: {}, second.pk: {}})
    binding.request(HOST, app, SURFACE, first.pk, BindingKind.BRAND)
    with pytest.raises(Problem) as caught:
        binding.request(HOST, app, SURFACE, second.pk, BindingKind.BRAND)
    assert caught.value.code.name == "quota_reached"
    assert list(queries.watched()) == [first.pk]
    assert queries.verdict(second.pk) is None


def test_e6_masks_that_are_gone_are_said_to_be(world: World, feeds: Feeds) -> None:
    account = world.account()
    feeds.run(yesterday(), {account.pk: {}})
    [masks] = CurrentMasks.objects.all()
    shutil.rmtree(Path(masks.path))
    with pytest.raises(MasksUnreadableError) as caught:
        actions.watch(account)
    assert (caught.value.code.name, caught.value.code.status) == ("masks_unreadable", 503)
    assert queries.verdict(account.pk) is None


def test_e3_an_account_is_kept_once(world: World) -> None:
    account = world.account()
    for _ in range(3):
        actions.watch(account)
    assert AccountFacts.objects.count() == 1
