"""The local certificate authority of `--tls`, for trials with clients that speak TLS alone.

Nothing trusts it by itself. Each client is told of it for its own run; it belongs in no system's
store, as whoever has its key could sign any name.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

VALID_DAYS = 365
RENEW_DAYS = 30


@dataclass(frozen=True, slots=True)
class Certificates:
    """Where the files are: `ca` is what a client is given; the keys are their owner's alone."""

    folder: Path

    @property
    def ca(self) -> Path:
        """The authority's certificate."""
        return self.folder / "ca.pem"

    @property
    def ca_key(self) -> Path:
        """The authority's private key."""
        return self.folder / "ca.key"

    @property
    def chain(self) -> Path:
        """The server's certificate."""
        return self.folder / "server.pem"

    @property
    def key(self) -> Path:
        """The server's private key."""
        return self.folder / "server.key"

    def context(self) -> ssl.SSLContext:
        """What a client on this machine verifies the server by."""
        return ssl.create_default_context(cafile=str(self.ca))


def certificates(state: Path) -> Certificates:
    """Where a platform keeps them, made or not."""
    return Certificates(state / "tls")


def prepare(state: Path, names: Iterable[str]) -> Certificates:
    """Make the authority once, and the server's certificate for `names` where it is due.

    It is due where there is none, where it is of another authority or for other names, and within
    `RENEW_DAYS` days of its end.
    """
    found = certificates(state)
    found.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    wanted = frozenset(names)
    if not (found.ca.exists() and found.ca_key.exists()):
        made = trustme.CA(organization_name="Guazai", organization_unit_name="trials")
        _write(found.ca_key, made.private_key_pem.bytes())
        _write(found.ca, made.cert_pem.bytes(), mode=0o644)
    authority = trustme.CA.from_pem(found.ca.read_bytes(), found.ca_key.read_bytes())
    if not _is_good(found, wanted):
        now = datetime.now(UTC)
        leaf = authority.issue_cert(
            *sorted(wanted),
            organization_name="Guazai",
            not_before=now - timedelta(days=1),
            not_after=now + timedelta(days=VALID_DAYS),
        )
        _write(found.key, leaf.private_key_pem.bytes())
        _write(found.chain, b"".join(each.bytes() for each in leaf.cert_chain_pems), mode=0o644)
    return found


def _is_good(found: Certificates, names: frozenset[str]) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(found.chain.read_bytes())
        key = load_pem_private_key(found.key.read_bytes(), password=None)
        authority = x509.load_pem_x509_certificate(found.ca.read_bytes())
        certificate.verify_directly_issued_by(authority)
        alternatives = certificate.extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        ).value
    except (OSError, ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    held = {str(each.value) for each in alternatives}
    left = certificate.not_valid_after_utc - datetime.now(UTC)
    return (
        held == names
        and certificate.public_key() == key.public_key()
        and left > timedelta(days=RENEW_DAYS)
    )


def _write(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Replace the file at once: who reads meanwhile has the old one, or the new."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    fresh.replace(path)
