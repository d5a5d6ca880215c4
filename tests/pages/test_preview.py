from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import segno

from guazai.control.landing import actions as landing
from tests.edge import Edge
from tests.pages.scene import NASTY, Browser, Scene
from tests.resolver.serving import free_port, serving
from tests.world import HOST, PAGES, SURFACE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_django import Settings


@pytest.fixture
def edge(db: None, tmp_path: Path, settings: Settings) -> Iterator[Edge]:
    """The node of a real resolver, which the pages ask."""
    found = Edge(tmp_path)
    with serving(tmp_path) as resolver:
        settings.CONFIG = replace(settings.CONFIG, resolver_url=f"http://127.0.0.1:{resolver.port}")
        yield found
    found.close()


def test_the_preview_shows_what_the_resolver_answers_and_nothing_else(
    scene: Scene, edge: Edge
) -> None:
    page = f"/p/{scene.account.pk}"
    visitor = Browser()
    assert scene.account.nickname in visitor.read(page)
    assert "Visitors see no entry now" in visitor.read(page)
    scene.bind()
    scene.world.pass_rules(scene.account)
    scene.world.go_live(scene.app, scene.account, title="Order now")
    assert "Order now" not in visitor.read(page)
    edge.drain()
    shown = visitor.read(page)
    assert "Order now" in shown
    assert scene.app.name in shown
    assert 'href="sslocal://microapp?app_id=' in shown
    landing.release(scene.who, SURFACE, scene.account)
    assert "Order now" in visitor.read(page)
    edge.drain()
    assert "Order now" not in visitor.read(page)


def test_a_resolver_that_does_not_answer_is_said_and_nothing_is_guessed(
    scene: Scene, settings: Settings
) -> None:
    scene.bind()
    scene.world.pass_rules(scene.account)
    scene.world.go_live(scene.app, scene.account, title="Order now")
    settings.CONFIG = replace(settings.CONFIG, resolver_url=f"http://127.0.0.1:{free_port()}")
    page = Browser().read(f"/p/{scene.account.pk}")
    assert "The entry cannot be read right now" in page
    assert "Order now" not in page
    assert "Visitors see no entry now" not in page


def test_an_unknown_account_has_no_profile_page(scene: Scene) -> None:
    assert "Page not found" in Browser().read("/p/unknown", status=404)


NOT_LIVE = "Preview, not live"


def _draft(scene: Scene, title: str, app_id: str = "") -> str:
    return f"/p/{scene.account.pk}/draft?app_id={app_id or scene.app.pk}&title={quote(title)}"


def _change(scene: Scene, title: str = "Order now") -> Any:
    return landing.submit(HOST, scene.app, SURFACE, scene.account, page_path=PAGES[0], title=title)


@pytest.fixture
def developer(scene: Scene) -> Browser:
    """A developer of the mini program, which is bound."""
    scene.bind()
    return Browser(scene.world.developer(scene.app.entity))


def test_a_draft_shows_its_title_and_that_it_is_not_live(scene: Scene, developer: Browser) -> None:
    page = developer.read(_draft(scene, "Order now"))
    assert NOT_LIVE in page
    assert "Order now" in page
    assert scene.app.name in page
    assert scene.account.nickname in page
    assert "<a " not in page
    untitled = developer.read(_draft(scene, ""))
    assert f"<bdi>{scene.app.name}</bdi></strong>" in untitled


def test_a_draft_takes_the_titles_that_a_change_takes(scene: Scene, developer: Browser) -> None:
    longest = NASTY[: SURFACE.title_length]
    page = developer.read(_draft(scene, longest))
    assert longest not in page
    assert "&lt;script&gt;" in page
    for title in ("x" * (SURFACE.title_length + 1), "un\u200bseen"):
        assert "landing_text_invalid" in developer.read(_draft(scene, title), status=422)
        code = f"/p/{scene.account.pk}/qr.svg?of=draft&app_id={scene.app.pk}&title={quote(title)}"
        developer.read(code, status=422)


