"""The wire between the two planes: records, their codec and seal, frames, leases. Pure."""

from guazai.feed.codec import CodecError, Sealed, seal, unseal
from guazai.feed.records import (
    ConfigRecord,
    DenyRecord,
    ProgramRecord,
    Record,
    Scope,
    VerdictRecord,
    Watermark,
)
from guazai.feed.seal import EdgeKey

__all__ = [
    "CodecError",
    "ConfigRecord",
    "DenyRecord",
    "EdgeKey",
    "ProgramRecord",
    "Record",
    "Scope",
    "Sealed",
    "VerdictRecord",
    "Watermark",
    "seal",
    "unseal",
]
