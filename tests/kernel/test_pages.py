"""Lists are paged by a cursor that no insert disturbs and nobody can make up."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from django.core import signing

from guazai.control.directory.models import MiniProgram
from guazai.control.kernel.errors import Problem
from guazai.control.kernel.http import CURSOR_SALT, PageQuery, page
from tests.world import Api, World

ORDERS = ("pk", "-pk", "credit_score", "-credit_score", "created_at", "-created_at")


def make(world: World, rng: random.Random, count: int = 1) -> None:
    entity = world.entity()
    for _ in range(count):
        world.mini_program(entity, credit_score=rng.randrange(3))


def walk(order: str, limit: int, between: Callable[[], None]) -> list[str]:
    """The ids on all pages, with something done after each page."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        shown = page(
            MiniProgram.objects.all(),
            PageQuery(cursor=cursor, limit=limit),
            lambda app: app.pk,
            order=order,
        )
        assert len(shown.items) <= limit
        found += shown.items
        cursor = shown.next_cursor
        if cursor is None:
            return found
        between()


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_every_row_is_on_one_page_in_order(
    world: World, rng: random.Random, order: str, limit: int
) -> None:
    make(world, rng, 7)
    is_descending = order.startswith("-")
    ties = [order] if "pk" in order else [order, "-pk" if is_descending else "pk"]
    wanted = list(MiniProgram.objects.order_by(*ties).values_list("pk", flat=True))
    assert walk(order, limit, lambda: None) == wanted


@pytest.mark.parametrize("order", ORDERS)
def test_inserts_between_pages_neither_hide_nor_repeat_a_row(
    world: World, rng: random.Random, order: str
) -> None:
    make(world, rng, 7)
    before = set(MiniProgram.objects.values_list("pk", flat=True))
    budget = iter(range(5))
    found = walk(order, 2, lambda: make(world, rng) if next(budget, None) is not None else None)
    assert len(found) == len(set(found))
    assert before <= set(found)


def test_the_twin_that_counts_rows_repeats_one(world: World, rng: random.Random) -> None:
    make(world, rng, 4)
    rows = MiniProgram.objects.order_by("-created_at", "-pk")
    first = [app.pk for app in rows[:2]]
    make(world, rng)
    assert set(first) & {app.pk for app in rows[2:4]}


def listing(world: World) -> tuple[Api, str]:
    """A list with two pages, and the cursor to the second one."""
    entity = world.entity()
    for _ in range(2):
        world.mini_program(entity)
    api = world.api(world.developer(entity))
    answer = api.get("/mini-programs?limit=1")
    assert answer.status == 200
    return api, answer.body["next_cursor"]


def test_a_forged_cursor_is_refused(world: World) -> None:
    api, cursor = listing(world)
    assert len(api.get(f"/mini-programs?cursor={cursor}").body["items"]) == 1
    forged = [
        "x",
        cursor[:-1] + ("A" if cursor[-1] != "A" else "B"),
        cursor.partition(":")[0],
        signing.dumps(["pk", None, "tt1"], salt="another"),
        signing.dumps(["-pk", None, "tt1"], salt=CURSOR_SALT),
        cursor * 2,
    ]
    for each in forged:
        answer = api.get(f"/mini-programs?cursor={each}")
        assert (answer.status, answer.code) == (400, "cursor_invalid"), each


def test_a_cursor_is_good_for_the_order_that_it_was_made_for(world: World) -> None:
    _, cursor = listing(world)
    with pytest.raises(Problem):
        page(MiniProgram.objects.all(), PageQuery(cursor=cursor, limit=1), str, order="-pk")


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", f"cursor={'x' * 513}"])
def test_a_page_has_1_to_100_rows(world: World, query: str) -> None:
    api, _ = listing(world)
    answer = api.get(f"/mini-programs?{query}")
    assert (answer.status, answer.code) == (422, "validation_failed")
    assert answer.body["errors"][0]["at"].endswith(query.partition("=")[0])
