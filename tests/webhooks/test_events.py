"""Every act that outsiders hear of becomes one event, whose content says what it was (N2)."""

from __future__ import annotations

import ast
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import time_machine
from django.db import transaction

from guazai.control.binding import actions as binding
from guazai.control.binding.states import TRANSITIONS
from guazai.control.capability import actions as capability
from guazai.control.capability.states import Dimension
from guazai.control.journal.actions import act
from guazai.control.journal.keys import NoticeKind
from guazai.control.journal.models import NoticeKey
from guazai.control.kernel import clock
from guazai.control.kernel.actor import system
from guazai.control.kernel.reasons import Reason
from guazai.control.landing import actions as landing
from guazai.control.surfaces.registry import BindingKind
from guazai.control.webhooks import building, contents
from guazai.control.webhooks.models import Delivery
from tests.platform import REPOSITORY
from tests.webhooks.scene import build_all, noticed
from tests.world import HOST, MARKS, PAGES, SURFACE

if TYPE_CHECKING:
    from guazai.control.binding.models import Binding
    from guazai.control.directory.models import DouyinAccount
    from tests.webhooks.scene import Scene

REASON = Reason("unstable", "It crashes", "Mend it")
GOOD = {dimension.value: "good" for dimension in Dimension}


def capacity(status: int, reason: str = "") -> tuple[str, object]:
    content = {"capacity_key": "profile_mount", "status": status, "reason": reason}
    return "APPLY_CAPACITY", content


def bound(account: DouyinAccount, status: int, kind: str = "employee") -> tuple[str, object]:
    return "BIND_AWEME_USER", {
        "type": kind,
        "aweme_id": account.pk,
        "user_name": account.nickname,
        "bind_status": status,
    }


def requested(scene: Scene, account: DouyinAccount) -> Binding:
    scene.world.employ(scene.entity, account)
    return binding.request(HOST, scene.app, SURFACE, account.pk, BindingKind.EMPLOYEE)


def test_c5_an_application_is_told_from_its_start_to_its_end(scene: Scene) -> None:
    scene.listen()
    judge = scene.world.actor(scene.world.reviewer())
    operator = scene.world.actor(scene.world.operator())
    capability.withdraw(HOST, capability.apply(HOST, scene.app, SURFACE, "one"))
    refused = capability.apply(HOST, scene.app, SURFACE, "two")
    capability.reject(judge, refused, GOOD, [REASON])
    capability.approve(judge, capability.apply(HOST, scene.app, SURFACE, "three"), MARKS)
    capability.revoke(operator, scene.app, SURFACE, "abuse")
    capability.restore(operator, scene.app, SURFACE, "mended")
    assert scene.told() == [
        capacity(1),
        capacity(6),
        capacity(1),
        capacity(3, "It crashes"),
        capacity(1),
        capacity(2),
        capacity(5, "abuse"),
        capacity(2, "mended"),
    ]


def test_b5_bindings_are_told(scene: Scene) -> None:
    scene.world.grant(scene.app)
    scene.listen()
    first, second, third, fourth = (scene.world.account() for _ in range(4))
    landing.unbind(HOST, scene.world.bind(scene.app, first))
    binding.refuse(scene.world.owner_of(second), requested(scene, second))
    binding.cancel(HOST, requested(scene, third))
    lapsing = scene.world.bind(scene.app, fourth)
    landing.lapse_binding(HOST, lapsing)
    assert scene.told() == [
        *(bound(first, status) for status in (1, 2, 4)),
        *(bound(second, status) for status in (1, 3)),
        *(bound(third, status) for status in (1, 4)),
        *(bound(fourth, status) for status in (1, 2, 6)),
    ]


def test_b4_a_request_that_expires_is_told(scene: Scene) -> None:
    scene.world.grant(scene.app)
    account = scene.world.account()
    requested(scene, account)
    scene.listen()
    with time_machine.travel(clock.now() + timedelta(hours=25), tick=False):
        binding.expire_due(system("worker"))
        assert scene.told() == [bound(account, 3)]


