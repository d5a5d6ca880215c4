"""What the write path tells the read path.

An entry at the edge is put together from four components, each keeping its own maximum: the
config of an account, its verdict, the mini program that the config opens, and denies. It is shown
when the config is live, its mini program is known, the verdict passed and nothing denies it (V1,
G1). An older record never overwrites a newer one; one of equal rank is ignored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

MAX_IDENTIFIER_BYTES = 128
MAX_EPOCH = 2**32 - 1
MAX_COUNTER = 2**64 - 1
MAX_TEXT_BYTES = 8192
stands_in_json = re.compile(r'[^"\\\x00-\x1f]+').fullmatch


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


def _require_texts(*values: str) -> None:
    for value in values:
        if len(value.encode()) > MAX_TEXT_BYTES:
            raise ValueError(f"a text has at most {MAX_TEXT_BYTES} UTF-8 bytes")


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

    An empty `title` means the mini program's name. Not live means removed: all texts are empty,
    and the record stays as a tombstone. Raises ValueError when that does not hold.
    """

    surface: str
    host: str
    aweme_id: str
    epoch: int
    version: int
    live: bool
    app_id: str = ""
    title: str = ""
    page_path: str = ""
    query: str = ""

    def __post_init__(self) -> None:
        _require_identifiers(self.surface, self.host, self.aweme_id)
        if not stands_in_json(self.aweme_id):
            raise ValueError(f"an aweme_id stands in JSON as it is, not {self.aweme_id!r}")
        _require_rank(self.epoch, self.version)
        _require_texts(self.title, self.page_path, self.query)
        if self.live:
            _require_identifiers(self.app_id)
        elif self.app_id or self.title or self.page_path or self.query:
            raise ValueError("a tombstone has no texts")

    @property
    def rank(self) -> tuple[int, int]:
        """What orders two configs of one account, surface and host."""
        return self.epoch, self.version


@dataclass(frozen=True, slots=True)
class ProgramRecord:
    """What all entries of one mini program on one surface have in common.

    `link` is the template of the link that opens a page: `{start_page}` stands for the page's path
    and query, quoted. Renaming a mini program with 10,000 entries is one such record.
    """

    surface: str
    app_id: str
    epoch: int
    version: int
    entity_id: str
    app_name: str
    icon_url: str
    link: str

    def __post_init__(self) -> None:
        _require_identifiers(self.surface, self.app_id, self.entity_id)
        _require_rank(self.epoch, self.version)
        _require_texts(self.app_name, self.icon_url, self.link)

    @property
    def rank(self) -> tuple[int, int]:
        """What orders two records of one mini program and surface."""
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


Record = ConfigRecord | ProgramRecord | VerdictRecord | DenyRecord
