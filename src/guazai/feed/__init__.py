"""The wire between the two planes: frozen records, how they are ordered, and their codec. Pure."""

from guazai.feed.codec import CodecError, decode, encode, entry_body
from guazai.feed.records import (
    Applied,
    ConfigRecord,
    DenyRecord,
    Record,
    Scope,
    Sink,
    VerdictRecord,
    Watermark,
)

__all__ = [
    "Applied",
    "CodecError",
    "ConfigRecord",
    "DenyRecord",
    "Record",
    "Scope",
    "Sink",
    "VerdictRecord",
    "Watermark",
    "decode",
    "encode",
    "entry_body",
]
