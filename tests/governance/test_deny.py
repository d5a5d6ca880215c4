"""Denies: at once for everybody, lifted by two for everything wider than one account (G1)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from guazai.control.directory.models import Person
from guazai.control.entry.models import Deny
from guazai.control.governance.models import LiftProposal
from guazai.control.journal import queries as journal
from guazai.control.journal.models import OutboxKey
from guazai.control.kernel import clock
from guazai.feed.records import Scope
from tests.world import Answer, World

PATH = "/operator/denies"
WIDE = (Scope.MINI_PROGRAM, Scope.LEGAL_ENTITY, Scope.GLOBAL)
TARGETS: dict[Scope, Callable[[World], str]] = {
    Scope.ACCOUNT: lambda world: world.account().pk,
    Scope.MINI_PROGRAM: lambda world: world.mini_program().pk,
    Scope.LEGAL_ENTITY: lambda world: world.entity().pk,
    Scope.GLOBAL: lambda _: "",
}


class Office:
    """Two operators, who deny and lift by the API."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ann, self.ben = world.operator(), world.operator()

    def deny(self, scope: Scope, target: str | None = None, by: Person | None = None) -> Answer:
        target = TARGETS[scope](self.world) if target is None else target
        body = {"scope": scope.value, "target": target, "reason": "fraud"}
        return self.world.api(by or self.ann).post(PATH, body)

    def act(self, deny: Answer, verb: str, by: Person) -> Answer:
        body = {"reason": "settled"} if verb == "lift" else {}
        return self.world.api(by).post(f"{PATH}/{deny.body['id']}/{verb}", body)


@pytest.fixture
def office(world: World) -> Office:
    return Office(world)


def audited(verb: str, deny: Answer) -> list[tuple[str, str]]:
    """Who did it and why, for each event of a verb on a deny."""
    found = journal.search(verb=verb, subject_kind="deny", subject_id=deny.body["id"])
    return [(event.actor_id, event.reason) for event in found]


@pytest.mark.parametrize("scope", Scope)
def test_g1_an_operator_denies_at_once(office: Office, scope: Scope) -> None:
    target = TARGETS[scope](office.world)
    OutboxKey.objects.all().delete()
    answer = office.deny(scope, target)
    assert answer.status == 201
    assert answer.body["id"].startswith("dny_")
    assert (answer.body["scope"], answer.body["status"]) == (scope.value, "active")
    assert (answer.body["created_by"], answer.body["reason"]) == (office.ann.pk, "fraud")
    assert (answer.body["created_by_name"], answer.body["lifted_by_name"]) == (office.ann.login, "")
    assert answer.body["available_actions"] == ["lift"]
    assert audited("entry.deny", answer) == [(office.ann.pk, "fraud")]
    key = OutboxKey.objects.get()
    assert (key.kind, key.key, key.is_urgent) == ("deny", f"{scope}:{target}", True)
    assert answer.body["accepted_at"] is not None
    assert answer.body["effective_at"] is None


@pytest.mark.parametrize("scope", Scope)
def test_g1_there_is_one_deny_of_a_target(office: Office, scope: Scope) -> None:
    first = office.deny(scope)
    again = office.deny(scope, first.body["target"], office.ben)
    assert (again.status, again.code) == (409, "already_denied")
    assert Deny.objects.count() == 1


@pytest.mark.parametrize(
    ("scope", "target"),
    [
        (Scope.ACCOUNT, "nobody"),
        (Scope.ACCOUNT, ""),
        (Scope.MINI_PROGRAM, "nothing"),
        (Scope.LEGAL_ENTITY, "nowhere"),
        (Scope.GLOBAL, "everything"),
    ],
)
def test_g1_what_is_not_known_cannot_be_denied(office: Office, scope: Scope, target: str) -> None:
    answer = office.deny(scope, target)
    assert (answer.status, answer.code) == (422, "deny_target_unknown")
    assert not Deny.objects.exists()
    assert not journal.search(verb="entry.deny").exists()


def test_g1_one_account_is_lifted_at_once(office: Office) -> None:
    deny = office.deny(Scope.ACCOUNT)
    OutboxKey.objects.all().delete()
    answer = office.act(deny, "lift", office.ann)
    assert (answer.status, answer.body["status"]) == (200, "lifted")
    assert (answer.body["lifted_by"], answer.body["available_actions"]) == (office.ann.pk, [])
    assert audited("entry.lift", deny) == [(office.ann.pk, "settled")]
    assert OutboxKey.objects.get().key == f"account:{deny.body['target']}"
    assert office.deny(Scope.ACCOUNT, deny.body["target"]).status == 201


@pytest.mark.parametrize("scope", WIDE)
def test_g1_anything_wider_is_lifted_by_two(office: Office, scope: Scope) -> None:
    deny = office.deny(scope)
    proposed = office.act(deny, "lift", office.ann)
    assert (proposed.status, proposed.body["status"]) == (200, "active")
    assert proposed.body["proposal"]["proposed_by"] == office.ann.pk
    assert proposed.body["proposal"]["proposed_by_name"] == office.ann.login
    assert proposed.body["available_actions"] == ["cancel_lift"]
    alone = office.act(deny, "confirm-lift", office.ann)
    assert (alone.status, alone.code) == (403, "second_person_required")
    seen = office.world.api(office.ben).get(f"{PATH}?status=active").body["items"]
    assert seen[0]["available_actions"] == ["confirm_lift", "cancel_lift"]
    confirmed = office.act(deny, "confirm-lift", office.ben)
    assert (confirmed.status, confirmed.body["status"]) == (200, "lifted")
    assert (confirmed.body["lifted_by"], confirmed.body["proposal"]) == (office.ben.pk, None)
    assert audited("governance.propose_lift", deny) == [(office.ann.pk, "settled")]
    assert audited("governance.confirm_lift", deny) == [(office.ben.pk, "settled")]
    assert audited("entry.lift", deny) == [(office.ben.pk, "settled")]


