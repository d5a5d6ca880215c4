"""The settings of the relay and of resolver nodes, and how wrong ones are refused."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from guazai.control.config import Config, ConfigError, Node, OnIsolation

EDGE_KEY = "a key that the planes share " * 2


def node(state: Path, **values: str) -> Node:
    names = {f"GUAZAI_{name.upper()}": value for name, value in values.items()}
    return Node.from_env({"GUAZAI_STATE": str(state), **names})


def test_a_node_needs_neither_secret_nor_database(tmp_path: Path) -> None:
    found = node(tmp_path, edge_key=EDGE_KEY)
    assert (found.folder, found.bind, found.port) == (tmp_path / "edge", "127.0.0.1", 8641)
    assert (found.relay_url, found.brokers) == ("http://127.0.0.1:8642", ())
    assert (found.name, found.on_isolation) == (socket.gethostname(), OnIsolation.SERVE)
    assert EDGE_KEY not in repr(found)


def test_what_is_said(tmp_path: Path) -> None:
    found = node(
        tmp_path,
        edge_key=EDGE_KEY,
        feed="nats://a:4222, nats://b:4222",
        relay_url="https://relay.example/",
        node="n1",
        on_isolation="hide",
        port_base="9000",
    )
    assert found.brokers == ("nats://a:4222", "nats://b:4222")
    assert found.relay_url == "https://relay.example"
    assert (found.name, found.on_isolation, found.port) == ("n1", "hide", 9001)


def test_the_key_is_the_secret_s_where_none_is_given(tmp_path: Path) -> None:
    secrets = ("s" * 32, "s" * 32, "t" * 32)
    names = [node(tmp_path, secret_key=each).edge_key.identifier() for each in secrets]
    assert names[0] == names[1] != names[2]
    config = Config.from_env({"GUAZAI_STATE": str(tmp_path), "GUAZAI_SECRET_KEY": secrets[0]})
    assert config.node.edge_key.identifier() == names[0]
    (tmp_path / "secret").write_text(secrets[2])
    assert node(tmp_path).edge_key.identifier() == names[2]
    assert config.relay_port == config.port_base + 2


def test_a_node_without_a_key_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"GUAZAI_EDGE_KEY .*use"):
        node(tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("edge_key", "short"),
        ("feed", "kafka://a"),
        ("feed", "nats://"),
        ("feed", ""),
        ("relay_url", "relay:8642"),
        ("node", "n" * 129),
        ("node", "a\nb"),
        ("on_isolation", "panic"),
        ("resolver_workers", "0"),
        ("max_feed_age", "never"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, name: str, value: str) -> None:
    given = {"edge_key": EDGE_KEY, name: value}
    with pytest.raises(ConfigError, match=f"GUAZAI_{name.upper()} .*use"):
        node(tmp_path, **given)
