"""The local certificate authority of `--tls`: made once, and its certificate renewed when due."""

from __future__ import annotations

import socket
import ssl
import stat
import threading
from pathlib import Path

import pytest
import time_machine
from cryptography import x509

from guazai.certificates import Certificates, certificates, prepare

NAMES = ("open.douyin.com", "localhost", "127.0.0.1", "::1")
NOW = "2026-11-23T02:00:00+08:00"


def serial(made: Certificates) -> int:
    return x509.load_pem_x509_certificate(made.chain.read_bytes()).serial_number


def greets(made: Certificates, name: str, trusts: ssl.SSLContext) -> None:
    """Shake hands with a server that has these certificates, as a client of `name`."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(made.chain, made.key)
    ours, theirs = socket.socketpair()

    def serve() -> None:
        try:
            server.wrap_socket(theirs, server_side=True).close()
        except OSError:
            theirs.close()

    serving = threading.Thread(target=serve)
    serving.start()
    try:
        trusts.wrap_socket(ours, server_hostname=name).close()
    finally:
        ours.close()
        serving.join()


@pytest.mark.parametrize("name", NAMES)
def test_a_client_that_is_told_of_the_authority_trusts_every_name(
    name: str, tmp_path: Path
) -> None:
    made = prepare(tmp_path, NAMES)
    greets(made, name, made.context())
    with pytest.raises(ssl.SSLCertVerificationError):
        greets(made, name, ssl.create_default_context())


def test_a_name_that_was_not_asked_for_is_not_served(tmp_path: Path) -> None:
    made = prepare(tmp_path, NAMES)
    with pytest.raises(ssl.SSLCertVerificationError):
        greets(made, "developer.toutiao.com", made.context())


def test_private_keys_are_their_owners_alone(tmp_path: Path) -> None:
    made = prepare(tmp_path, NAMES)
    for key in (made.ca_key, made.key):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.folder.stat().st_mode) == 0o700


def test_it_is_renewed_within_thirty_days_of_its_end_by_the_same_authority(
    tmp_path: Path,
) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        made = prepare(tmp_path, NAMES)
        first, authority = serial(made), made.ca.read_bytes()
        clock.shift(334 * 86400)
        assert serial(prepare(tmp_path, NAMES)) == first
        clock.shift(2 * 86400)
        assert serial(prepare(tmp_path, reversed(NAMES))) != first
        assert made.ca.read_bytes() == authority


def test_it_is_made_anew_for_other_names(tmp_path: Path) -> None:
    made = prepare(tmp_path, NAMES)
    first = serial(made)
    prepare(tmp_path, (*NAMES, "guazai.example"))
    assert serial(made) != first
    greets(made, "guazai.example", made.context())


@pytest.mark.parametrize("spoiled", ["server.pem", "server.key"])
def test_what_cannot_be_read_is_made_anew(spoiled: str, tmp_path: Path) -> None:
    made = prepare(tmp_path, NAMES)
    (certificates(tmp_path).folder / spoiled).write_text("no certificate")
    prepare(tmp_path, NAMES)
    greets(made, NAMES[0], made.context())


def test_a_key_of_another_certificate_is_made_anew(tmp_path: Path) -> None:
    made, other = prepare(tmp_path / "a", NAMES), prepare(tmp_path / "b", NAMES)
    made.key.write_bytes(other.key.read_bytes())
    prepare(tmp_path / "a", NAMES)
    greets(made, NAMES[0], made.context())


def test_a_certificate_of_another_authority_is_made_anew(tmp_path: Path) -> None:
    made, other = prepare(tmp_path / "a", NAMES), prepare(tmp_path / "b", NAMES)
    for name in ("server.pem", "server.key"):
        (made.folder / name).write_bytes((other.folder / name).read_bytes())
    prepare(tmp_path / "a", NAMES)
    greets(made, NAMES[0], made.context())
