"""Messages to a legal entity are mailed once to the address that it confirmed (N2)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from guazai.control.inbox import actions as inbox
from guazai.control.inbox import queries as inboxes
from guazai.control.inbox.states import RecipientKind
from guazai.control.journal import queries as journal
from guazai.control.journal.models import NoticeKey
from guazai.control.kernel import clock
from guazai.control.mail import actions
from guazai.control.mail.mailer import build
from guazai.control.mail.models import Letter, MailAddress

if TYPE_CHECKING:
    from guazai.control.directory.models import LegalEntity, MiniProgram
    from guazai.control.mail.mailer import Mailer
    from tests.mail.server import Mailbox
    from tests.world import Api, World

ADDRESS = "ops@example.com"
pytestmark = pytest.mark.django_db


class Scene:
    """A legal entity with a developer and a mini program."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.entity: LegalEntity = world.entity()
        self.developer = world.developer(self.entity)
        self.app: MiniProgram = world.mini_program(self.entity)
        self.api: Api = world.api(self.developer)
        self.path = f"/mini-programs/{self.app.pk}/mail"

    def tell(self) -> None:
        """A message to the legal entity."""
        values = {"app_name": "茶", "nickname": "陈"}
        inbox.to_entity(self.entity.pk, "binding_consented", "binding", "bnd_1", **values)

    def confirmed(self) -> MailAddress:
        """An address that is confirmed."""
        now = clock.now()
        return MailAddress.objects.create(
            entity=self.entity, address=ADDRESS, code_asked_at=now, confirmed_at=now
        )


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world)


def code_in(server: Mailbox) -> str:
    found = re.search(r"\d{6}", str(server.letters[-1]["Subject"]))
    assert found
    return found[0]


def mail_all(mailer: Mailer) -> None:
    while build() or mailer.send_some():
        continue


def test_without_a_mail_server_no_address_can_be_set(scene: Scene) -> None:
    assert scene.api.get(scene.path).body == {
        "address": "",
        "is_confirmed": False,
        "is_available": False,
        "available_actions": [],
    }
    answer = scene.api.put(scene.path, {"address": ADDRESS})
    assert (answer.status, answer.code) == (409, "mail_unavailable")
    scene.tell()
    assert not NoticeKey.objects.filter(kind="message").exists()


def test_an_address_is_confirmed_by_the_code_that_is_mailed_to_it(
    scene: Scene, mailer: Mailer, server: Mailbox
) -> None:
    answer = scene.api.put(scene.path, {"address": ADDRESS})
    assert (answer.status, answer.body["is_confirmed"]) == (200, False)
    mail_all(mailer)
    assert server.recipients == [ADDRESS]
    assert server.logins == ["guazai:p:w"]
    code = code_in(server)
    assert code in server.letters[0].get_content()
    assert code not in MailAddress.objects.get().code_hash
    assert "confirm" in scene.api.get(scene.path).body["available_actions"]
    wrong = "000000" if code != "000000" else "000001"
    refused = scene.api.post(f"{scene.path}/confirm", {"code": wrong})
    assert (refused.status, refused.code, refused.body["left"]) == (422, "mail_code_wrong", 4)
    done = scene.api.post(f"{scene.path}/confirm", {"code": code})
    assert (done.status, done.body["is_confirmed"]) == (200, True)
    again = scene.api.post(f"{scene.path}/confirm", {"code": code})
    assert (again.status, again.code) == (409, "mail_code_expired")


def test_a_code_is_tried_five_times_and_for_a_quarter_of_an_hour(
    scene: Scene, mailer: Mailer, server: Mailbox
) -> None:
    scene.api.put(scene.path, {"address": ADDRESS})
    mail_all(mailer)
    code = code_in(server)
    with time_machine.travel(clock.now() + timedelta(minutes=15), tick=False):
        late = scene.api.post(f"{scene.path}/confirm", {"code": code})
        assert late.code == "mail_code_expired"
    wrong = f"{(int(code) + 1) % 10**6:06}"
    codes = [scene.api.post(f"{scene.path}/confirm", {"code": wrong}).code for _ in range(6)]
    assert codes == ["mail_code_wrong"] * 5 + ["mail_code_expired"]
    assert scene.api.post(f"{scene.path}/confirm", {"code": code}).code == "mail_code_expired"


def test_another_code_is_sent_a_minute_later_and_voids_the_first(
    scene: Scene, mailer: Mailer, server: Mailbox
) -> None:
    now = clock.now()
    with time_machine.travel(now, tick=False) as moved:
        scene.api.put(scene.path, {"address": ADDRESS})
        mail_all(mailer)
        refused = scene.api.put(scene.path, {"address": "other@example.com"})
        assert (refused.status, refused.code) == (429, "rate_limited")
        moved.move_to(now + timedelta(seconds=61))
        scene.api.put(scene.path, {"address": "other@example.com"})
        mail_all(mailer)
    assert server.recipients == [ADDRESS, "other@example.com"]
    assert MailAddress.objects.get().confirmed_at is None


