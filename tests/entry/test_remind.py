"""A developer reminds the owner of the rules, at most once a day (E5)."""

from __future__ import annotations

from datetime import timedelta

import time_machine

from guazai.control.inbox.models import InboxMessage
from guazai.control.journal import queries as journal
from guazai.control.kernel import clock
from tests.entry.scene import Scene
from tests.world import SURFACE, Answer

NOON = timedelta(hours=12)


def remind(scene: Scene, person: object = None) -> Answer:
    api = scene.world.api(scene.developer if person is None else person)  # type: ignore[arg-type]
    return api.post(f"{scene.record}/reminders")


def test_e5_a_reminder_reaches_the_owner(scene: Scene) -> None:
    scene.follow(499)
    assert remind(scene).status == 201
    message = InboxMessage.objects.get(kind="owner_reminder")
    assert (message.recipient_kind, message.recipient_id) == ("account", scene.account.pk)
    assert message.values == {"app_name": scene.app.name, "nickname": scene.account.nickname}
    assert (message.subject_kind, message.subject_id) == ("account", scene.account.pk)
    event = journal.search(verb="entry.remind_owner").get()
    assert (event.actor_id, event.subject_id) == (scene.developer.pk, scene.account.pk)
    assert event.after == {"app_id": scene.app.pk}


def test_e5_a_second_one_on_the_same_day_waits_for_the_next(scene: Scene) -> None:
    scene.follow(499)
    teammate = scene.world.developer(scene.entity)
    noon = clock.start_of(clock.today()) + NOON
    with time_machine.travel(noon, tick=False) as moved:
        assert remind(scene).status == 201
        answer = remind(scene, teammate)
        assert (answer.status, answer.code) == (429, "reminder_already_sent")
        assert answer.headers["Retry-After"] == str(12 * 3600 + 1)
        assert answer.body["next_at"] == clock.end_of(clock.today()).isoformat()
        moved.shift(NOON)
        assert remind(scene, teammate).status == 201
    assert InboxMessage.objects.filter(kind="owner_reminder").count() == 2
    assert journal.search(verb="entry.remind_owner").count() == 2


def test_e5_a_developer_reads_when_the_owner_was_reminded_and_may_again(scene: Scene) -> None:
    scene.follow(499)

    def told() -> tuple[str | None, list[str]]:
        body = scene.world.api(scene.developer).get(f"{scene.record}/why").body
        return body["reminded_on"], body["available_actions"]

    day = clock.today()
    with time_machine.travel(clock.start_of(day) + NOON, tick=False) as moved:
        assert told() == (None, ["remind_owner"])
        remind(scene)
        assert told() == (str(day), [])
        moved.shift(NOON)
        assert told() == (str(day), ["remind_owner"])


def test_e5_another_mini_program_has_a_reminder_of_its_own(scene: Scene) -> None:
    scene.follow(499)
    remind(scene)
    rival = scene.world.grant(scene.world.mini_program())
    scene.world.bind(rival, scene.account)
    path = f"/mini-programs/{rival.pk}/surfaces/{SURFACE.key}/records/{scene.account.pk}/reminders"
    assert scene.world.api(scene.world.developer(rival.entity)).post(path).status == 201


def test_e5_there_is_nothing_to_remind_of_where_the_rules_are_met(scene: Scene) -> None:
    answer = remind(scene)
    assert (answer.status, answer.code) == (409, "nothing_to_remind")
    scene.follow(499)
    assert remind(scene).status == 201
    scene.follow(500)
    assert remind(scene).code == "nothing_to_remind"


def test_e5_only_who_is_bound_reminds(scene: Scene) -> None:
    scene.follow(499)
    outsider = scene.world.developer(scene.world.entity())
    assert remind(scene, outsider).status == 404
    assert remind(scene, scene.operator).status == 403
    assert remind(scene, scene.account.owner).status == 403
    scene.end_binding()
    assert remind(scene).status == 404
    assert not InboxMessage.objects.filter(kind="owner_reminder").exists()
    assert not journal.search(verb="entry.remind_owner").exists()
