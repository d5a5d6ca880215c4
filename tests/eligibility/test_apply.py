"""Applying a feed's masks: whom it hides and shows, and what becomes of what was told (E3, E4)."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest

from guazai.control.directory.models import DouyinAccount
from guazai.control.eligibility import actions, queries
from guazai.control.eligibility.actions import Applied, MaskRow
from guazai.control.eligibility.models import AccountFacts, Verdict
from guazai.control.journal.models import AuditEvent, OutboxKey
from guazai.control.kernel import clock
from tests.eligibility.feeds import Feeds, Rows, yesterday
from tests.eligibility.samples import events, verdict_keys
from tests.world import HOST, PASSING, World

FOLLOWERS, VIOLATION = "too_few_effective_followers", "has_serious_violation"


def stored(account: DouyinAccount) -> tuple[date, int, bool, list[str]]:
    found = queries.verdict(account.pk)
    assert found is not None
    return found.as_of, found.revision, found.is_passed, found.failed


def tell(account: DouyinAccount, day: date, **values: Any) -> None:
    actions.record_facts(HOST, account, day, values, is_event=True)


def kept(world: World) -> DouyinAccount:
    """An account whose standing is kept."""
    account = world.account()
    actions.watch(account)
    return account


def test_e4_a_feed_hides_and_shows(world: World, feeds: Feeds) -> None:
    day = yesterday()
    good, bad, same = (kept(world) for _ in range(3))
    assert feeds.run(
        day - timedelta(days=1),
        {good.pk: {}, bad.pk: {"effective_followers": 499}, same.pk: {}, "other": {}},
    ) == Applied(hidden=0, shown=2, changed=3)
    assert stored(good) == (day - timedelta(days=1), 1, True, [])
    OutboxKey.objects.all().delete()
    applied = feeds.run(
        day,
        {good.pk: {"has_serious_violation": True}, bad.pk: {}, same.pk: {}, "other": {}},
    )
    assert applied == Applied(hidden=1, shown=1, changed=2)
    assert stored(good) == (day, 1, False, [VIOLATION])
    assert stored(bad) == (day, 1, True, [])
    # Nobody is told of what stays as it was.
    assert stored(same) == (day - timedelta(days=1), 1, True, [])
    assert sorted(verdict_keys()) == sorted([(good.pk, True), (bad.pk, False)])
    noted = [event for event in events("eligibility.judge") if event.subject_id == good.pk]
    assert sorted(event.after["is_passed"] for event in noted) == [False, True]
    assert {event.actor_id for event in noted} == {"evaluator"}


def test_e4_another_failing_rule_is_a_change_that_hides_nobody(world: World, feeds: Feeds) -> None:
    account = kept(world)
    feeds.run(yesterday() - timedelta(days=1), {account.pk: {"effective_followers": 1}})
    applied = feeds.run(yesterday(), {account.pk: {"has_serious_violation": True}})
    assert applied == Applied(hidden=0, shown=0, changed=1)
    assert stored(account) == (yesterday(), 1, False, [VIOLATION])


def test_e3_accounts_that_are_not_kept_are_passed_over(world: World, feeds: Feeds) -> None:
    account = world.account()
    feeds.run(yesterday(), {account.pk: {}})
    assert feeds.apply([MaskRow(account.pk, 1, 0), MaskRow("nobody", 1, 0)], yesterday()) == (
        Applied(0, 0, 0)
    )
    assert queries.verdict(account.pk) is None
    assert AccountFacts.objects.count() == 0


def test_r15_applying_again_changes_nothing(world: World, feeds: Feeds) -> None:
    accounts = [kept(world) for _ in range(4)]
    tell(accounts[3], yesterday(), has_serious_violation=True)
    adopted = feeds.evaluate(
        feeds.deliver(
            yesterday(),
            {accounts[0].pk: {}, accounts[1].pk: {"effective_followers": 3}, accounts[3].pk: {}},
        )
    )
    feeds.adopt(adopted)
    rows = feeds.plan(adopted)
    assert feeds.apply(rows, yesterday()) == Applied(hidden=0, shown=2, changed=3)
    before = (
        sorted(Verdict.objects.values_list()),
        sorted(map(str, AccountFacts.objects.values())),
        len(events("eligibility.judge")),
        OutboxKey.objects.count(),
    )
    assert feeds.apply(rows, yesterday()) == Applied(0, 0, 0)
    assert before == (
        sorted(Verdict.objects.values_list()),
        sorted(map(str, AccountFacts.objects.values())),
        len(events("eligibility.judge")),
        OutboxKey.objects.count(),
    )


def test_e3_a_feed_takes_the_place_of_what_was_told_for_its_day_and_before(
    world: World, feeds: Feeds
) -> None:
    day = yesterday()
    account = kept(world)
    feeds.run(day - timedelta(days=2), {account.pk: {}})
    tell(account, day, has_serious_violation=True)
    assert stored(account) == (day, 1, False, [VIOLATION])
    # A feed of an older day does not undo it.
    feeds.run(day - timedelta(days=1), {account.pk: {}})
    assert stored(account) == (day, 1, False, [VIOLATION])
    assert AccountFacts.objects.get().oldest_as_of == day
    # That of its own day knows better.
    assert feeds.run(day, {account.pk: {}}) == Applied(hidden=0, shown=1, changed=1)
    assert stored(account) == (day, 2, True, [])
    row = AccountFacts.objects.get()
    assert (row.told, row.full_as_of, row.oldest_as_of) == ({}, None, None)


def test_e3_a_violation_told_today_stays_over_yesterdays_feed(world: World, feeds: Feeds) -> None:
    account = kept(world)
    today = clock.today()
    tell(account, today, has_serious_violation=True)
    feeds.run(yesterday(), {account.pk: {}})
    assert stored(account)[2:] == (False, [VIOLATION])
    assert stored(account)[0] == today
    tell(account, today, has_serious_violation=False)
    assert stored(account)[2] is True


def test_e3_a_full_record_is_the_base_until_a_feed_of_its_day(world: World, feeds: Feeds) -> None:
    account, day = world.account(), yesterday()
    actions.record_facts(HOST, account, day, {**PASSING}, is_event=False)
    feeds.run(day - timedelta(days=1), {account.pk: {"effective_followers": 1}})
    assert stored(account) == (day, 1, True, [])
    feeds.run(day, {account.pk: {"effective_followers": 2}})
    assert stored(account) == (day, 2, False, [FOLLOWERS])


def test_e3_an_event_for_the_feeds_day_told_after_it_was_adopted_is_kept(
    world: World, feeds: Feeds
) -> None:
    """The run has adopted the masks, and has yet to come to the account."""
    account, day = kept(world), yesterday()
    tell(account, day, effective_followers=1)
    adopted = feeds.evaluate(feeds.deliver(day, {account.pk: {}}))
    feeds.adopt(adopted)
    tell(account, day, has_serious_violation=True)
    # What was told before is taken the place of already.
    assert stored(account)[3] == [VIOLATION]
    assert feeds.apply(feeds.plan(adopted), day) == Applied(0, 0, 0)
    assert stored(account)[3] == [VIOLATION]
    # A correction of the day is another feed, and does take its place.
    assert feeds.run(day, {account.pk: {"effective_followers": 501}}).shown == 1


def test_e3_who_is_gone_from_the_feed_meets_no_rule(world: World, feeds: Feeds) -> None:
    account, stranger, day = kept(world), kept(world), yesterday()
    tell(stranger, day - timedelta(days=3), **PASSING)
    feeds.run(day - timedelta(days=1), {account.pk: {}, "other": {}})
    assert feeds.run(day, {"other": {}}) == Applied(hidden=1, shown=0, changed=1)
    assert len(stored(account)[3]) == 4
    # Of whom no feed ever knew, none takes anything away.
    assert stored(stranger)[2] is True
    assert AccountFacts.objects.get(pk=stranger.pk).oldest_as_of == day - timedelta(days=3)
    assert feeds.run(day, {account.pk: {}, "other": {}}).shown == 1


def test_e2_a_policy_run_takes_the_place_of_nothing_told(world: World, feeds: Feeds) -> None:
    account, day = kept(world), yesterday()
    feeds.run(day, {account.pk: {"effective_followers": 1}})
    tell(account, day, effective_followers=700)
    assert stored(account)[2] is True
    row = MaskRow(account.pk, 1, 1)
    assert feeds.apply([row], day, consumes=False) == Applied(0, 0, 0)
    assert stored(account)[2] is True


def test_e6_a_preview_says_what_applying_would_do_and_does_nothing(
    world: World, feeds: Feeds
) -> None:
    day = yesterday()
    accounts = [kept(world) for _ in range(6)]
    good, bad, gone, told, older, new = (account.pk for account in accounts)
    first = {good: {}, bad: {"effective_followers": 1}, gone: {}, told: {}, older: {}}
    feeds.run(day - timedelta(days=1), first)
    tell(accounts[3], clock.today(), has_serious_violation=True)
    tell(accounts[4], day, has_serious_violation=True)
    second = {good: {"effective_followers": 2}, bad: {}, told: {}, older: {}, new: {}}
    adopted = feeds.evaluate(feeds.deliver(day, second))
    rows = feeds.plan(adopted)
    before = (list(Verdict.objects.values()), list(AccountFacts.objects.values()))
    noted = AuditEvent.objects.count()
    found = actions.preview(rows, as_of=day, consumes=True)
    assert (sorted(found.hidden), sorted(found.shown)) == (
        sorted([good, gone]),
        sorted([bad, older, new]),
    )
    assert before == (list(Verdict.objects.values()), list(AccountFacts.objects.values()))
    assert AuditEvent.objects.count() == noted
    feeds.adopt(adopted)
    assert feeds.apply(rows, day) == Applied(hidden=2, shown=3, changed=5)


class Model:
    """What a feed said last of each account, and what was told of later days."""

    def __init__(self, accounts: list[DouyinAccount]) -> None:
        self.fed: dict[str, dict[str, Any] | None] = {each.pk: None for each in accounts}
        self.told: dict[str, dict[str, tuple[date, Any]]] = {each.pk: {} for each in accounts}

    def tell(self, aweme_id: str, day: date, name: str, value: object) -> bool:
        """Whether it is told: not where a later day is known."""
        known = self.told[aweme_id].get(name)
        if known is not None and known[0] > day:
            return False
        self.told[aweme_id][name] = (day, value)
        return True

    def feed(self, day: date, rows: Rows) -> None:
        for aweme_id, told in self.told.items():
            given = rows.get(aweme_id)
            if given is not None or self.fed[aweme_id] is not None:
                self.told[aweme_id] = {n: each for n, each in told.items() if each[0] > day}
            self.fed[aweme_id] = None if given is None else {**PASSING, **given}

    def passes(self, aweme_id: str) -> bool:
        known = dict(self.fed[aweme_id] or {})
        known |= {name: value for name, (_, value) in self.told[aweme_id].items()}
        return all(known.get(name) == value for name, value in PASSING.items())


@pytest.mark.parametrize("chunk", [1, 7])
def test_e3_feeds_and_events_in_any_order_agree_with_a_model(
    world: World, feeds: Feeds, rng: random.Random, chunk: int
) -> None:
    accounts = [kept(world) for _ in range(6)]
    model = Model(accounts)
    for age in range(8):
        day = yesterday() - timedelta(days=8 - age)
        for account in accounts:
            on = min(day + timedelta(days=rng.randrange(3)), clock.today())
            name = rng.choice(sorted(PASSING))
            value = rng.choice([PASSING[name], PASSING[name], None])
            if rng.random() < 0.5 and model.tell(account.pk, on, name, value):
                tell(account, on, **{name: value})
        rows: dict[str, Any] = {"other": {}}
        for account in accounts:
            if rng.random() < 0.8:
                rows[account.pk] = rng.choice([{}, {"effective_followers": 499}])
        model.feed(day, rows)
        adopted = feeds.evaluate(feeds.deliver(day, rows))
        feeds.adopt(adopted)
        planned = feeds.plan(adopted)
        for start in range(0, len(planned), chunk):
            feeds.apply(planned[start : start + chunk], day)
        for account in accounts:
            verdict = queries.verdict(account.pk)
            assert verdict is None or verdict.is_passed is model.passes(account.pk), account.pk