def test_a_draft_is_for_the_developers_of_a_bound_mini_program(
    scene: Scene, developer: Browser
) -> None:
    outsider = Browser(scene.world.developer(scene.world.entity()))
    reviewer = Browser(scene.world.reviewer())
    for browser in (outsider, reviewer, scene.browser):
        browser.read(_draft(scene, "x"), status=404)
    assert Browser().get(_draft(scene, "x"))["Location"].startswith("/login?next=")
    unbound = scene.world.mini_program(scene.app.entity)
    developer.read(_draft(scene, "x", unbound.pk), status=404)
    developer.read(_draft(scene, "x", "unknown"), status=404)
    developer.read(f"/p/unknown/draft?app_id={scene.app.pk}&title=x", status=404)
    developer.read(f"/p/{scene.account.pk}/draft", status=404)


def test_a_request_that_awaits_consent_is_no_reason_to_show_an_account(scene: Scene) -> None:
    scene.request()
    developer = Browser(scene.world.developer(scene.app.entity))
    developer.read(_draft(scene, "x"), status=404)


def test_a_change_is_for_its_developers_and_for_reviewers(scene: Scene, developer: Browser) -> None:
    made = _change(scene)
    path = f"/p/{scene.account.pk}/changes/{made.pk}"
    for browser in (developer, Browser(scene.world.reviewer())):
        page = browser.read(path)
        assert NOT_LIVE in page
        assert "Order now" in page
    outsider = Browser(scene.world.developer(scene.world.entity()))
    operator = Browser(scene.world.operator())
    for browser in (outsider, operator, scene.browser):
        browser.read(path, status=404)
        browser.read(f"/p/{scene.account.pk}/qr.svg?of=change&change_id={made.pk}", status=404)
    assert Browser().get(path)["Location"].startswith("/login?next=")


def test_a_change_is_found_under_its_own_account_alone(scene: Scene, developer: Browser) -> None:
    made = _change(scene)
    other = scene.world.account()
    for path in (f"{other.pk}/changes/{made.pk}", f"{scene.account.pk}/changes/unknown"):
        developer.read(f"/p/{path}", status=404)
    reviewer = Browser(scene.world.reviewer())
    reviewer.read(f"/p/{other.pk}/changes/{made.pk}", status=404)


def test_a_change_says_when_it_is_what_is_live(scene: Scene, developer: Browser) -> None:
    made = scene.world.go_live(scene.app, scene.account, title="Order now")
    path = f"/p/{scene.account.pk}/changes/{made.pk}"
    assert "Preview of what is live" in developer.read(path)
    landing.release(scene.who, SURFACE, scene.account)
    assert NOT_LIVE in developer.read(path)


def test_a_code_leads_to_one_of_these_pages_and_nowhere_else(
    scene: Scene, developer: Browser, settings: Settings
) -> None:
    made, account = _change(scene), scene.account.pk
    pages = {
        "of=live": f"/p/{account}",
        f"of=change&change_id={made.pk}": f"/p/{account}/changes/{made.pk}",
        f"of=draft&app_id={scene.app.pk}&title=A+B": (
            f"/p/{account}/draft?app_id={scene.app.pk}&title=A+B"
        ),
    }
    for query, address in pages.items():
        answer: Any = developer.get(f"/p/{account}/qr.svg?{query}&url=https://evil.example/")
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml"), query
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert answer.content == _code(settings.CONFIG.public_url + address), query
        assert developer.get(address).status_code == 200
    for query in ("", "of=https://evil.example/", "of=change", "of=draft"):
        assert developer.get(f"/p/{account}/qr.svg?{query}").status_code == 404, query
    assert Browser().get(f"/p/{account}/qr.svg?of=live").status_code == 200
    assert Browser().get("/p/unknown/qr.svg?of=live").status_code == 404


def _code(url: str) -> bytes:
    out = BytesIO()
    segno.make_qr(url).save(out, kind="svg", scale=4, light="#fff")
    return out.getvalue()


def test_in_a_frame_there_is_the_page_and_nothing_around_it(
    scene: Scene, developer: Browser
) -> None:
    page = f"/p/{scene.account.pk}"
    assert "<footer" in developer.read(page)
    framed: Any = developer.get(page, headers={"Sec-Fetch-Dest": "iframe"})
    for shown in (framed.content.decode(), developer.read(_draft(scene, "x"))):
        assert "<footer" not in shown
        assert "<nav" not in shown
        assert scene.account.nickname in shown
