"""Codes for the account's owner."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
import time_machine
from django.apps import apps

from guazai.control.binding import actions, queries
from guazai.control.binding.models import BindingCode
from guazai.control.kernel.errors import Problem
from tests.binding.scene import Scene, events, in_shanghai


def test_b5_a_code_is_a_link_a_qr_and_a_number_for_two_minutes(scene: Scene) -> None:
    with time_machine.travel(in_shanghai(2026, 5, 6, 12), tick=False):
        request = scene.request(scene.employee())
        answer = scene.world.api(scene.teammate).post(f"{scene.path}/{request.pk}/codes")
    assert answer.status == 201
    assert answer.body["url"].startswith("http://127.0.0.1:8640/c/")
    assert len(answer.body["url"].rpartition("/")[2]) == 32
    assert answer.body["expires_at"].startswith("2026-05-06T04:02:00")
    assert answer.body["qr_svg"].startswith("<svg")
    assert len(answer.body["match_number"]) == 2
    assert answer.body["match_number"].isdigit()
    assert len(events("binding.issue_code", request.pk)) == 1


def test_b5_only_a_hash_of_the_code_is_kept(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    account = scene.employee()
    request = scene.request(account)
    answer = scene.world.api(scene.developer).post(f"{scene.path}/{request.pk}/codes")
    raw = answer.body["url"].rpartition("/")[2]
    api = scene.world.api(account.owner)
    assert api.get(f"/owner/consent/{raw}").status == 200
    body = {"match_number": answer.body["match_number"]}
    assert api.post(f"/owner/consent/{raw}", body).status == 200
    stored = [
        str(row) for model in apps.get_models() for row in model._default_manager.all().values()
    ]
    assert any(queries.hash_code(raw) in row for row in stored)
    assert not [row for row in stored if raw in row]
    ours = [record for record in caplog.records if record.name.startswith("guazai")]
    assert not [record for record in ours if raw in record.getMessage()]
    code = actions.issue_code(scene.who, scene.request(scene.employee()))
    assert code.raw not in repr(code)


def test_b5_a_new_code_ends_the_old(scene: Scene) -> None:
    account = scene.employee()
    request = scene.request(account)
    old = actions.issue_code(scene.who, request)
    new = actions.issue_code(scene.who, request)
    owner = scene.world.owner_of(account)
    with pytest.raises(Problem) as refused:
        queries.open_request(owner, old.raw)
    assert refused.value.code.name == "consent_code_invalid"
    assert queries.open_request(owner, new.raw) == request
    assert BindingCode.objects.count() == 1


def test_b5_a_code_never_outlives_its_request(scene: Scene) -> None:
    with time_machine.travel(in_shanghai(2026, 5, 6, 12), tick=False) as traveller:
        request = scene.request(scene.employee())
        traveller.shift(timedelta(hours=23, minutes=59))
        assert actions.issue_code(scene.who, request).expires_at == request.expires_at
        traveller.shift(timedelta(minutes=1))
        answer = scene.world.api(scene.developer).post(f"{scene.path}/{request.pk}/codes")
        assert (answer.status, answer.code) == (409, "binding_request_expired")


def test_b5_what_does_not_await_consent_gets_no_code(scene: Scene) -> None:
    binding = scene.bind(scene.employee())
    answer = scene.world.api(scene.developer).post(f"{scene.path}/{binding.pk}/codes")
    assert (answer.status, answer.code, answer.body["current"]) == (409, "wrong_state", "active")


def test_s2_an_outsider_gets_no_code(scene: Scene) -> None:
    request = scene.request(scene.employee())
    answer = scene.world.api(scene.outsider).post(f"{scene.path}/{request.pk}/codes")
    assert (answer.status, answer.code) == (404, "not_found")
    assert not BindingCode.objects.exists()
