"""Which masks accounts are judged by (E2, E6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guazai.control.eligibility import actions, queries
from guazai.control.eligibility.actions import Adopted
from guazai.control.journal.actions import act
from guazai.control.kernel.actor import system
from tests.eligibility.feeds import Feeds, yesterday
from tests.eligibility.samples import events, policy_json
from tests.world import HOST, World

WHO = system("test")


def test_e2_exactly_what_is_adopted_is_current(world: World, feeds: Feeds) -> None:
    [first] = feeds.evaluate(feeds.deliver(yesterday() - timedelta(days=1), {"a": {}}))
    actions.publish_policy(HOST, policy_json())
    second = replace(first, policy_version=2, path="elsewhere")
    feeds.adopt([first, second])
    assert [row.policy_version_id for row in queries.current_masks()] == [2, 1]
    [newer] = feeds.evaluate(feeds.deliver(yesterday(), {"a": {}}))
    feeds.adopt([newer])
    [row] = queries.current_masks()
    found = {name: getattr(row, name) for name in ("run_id", "path", "as_of", "feed_path")}
    assert Adopted(policy_version=row.policy_version_id, feed_hash=row.feed_hash, **found) == newer
    noted = [event for event in events("eligibility.adopt") if "2" in event.before]
    assert [sorted(event.after) for event in noted] == [["1"]]
    feeds.adopt([])
    assert queries.current_masks() == []


def test_r15_adopting_commits_with_the_callers_act_or_not(world: World, feeds: Feeds) -> None:
    [first] = feeds.evaluate(feeds.deliver(yesterday() - timedelta(days=1), {"a": {}}))
    [second] = feeds.evaluate(feeds.deliver(yesterday(), {"a": {}}))
    feeds.adopt([first])

    def adopt_in_vain() -> None:
        with act(WHO) as done:
            actions.adopt(WHO, done, [second])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        adopt_in_vain()
    assert [row.path for row in queries.current_masks()] == [first.path]


def test_e3_who_judges_keeps_the_masks_before_reading_them(world: World) -> None:
    account = world.account()
    with CaptureQueriesContext(connection) as made:
        actions.watch(account)
    found = [query["sql"] for query in made if "eligibility_currentmasks" in query["sql"]]
    locks = [sql for sql in found if sql.startswith("LOCK TABLE")]
    assert locks == (found[:1] if connection.vendor == "postgresql" else [])
