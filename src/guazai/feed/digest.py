"""Digests: what of two sets of records differs, without sending the records."""

from __future__ import annotations

from guazai.feed.codec import FLAG, Sealed, is_verdict
from guazai.feed.seal import MAC_BYTES


def is_blank(record: Sealed) -> bool:
    """Whether it says as little as no record at all: a tombstone, or a deny that was lifted.

    What was cut off before it says so is damaged, not blank.
    """
    return record.value[FLAG : FLAG + 1] == b"\0" and not is_verdict(record.key)


def weight(record: Sealed) -> int:
    """What a record adds to the digest of its bucket (`feed.seal.bucket_of`), by exclusive or.

    A blank one adds nothing: the log forgets it after a while, and a node need not.
    """
    return 0 if is_blank(record) else int.from_bytes(record.value[:MAC_BYTES])
