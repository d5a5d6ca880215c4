"""The console as it is served: to whom, how large, and what is said where it is not built."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from guazai.control.delivery.console import DIST, views
from guazai.control.directory.models import Person
from tests.world import World

KIB = 1024
#: P10: what a browser loads before the first page is there.
FIRST_LOAD = 450 * KIB
ENTRY = "index.html"
CHARTS = "src/ui/ChartDrawing.tsx"
FIRST_PAGES = tuple(
    f"src/features/{page}.tsx"
    for page in ("apps/AppsPage", "review/QueuePage", "governance/FindPage")
)


def browser_of(person: Person) -> Client:
    """A browser in which somebody is logged in."""
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    """Which file the build made of which source; `make test` builds the console first."""
    found: dict[str, Any] = json.loads((DIST / ".vite" / "manifest.json").read_text())
    return found


def _loaded(manifest: dict[str, Any], sources: Iterable[str]) -> set[str]:
    """The sources that come with `sources`, because they are imported where they begin."""
    found: set[str] = set()
    waiting = list(sources)
    while waiting:
        source = waiting.pop()
        if source not in found:
            found.add(source)
            waiting += manifest[source].get("imports", [])
    return found


def _size(manifest: dict[str, Any], sources: Iterable[str]) -> int:
    chunks = [manifest[source] for source in sources]
    files = {name for chunk in chunks for name in (chunk["file"], *chunk.get("css", ()))}
    return sum(len(gzip.compress((DIST / name).read_bytes(), 9)) for name in files)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("page", FIRST_PAGES)
def test_p10_the_first_page_comes_with_450_kib_at_most(
    manifest: dict[str, Any], page: str, language: str
) -> None:
    assert (
        _size(manifest, _loaded(manifest, (ENTRY, page, f"src/i18n/{language}.ts"))) <= FIRST_LOAD
    )


def test_p10_charts_come_with_the_first_chart(manifest: dict[str, Any]) -> None:
    pages = [source for source in manifest if source.startswith("src/features/")]
    assert CHARTS not in _loaded(manifest, (ENTRY, *pages))
    # Loaded with the pages they would be seen: they are as large as half of all the rest.
    assert _size(manifest, [CHARTS]) > 100 * KIB


@pytest.mark.parametrize("path", ["/", "/apps", "/apps/tt_1/mount", "/review?due=overdue"])
def test_who_is_not_logged_in_does_so_and_comes_back(world: World, path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 302
    assert answer["Location"] == f"/login?next={quote(path, safe='')}"


def test_developers_reviewers_and_operators_get_the_console(world: World) -> None:
    for person in (world.developer(world.entity()), world.reviewer(), world.operator()):
        for path in ("/", "/operate/find"):
            answer = browser_of(person).get(path)
            assert (answer.status_code, answer.content) == (200, (DIST / ENTRY).read_bytes())
            assert answer["Cache-Control"] == "no-store"
            assert "'unsafe" not in answer["Content-Security-Policy"]


def test_an_owner_of_accounts_alone_has_pages_of_their_own(world: World) -> None:
    owner = world.account().owner
    assert owner is not None
    answer = browser_of(owner).get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/me")


def test_what_begins_with_no_workplace_is_no_address_of_the_console(world: World) -> None:
    assert browser_of(world.operator()).get("/operators").status_code == 404


def test_without_a_build_it_says_how_to_make_one(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(views, "DIST", tmp_path)
    views.html.cache_clear()
    try:
        answer = browser_of(world.operator()).get("/", headers={"Accept-Language": "en"})
    finally:
        views.html.cache_clear()
    assert answer.status_code == 503
    assert "make start" in answer.content.decode()
