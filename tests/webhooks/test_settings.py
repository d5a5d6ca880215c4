"""Settings of webhooks and mail: each wrong one is named, with its mend, and without passwords."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from guazai.control.config import Config, ConfigError, Smtp

FROM = "Guazai <guazai@example.com>"


def configured(state: Path, **settings: str) -> Config:
    given = {"state": str(state), "secret_key": "a secret of this test alone " * 2, **settings}
    return Config.from_env({f"GUAZAI_{name.upper()}": value for name, value in given.items()})


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"webhook_networks": "10.0.0.1/8"}, "GUAZAI_WEBHOOK_NETWORKS"),
        ({"webhook_networks": "inside.example"}, "GUAZAI_WEBHOOK_NETWORKS"),
        ({"webhook_gaps": "10,,30"}, "GUAZAI_WEBHOOK_GAPS"),
        ({"webhook_gaps": "0"}, "GUAZAI_WEBHOOK_GAPS"),
        ({"webhook_gaps": "90000"}, "GUAZAI_WEBHOOK_GAPS"),
        ({"webhook_gaps": "nan"}, "GUAZAI_WEBHOOK_GAPS"),
        ({"smtp": "mail.example.com", "mail_from": FROM}, "GUAZAI_SMTP"),
        ({"smtp": "smtp://mail.example.com?tls=yes", "mail_from": FROM}, "GUAZAI_SMTP"),
        ({"smtp": "smtps://u:hunter2@h:port", "mail_from": FROM}, "GUAZAI_SMTP"),
        ({"smtp": "smtps://h?tls=starttls", "mail_from": FROM}, "GUAZAI_SMTP"),
        ({"smtp": "smtps://u:hunter2@mail.example.com"}, "GUAZAI_MAIL_FROM"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, str], name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        configured(tmp_path, **settings)
    assert name in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.local", Smtp("mail.local", 25, "", "", has_tls=False, has_starttls=False)),
        (
            "smtp://u:p%40ss@mail.example.com?tls=starttls",
            Smtp("mail.example.com", 587, "u", "p@ss", has_tls=False, has_starttls=True),
        ),
        (
            "smtps://u:p@mail.example.com",
            Smtp("mail.example.com", 465, "u", "p", has_tls=True, has_starttls=False),
        ),
        (
            "smtps://u:p@mail.example.com:2465",
            Smtp("mail.example.com", 2465, "u", "p", has_tls=True, has_starttls=False),
        ),
    ],
)
def test_a_mail_server_is_an_url(url: str, expected: Smtp, tmp_path: Path) -> None:
    found = configured(tmp_path, smtp=url, mail_from=FROM)
    assert found.smtp == expected
    assert "p@ss" not in repr(found)


def test_webhooks_go_to_the_public_internet_alone_unless_an_operator_says_so(
    tmp_path: Path,
) -> None:
    assert configured(tmp_path).webhook_networks == ()
    local = (ip_network("127.0.0.1/32"), ip_network("::1/128"))
    assert configured(tmp_path, demo="1").webhook_networks == local
    assert configured(tmp_path, demo="1", webhook_networks="").webhook_networks == ()
    found = configured(tmp_path, webhook_networks="10.20.0.0/16")
    assert found.webhook_networks == (ip_network("10.20.0.0/16"),)


def test_gaps_grow_to_a_day(tmp_path: Path) -> None:
    gaps = configured(tmp_path).gaps
    assert (gaps[0], gaps[-1], len(gaps)) == (10, 86400, 10)
    assert list(gaps) == sorted(gaps)
