"""Syncs by the host: idempotent, in order, and told to whom they concern."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from guazai.control.directory import actions, queries
from guazai.control.directory.models import DouyinAccount, Membership
from guazai.control.journal import queries as journal
from guazai.control.journal.models import AuditEvent, OutboxKey
from tests.world import Answer, Api, World

ENTITY = "/host/legal-entities/ent_a"
APP = "/host/mini-programs/tt_a"
ACCOUNT = "/host/accounts/dy_a"
APP_BODY = {"entity_id": "ent_a", "name": "Tea", "is_online": True, "credit_score": 80}
ACCOUNT_BODY = {"nickname": "Chen", "account_type": "personal"}


@pytest.fixture
def host(world: World) -> Api:
    """The host, which knows one legal entity, one mini program and one account."""
    api = world.host_api()
    assert api.put(ENTITY, {"name": "Tea Ltd"}).body == {"outcome": "created"}
    assert api.put(APP, APP_BODY).body == {"outcome": "created"}
    assert api.put(ACCOUNT, ACCOUNT_BODY).body == {"outcome": "created"}
    OutboxKey.objects.all().delete()
    return api


def outcome(answer: Answer) -> str:
    assert answer.status == 200
    return str(answer.body["outcome"])


#: address, body, another body, verb of the event, its subject.
SYNCS = [
    (ENTITY, {"name": "Tea Ltd"}, {"name": "Tea Inc"}, "upsert_legal_entity", "ent_a"),
    (APP, APP_BODY, {**APP_BODY, "credit_score": 70}, "upsert_mini_program", "tt_a"),
    (f"{APP}/versions/1.0", {"pages": ["a", "b/c"]}, None, "publish_version", "tt_a"),
    (ACCOUNT, ACCOUNT_BODY, {**ACCOUNT_BODY, "nickname": "Luo"}, "upsert_account", "dy_a"),
    (
        f"{ENTITY}/employments/dy_a",
        {"ends_on": "2026-12-31"},
        {"ends_on": "2027-12-31"},
        "upsert_employment",
        "ent_a:dy_a",
    ),
    (
        f"{ENTITY}/members/ann",
        {"role": "member"},
        {"role": "owner"},
        "upsert_membership",
        "ent_a:",
    ),
]


@pytest.mark.parametrize(("path", "body", "other", "verb", "subject"), SYNCS)
def test_a_sync_says_what_it_did_and_does_it_once(
    host: Api, path: str, body: Any, other: Any, verb: str, subject: str
) -> None:
    first = outcome(host.put(path, body))
    assert first in {"created", "unchanged"}
    events, keys = AuditEvent.objects.count(), OutboxKey.objects.count()
    assert outcome(host.put(path, body)) == "unchanged"
    assert (AuditEvent.objects.count(), OutboxKey.objects.count()) == (events, keys)
    if other is not None:
        assert outcome(host.put(path, other)) == "updated"
        assert outcome(host.put(path, other)) == "unchanged"
        assert AuditEvent.objects.count() == events + 1
        event = journal.search(verb=f"directory.{verb}").order_by("-at", "-id")[0]
        assert event.before.keys() == event.after.keys() != set()
    event = journal.search(verb=f"directory.{verb}").order_by("-at", "-id")[0]
    assert event.actor_kind == "machine"
    assert event.subject_id.startswith(subject)


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (APP, {**APP_BODY, "entity_id": "ent_b"}, "entity_id"),
        ("/host/mini-programs/tt_b/versions/1.0", {"pages": ["a"]}, "app_id"),
        (ACCOUNT, {**ACCOUNT_BODY, "entity_id": "ent_b"}, "entity_id"),
        ("/host/legal-entities/ent_b/employments/dy_a", {"ends_on": "2026-12-31"}, "entity_id"),
        (f"{ENTITY}/employments/dy_b", {"ends_on": "2026-12-31"}, "aweme_id"),
        ("/host/legal-entities/ent_b/members/ann", {"role": "owner"}, "entity_id"),
    ],
)
def test_what_refers_to_something_unknown_is_refused(
    host: Api, path: str, body: Any, field: str
) -> None:
    events = AuditEvent.objects.count()
    answer = host.put(path, body)
    assert (answer.status, answer.code) == (422, "unknown_reference")
    assert [error["at"] for error in answer.body["errors"]] == [field]
    assert AuditEvent.objects.count() == events


def test_l1_a_version_never_changes(host: Api) -> None:
    path = f"{APP}/versions/1.0"
    assert outcome(host.put(path, {"pages": ["a", "b"]})) == "created"
    for pages in (["a"], ["b", "a"], ["a", "b", "c"]):
        answer = host.put(path, {"pages": pages})
        assert (answer.status, answer.code) == (409, "version_immutable")
        assert answer.body["number"] == "1.0"
    assert queries.pages(queries.any_mini_program("tt_a")) == ["a", "b"]


def test_l7_an_older_version_can_be_published_again(host: Api) -> None:
    for number, pages, found in (
        ("1.0", ["a"], "created"),
        ("2.0", ["b"], "created"),
        ("1.0", ["a"], "updated"),
        ("1.0", ["a"], "unchanged"),
    ):
        assert outcome(host.put(f"{APP}/versions/{number}", {"pages": pages})) == found
        assert queries.pages(queries.any_mini_program("tt_a")) == pages


@pytest.mark.parametrize("pages", [[], ["/a"], ["a//b"], ["../a"], ["a?x=1"], ["a b"], ["页面"]])
def test_l1_a_page_is_a_plain_path(host: Api, pages: list[str]) -> None:
    answer = host.put(f"{APP}/versions/1.0", {"pages": pages})
    assert (answer.status, answer.code) == (422, "validation_failed")


@pytest.mark.parametrize(
    ("sync", "touched"),
    [
        (lambda host: host.put(APP, {**APP_BODY, "is_online": False}), [("deny", True)]),
        (lambda host: host.put(APP, {**APP_BODY, "industry": "food"}), [("deny", True)]),
        (lambda host: host.put(APP, {**APP_BODY, "name": "Tea 2"}), [("mini_program", False)]),
        (lambda host: host.put(APP, {**APP_BODY, "credit_score": 10}), []),
        (
            lambda host: host.put(f"{APP}/versions/2.0", {"pages": ["z"]}),
            [("pages", False)],
        ),
        (lambda host: host.put(ENTITY, {"name": "Tea Inc"}), []),
        (lambda host: host.put(ACCOUNT, {**ACCOUNT_BODY, "nickname": "Luo"}), []),
        (
            lambda host: host.put(ACCOUNT, {**ACCOUNT_BODY, "account_type": "institution"}),
            [("verdict", False)],
        ),
    ],
)
def test_v3_a_sync_touches_what_the_edge_shows_of_it(
    host: Api, sync: Callable[[Api], Answer], touched: list[tuple[str, bool]]
) -> None:
    assert outcome(sync(host)) != "unchanged"
    assert list(OutboxKey.objects.values_list("kind", "is_urgent")) == touched


def test_members_come_and_go(world: World, host: Api) -> None:
    path = f"{ENTITY}/members/ann"
    assert outcome(host.put(path, {"role": "owner"})) == "created"
    ann = queries.find_person("ann")
    assert ann is not None
    assert queries.actor_of_person(ann, "").entities == {"ent_a"}
    api = world.api(ann)
    assert api.get(f"/mini-programs/{'tt_a'}").status == 200
    assert outcome(host.delete(path)) == "updated"
    assert outcome(host.delete(path)) == "unchanged"
    assert not Membership.objects.exists()
    assert api.get("/mini-programs/tt_a").status == 403
    assert journal.search(verb="directory.remove_member").get().before == {"login": "ann"}


def test_an_account_without_an_owner_takes_the_old_owner_away(host: Api) -> None:
    host.put(ACCOUNT, {**ACCOUNT_BODY, "owner_login": "chen"})
    assert DouyinAccount.objects.get().owner == queries.find_person("chen")
    assert outcome(host.put(ACCOUNT, ACCOUNT_BODY)) == "updated"
    assert DouyinAccount.objects.get().owner is None


def test_b3_an_employments_end_is_known(host: Api) -> None:
    assert queries.employment_end("ent_a", "dy_a") is None
    host.put(f"{ENTITY}/employments/dy_a", {"ends_on": "2026-12-31"})
    assert queries.employment_end("ent_a", "dy_a") == date(2026, 12, 31)


def test_s2_only_the_host_syncs(world: World, host: Api) -> None:
    entity = world.entity()
    app = world.mini_program(entity)
    known = AuditEvent.objects.count()
    for path, body, *_ in SYNCS:
        assert world.api().put(path, body).status == 401
        assert world.api(token=world.developer_token(app)).put(path, body).status == 403
        assert world.api(world.operator()).put(path, body).status == 401
    made = AuditEvent.objects.exclude(verb__in=["directory.issue_token", "directory.save_person"])
    assert known <= AuditEvent.objects.count()
    assert not made.filter(actor_kind="machine").exclude(actor_id__startswith="tok").exists()


def test_developers_read_their_own_mini_programs(world: World) -> None:
    entity = world.entity()
    first, second = world.mini_program(entity), world.mini_program(entity)
    foreign = world.mini_program()
    api = world.api(world.developer(entity))
    listed = [item["app_id"] for item in api.get("/mini-programs").body["items"]]
    assert listed == [first.pk, second.pk]
    found = api.get(f"/mini-programs/{first.pk}")
    assert found.status == 200
    assert (found.body["entity_id"], found.body["version"]) == (entity.pk, "1.0.0")
    token = world.api(token=world.developer_token(first))
    assert token.get(f"/mini-programs/{first.pk}").status == 200
    hidden = [api.get(f"/mini-programs/{app_id}") for app_id in (foreign.pk, "tt_absent")]
    hidden.append(token.get(f"/mini-programs/{second.pk}"))
    assert [answer.status for answer in hidden] == [404] * 3
    assert hidden[0].body == hidden[1].body


def test_an_outcome_is_one_of_three() -> None:
    assert set(actions.Outcome) == {"created", "updated", "unchanged"}
