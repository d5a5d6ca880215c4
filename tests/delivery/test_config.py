"""Settings of what stands outside: each wrong one is named, with its mend."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from guazai.control.config import Config, ConfigError, remember

REDIS = "redis://127.0.0.1:6379/0"


def configured(state: Path, **settings: str) -> Config:
    """The configuration that these settings make."""
    given = {"state": str(state), "secret_key": "a secret of this test alone " * 2, **settings}
    return Config.from_env({f"GUAZAI_{name.upper()}": value for name, value in given.items()})


@pytest.mark.parametrize(
    ("settings", "name", "mend"),
    [
        ({"web_workers": "4"}, "GUAZAI_WEB_WORKERS", "GUAZAI_REDIS"),
        ({"web_workers": "0", "redis": REDIS}, "GUAZAI_WEB_WORKERS", "1 to 64"),
        ({"web_workers": "many", "redis": REDIS}, "GUAZAI_WEB_WORKERS", "whole number"),
        ({"redis": "http://127.0.0.1"}, "GUAZAI_REDIS", "redis://"),
        ({"redis": "redis://"}, "GUAZAI_REDIS", "redis://"),
        ({"redis": "redis://host:port"}, "GUAZAI_REDIS", "redis://"),
        ({"trusted_proxies": "10.0.0.1/8"}, "GUAZAI_TRUSTED_PROXIES", "10.0.0.0/8"),
        ({"trusted_proxies": "10.0.0.0/8,proxy.example"}, "GUAZAI_TRUSTED_PROXIES", "proxy.exa"),
        ({"tls": "perhaps"}, "GUAZAI_TLS", "1 or 0"),
        ({"tls_port": "0"}, "GUAZAI_TLS_PORT", "1 to 65535"),
    ],
)
def test_a_wrong_setting_is_named_with_its_mend(
    settings: dict[str, str], name: str, mend: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as caught:
        configured(tmp_path, **settings)
    assert name in str(caught.value)
    assert mend in str(caught.value)


def test_the_password_of_redis_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        configured(tmp_path, redis="http://:hunter2@127.0.0.1")
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(configured(tmp_path, redis="redis://:hunter2@127.0.0.1"))


def test_several_processes_count_in_redis(tmp_path: Path) -> None:
    found = configured(tmp_path, web_workers="4", redis=REDIS)
    assert (found.web_workers, found.redis_url) == (4, REDIS)


def test_proxies_are_addresses_and_networks(tmp_path: Path) -> None:
    found = configured(tmp_path, trusted_proxies="10.0.0.0/8, 192.0.2.7,2001:db8::/32")
    assert found.trusted_proxies == tuple(
        map(ip_network, ("10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32"))
    )


def test_the_tls_front_is_three_above_the_port_base_unless_it_is_told(tmp_path: Path) -> None:
    assert configured(tmp_path, port_base="9000").tls_port == 9003
    remember(tmp_path, tls=True, tls_port=443)
    kept = configured(tmp_path)
    assert (kept.has_tls, kept.tls_port) == (True, 443)
    assert configured(tmp_path, tls_port="8443").tls_port == 8443
    assert not configured(tmp_path, tls="0").has_tls


def test_with_a_tls_front_the_ecosystems_hosts_are_answered(tmp_path: Path) -> None:
    assert "open.douyin.com" not in configured(tmp_path).allowed_hosts
    fronted = configured(tmp_path, tls="1", public_url="https://guazai.example")
    assert {"open.douyin.com", "guazai.example", "[::1]"} <= set(fronted.allowed_hosts)
    named = configured(tmp_path, tls="1", allowed_hosts="a.example, b.example")
    assert {"a.example", "b.example", "developer.toutiao.com"} <= set(named.allowed_hosts)
    assert "localhost" not in named.allowed_hosts


def test_the_address_that_is_listened_on_is_answered(tmp_path: Path) -> None:
    assert "192.0.2.1" in configured(tmp_path, bind="192.0.2.1").allowed_hosts
    assert "0.0.0.0" not in configured(tmp_path, bind="0.0.0.0").allowed_hosts


def test_its_certificate_is_for_every_name_it_is_called_by(tmp_path: Path) -> None:
    found = configured(tmp_path, public_url="https://guazai.example:8640", bind="192.0.2.1")
    assert set(found.tls_names) == {
        "open.douyin.com",
        "developer.toutiao.com",
        "open-sandbox.douyin.com",
        "guazai.example",
        "localhost",
        "127.0.0.1",
        "::1",
        "192.0.2.1",
    }
    assert configured(tmp_path, bind="0.0.0.0").local_host == "127.0.0.1"
