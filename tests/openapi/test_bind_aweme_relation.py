"""`bind_aweme_relation`: asking for an account; who the owner is is checked, and kept nowhere."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from hypothesis import given
from hypothesis import strategies as st

from guazai.control.binding import queries
from guazai.control.binding.models import Binding
from guazai.control.directory.states import AccountType
from guazai.control.inbox.models import InboxMessage
from guazai.control.journal import queries as journal
from guazai.control.journal.actions import act
from guazai.control.kernel import clock
from guazai.control.kernel.actor import system
from guazai.control.openapi.wire import identity
from guazai.control.openapi.wire.identity import check_digit
from guazai.feed.records import Scope
from tests.openapi.scene import (
    DIGITS,
    IDENTITY_NUMBER,
    REAL_NAME,
    Scene,
    employee_info,
    seconds,
)
from tests.openapi.test_templates import blocked, cooling_down, too_many
from tests.world import World

TODAY = date(2026, 11, 23)


@pytest.fixture
def granted(scene: Scene) -> Scene:
    """The scene with the capability."""
    scene.grant()
    return scene


def number(digits: str) -> str:
    return digits + check_digit(digits)


@pytest.mark.parametrize("co_subject", [{}, {"co_subject": True}, {"co_subject": None}])
def test_b5_a_brand_account_is_asked_for(granted: Scene, co_subject: dict[str, Any]) -> None:
    account = granted.brand()
    told = granted.bind(account, **co_subject)
    assert told.body == {
        "err_no": 0,
        "err_msg": "success",
        "log_id": told.body["log_id"],
        "data": {},
    }
    made = Binding.objects.get()
    assert (made.account_id, made.kind, made.status) == (account.pk, "brand", "awaiting_consent")
    assert made.ends_on is None
    (event,) = journal.search(verb="binding.request")
    assert event.request_id == told.body["log_id"]
    assert event.actor_id == granted.app.pk


@pytest.mark.parametrize("as_text", [False, True], ids=["number", "text"])
def test_b3_an_employee_s_relation_ends_the_binding(granted: Scene, as_text: bool) -> None:
    last_day = clock.today() + timedelta(days=10)
    moment = seconds(last_day) + 3600
    told = granted.bind(
        granted.employee(),
        "employee",
        employee_info=employee_info(relation_expire_date=str(moment) if as_text else moment),
    )
    assert told.err_no == 0
    made = Binding.objects.get()
    assert (made.kind, made.ends_on) == ("employee", last_day)


def test_b3_a_relation_that_ends_at_midnight_has_its_last_day_before(granted: Scene) -> None:
    day = clock.today() + timedelta(days=10)
    info = employee_info(relation_expire_date=seconds(day))
    granted.bind(granted.employee(), "employee", employee_info=info)
    assert Binding.objects.get().ends_on == day - timedelta(days=1)


def test_b3_the_binding_lapses_when_the_relation_is_over(world: World) -> None:
    with time_machine.travel(datetime(2026, 5, 6, 4, tzinfo=UTC), tick=False) as traveller:
        granted = Scene(world)
        granted.grant()
        info = employee_info(relation_expire_date=int(clock.now().timestamp()) + 3 * 86400)
        account = granted.employee()
        granted.bind(account, "employee", employee_info=info)
        bound = granted.consent(account)
        traveller.move_to(datetime(2026, 5, 9, 15, 59, tzinfo=UTC))
        assert queries.lapsed(9) == []
        traveller.move_to(datetime(2026, 5, 9, 16, tzinfo=UTC))
        assert queries.lapsed(9) == [bound]


WRONG_EMPLOYEES: list[dict[str, Any]] = [
    {"real_name": "欧"},
    {"real_name": "欧" * 51},
    {"real_name": "欧阳1"},
    {"real_name": "欧阳 试"},
    {"real_name": "·欧阳"},
    {"real_name": ""},
    {"real_name": 1},
    {"real_name": None},
    {"identity_number": IDENTITY_NUMBER[:-1]},
    {"identity_number": IDENTITY_NUMBER + "1"},
    {"identity_number": DIGITS + str((int(IDENTITY_NUMBER[-1].replace("X", "10")) + 1) % 10)},
    {"identity_number": number("99000019900230123")},
    {"identity_number": number("99000018991231123")},
    {"identity_number": number("99000029900307123")},
    {"identity_number": number("09000019900307123")},
    {"identity_number": "９９００００１９９００３０７１２３７"},
    {"identity_number": 990000199003071237},
    {"identity_number": "x" * 65},
    {"relation_expire_date": 0},
    {"relation_expire_date": -1},
    {"relation_expire_date": 1_000_000_000},
    {"relation_expire_date": 2**62},
    {"relation_expire_date": "tomorrow"},
    {"relation_expire_date": 1.5},
    {"relation_expire_date": True},
    {"relation_expire_date": None},
]


@pytest.mark.parametrize("wrong", WRONG_EMPLOYEES, ids=range(len(WRONG_EMPLOYEES)))
def test_28001007_for_who_cannot_be(granted: Scene, wrong: dict[str, Any]) -> None:
    told = granted.bind(granted.employee(), "employee", employee_info=employee_info(**wrong))
    assert told.err_no == 28001007
    said = told.body["err_msg"]
    assert next(iter(wrong)) in said
    for sent in employee_info(**wrong).values():
        assert sent in {"", None, 0, -1, True} or str(sent) not in said
    assert not Binding.objects.exists()


@pytest.mark.parametrize("missing", ["real_name", "identity_number", "relation_expire_date"])
def test_28001007_names_what_is_missing_of_an_employee(granted: Scene, missing: str) -> None:
    info = {key: value for key, value in employee_info().items() if key != missing}
    told = granted.bind(granted.employee(), "employee", employee_info=info)
    assert told.err_no == 28001007
    assert told.body["err_msg"] == f"缺少参数 employee_info.{missing}"


@pytest.mark.parametrize("info", [None, [], "x", {}])
def test_28001007_without_an_employee(granted: Scene, info: Any) -> None:
    told = granted.bind(granted.employee(), "employee", employee_info=info)
    assert told.err_no == 28001007
    assert "employee_info" in told.body["err_msg"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "cooperation"},
        {"type": "friend"},
        {"type": ""},
        {"type": ["brand"]},
        {"co_subject": False},
        {"co_subject": "true"},
        {"capacity_list": []},
        {"capacity_list": ["profile_mount", "no_such"]},
        {"capacity_list": None},
        {"aweme_id": ""},
        {"aweme_id": 1},
        {"aweme_id": "x" * 65},
        {"audit_template_info": {"profile_mount": {"id": 2}}},
        {"audit_template_info": {"profile_mount": {"id": 99}}},
        {"audit_template_info": {"profile_mount": {}}},
        {"audit_template_info": {"profile_mount": {"id": "one"}}},
        {"audit_template_info": []},
    ],
)
def test_28001007_for_what_is_no_request(granted: Scene, wrong: dict[str, Any]) -> None:
    assert granted.bind(granted.brand(), **wrong).err_no == 28001007
    assert not Binding.objects.exists()


def test_b1_cooperation_says_that_it_is_not_supported(granted: Scene) -> None:
    told = granted.bind(granted.brand(), "cooperation", cooperation_info={"company_name": "x"})
    assert "暂不支持绑定合作号" in told.body["err_msg"]


@pytest.mark.parametrize("id_", [1, "1"])
def test_a_template_s_content_is_passed_over(granted: Scene, id_: Any) -> None:
    filled = {"id": id_, "title": "x", "template_content": [{"val_list": ["kept nowhere"]}]}
    told = granted.bind(granted.brand(), audit_template_info={"profile_mount": filled})
    assert told.err_no == 0
    assert_nowhere("kept nowhere")


def test_28005035_28001019_and_28001016(scene: Scene) -> None:
    account = scene.brand()
    assert scene.bind(account).err_no == 28005035
    scene.grant()
    scene.sync(is_online=False)
    assert scene.bind(account).err_no == 28001016
    scene.sync()
    scene.revoke()
    assert scene.bind(account).err_no == 28001019
    scene.deny(Scope.LEGAL_ENTITY, scene.entity.pk)
    assert scene.bind(account).err_no == 28001016
    assert not Binding.objects.exists()


def test_28005037_for_an_account_that_is_not_there(granted: Scene) -> None:
    assert granted.bind(granted.brand(), aweme_id="nobody").err_no == 28005037


def test_28005034_with_what_to_do_about_it(granted: Scene) -> None:
    for account, said in (
        (granted.world.account(), "没有绑定关系"),
        (granted.brand(AccountType.ENTERPRISE), "企业号后台客服"),
        (too_many(granted), "请求过多"),
        (cooling_down(granted), "之后可再试"),
    ):
        told = granted.bind(account)
        assert told.err_no == 28005034
        assert said in told.body["err_msg"]
    told = granted.bind(blocked(granted))
    assert told.err_no == 28005034
    assert "已屏蔽" in told.body["err_msg"]


def test_28005036_28005038_and_28005039(granted: Scene) -> None:
    account = granted.brand()
    assert granted.bind(account).err_no == 0
    assert granted.bind(account).err_no == 28005039
    granted.consent(account)
    assert granted.bind(account).err_no == 28005038
    assert granted.bind(granted.brand()).err_no == 28005036


def texts_of_rows() -> Iterator[str]:
    """Every row of every table, as text."""
    for model in apps.get_models():
        for row in model._default_manager.values_list():
            yield repr(row)


def assert_nowhere(*words: str) -> None:
    """No table holds any of `words`."""
    for text in texts_of_rows():
        assert not [word for word in words if word in text], text


def test_s9_name_and_number_are_in_no_table_log_or_message(
    granted: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    account = granted.employee()
    told = [granted.bind(account, "employee")]
    granted.consent(account)
    told += [
        granted.bind(account, "employee"),
        granted.bind(granted.employee(), "employee", capacity_list=["no_such"]),
        granted.bind(
            granted.employee(), "employee", employee_info=employee_info(real_name=REAL_NAME + "1")
        ),
        granted.relations("employee"),
    ]
    assert [each.err_no for each in told] == [0, 28005038, 28001007, 28001007, 0]
    assert InboxMessage.objects.exists()
    assert_nowhere(REAL_NAME, IDENTITY_NUMBER)
    for text in (*map(str, told), caplog.text):
        assert REAL_NAME not in text
        assert IDENTITY_NUMBER not in text


def test_s9_twin_that_notes_the_number_is_caught(granted: Scene) -> None:
    with act(system("test")) as done:
        done.record("binding.request", "binding", "x", after={"employee": employee_info()})
    with pytest.raises(AssertionError):
        assert_nowhere(IDENTITY_NUMBER)


@pytest.mark.parametrize("name", ["欧阳", "阿卜杜拉·买买提", "Ada", "é" * 50, "张" * 2])
def test_names_that_may_be(name: str) -> None:
    assert identity.is_name(name)


@given(st.dates(date(1900, 1, 1), date(2026, 11, 22)), st.integers(0, 999))
def test_numbers_with_a_past_birthday_and_their_check_digit(born: date, sequence: int) -> None:
    found = number(f"990000{born:%Y%m%d}{sequence:03}")
    assert identity.is_number(found, TODAY)
    assert identity.is_number(found.lower(), TODAY)
    last = "10X98765432".index(found[-1])
    for other in "10X98765432":
        assert identity.is_number(found[:-1] + other, TODAY) is (other == "10X98765432"[last])
    assert not identity.is_number(found, born)


@given(st.text(max_size=30))
def test_no_text_is_taken_for_a_number_by_chance(text: str) -> None:
    assert not identity.is_number(text, TODAY) or check_digit(text[:-1]) == text[-1].upper()
