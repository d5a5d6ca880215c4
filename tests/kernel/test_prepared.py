"""A prepared query finds what the ORM finds, whoever asks on whichever thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guazai.control.directory.models import DouyinAccount, MiniProgram
from guazai.control.kernel.prepared import Prepared

if TYPE_CHECKING:
    from tests.world import World

PREPARED = Prepared(
    lambda value: MiniProgram.objects.select_related("entity", "published_version").filter(pk=value)
)
ACCOUNTS = Prepared(
    lambda value: DouyinAccount.objects.select_related("entity", "owner").filter(pk=value)
)


def as_stored(found: MiniProgram | None) -> list[object]:
    """Every field of a mini program and of what it refers to."""
    assert found is not None
    assert found.published_version is not None
    models = (found, found.entity, found.published_version)
    return [getattr(each, field.attname) for each in models for field in each._meta.concrete_fields]


@pytest.mark.django_db
def test_it_finds_what_the_orm_finds_with_its_relations(world: World) -> None:
    apps = [world.mini_program() for _ in range(3)]
    for app in apps:
        rows = MiniProgram.objects.select_related("entity", "published_version")
        with CaptureQueriesContext(connection) as asked:
            found = PREPARED.one(app.pk)
            prepared = as_stored(found)
        assert len(asked) == 1
        assert prepared == as_stored(rows.get(pk=app.pk))
    assert PREPARED.one("absent") is None


@pytest.mark.django_db
def test_a_relation_that_is_not_there_is_none(world: World) -> None:
    account = world.account()
    found = ACCOUNTS.one(account.pk)
    assert found is not None
    assert (found.entity, found.owner) == (None, account.owner)


@pytest.mark.django_db
def test_it_sees_what_changed_since(world: World) -> None:
    app = world.mini_program()
    PREPARED.one(app.pk)
    MiniProgram.objects.filter(pk=app.pk).update(name="Renamed", published_version=None)
    found = PREPARED.one(app.pk)
    assert found is not None
    assert (found.name, found.published_version) == ("Renamed", None)
    found.name = "Saved"
    found.save()
    assert MiniProgram.objects.get(pk=app.pk).name == "Saved"


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_threads_ask_by_their_own_connections(world: World) -> None:
    apps = [world.mini_program().pk for _ in range(4)]
    connection.close()

    def ask(app_id: str) -> str:
        try:
            found = PREPARED.one(app_id)
            return found.name if found else ""
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, apps * 5)) == [f"App {app_id}" for app_id in apps * 5]
