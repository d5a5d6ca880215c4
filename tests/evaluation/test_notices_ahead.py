"""Notices ahead of a policy that will hide entries (N1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
import time_machine

from guazai.control.evaluation import drafting, jobs, queries
from guazai.control.evaluation.models import DryRun
from guazai.control.inbox import queries as inbox
from guazai.control.inbox.models import InboxMessage
from guazai.control.inbox.states import RecipientKind
from guazai.control.kernel import clock
from guazai.control.landing.models import LandingChange
from guazai.policy import bucket
from tests.evaluation.samples import WHO, draft_json
from tests.world import World


@dataclass
class Ahead:
    """Two entries, of which a policy in ten days will hide one."""

    world: World
    hit: LandingChange
    fine: LandingChange
    at: datetime

    def work(self) -> None:
        """The evaluator's passes, until there is nothing to do."""
        while any(jobs.run_once().values()):
            pass


@pytest.fixture
def ahead(world: World) -> Ahead:
    hit, fine = world.entry(), world.entry()
    world.pass_rules(fine.account, effective_followers=5000)
    return Ahead(world, hit, fine, clock.now() + timedelta(days=10))


def schedule(at: datetime, followers: int = 1000) -> int:
    """Try a draft and schedule it."""
    draft = drafting.create_draft(WHO, draft_json(followers), "")
    drafting.request_dry_run(WHO, draft)
    jobs.run_once()
    draft = queries.draft(draft.pk)
    return drafting.schedule(WHO, draft, at, [], "why")


def sent() -> list[tuple[str, str]]:
    """Who was told."""
    rows = InboxMessage.objects.filter(kind="policy_ahead").order_by("pk")
    return list(rows.values_list("recipient_kind", "recipient_id"))


def test_n1_owner_and_developer_are_told_ahead_once(ahead: Ahead) -> None:
    schedule(ahead.at)
    ahead.work()
    account, entity = ahead.hit.account_id, ahead.hit.mini_program.entity_id
    assert sorted(sent()) == [("account", account), ("legal_entity", entity)]
    for kind, recipient in ((RecipientKind.ACCOUNT, account), (RecipientKind.LEGAL_ENTITY, entity)):
        message = inbox.messages(kind, [recipient]).get(kind="policy_ahead")
        assert (message.subject_kind, message.subject_id) == ("account", account)
        text = inbox.text_of(message)
        assert ahead.hit.account.nickname in text
        assert clock.day_of(ahead.at).isoformat() in text
        # Which rule it is, is nobody's business but the owner's, on their page (E5).
        assert "粉丝" not in text
        assert "500" not in text
    ahead.work()
    assert len(sent()) == 2


def test_n1_who_is_newly_affected_is_told_in_the_last_days(ahead: Ahead) -> None:
    schedule(ahead.at)
    ahead.work()
    with time_machine.travel(ahead.at - timedelta(days=4), tick=False):
        ahead.world.pass_rules(ahead.fine.account, effective_followers=900)
        ahead.work()
        assert len(sent()) == 2
    with time_machine.travel(ahead.at - timedelta(days=3), tick=False):
        ahead.work()
        assert {recipient for _, recipient in sent()} >= {ahead.fine.account_id}
        assert len(sent()) == 4
        ahead.work()
        assert len(sent()) == 4


def test_n1_a_policy_at_short_notice_is_looked_at_once(ahead: Ahead) -> None:
    schedule(clock.now() + timedelta(days=1))
    ahead.work()
    assert len(sent()) == 2
    assert len(DryRun.objects.filter(purpose="notice")) == 1


def test_n1_nobody_is_told_ahead_of_what_has_begun(ahead: Ahead) -> None:
    schedule(ahead.at)
    assert jobs.look_ahead() == 1
    assert jobs.take_dry_run() == 1
    with time_machine.travel(ahead.at + timedelta(minutes=1), tick=False):
        assert jobs.send_notices() == 1
        assert jobs.send_notices() == 0
    assert sent() == []


def test_n1_sending_again_after_a_kill_tells_nobody_twice(
    ahead: Ahead, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule(ahead.at)
    jobs.look_ahead()
    jobs.take_dry_run()
    told: list[str] = []
    send = drafting._send

    def die(*arguments: object) -> None:
        send(*arguments)  # type: ignore[arg-type]
        told.append("once")
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(drafting, "_send", die)
        with pytest.raises(KeyboardInterrupt):
            jobs.send_notices()
    assert (told, sent()) == (["once"], [])
    ahead.work()
    assert len(sent()) == 2


def test_n1_a_staged_policy_names_the_day_that_is_the_accounts(ahead: Ahead) -> None:
    draft = drafting.create_draft(WHO, draft_json(), "")
    drafting.request_dry_run(WHO, draft)
    jobs.run_once()
    draft = queries.draft(draft.pk)
    drafting.schedule(WHO, draft, ahead.at, drafting.default_stages(ahead.at), "why")
    ahead.work()
    policy = queries.published(queries.draft(draft.pk))
    place = bucket(ahead.hit.account_id)
    expected = next(stage.at for stage in policy.stages if place < stage.percent)
    message = InboxMessage.objects.filter(kind="policy_ahead").first()
    assert message is not None
    assert message.values["effective_on"] == clock.day_of(expected).isoformat()
