"""In-site messages: an inbox per legal entity and per account owner, nobody else's (N1)."""

from __future__ import annotations

import re

import pytest
from django.db import IntegrityError, transaction

from guazai.control.directory import actions as directory
from guazai.control.directory.models import LegalEntity
from guazai.control.directory.states import MemberRole
from guazai.control.inbox import actions
from guazai.control.inbox.models import InboxMessage
from guazai.control.inbox.states import RecipientKind
from guazai.control.inbox.texts import KINDS
from tests.world import HOST, Answer, Api, World

KIND, OTHER_KIND = "binding_consented", "binding_ended"
VALUES = {"app_name": "Tea", "nickname": "Chen"}


def tell(entity: LegalEntity, kind: str = KIND, subject: str = "bnd_1") -> None:
    actions.to_entity(entity.pk, kind, "binding", subject, **VALUES)


def subjects(answer: Answer) -> list[str]:
    assert answer.status == 200
    return [item["subject"]["id"] for item in answer.body["items"]]


@pytest.fixture
def entity(world: World) -> LegalEntity:
    return world.entity()


@pytest.fixture
def api(world: World, entity: LegalEntity) -> Api:
    return world.api(world.developer(entity))


def test_n1_a_message_tells_what_happened_to_what(entity: LegalEntity, api: Api) -> None:
    tell(entity)
    answer = api.get("/inbox")
    assert answer.body["unread_count"] == 1
    (message,) = answer.body["items"]
    assert message.pop("id").startswith("msg_")
    assert message.pop("created_at")
    assert message == {
        "kind": KIND,
        "text": "Account “Chen” consented to the binding with “Tea”.",
        "values": VALUES,
        "recipient": {"kind": "legal_entity", "id": entity.pk},
        "subject": {"kind": "binding", "id": "bnd_1"},
        "read_at": None,
        "available_actions": ["mark_read"],
    }


def test_n1_a_message_is_in_the_readers_language(world: World, entity: LegalEntity) -> None:
    tell(entity)
    person = world.developer(entity)
    read = [
        world.api(person, language=language).get("/inbox").body["items"][0]["text"]
        for language in ("zh-CN", "en")
    ]
    assert read == [str(text) for text in KINDS[KIND].fill(**VALUES)]


def test_n1_a_legal_entitys_inbox_is_read_by_all_its_members_and_nobody_else(
    world: World, entity: LegalEntity, api: Api
) -> None:
    tell(entity)
    teammate = world.api(world.developer(entity))
    outsider = world.api(world.developer(world.entity()))
    assert subjects(api.get("/inbox")) == subjects(teammate.get("/inbox")) == ["bnd_1"]
    assert outsider.get("/inbox").body == {"items": [], "next_cursor": None, "unread_count": 0}
    message = api.get("/inbox").body["items"][0]["id"]
    assert outsider.post("/inbox/mark", {"ids": [message]}).body == {"changed": 0}
    assert outsider.post("/inbox/mark").body == {"changed": 0}
    assert api.get("/inbox").body["unread_count"] == 1


def test_n1_a_member_of_two_entities_reads_both(world: World, entity: LegalEntity) -> None:
    other = world.entity()
    person = world.developer(entity)
    directory.upsert_member(HOST, other.pk, person.login, role=MemberRole.MEMBER)
    tell(entity, subject="bnd_1")
    tell(other, subject="bnd_2")
    assert subjects(world.api(person).get("/inbox")) == ["bnd_2", "bnd_1"]


def test_n1_a_former_member_reads_it_no_more(world: World, entity: LegalEntity) -> None:
    person, other = world.developer(entity), world.entity()
    directory.upsert_member(HOST, other.pk, person.login, role=MemberRole.MEMBER)
    tell(entity)
    directory.remove_member(HOST, entity.pk, person.login)
    assert subjects(world.api(person).get("/inbox")) == []


def test_n1_an_owners_inbox_is_that_of_the_accounts_that_are_theirs(world: World) -> None:
    owner, stranger = world.person(), world.account().owner
    for account in (world.account(owner=owner), world.account(owner=owner), world.account()):
        actions.to_owner(account.pk, KIND, "binding", account.pk, **VALUES)
    answer = world.api(owner).get("/owner/inbox")
    mine = sorted(account.pk for account in owner.accounts.all())
    assert sorted(subjects(answer)) == mine
    assert answer.body["unread_count"] == 2
    assert {item["recipient"]["kind"] for item in answer.body["items"]} == {"account"}
    assert subjects(world.api(stranger).get("/owner/inbox")) == []
    assert world.api(stranger).post("/owner/inbox/mark").body == {"changed": 0}
    assert world.api(owner).post("/owner/inbox/mark").body == {"changed": 2}


def test_n1_an_account_and_an_entity_of_one_name_have_two_inboxes(
    world: World, entity: LegalEntity, api: Api
) -> None:
    actions.to_owner(entity.pk, KIND, "binding", "bnd_1", **VALUES)
    assert subjects(api.get("/inbox")) == []


