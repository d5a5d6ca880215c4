"""`get_credit_score`, of the older family: its codes are the older ones."""

from __future__ import annotations

from tests.openapi.calling import Wire
from tests.openapi.scene import Scene

PATH = "/api/apps/v2/credit_score/get_credit_score/"


def test_the_score_of_now(scene: Scene) -> None:
    assert scene.wire.get(PATH).data == {"credit_score": 80}
    scene.sync(credit_score=0)
    told = scene.wire.get(PATH)
    assert told.data == {"credit_score": 0}
    assert type(told.data["credit_score"]) is int


def test_11016_without_a_token_that_is_valid(scene: Scene) -> None:
    for token in ("", "clt.unknown", "x" * 500):
        assert Wire(token).get(PATH).err_no == 11016