def test_landing_pages_are_told(scene: Scene) -> None:
    account = scene.world.account()
    scene.world.grant(scene.app)
    scene.world.bind(scene.app, account)
    scene.listen(events=["PROFILE_MOUNT_AUDIT"])
    judge = scene.world.actor(scene.world.reviewer())
    refused = landing.submit(HOST, scene.app, SURFACE, account, page_path=PAGES[0])
    landing.reject(judge, refused, refused.content_hash, [REASON])
    live = landing.submit(HOST, scene.app, SURFACE, account, page_path=PAGES[0])
    landing.approve(judge, live, live.content_hash)
    waits = landing.submit(HOST, scene.app, SURFACE, account, page_path=PAGES[1])
    landing.remove(HOST, scene.app, SURFACE, account)

    def audit(change: str, status: int, *reasons: str) -> tuple[str, object]:
        found = {"change_id": change, "status": status, "reason_list": list(reasons)}
        return "PROFILE_MOUNT_AUDIT", {"aweme_id": account.pk, **found}

    assert scene.told() == [
        audit(refused.pk, 2),
        audit(refused.pk, 4, "It crashes"),
        audit(live.pk, 2),
        audit(live.pk, 1),
        audit(waits.pk, 2),
        audit(waits.pk, 3),
        audit(live.pk, 5),
    ]


def test_an_unbinding_tells_of_the_page_that_went_with_it(scene: Scene) -> None:
    change = scene.world.entry(scene.app)
    scene.listen(events=["PROFILE_MOUNT_AUDIT"])
    landing.end_binding(scene.world.owner_of(change.account), change.binding)
    ((_, content),) = scene.told()
    assert (content["change_id"], content["status"]) == (change.pk, 5)


def test_the_envelope_is_the_ecosystems(scene: Scene) -> None:
    scene.listen()
    capability.apply(HOST, scene.app, SURFACE, "申请")
    build_all()
    made = Delivery.objects.get()
    told = json.loads(made.body)
    assert list(told) == ["event", "client_key", "log_id", "content"]
    assert (told["client_key"], told["log_id"]) == (scene.app.pk, made.log_id)
    assert isinstance(told["content"], str)
    assert len(made.log_id) == 34
    assert made.log_id[:8] == clock.today().strftime("%Y%m%d")


def test_an_act_over_the_wire_keeps_its_log_id(scene: Scene) -> None:
    scene.listen()
    log_id = "20261123021000" + "0123456789ABCDEF0123"
    who = system("test")
    object.__setattr__(who, "request_id", log_id)
    capability.apply(who, scene.app, SURFACE, "x")
    build_all()
    assert Delivery.objects.get().log_id == log_id


def test_only_what_is_subscribed_to_is_told(scene: Scene) -> None:
    scene.listen(events=["BIND_AWEME_USER"])
    capability.apply(HOST, scene.app, SURFACE, "x")
    assert noticed(NoticeKind.EVENT)
    assert scene.told() == []
    assert noticed(NoticeKind.EVENT) == []


def test_notices_are_dropped_where_nobody_listens(scene: Scene) -> None:
    scene.world.entry(scene.app)
    assert NoticeKey.objects.exists()
    build_all()
    assert not NoticeKey.objects.exists()
    assert not Delivery.objects.exists()


def test_an_act_that_is_rolled_back_is_not_told(scene: Scene) -> None:
    scene.listen()
    with transaction.atomic():
        capability.apply(HOST, scene.app, SURFACE, "x")
        assert len(noticed(NoticeKind.EVENT)) == 1
        transaction.set_rollback(True)
    assert noticed(NoticeKind.EVENT) == []


def test_acts_inside_an_act_are_told_once(scene: Scene) -> None:
    scene.listen()
    with act(HOST):
        capability.apply(HOST, scene.app, SURFACE, "x")
    assert len(noticed(NoticeKind.EVENT)) == 1
    assert scene.told() == [capacity(1)]
    assert building.build() == 0


def test_every_verb_that_tells_has_its_words() -> None:
    """A verb without them would be found only when it is told, and stop all that come after it."""
    said: set[str] = set()
    for context in ("capability", "binding", "landing"):
        tree = ast.parse((REPOSITORY / f"src/guazai/control/{context}/actions.py").read_text())
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            verb = node.args[0]
            if any(word.arg == "tells" for word in node.keywords) and isinstance(
                verb, ast.Constant
            ):
                said.add(str(verb.value))
    # Those that close a binding share one line.
    said |= {f"binding.{verb}" for verb in TRANSITIONS}
    assert len(said) == 18
    assert said == {*contents.APPLY_STATUS, *contents.BIND_STATUS, *contents.AUDIT_STATUS}