@pytest.mark.parametrize("address", ["no", "a@b\r\nBcc: c@d.com", "a b@example.com", "名@例.com"])
def test_what_is_no_address_is_refused(scene: Scene, mailer: Mailer, address: str) -> None:
    answer = scene.api.put(scene.path, {"address": address})
    assert answer.status == 422
    assert not MailAddress.objects.exists()


def test_n2_each_message_is_mailed_once_in_both_languages(
    scene: Scene, mailer: Mailer, server: Mailbox
) -> None:
    scene.confirmed()
    scene.tell()
    mail_all(mailer)
    mail_all(mailer)
    (letter,) = server.letters
    message = inboxes.messages(RecipientKind.LEGAL_ENTITY, [scene.entity.pk]).get()
    text = letter.get_content()
    for said in (*inboxes.texts_of(message), "http://127.0.0.1:8640/inbox"):
        assert said in text
    assert letter.get_content_type() == "text/plain"
    assert str(letter["From"]) == "挂载 <guazai@example.com>"
    assert str(letter["To"]) == ADDRESS


def test_n2_messages_to_others_are_not_mailed(
    scene: Scene, mailer: Mailer, server: Mailbox
) -> None:
    scene.confirmed()
    other = Scene(scene.world)
    other.tell()
    inbox.to_owner("dy1", "binding_ended", "binding", "bnd_1", app_name="a", nickname="b")
    mail_all(mailer)
    assert server.letters == []
    assert not NoticeKey.objects.filter(kind="message").exists()


def test_nothing_but_the_code_is_mailed_before_it_is_confirmed(
    scene: Scene, mailer: Mailer, server: Mailbox
) -> None:
    scene.api.put(scene.path, {"address": ADDRESS})
    scene.tell()
    mail_all(mailer)
    assert len(server.letters) == 1
    assert code_in(server)


def breaks(server: Mailbox) -> None:
    server.is_out_of_order = True


def refuses(server: Mailbox) -> None:
    server.refused.add(ADDRESS)


@pytest.mark.parametrize("fault", [breaks, refuses])
def test_what_is_not_taken_is_tried_again_and_given_up_in_the_end(
    scene: Scene, mailer: Mailer, server: Mailbox, fault: Callable[[Mailbox], None]
) -> None:
    scene.confirmed()
    scene.tell()
    fault(server)
    now = clock.now()
    with time_machine.travel(now, tick=False) as moved:
        mail_all(mailer)
        assert Letter.objects.get().next_attempt_at == now + timedelta(seconds=10)
        moved.move_to(now + timedelta(seconds=10))
        mail_all(mailer)
        assert Letter.objects.get().next_attempt_at == now + timedelta(seconds=40)
        moved.move_to(now + timedelta(seconds=40))
        mail_all(mailer)
        assert Letter.objects.get().status == "dead"
    assert server.letters == []


def test_what_fails_at_first_is_mailed_when_the_server_is_back(
    scene: Scene, mailer: Mailer, server: Mailbox
) -> None:
    scene.confirmed()
    scene.tell()
    server.is_out_of_order = True
    mail_all(mailer)
    server.is_out_of_order = False
    with time_machine.travel(clock.now() + timedelta(seconds=11), tick=False):
        mail_all(mailer)
    assert len(server.letters) == 1
    assert Letter.objects.get().status == "sent"


def test_an_address_that_refuses_for_five_days_is_unconfirmed_and_its_entity_told(
    scene: Scene, mailer: Mailer, server: Mailbox
) -> None:
    scene.confirmed()
    refuses(server)
    now = clock.now()
    with time_machine.travel(now, tick=False) as moved:
        scene.tell()
        mail_all(mailer)
        assert MailAddress.objects.get().failing_since == now
        moved.move_to(now + timedelta(days=5))
        mail_all(mailer)
    assert MailAddress.objects.get().confirmed_at is None
    found = inboxes.messages(RecipientKind.LEGAL_ENTITY, [scene.entity.pk])
    assert {each.kind for each in found} == {"binding_consented", "mail_unconfirmed"}


def test_a_mail_server_that_is_away_is_no_fault_of_the_address(
    scene: Scene, mailer: Mailer, server: Mailbox
) -> None:
    scene.confirmed()
    scene.tell()
    server.is_out_of_order = True
    mail_all(mailer)
    assert MailAddress.objects.get().failing_since is None


def test_s9_the_audit_knows_no_address(scene: Scene, mailer: Mailer) -> None:
    scene.api.put(scene.path, {"address": ADDRESS})
    assert scene.api.delete(scene.path).status == 204
    assert not MailAddress.objects.exists()
    events = list(journal.search(subject_kind="legal_entity", subject_id=scene.entity.pk))
    assert {"mail.set_address", "mail.remove"} <= {event.verb for event in events}
    assert ADDRESS not in repr([(event.before, event.after) for event in events])
    assert Letter.objects.get().status == "dead"


def test_old_letters_are_forgotten(scene: Scene, mailer: Mailer) -> None:
    scene.confirmed()
    scene.tell()
    mail_all(mailer)
    with time_machine.travel(clock.now() + timedelta(days=31), tick=False):
        assert actions.forget_old() == 1
    assert not Letter.objects.exists()