def test_n1_messages_are_marked_read_and_unread(entity: LegalEntity, api: Api) -> None:
    for number in range(3):
        tell(entity, subject=f"bnd_{number}")
    ids = [item["id"] for item in api.get("/inbox").body["items"]]
    assert api.post("/inbox/mark", {"ids": ids[:2]}).body == {"changed": 2}
    assert api.post("/inbox/mark", {"ids": ids[:2]}).body == {"changed": 0}
    answer = api.get("/inbox")
    assert answer.body["unread_count"] == 1
    assert [bool(item["read_at"]) for item in answer.body["items"]] == [True, True, False]
    assert answer.body["items"][0]["available_actions"] == ["mark_unread"]
    assert api.post("/inbox/mark", {"ids": ids, "is_read": False}).body == {"changed": 2}
    assert api.post("/inbox/mark").body == {"changed": 3}
    assert api.get("/inbox").body["unread_count"] == 0
    assert api.post("/inbox/mark", {"ids": []}).body == {"changed": 0}


def test_n1_messages_are_filtered_and_the_unread_count_is_of_all(
    entity: LegalEntity, api: Api
) -> None:
    tell(entity, KIND, "bnd_1")
    tell(entity, OTHER_KIND, "bnd_2")
    tell(entity, KIND, "bnd_3")
    newest = api.get("/inbox").body["items"][0]["id"]
    api.post("/inbox/mark", {"ids": [newest]})
    assert subjects(api.get("/inbox?folder=unread")) == ["bnd_2", "bnd_1"]
    assert subjects(api.get("/inbox?folder=read")) == ["bnd_3"]
    assert subjects(api.get(f"/inbox?kind={KIND}")) == ["bnd_3", "bnd_1"]
    assert subjects(api.get(f"/inbox?kind={KIND}&folder=unread")) == ["bnd_1"]
    assert api.get(f"/inbox?kind={OTHER_KIND}").body["unread_count"] == 2
    assert api.get("/inbox?folder=spam").status == 422


def test_n1_the_inbox_is_paged_newest_first(entity: LegalEntity, api: Api) -> None:
    for number in range(5):
        tell(entity, subject=f"bnd_{number}")
    first = api.get("/inbox?limit=3")
    tell(entity, subject="bnd_later")
    second = api.get(f"/inbox?limit=3&cursor={first.body['next_cursor']}")
    assert subjects(first) == ["bnd_4", "bnd_3", "bnd_2"]
    assert subjects(second) == ["bnd_1", "bnd_0"]
    assert (first.body["unread_count"], second.body["unread_count"]) == (5, 6)


def test_n1_of_messages_under_one_key_one_is_sent_to_each(world: World) -> None:
    first, second = world.entity(), world.entity()
    for recipients in ([first.pk], [first.pk, second.pk], [second.pk]):
        actions.send(
            RecipientKind.LEGAL_ENTITY, recipients, KIND, "binding", "b", VALUES, "day:2026-06-01"
        )
    actions.send(RecipientKind.LEGAL_ENTITY, [first.pk], KIND, "binding", "b", VALUES, "another")
    sent = InboxMessage.objects.order_by("recipient_id").values_list("recipient_id", "dedupe_key")
    assert sorted(sent) == [
        (first.pk, "another"),
        (first.pk, "day:2026-06-01"),
        (second.pk, "day:2026-06-01"),
    ]


def test_n1_the_database_itself_holds_one_message_per_key(entity: LegalEntity) -> None:
    tell(entity)
    tell(entity)
    assert InboxMessage.objects.count() == 2
    InboxMessage.objects.filter(pk=InboxMessage.objects.all()[0].pk).update(dedupe_key="k")
    with pytest.raises(IntegrityError), transaction.atomic():
        InboxMessage.objects.update(dedupe_key="k")


def test_a_kind_without_a_text_and_a_text_without_its_values_are_bugs(entity: LegalEntity) -> None:
    with pytest.raises(KeyError):
        actions.to_entity(entity.pk, "no_such_kind", "binding", "b")
    with pytest.raises(KeyError):
        actions.to_entity(entity.pk, KIND, "binding", "b", nickname="Chen")
    assert not InboxMessage.objects.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_n1_every_kind_says_the_same_in_both_languages(kind: str) -> None:
    zh, en = KINDS[kind]
    assert set(re.findall(r"\{(\w+)\}", zh)) == set(re.findall(r"\{(\w+)\}", en))
    assert any("\u4e00" <= char <= "\u9fff" for char in zh)
    assert not any("\u4e00" <= char <= "\u9fff" for char in en)


def test_n1_names_cannot_reach_into_the_text(entity: LegalEntity, api: Api) -> None:
    actions.to_entity(
        entity.pk, KIND, "binding", "b", app_name="{nickname.__class__}", nickname="{0}"
    )
    assert "{nickname.__class__}" in api.get("/inbox").body["items"][0]["text"]


def test_s2_inboxes_are_read_by_people_of_their_kind(world: World, entity: LegalEntity) -> None:
    operator, account = world.api(world.operator()), world.account()
    assert operator.get("/inbox").status == operator.get("/owner/inbox").status == 403
    assert world.api(account.owner).get("/inbox").status == 403
    assert world.api(world.developer(entity)).get("/owner/inbox").status == 403
    token = world.developer_token(world.mini_program(entity))
    assert world.api(token=token).get("/inbox").status == 401
    assert world.api().post("/inbox/mark").status == 401
