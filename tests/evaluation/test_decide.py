"""Two people decide on a held run (E6, R14)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import IntegrityError, transaction

from guazai.control.eligibility import actions as eligibility
from guazai.control.evaluation import actions, jobs, queries
from guazai.control.evaluation.models import Run, RunProposal
from guazai.control.journal import queries as journal
from guazai.control.kernel import clock
from tests.evaluation.samples import bulk, day, feed_of, held_run, hidden, run_day, write_feed
from tests.world import HOST, Answer, Api, World

HIT = {f"bulk{number:06}" for number in range(30)}


@dataclass
class Office:
    """Two operators, and a run that is held."""

    run: Run
    one: Api
    other: Api
    names: tuple[str, str]

    def propose(self, decision: str = "release", reason: str = "checked by hand") -> Answer:
        body = {"decision": decision, "reason": reason}
        return self.one.post(f"/operator/runs/{self.run.pk}/propose", body)

    def confirm(self, api: Api | None = None) -> Answer:
        return (api or self.other).post(f"/operator/runs/{self.run.pk}/confirm")

    def seen(self, api: Api | None = None) -> dict[str, object]:
        return dict((api or self.one).get(f"/operator/runs/{self.run.pk}").body)


@pytest.fixture
def office(world: World) -> Office:
    people = world.operator(), world.operator()
    return Office(
        held_run(), world.api(people[0]), world.api(people[1]), (people[0].pk, people[1].pk)
    )


def test_e6_a_run_is_released_by_two(office: Office) -> None:
    assert office.seen()["available_actions"] == ["propose"]
    proposed = office.propose()
    assert proposed.status == 201
    assert proposed.body["proposal"]["status"] == "proposed"
    assert proposed.body["available_actions"] == ["withdraw_proposal"]
    assert office.seen(office.other)["available_actions"] == ["confirm", "withdraw_proposal"]
    assert hidden(HIT) == set()
    confirmed = office.confirm()
    assert (confirmed.status, confirmed.body["status"]) == (200, "applying")
    event = journal.search(verb="evaluation.release_run").get()
    assert event.actor_id == office.names[1]
    assert event.after == {"proposed_by": office.names[0], "confirmed_by": office.names[1]}
    assert event.reason == "checked by hand"
    assert jobs.run_once()["recover"] == 1
    assert office.seen()["status"] == "applied"
    assert hidden(HIT) == HIT
    assert not queries.open_alarms().exists()


def test_e6_a_run_is_rejected_by_two(office: Office) -> None:
    office.propose("reject")
    assert office.confirm().body["status"] == "rejected"
    assert jobs.run_once()["take_feeds"] == 0
    assert hidden(HIT) == set()
    assert not queries.open_alarms().filter(kind="run_held").exists()
    assert office.seen()["available_actions"] == []


def test_e6_the_proposer_cannot_confirm(office: Office) -> None:
    office.propose()
    refused = office.confirm(office.one)
    assert (refused.status, refused.code) == (403, "second_person_required")
    assert office.seen()["status"] == "held"


def test_e6_the_database_holds_it_too(office: Office) -> None:
    office.propose()
    with pytest.raises(IntegrityError), transaction.atomic():
        RunProposal.objects.update(ended_by=office.names[0], status="confirmed")


def test_e6_a_proposal_is_withdrawn(office: Office) -> None:
    office.propose()
    taken = office.one.post(f"/operator/runs/{office.run.pk}/withdraw-proposal")
    assert (taken.status, taken.body["available_actions"]) == (200, ["propose"])
    assert office.confirm().code == "wrong_state"
    assert office.propose("reject").status == 201


def test_e6_a_proposal_ends_after_half_an_hour(office: Office) -> None:
    office.propose()
    assert office.propose().code == "decision_already_proposed"
    late = clock.now() + timedelta(minutes=30)
    with time_machine.travel(late, tick=False):
        seen = office.seen()
        assert seen["proposal"]["status"] == "expired"  # type: ignore[index]
        assert seen["available_actions"] == ["propose"]
        refused = office.confirm()
        assert (refused.status, refused.code) == (409, "proposal_expired")
        assert jobs.run_once()["expire_proposals"] == 1
        assert office.confirm().code == "proposal_expired"
        assert office.propose().status == 201
        assert office.confirm().body["status"] == "applying"


def test_e6_a_run_that_is_not_held_is_not_decided(office: Office) -> None:
    last = queries.last_applied()
    assert last is not None
    body = {"decision": "release", "reason": "why not"}
    refused = office.one.post(f"/operator/runs/{last.pk}/propose", body)
    assert (refused.status, refused.code, refused.body["current"]) == (
        409,
        "wrong_state",
        "applied",
    )
    assert office.confirm().status == 404


def test_e6_another_run_supersedes_a_held_one(office: Office, feeds: Path) -> None:
    office.propose()
    (feeds / f"dt={day()}").rename(feeds / "before")
    write_feed(feeds, day(), feed_of(bulk(100)))
    assert run_day(day()).status == "applied"
    seen = office.seen()
    assert (seen["status"], seen["available_actions"]) == ("superseded", [])
    assert seen["proposal"]["status"] == "expired"  # type: ignore[index]
    assert office.confirm().code == "proposal_expired"
    assert office.propose().code == "wrong_state"
    assert not queries.open_alarms().exists()


def test_e6_a_release_after_a_policy_began_is_refused(office: Office) -> None:
    from tests.eligibility.samples import policy_json  # noqa: PLC0415 - this alone needs it

    at = clock.now() + timedelta(minutes=1)
    eligibility.publish_policy(HOST, policy_json(at))
    with time_machine.travel(at + timedelta(minutes=1), tick=False):
        office.propose()
        refused = office.confirm()
    assert (refused.status, refused.code) == (409, "policies_changed")
    assert office.seen()["status"] == "held"


def test_r14_takedowns_go_on_while_a_run_is_held(office: Office) -> None:
    from guazai.control.directory import queries as directory  # noqa: PLC0415 - as above

    account = directory.any_account("bulk000099")
    eligibility.record_facts(
        HOST, account, clock.today(), {"has_serious_violation": True}, is_event=True
    )
    assert hidden([account.pk]) == {account.pk}
    office.propose()
    office.confirm()
    jobs.run_once()
    assert hidden(bulk(100)) == {*HIT, account.pk}


def test_e6_of_two_who_confirm_one_decides(office: Office) -> None:
    office.propose()
    proposal = queries.open_proposal(office.run)
    assert proposal is not None
    assert office.confirm().status == 200
    assert office.confirm().code == "wrong_state"
    with pytest.raises(Exception, match="wrong_state"):
        actions.confirm(HOST, proposal)
