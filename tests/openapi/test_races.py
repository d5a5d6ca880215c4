"""Many clients at once: never more than two secrets, two tokens, or one stable token live."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import datetime
from threading import Barrier
from types import SimpleNamespace
from typing import TYPE_CHECKING, TypeVar

import pytest
from django.db import connection
from django.db.models import QuerySet

from guazai.control.kernel.errors import Problem
from guazai.control.openapi import queries
from guazai.control.openapi.actions import credentials, providers, tokens
from guazai.control.openapi.models import ClientToken
from guazai.control.openapi.states import Permission
from tests.openapi.calling import CAPABILITIES, TESTER, Wire

if TYPE_CHECKING:
    from guazai.control.directory.models import MiniProgram
    from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
CLIENTS = 8
SECONDS = 20
T = TypeVar("T")


@pytest.fixture
def app(world: World) -> MiniProgram:
    return world.mini_program()


def at_once(work: Callable[[], T]) -> list[T]:
    """What `work` gave each of some clients that began together."""
    ready = Barrier(CLIENTS, timeout=SECONDS)
    # The pool has a connection for each of them, and none to spare for who waits here.
    connection.close()

    def run() -> T:
        try:
            connection.ensure_connection()
            ready.wait()
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(CLIENTS) as pool:
        return [each.result() for each in [pool.submit(run) for _ in range(CLIENTS)]]


def opening(raws: list[str]) -> int:
    """How many of some tokens open a call."""
    return sum(Wire(raw).get(CAPABILITIES).err_no == 0 for raw in raws)


def test_two_client_tokens_are_live_whoever_came_first(app: MiniProgram) -> None:
    secret, _ = credentials.create_secret(TESTER, app)
    raws = [
        issued.raw
        for _ in range(3)
        for issued in at_once(lambda: tokens.issue_client_token(secret))
    ]
    assert len(set(raws)) == 3 * CLIENTS
    assert opening(raws) == 2


def test_all_are_told_the_same_stable_token(app: MiniProgram) -> None:
    secret, _ = credentials.create_secret(TESTER, app)
    told = at_once(lambda: tokens.issue_stable_token(secret, force_refresh=False).raw)
    assert len(set(told)) == 1
    forced = at_once(lambda: tokens.issue_stable_token(secret, force_refresh=True).raw)
    assert opening([*told, *forced]) == 1


def test_two_secrets_are_live_whoever_came_first(app: MiniProgram) -> None:
    def create() -> str:
        try:
            return credentials.create_secret(TESTER, app)[1]
        except Problem as problem:
            return problem.code.name

    made = at_once(create)
    assert made.count("two_secrets_live") == CLIENTS - 2
    assert len(queries.signing_secrets(app.pk)) == 2


def test_a_code_is_redeemed_once_however_many_try(world: World, app: MiniProgram) -> None:
    provider, _ = providers.create_provider(TESTER, "Agency")
    (secret,) = queries.live_secrets(provider.credential)
    authorization = providers.authorize(TESTER, app, provider.pk, [Permission.OPERATION])
    code = tokens.issue_code(authorization)

    def redeem() -> str:
        try:
            return tokens.redeem_code(provider.pk, secret.pk, code).token.raw
        except Problem as problem:
            return problem.code.name

    made = at_once(redeem)
    assert made.count("authorization_code_invalid") == CLIENTS - 1


def test_twin_without_the_lock_lets_more_than_two_live(
    app: MiniProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, _ = credentials.create_secret(TESTER, app)
    looked = Barrier(CLIENTS, timeout=SECONDS)
    supersede = tokens._supersede

    def superseding_together(rows: QuerySet[ClientToken], now: datetime) -> None:
        supersede(rows, now)
        looked.wait()

    monkeypatch.setattr(tokens, "lock", queries.find_credential)
    monkeypatch.setattr(tokens, "_supersede", superseding_together)
    monkeypatch.setattr(tokens, "transaction", SimpleNamespace(atomic=nullcontext))
    raws = [each.raw for each in at_once(lambda: tokens.issue_client_token(secret))]
    assert opening(raws) == CLIENTS
