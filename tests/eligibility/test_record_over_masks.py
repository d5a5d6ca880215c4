"""Facts told about accounts that a feed knows (E3)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.db import connection

from guazai.batch.masks import Masks
from guazai.control.directory.actions import Outcome
from guazai.control.directory.models import DouyinAccount
from guazai.control.directory.states import AccountType
from guazai.control.eligibility import actions, queries
from guazai.control.eligibility.actions import FactsLine
from guazai.control.eligibility.judging import Judges
from guazai.control.eligibility.lookups import MaskReader, MasksUnreadableError
from guazai.control.eligibility.models import AccountFacts
from guazai.control.kernel.errors import Problem
from tests.eligibility.feeds import Feeds
from tests.eligibility.samples import policy_json, verdict_keys
from tests.world import HOST, PASSING, World

TODAY = date(2026, 3, 10)
YESTERDAY = TODAY - timedelta(days=1)
NOW = datetime(2026, 3, 9, 23, 59, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def event(account: DouyinAccount, as_of: date = TODAY, **values: Any) -> Outcome:
    return actions.record_facts(HOST, account, as_of, values, is_event=True)


def stored(account: DouyinAccount) -> tuple[date, int, bool, list[str]]:
    found = queries.verdict(account.pk)
    assert found is not None
    return found.as_of, found.revision, found.is_passed, found.failed


def refused(
    account: DouyinAccount, as_of: date, *, is_event: bool = True, **values: Any
) -> Problem:
    with pytest.raises(Problem) as caught:
        actions.record_facts(HOST, account, as_of, values, is_event=is_event)
    return caught.value


def test_e3_a_violation_hides_an_account_known_by_its_mask_alone(
    world: World, feeds: Feeds
) -> None:
    account = world.account()
    feeds.run(YESTERDAY, {account.pk: {}})
    assert queries.verdict(account.pk) is None
    assert event(account, has_serious_violation=True) is Outcome.CREATED
    assert stored(account) == (TODAY, 1, False, ["has_serious_violation"])
    assert verdict_keys()[-1] == (account.pk, True)
    assert list(queries.watched()) == [account.pk]
    row = AccountFacts.objects.get()
    assert row.told == {"has_serious_violation": {"value": True, "as_of": "2026-03-10"}}
    assert (row.full_as_of, row.oldest_as_of) == (None, TODAY)


def test_e3_what_is_not_told_is_as_the_mask_says(world: World, feeds: Feeds) -> None:
    account = world.account()
    feeds.run(YESTERDAY, {account.pk: {"effective_followers": 1, "is_verified_adult": None}})
    event(account, has_serious_violation=True)
    assert stored(account)[3] == [
        "too_few_effective_followers",
        "not_verified_adult",
        "has_serious_violation",
    ]
    event(account, has_serious_violation=False, effective_followers=500)
    assert stored(account)[3] == ["not_verified_adult"]
    # Told to be unknown is not met, whatever the mask says.
    event(account, meets_regulatory_requirements=None)
    assert stored(account)[3] == ["not_verified_adult", "regulatory_requirements_not_met"]


def test_e3_days_before_the_feed_are_outdated_for_whom_it_knows(world: World, feeds: Feeds) -> None:
    known, unknown = world.account(), world.account()
    feeds.run(YESTERDAY, {known.pk: {}})
    before = YESTERDAY - timedelta(days=1)
    for is_event in (True, False):
        problem = refused(known, before, is_event=is_event, has_serious_violation=True)
        assert problem.code.name == "facts_outdated"
        assert problem.extra == {"as_of": before, "known": YESTERDAY}
    assert queries.verdict(known.pk) is None
    assert event(unknown, before, **PASSING) is Outcome.CREATED
    # Of the feed's own day, the later told wins.
    assert event(known, YESTERDAY, has_serious_violation=True) is Outcome.CREATED
    assert stored(known)[:3] == (YESTERDAY, 1, False)


def test_e3_a_full_record_stands_in_the_place_of_the_mask(world: World, feeds: Feeds) -> None:
    account = world.account()
    feeds.run(YESTERDAY, {account.pk: {"effective_followers": 1}})
    actions.record_facts(HOST, account, TODAY, {**PASSING}, is_event=False)
    assert stored(account) == (TODAY, 1, True, [])
    actions.record_facts(HOST, account, TODAY, {"effective_followers": 900}, is_event=False)
    assert len(stored(account)[3]) == 3


def test_e3_what_the_feed_says_already_may_be_told_again(world: World, feeds: Feeds) -> None:
    account = world.account()
    feeds.run(YESTERDAY, {account.pk: {}})
    assert event(account) is Outcome.CREATED
    assert stored(account) == (YESTERDAY, 1, True, [])
    assert event(account) is Outcome.UNCHANGED
    assert event(account, effective_followers=500) is Outcome.UPDATED
    assert event(account, effective_followers=500) is Outcome.UNCHANGED


def test_e3_the_type_that_the_account_has_here_counts(world: World, feeds: Feeds) -> None:
    at = NOW + timedelta(hours=1)
    actions.publish_policy(HOST, policy_json(at, account_types=["personal"]))
    with time_machine.travel(at, tick=False):
        account = world.account(account_type=AccountType.INSTITUTION)
        feeds.run(YESTERDAY, {account.pk: {"effective_followers": 1}})
        event(account, has_serious_violation=True)
        assert stored(account)[2:] == (True, [])


def test_e3_many_records_look_masks_up_at_once_and_outside_the_act(
    world: World, feeds: Feeds
) -> None:
    accounts = [world.account() for _ in range(30)]
    feeds.run(YESTERDAY, {account.pk: {} for account in accounts[:20]})
    made: list[tuple[int, bool]] = []
    lookup = Masks.lookup

    def noted(masks: Masks, aweme_ids: set[str]) -> dict[str, int]:
        made.append((len(aweme_ids), connection.savepoint_ids != outside))
        return lookup(masks, aweme_ids)

    outside = list(connection.savepoint_ids)
    lines = [FactsLine(account.pk, TODAY, PASSING) for account in accounts]
    with mock.patch.object(Masks, "lookup", noted):
        assert set(actions.record_many(HOST, lines)) == {Outcome.CREATED}
    assert made == [(30, False)]


def test_e3_masks_adopted_after_they_were_read_are_read_again(world: World, feeds: Feeds) -> None:
    """The masks were looked up ahead of the act; what counts is what is current within it."""
    account = world.account()
    adopted = feeds.evaluate(feeds.deliver(YESTERDAY, {account.pk: {"effective_followers": 1}}))
    feeds.run(YESTERDAY, {account.pk: {}})
    kept = Judges.kept

    def late(reader: MaskReader) -> Judges:
        feeds.adopt(adopted)
        return kept(reader)

    with mock.patch.object(Judges, "kept", late):
        event(account, has_serious_violation=True)
    assert stored(account)[3] == ["too_few_effective_followers", "has_serious_violation"]


def test_e3_a_violation_hides_at_once_where_the_masks_cannot_be_read(
    world: World, feeds: Feeds
) -> None:
    account, failing, new = (world.account() for _ in range(3))
    for each in (account, failing):
        actions.watch(each)
    rows = {account.pk: {}, failing.pk: {"is_verified_adult": False}, new.pk: {}}
    feeds.run(YESTERDAY, rows)
    shutil.rmtree(feeds.root)
    event(account, has_serious_violation=True)
    assert stored(account) == (TODAY, 1, False, ["has_serious_violation"])
    assert verdict_keys()[-1] == (account.pk, True)
    event(account, has_serious_violation=False)
    assert stored(account)[2] is True
    event(failing, effective_followers=1)
    assert stored(failing)[3] == ["too_few_effective_followers", "not_verified_adult"]
    assert refused(account, YESTERDAY - timedelta(days=1), is_verified_adult=False).code.name == (
        "facts_outdated"
    )
    with pytest.raises(MasksUnreadableError):
        event(new, has_serious_violation=True)
    assert queries.verdict(new.pk) is None