@pytest.mark.parametrize("canceller", ["ann", "ben"])
def test_g1_either_of_the_two_cancels_and_the_deny_stays(office: Office, canceller: str) -> None:
    deny = office.deny(Scope.GLOBAL)
    office.act(deny, "lift", office.ann)
    person = getattr(office, canceller)
    answer = office.act(deny, "cancel-lift", person)
    assert (answer.status, answer.body["status"]) == (200, "active")
    assert (answer.body["proposal"], answer.body["available_actions"]) == (None, ["lift"])
    assert audited("governance.cancel_lift", deny) == [(person.pk, "")]
    for verb in ("confirm-lift", "cancel-lift"):
        assert office.act(deny, verb, office.ben).code == "not_found"
    assert office.act(deny, "lift", office.ben).status == 200


def test_g1_one_proposal_waits_at_a_time(office: Office) -> None:
    deny = office.deny(Scope.GLOBAL)
    office.act(deny, "lift", office.ann)
    again = office.act(deny, "lift", office.ben)
    assert (again.status, again.code) == (409, "lift_already_proposed")
    assert LiftProposal.objects.get().proposed_by == office.ann.pk


@pytest.mark.parametrize("scope", Scope)
def test_g1_what_is_lifted_is_not_lifted_again(office: Office, scope: Scope) -> None:
    deny = office.deny(scope)
    office.act(deny, "lift", office.ann)
    if scope is not Scope.ACCOUNT:
        office.act(deny, "confirm-lift", office.ben)
    answer = office.act(deny, "lift", office.ann)
    assert (answer.status, answer.code) == (409, "wrong_state")
    assert answer.body["current"] == "lifted"
    assert not LiftProposal.objects.filter(status="proposed").exists()


def test_g1_the_database_itself_wants_a_second_person(office: Office) -> None:
    deny = office.deny(Scope.GLOBAL)
    office.act(deny, "lift", office.ann)
    proposals = LiftProposal.objects.filter(proposed_by=office.ann.pk)
    for ended_by in (office.ann.pk, ""):
        with pytest.raises(IntegrityError, match="confirmed_by_another"), transaction.atomic():
            proposals.update(status="confirmed", ended_by=ended_by, ended_at=clock.now())
    proposals.update(status="confirmed", ended_by=office.ben.pk, ended_at=clock.now())


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"scope": "planet", "target": "x"}, "deny_scope_known"),
        ({"status": "paused"}, "deny_status_known"),
        ({"status": "lifted"}, "lifted_implies_lifter"),
        ({"target": "x"}, "only_global_has_no_target"),
        ({"scope": "account"}, "only_global_has_no_target"),
    ],
)
def test_g1_the_database_itself_holds_what_a_deny_is(
    office: Office, fields: dict[str, str], constraint: str
) -> None:
    office.deny(Scope.GLOBAL)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Deny.objects.update(**fields)


def test_g1_how_much_a_deny_hides_is_shown_before(office: Office) -> None:
    world = office.world
    first = world.entry()
    app = first.mini_program
    account = world.account()
    world.bind(app, account)
    world.go_live(app, account)
    world.entry()
    api = world.api(office.ann)
    counted = {
        f"scope=account&target={account.pk}": 1,
        f"scope=mini_program&target={app.pk}": 2,
        f"scope=legal_entity&target={app.entity_id}": 2,
        "scope=global": 3,
        "scope=account&target=nobody": 0,
    }
    for query, entries in counted.items():
        answer = api.get(f"/operator/impact?{query}")
        assert (answer.status, answer.body["entries"]) == (200, entries), query
    assert api.get("/operator/impact?scope=planet").status == 422


def test_g1_denies_are_listed_and_filtered(office: Office) -> None:
    account, everything = office.deny(Scope.ACCOUNT), office.deny(Scope.GLOBAL)
    office.act(account, "lift", office.ann)
    api = office.world.api(office.ben)

    def listed(query: str = "") -> list[str]:
        return [item["id"] for item in api.get(f"{PATH}{query}").body["items"]]

    a, g = account.body["id"], everything.body["id"]
    assert listed() == [g, a]
    assert listed("?status=active") == [g]
    assert listed("?status=lifted") == [a]
    assert listed("?scope=account") == [a]
    assert listed(f"?target={account.body['target']}") == [a]
    first = api.get(f"{PATH}?limit=1").body
    assert [item["id"] for item in first["items"]] == [g]
    assert listed(f"?limit=1&cursor={first['next_cursor']}") == [a]


def test_s2_only_operators_govern(office: Office) -> None:
    world = office.world
    deny = office.deny(Scope.GLOBAL)
    developer = world.developer(world.entity())
    for person in (developer, world.reviewer()):
        api = world.api(person)
        known = journal.search().count()
        assert api.get(PATH).status == 403
        assert api.get("/operator/impact?scope=global").status == 403
        assert office.deny(Scope.GLOBAL, "", person).status == 403
        for verb in ("lift", "confirm-lift", "cancel-lift"):
            assert office.act(deny, verb, person).status == 403
        assert (Deny.objects.count(), journal.search().count()) == (1, known)
    absent = world.api(office.ann).post(f"{PATH}/dny_absent/lift", {"reason": "x"})
    assert (absent.status, absent.code) == (404, "not_found")
