from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from guazai.control.config import Config
from guazai.control.directory import actions as directory
from guazai.control.directory.states import MemberRole
from guazai.demo import credentials, data
from guazai.demo.credentials import Login
from tests.pages.scene import PASSWORD, Browser, Scene
from tests.world import HOST

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django import Settings


def _demo(settings: Settings, *, is_demo: bool) -> None:
    settings.CONFIG = replace(settings.CONFIG, is_demo=is_demo)


@pytest.mark.parametrize("path", ["/me", "/me/messages", "/me?past=1", "/c/some-code"])
def test_a_page_of_ones_own_asks_for_a_login_and_comes_back(scene: Scene, path: str) -> None:
    person = scene.person_with_password()
    browser = Browser()
    asked = browser.get(path)
    assert asked.status_code == 302
    assert asked["Location"].startswith("/login?next=")
    assert 'name="next" value="' + path in browser.read(asked["Location"])
    entered = browser.submit("/login", login=person.login, password=PASSWORD, next=path)
    assert (entered.status_code, entered["Location"]) == (302, path)
    assert browser.get("/login")["Location"] == "/me"


@pytest.mark.parametrize(
    "foreign",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""],
)
def test_nobody_is_sent_to_another_site(scene: Scene, foreign: str) -> None:
    person = scene.person_with_password()
    entered = Browser().submit("/login", login=person.login, password=PASSWORD, next=foreign)
    assert entered["Location"] == "/me"


def test_everybody_begins_where_they_have_something_to_do(scene: Scene) -> None:
    entity = scene.app.entity_id
    homes = {}
    for role in ("reviewer", "operator", "owner"):
        person = scene.person_with_password()
        directory.save_person(
            HOST,
            person.login,
            password=PASSWORD,
            is_reviewer=role == "reviewer",
            is_operator=role == "operator",
        )
        homes[role] = Browser().submit("/login", login=person.login, password=PASSWORD)["Location"]
    developer = scene.person_with_password()
    directory.upsert_member(HOST, entity, developer.login, role=MemberRole.MEMBER)
    browser = Browser()
    homes["developer"] = browser.submit("/login", login=developer.login, password=PASSWORD)[
        "Location"
    ]
    assert homes == {"developer": "/", "reviewer": "/", "operator": "/", "owner": "/me"}
    assert browser.get("/login")["Location"] == "/"
    assert '<a href="/">Console</a>' in browser.read("/me")
    assert "Console" not in scene.browser.read("/me")


@pytest.fixture
def demo(db: None, tmp_path: Path, settings: Settings) -> Config:
    """A demo with its people and their credentials, in demo mode."""
    settings.CONFIG = replace(settings.CONFIG, state=tmp_path, is_demo=True)
    data.create(settings.CONFIG)
    return settings.CONFIG


def test_a_demo_offers_its_people_and_what_they_do(demo: Config) -> None:
    english, chinese = Browser().read("/login"), Browser(language="").read("/login")
    for each in data.PEOPLE:
        assert f'name="demo" value="{each.login}"' in english
        assert each.what in english
        assert each.what_zh in chinese
    groups = ["Developers", "Reviewers", "Operators", "Account owners"]
    places = [english.index(f"<h3>{group}</h3>") for group in groups]
    assert places == sorted(places)
    assert credentials.PASSWORD not in english


def test_one_click_enters_as_somebody_of_the_demo(demo: Config) -> None:
    homes = {"developer": "/", "reviewer": "/", "operator": "/", "owner": "/me"}
    for each in data.PEOPLE:
        browser = Browser()
        assert browser.submit("/login", demo=each.login)["Location"] == homes[each.kind]
        assert each.login in browser.read("/me")
    back = Browser().submit("/login", demo="creator-chen", next="/me/messages")
    assert back["Location"] == "/me/messages"
    assert Browser().submit("/login", demo="somebody").status_code == 404


