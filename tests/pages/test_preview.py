from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from guazai.control.landing import actions as landing
from tests.edge import Edge
from tests.pages.scene import Browser, Scene
from tests.resolver.serving import free_port, serving
from tests.world import SURFACE

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
