"""The day's quota of links holds however many clients ask at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from guazai.control.kernel import clock
from guazai.control.kernel.errors import Problem
from guazai.control.openapi.actions import links
from guazai.control.openapi.models import LinkUse, UrlLink
from tests.openapi.calling import TESTER
from tests.openapi.test_races import at_once

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.mark.parametrize("quota", [0, 3])
def test_no_more_links_than_the_quota(world: World, quota: int) -> None:
    app = world.mini_program()
    LinkUse.objects.create(mini_program=app, day=clock.today(), quota=quota)
    target = links.Target("", "")

    def generate() -> str:
        try:
            return links.generate(TESTER, app, target, host_app=None, expires_at=None).pk
        except Problem as problem:
            return problem.code.name

    made = at_once(generate)
    assert made.count("link_quota_reached") == len(made) - quota
    assert UrlLink.objects.count() == LinkUse.objects.get().used == quota


def test_the_day_s_counter_is_made_once(world: World) -> None:
    app = world.mini_program()
    target = links.Target("", "")
    made = at_once(lambda: links.generate(TESTER, app, target, host_app=None, expires_at=None).pk)
    assert len(set(made)) == len(made) == LinkUse.objects.get().used