def test_nobody_is_offered_or_let_in_by_a_click_outside_of_a_demo(
    demo: Config, settings: Settings
) -> None:
    settings.CONFIG = replace(demo, is_demo=False)
    page = Browser().read("/login")
    assert 'name="demo"' not in page
    assert not any(each.login in page for each in data.PEOPLE)
    browser = Browser()
    assert browser.submit("/login", demo="operator-zhou").status_code == 404
    assert browser.get("/me").status_code == 302


def test_tries_by_click_are_limited_as_others(demo: Config, scene: Scene) -> None:
    known = credentials.load(demo.state)
    assert known is not None
    login = scene.person_with_password().login
    one = Login("owner", login, PASSWORD, "", kind="owner")
    credentials.save(demo.state, replace(known, logins=(one,)))
    answers = [Browser().submit("/login", demo=login) for _ in range(11)]
    assert {answer.status_code for answer in answers[:10]} == {302}
    assert answers[10].status_code == 429
    assert answers[10]["Retry-After"] == "300"


def test_a_wrong_password_is_said_and_the_login_kept(scene: Scene) -> None:
    person = scene.person_with_password()
    refused = Browser().submit("/login", login=person.login, password="wrong", next="/c/x")
    body = refused.content.decode()
    assert refused.status_code == 401
    assert 'role="alert"' in body
    assert "The login or the password is wrong" in body
    assert f'value="{person.login}"' in body
    assert 'value="/c/x"' in body
    unknown = Browser().submit("/login", login="no-one", password="wrong")
    assert "The login or the password is wrong" in unknown.content.decode()


def test_tries_by_page_and_by_api_share_one_limit(scene: Scene) -> None:
    person = scene.person_with_password()
    api = scene.world.api()
    csrf = api.get("/session").body["csrf_token"]
    for _ in range(10):
        answer = api.post(
            "/session", {"login": person.login, "password": "wrong"}, X_CSRFToken=csrf
        )
        assert answer.code == "login_failed"
    refused = Browser().submit("/login", login=person.login, password=PASSWORD)
    assert refused.status_code == 429
    assert refused["Retry-After"] == "300"


def test_logging_out_needs_a_post(scene: Scene) -> None:
    assert "method_not_allowed" in scene.browser.read("/logout", status=405)
    assert scene.browser.get("/logout")["Allow"] == "POST"
    assert scene.browser.get("/me").status_code == 200
    assert scene.browser.submit("/logout")["Location"] == "/login"
    assert scene.browser.get("/me").status_code == 302


def test_who_owns_no_account_is_told_so(scene: Scene) -> None:
    assert "You own no Douyin account here" in Browser(scene.world.person()).read("/me")


def test_a_machines_token_opens_no_page(scene: Scene) -> None:
    token = scene.world.developer_token(scene.app)
    answer = Browser().get("/me", headers={"Authorization": f"Bearer {token}"})
    assert answer["Location"] == "/login?next=%2Fme"


def test_pages_are_chinese_first_and_english_when_chosen(scene: Scene) -> None:
    browser = Browser(language="")
    assert '<html lang="zh-Hans">' in browser.read("/login")
    chosen = browser.submit("/language", language="en", next="/login?next=/me")
    assert chosen["Location"] == "/login?next=/me"
    assert browser.cookies["guazai_language"].value == "en"
    assert '<html lang="en">' in browser.read("/login")
    away = browser.submit("/language", language="en", next="https://evil.example/")
    assert "evil" not in away["Location"]


def test_demo_mode_is_told_on_every_page_and_the_login_tells_nothing_else(
    scene: Scene, settings: Settings
) -> None:
    paths = ["/login", f"/p/{scene.account.pk}", "/nowhere"]
    own = ["/me", "/me/messages", scene.page]
    _demo(settings, is_demo=False)
    assert not any("Demo:" in Browser().get(path).content.decode() for path in paths)
    assert "demo" not in Browser().read("/login")
    _demo(settings, is_demo=True)
    assert all("Demo:" in Browser().get(path).content.decode() for path in paths)
    assert all("Demo:" in scene.browser.get(path).content.decode() for path in own)
