"""What holds for every page: nothing inline, everything escaped, errors as pages."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from guazai.control.delivery import errors
from guazai.control.directory import actions as directory
from guazai.control.directory import queries
from guazai.control.directory.states import AccountType, MemberRole
from guazai.control.landing import actions as landing
from tests.pages.scene import NASTY, Browser, Scene
from tests.world import HOST, SURFACE

INLINE = re.compile(r"<script|<style|\sstyle\s*=|\son[a-z]+\s*=|javascript:", re.IGNORECASE)


def _every_page(scene: Scene) -> dict[str, Any]:
    """An answer of every page, with things to show."""
    bound = scene.bind()
    scene.world.pass_rules(scene.account, effective_followers=1)
    scene.world.go_live(scene.app, scene.account)
    change = landing.submit(HOST, scene.app, SURFACE, scene.account, page_path="pages/shop/detail")
    directory.upsert_member(HOST, scene.app.entity_id, scene.owner.login, role=MemberRole.MEMBER)
    asked = scene.request(scene.suitor(scene.app.name))
    blocked = scene.request(scene.suitor(scene.app.name))
    scene.browser.submit(f"/me/bindings/{blocked.pk}/block")
    code = scene.code(asked)
    paths = [
        "/me",
        "/me/messages",
        scene.page,
        f"{scene.page}?past=1",
        f"{scene.page}/surfaces/profile_mount/release",
        f"/me/bindings/{bound.pk}",
        f"/me/bindings/{bound.pk}/end",
        f"/me/bindings/{asked.pk}/refuse",
        f"/me/bindings/{asked.pk}/block",
        f"/me/bindings/{blocked.pk}",
        f"/c/{code.raw}",
        "/c/unknown",
        f"/p/{scene.account.pk}",
        f"/p/{scene.account.pk}/draft?app_id={scene.app.pk}",
        f"/p/{scene.account.pk}/changes/{change.pk}",
        "/nowhere",
        "/me?cursor=<script>",
    ]
    answers = {path: scene.browser.get(path) for path in paths}
    scene.world.account(owner=scene.owner)
    answers["/me of many"] = scene.browser.get("/me")
    scene.browser.submit("/logout")
    answers["login"] = scene.browser.get("/login?next=<script>")
    answers["wrong login"] = scene.browser.submit("/login", login="<script>", password="x")
    return answers


def test_names_are_escaped_and_nothing_is_inline_on_any_page(scene: Scene) -> None:
    scene.app = scene.rename(scene.app, NASTY)
    _rename_account(scene, NASTY)
    named = 0
    for path, answer in _every_page(scene).items():
        page = answer.content.decode()
        assert answer["Content-Type"] == "text/html; charset=utf-8", path
        assert not INLINE.search(page), path
        assert NASTY not in page, path
        named += "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&amp;" in page
    assert named >= 12


def _rename_account(scene: Scene, nickname: str) -> None:
    directory.upsert_account(
        HOST,
        scene.account.pk,
        nickname=nickname,
        account_type=AccountType.PERSONAL,
        owner_login=scene.owner.login,
    )
    scene.account = queries.any_account(scene.account.pk)


def test_every_page_forbids_inline_code_framing_and_caching(scene: Scene) -> None:
    for path, answer in _every_page(scene).items():
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy, path
        assert "unsafe-inline" not in policy, path
        assert answer["X-Frame-Options"] == "SAMEORIGIN", path
        assert "no-store" in answer["Cache-Control"], path


def test_every_page_has_a_title_one_heading_and_labelled_inputs(scene: Scene) -> None:
    for path, answer in _every_page(scene).items():
        page = answer.content.decode()
        assert re.search(r"<title>\s*\S+", page), path
        assert page.count("<h1") == 1, path
        ids = re.findall(r'<input id="([^"]+)"', page)
        assert all(f'<label for="{each}"' in page for each in ids), path
        assert 'href="#main"' in page or "<header" not in page, path


@pytest.mark.django_db
def test_an_unknown_address_is_a_page_for_people_and_a_problem_for_the_api() -> None:
    page = Browser().get("/nowhere")
    assert (page.status_code, page["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "Page not found" in page.content.decode()
    api = Browser().get("/api/v1/nowhere")
    assert (api.status_code, api["Content-Type"]) == (404, "application/problem+json")
    assert api.json()["code"] == "not_found"


class _Broken:
    """A session and an actor that cannot be read, as when the database is gone."""

    def __getattr__(self, name: str) -> Any:
        raise ConnectionError(name)

    def __bool__(self) -> bool:
        raise ConnectionError


def _broken(path: str) -> HttpRequest:
    request = RequestFactory().get(path)
    request.actor = request.user = request.session = _Broken()  # type: ignore[assignment, attr-defined]
    request.request_id = "req_broken"  # type: ignore[attr-defined]
    return request


def test_a_failure_is_a_page_that_needs_no_database() -> None:
    page = errors.server_error(_broken("/me"))
    assert (page.status_code, page["Content-Type"]) == (500, "text/html; charset=utf-8")
    assert b"req_broken" in page.content
    api = errors.server_error(_broken("/api/v1/health"))
    assert (api.status_code, api["Content-Type"]) == (500, "application/problem+json")
