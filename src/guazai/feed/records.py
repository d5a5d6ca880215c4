"""What the write path tells the read path.

An entry at the edge has three components, each keeping its own maximum: config, verdict, deny.
It is shown when the config is live, the verdict passed and nothing denies it (V1, G1).
An older record never overwrites a newer one; one of equal rank is ignored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

MAX_IDENTIFIER_BYTES = 128
MAX_EPOCH = 2**32 - 1
MAX_COUNTER = 2**64 - 1


class Scope(StrEnum):
    """How wide a deny reaches (G1)."""

    ACCOUNT = "account"
    MINI_PROGRAM = "mini_program"
    LEGAL_ENTITY = "legal_entity"
    GLOBAL = "global"


def _require_identifiers(*values: str) -> None:
    for value in values:
        if not value or "\0" in value or len(value.encode()) > MAX_IDENTIFIER_BYTES:
            raise ValueError(f"an identifier is 1 to 128 UTF-8 bytes without NUL, not {value!r}")


def _require_rank(epoch: int, counter: int) -> None:
    if not (0 <= epoch <= MAX_EPOCH and 0 <= counter <= MAX_COUNTER):
        raise ValueError(f"epoch is 32 bits and a counter 64, unsigned, not {epoch}, {counter}")


@dataclass(frozen=True, slots=True, order=True)
class Watermark:
    """How far a stream of records has come; ordered by epoch, then revision, then `at_ms`.

    `at_ms` is the relay's wall clock in Unix milliseconds.
    """

    epoch: int
    revision: int
    at_ms: int

    def __post_init__(self) -> None:
        _require_rank(self.epoch, self.revision)
        _require_rank(0, self.at_ms)


@dataclass(frozen=True, slots=True)
class ConfigRecord:
    """The approved landing page of one account on one surface and host (L4).

    `body` is the prebuilt JSON answer. Not live means removed: `app_id`, `entity_id` and `body`
    are empty, and the record stays as a tombstone. Raises ValueError when that does not hold.
    """

    surface: str
    host: str
    aweme_id: str
    epoch: int
    version: int
    live: bool
    app_id: str
    entity_id: str
    body: bytes

    def __post_init__(self) -> None:
        _require_identifiers(self.surface, self.host, self.aweme_id)
        _require_rank(self.epoch, self.version)
        if self.live:
            _require_identifiers(self.app_id, self.entity_id)
            if not self.body:
                raise ValueError("a live config has a body")
        elif self.app_id or self.entity_id or self.body:
            raise ValueError("a tombstone has no app_id, entity_id or body")

    @property
    def rank(self) -> tuple[int, int]:
        """What orders two configs of one account, surface and host."""
        return self.epoch, self.version


@dataclass(frozen=True, slots=True)
class VerdictRecord:
    """Whether an account passes the policy in force, by the data of `as_of` (E3)."""

    aweme_id: str
    as_of: date
    revision: int
    passed: bool

    def __post_init__(self) -> None:
        _require_identifiers(self.aweme_id)
        _require_rank(0, self.revision)

    @property
    def rank(self) -> tuple[int, int]:
        """What orders two verdicts on one account."""
        return self.as_of.toordinal(), self.revision


@dataclass(frozen=True, slots=True)
class DenyRecord:
    """A deny laid on (`denied`) or lifted, on one surface (G1). GLOBAL has the target ""."""

    scope: Scope
    surface: str
    target: str
    epoch: int
    version: int
    denied: bool

    def __post_init__(self) -> None:
        _require_identifiers(self.surface)
        _require_rank(self.epoch, self.version)
        if self.scope is not Scope.GLOBAL:
            _require_identifiers(self.target)
        elif self.target:
            raise ValueError("a global deny has no target")

    @property
    def rank(self) -> tuple[int, int]:
        """What orders two denies of one scope, surface and target."""
        return self.epoch, self.version


Record = ConfigRecord | VerdictRecord | DenyRecord


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a batch: how many records changed the state, how many were not newer."""

    changed: int
    ignored: int


class Sink(Protocol):
    """Where the relay publishes: everything given is applied, or nothing is."""

    def watermark(self) -> Watermark | None:
        """Say how far this place has come; None where nothing was published to it yet."""
        ...

    def apply(self, records: Sequence[Record], watermark: Watermark) -> Applied:
        """Take `records` and move to `watermark`, both in one step."""
