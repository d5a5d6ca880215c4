"""What nobody learns or decides: own entity (C8), failed rules (E5), reviewers' names."""

from __future__ import annotations

import pytest

from guazai.control.capability import actions as capability
from guazai.control.directory import actions as directory
from guazai.control.directory.states import MemberRole
from guazai.control.kernel.actor import Scope
from guazai.control.kernel.reasons import Reason
from guazai.control.landing import actions as landing
from guazai.control.landing.models import LandingChange
from guazai.control.review import actions as review
from guazai.control.review import queries as desk
from guazai.control.review.states import SubjectKind
from tests.matrix import asking
from tests.matrix.stage import MACHINES, WHY, Principal, Stage, Whose
from tests.matrix.table import ITEM, ROUTES, Route, Who
from tests.world import HOST, PAGES, SURFACE, Answer, Api

pytestmark = pytest.mark.django_db
READS = [route for route in ROUTES if route.method == "GET"]
DEVELOPERS = [route for route in ROUTES if route.who.door in {"developer", "member"}]
DECISIONS = [route for route in ROUTES if route.path.startswith(ITEM) and route.method == "POST"]
WRITES = [route for route in ROUTES if route.method != "GET" and route.who.door != "host"]
REASON = Reason("page_broken", "It does not load", "Mend it")
FAILING = (
    {"effective_followers": 499},
    {"effective_followers": None},
    {"is_verified_adult": False},
    {"is_verified_adult": None},
    {"has_serious_violation": True},
    {"meets_regulatory_requirements": False},
    {"is_verified_adult": False, "has_serious_violation": True, "effective_followers": 1},
)


def name(route: Route) -> str:
    return f"{'page ' if route.is_page else ''}{route.name} {route.audit}".strip()


def told_to_developers(stage: Stage, **facts: object) -> dict[str, str]:
    """Everything that developers are told while the account has such facts."""
    target = stage.targets[Whose.OWN]
    told: dict[str, str] = {}
    with asking.undone():
        stage.world.pass_rules(target.account, **facts)
        for route in DEVELOPERS:
            # A takedown, or a delivery, is read by its id; the account's facts are none of it.
            is_there = asking.names_in(route.path) <= target.values.keys()
            is_read = route.method == "GET" and is_there
            if is_read or route.path.endswith("/reminders"):
                values = {**target.values, **route.given}
                answer = asking.send(stage.callers[Principal.DEVELOPER_OWNER], route, values)
                told[route.name] = repr((answer.status, answer.body))
    return told


def test_e5_developers_are_told_the_same_whichever_rule_fails(stage: Stage) -> None:
    first, *others = (told_to_developers(stage, **facts) for facts in FAILING)
    for other in others:
        assert other == first
    differing = {route for route, body in told_to_developers(stage).items() if body != first[route]}
    assert {route.rpartition("/")[2] for route in differing} == {
        "records",
        "{aweme_id}",
        "why",
        "reminders",
    }


def test_s2_developers_and_owners_never_learn_who_reviewed(stage: Stage) -> None:
    target, judge = stage.targets[Whose.OWN], stage.reviewer
    refused = landing.submit(HOST, target.app, SURFACE, target.account, page_path=PAGES[1])
    landing.reject(judge, refused, refused.content_hash, [REASON])
    waits = landing.submit(HOST, target.app, SURFACE, target.account, page_path=PAGES[2])
    review.claim(judge, desk.item(SubjectKind.LANDING_CHANGE, waits.pk))
    capability.revoke(stage.operator, target.app, SURFACE, WHY)
    assert {judge.id} < set(stage.reviewers)
    there = set(target.values)
    for route in READS:
        if route.who.of != "any" and asking.names_in(route.path) <= there | set(route.given):
            values = asking.values_of(stage, route, Whose.OWN)
            for who in asking.KNOWN:
                expected = asking.allowed(route, who, Whose.OWN, is_revoked=False)
                asking.ask(stage, who, route, values, expected)


def test_s2_twin_that_names_a_reviewer_is_caught(stage: Stage) -> None:
    decided = LandingChange.objects.filter(mini_program=stage.targets[Whose.OWN].app).get()
    answer = Answer(200, {"items": [{"decided_by": decided.decided_by}]}, {})
    assert asking.leaks(stage, Principal.DEVELOPER_OWNER, answer, {}) == [decided.decided_by]


@pytest.mark.parametrize("route", DECISIONS, ids=name)
def test_c8_nobody_decides_for_their_own_entity(stage: Stage, route: Route) -> None:
    target = stage.targets[Whose.OWN]
    insider = stage.world.person(is_reviewer=True)
    api = stage.world.api(insider)
    values = asking.values_of(stage, route, Whose.OWN)
    item = desk.item(SubjectKind(values["kind"]), values["item_id"])
    review.claim(stage.world.actor(insider), item, take_over=True, reason=WHY)
    directory.upsert_member(HOST, target.app.entity_id, insider.login, role=MemberRole.MEMBER)
    before = asking.state()
    answer = asking.send(api, route, values)
    if route.path.endswith(("/heartbeat", "/release")):
        assert answer.status == 200  # what was claimed before may be put back
    else:
        assert (answer.status, answer.code) == (403, "own_entity")
        assert asking.state() == before
    shown = asking.send(api, Route("GET", ITEM, Who("reviewer", "any")), values).body
    assert (shown["is_own_entity"], shown["available_actions"]) == (True, [])


@pytest.mark.parametrize("route", DEVELOPERS, ids=name)
def test_s2_a_token_that_may_read_writes_nothing(stage: Stage, route: Route) -> None:
    raw = stage.world.developer_token(stage.targets[Whose.OWN].app, Scope.DEVELOPER_READ)
    values = asking.values_of(stage, route, Whose.OWN)
    before = asking.state()
    answer = asking.send(Api(token=raw), route, values)
    if route.who.door == "member":
        assert answer.status == 401
    elif route.method == "GET":
        assert answer.status == 200
    else:
        assert (answer.status, answer.code) == (403, "forbidden")
    assert asking.state() == before


@pytest.mark.parametrize("route", WRITES, ids=name)
def test_s2_a_session_writes_nothing_without_its_csrf_token(stage: Stage, route: Route) -> None:
    who = next(
        who
        for who in Principal
        if who not in MACHINES
        and asking.allowed(route, who, Whose.OWN, is_revoked=False) == route.status
    )
    values = asking.values_of(stage, route, Whose.OWN)
    forged = Api()
    forged.client.cookies = stage.callers[who].client.cookies
    before = asking.state()
    answer = asking.send(forged, route, values)
    assert answer.status == 403
    assert "csrf_failed" in str(answer.body)
    assert asking.state() == before
