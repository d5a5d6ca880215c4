"""The key that the two planes share: MACs of records, digests of buckets, tokens of nodes."""

from __future__ import annotations

import hmac
import struct
import zlib
from hashlib import blake2b

MAC_BYTES = 8
BUCKETS = 4096
_KEY_BYTES = 32
_KEY_LENGTH = struct.Struct(">H").pack


class EdgeKey:
    """Derived from GUAZAI_EDGE_KEY; each use has a key of its own."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._records = blake2b(key=self._derive(b"records"), digest_size=MAC_BYTES)

    def _derive(self, use: bytes) -> bytes:
        return blake2b(use, key=blake2b(self._secret).digest(), digest_size=_KEY_BYTES).digest()

    def mac(self, key: bytes, content: bytes) -> bytes:
        """The MAC of a record: 8 bytes of keyed BLAKE2b over its key's length, key and content."""
        made = self._records.copy()
        made.update(_KEY_LENGTH(len(key)) + key + content)
        return made.digest()

    def is_mac(self, given: bytes, key: bytes, content: bytes) -> bool:
        """Whether `given` is the MAC of a record, in a time that does not depend on it."""
        return hmac.compare_digest(given, self.mac(key, content))

    def token(self, use: str) -> str:
        """A bearer token for one use, such as `feed`; in hex."""
        return self._derive(f"token {use}".encode()).hex()

    def sign(self, use: str, message: bytes) -> str:
        """Sign a message for one use; in hex."""
        return blake2b(message, key=self._derive(f"sign {use}".encode())).hexdigest()[:64]

    def identifier(self) -> str:
        """A name for this key that does not give it away: to notice that it was changed."""
        return self._derive(b"identifier").hex()[:16]


def bucket_of(record_key: bytes) -> int:
    """Which of 4,096 buckets a record is in: all of one account are in the same."""
    name = record_key.partition(b"\0")[0] if record_key.startswith(b"a") else record_key
    return zlib.crc32(name) % BUCKETS
