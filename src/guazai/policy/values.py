"""The small vocabulary of policies: fact types, account types, bilingual text, identifiers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

Scalar = int | float | str | bool
Value = Scalar | tuple[Scalar, ...] | None

ACCOUNT_TYPES: Final = frozenset({"personal", "institution", "enterprise"})

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,63}")


class Text(NamedTuple):
    """One message in Chinese and English."""

    zh: str
    en: str


class FactType(StrEnum):
    """The type that a fact's values have."""

    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    STR = "str"


def _is_int(value: object) -> bool:
    return type(value) is int


def _is_float(value: object) -> bool:
    # NaN and the infinities order differently in SQL engines, so they count as null in both.
    return type(value) is int or (type(value) is float and math.isfinite(value))


def _is_bool(value: object) -> bool:
    return type(value) is bool


def _is_str(value: object) -> bool:
    return type(value) is str


IS_VALUE_OF: Final[Mapping[FactType, Callable[[object], bool]]] = MappingProxyType(
    {
        FactType.INT: _is_int,
        FactType.FLOAT: _is_float,
        FactType.BOOL: _is_bool,
        FactType.STR: _is_str,
    }
)
"""Whether an object is a value of the type. None never is; a bool is not an int (E3)."""


def is_identifier(name: str) -> bool:
    """Whether `name` is a stable snake_case identifier of at most 64 characters."""
    return _IDENTIFIER.fullmatch(name) is not None
