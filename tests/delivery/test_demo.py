"""The demo's data are the same every time, made by the people who would make them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import transaction

from guazai.control.capability import queries as capability
from guazai.control.config import Config
from guazai.control.directory import queries
from guazai.control.eligibility import queries as eligibility
from guazai.control.journal import chain
from guazai.control.journal.models import ChainHead
from guazai.control.kernel import clock
from guazai.demo import credentials, data
from tests.edge import Edge
from tests.world import SURFACE, Api

#: What differs between two demos: ids, instants, secrets, hashes over them.
OWN = frozenset(
    {"id", "hash", "previous_hash", "password", "match_number", "partition", "seq", "revision"}
)
NOON = datetime(2026, 6, 1, 12, tzinfo=clock.SHANGHAI)


class Undo(Exception):
    """Ends a transaction without an effect."""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setenv("GUAZAI_STATE", str(tmp_path))
    return Config.from_env()


def content() -> list[str]:
    """Every row of the platform's own tables, without what is another each time."""
    found: list[str] = []
    for model in apps.get_models():
        if not model.__module__.startswith("guazai.") or model is ChainHead:
            continue
        names = [
            field.attname
            for field in model._meta.concrete_fields
            if field.name not in OWN
            and not field.is_relation
            and field.get_internal_type() not in {"DateTimeField", "BinaryField"}
        ]
        rows = model._default_manager.values(*names, "pk")
        found += [f"{model.__name__}{plain(row[name] for name in names)}" for row in rows]
    return sorted(found)


def plain(row: Iterable[Any]) -> tuple[str, ...]:
    """A row without the ids that the platform made."""
    made = ("_01", "tok_", "psn_")
    return tuple("…" if any(part in text for part in made) else text for text in map(str, row))


def test_the_demo_is_the_same_every_time(db: None, config: Config) -> None:
    made: list[list[str]] = []
    for _ in range(2):
        try:
            with transaction.atomic(), time_machine.travel(NOON, tick=False):
                data.create(config)
                made.append(content())
                raise Undo
        except Undo:
            assert not data.exists()
    assert made[0] == made[1]
    assert len(made[0]) > 50


def test_the_demo_shows_one_entry_and_leaves_the_rest_to_the_tour(
    db: None, config: Config, tmp_path: Path
) -> None:
    data.create(config)
    assert data.exists()
    edge = Edge(tmp_path / "edge")
    edge.drain()
    shown = [aweme_id for aweme_id in data.ACCOUNTS if edge.resolver.get(aweme_id) is not None]
    edge.close()
    assert shown == ["porcelain_brand"]
    granted = [app_id for app_id in data.MINI_PROGRAMS if capability.is_granted(app_id, SURFACE)]
    assert granted == ["tt_porcelain"]
    failing = [
        aweme_id
        for aweme_id in data.ACCOUNTS
        if eligibility.judgement(queries.any_account(aweme_id)).status != "passed"
    ]
    assert failing == ["tea_staff"]
    assert list(chain.verify()) == []


def test_everybody_of_the_demo_logs_in(db: None, config: Config) -> None:
    made = data.create(config)
    assert credentials.load(config.state) == made
    assert (config.state / credentials.FILE).stat().st_mode & 0o077 == 0
    for each in made.logins:
        api = Api()
        api.headers["X-CSRFToken"] = api.get("/session").body["csrf_token"]
        answer = api.post("/session", {"login": each.login, "password": each.password})
        assert answer.status == 200, each.login
        assert answer.body["is_operator"] == each.role.startswith("operator")
        assert answer.body["is_reviewer"] == each.role.startswith("reviewer")
        assert bool(answer.body["accounts"]) == each.role.startswith("owner")
    host = Api(token=made.host_token)
    assert host.put("/host/legal-entities/ent_tea", {"name": "山间茶业有限公司"}).body == {
        "outcome": "unchanged"
    }


def test_addresses_follow_where_the_demo_listens(db: None, config: Config) -> None:
    made = data.create(config)
    credentials.save(config.state, made)
    moved = Config.from_env(
        {
            "GUAZAI_STATE": str(config.state),
            "GUAZAI_SECRET_KEY": config.secret_key,
            "GUAZAI_PORT_BASE": "9000",
        }
    )
    data.keep(moved, made)
    kept = credentials.load(config.state)
    assert kept is not None
    assert (kept.control_url, kept.resolver_url) == (
        "http://127.0.0.1:9000",
        "http://127.0.0.1:9001",
    )
    assert kept.host_token == made.host_token
    assert kept.login_of("owner").login == kept.login_of("creator-chen").login
    with pytest.raises(KeyError):
        kept.login_of("nobody")
