"""Real names and identity numbers: whether they can be such. They are kept nowhere (S9). Pure."""

from __future__ import annotations

import re
from datetime import date

NUMBER = re.compile(r"[1-9][0-9]{5}(?P<born>[0-9]{8})[0-9]{3}[0-9X]", re.ASCII)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"
SHORTEST_NAME, LONGEST_NAME = 2, 50
#: Between the parts of some names.
DOT = "·"


def is_name(text: str) -> bool:
    """Whether it may be somebody's name: letters and Chinese characters, with dots between."""
    parts = text.split(DOT)
    return SHORTEST_NAME <= len(text) <= LONGEST_NAME and all(part.isalpha() for part in parts)


def is_number(text: str, today: date) -> bool:
    """Whether it may be an identity number (GB 11643): its birthday is past, its check digit right.

    Nothing is said of the age.
    """
    number = text.upper()
    found = NUMBER.fullmatch(number)
    if found is None or number[-1] != check_digit(number[:-1]):
        return False
    try:
        born = date.fromisoformat(found["born"])
    except ValueError:
        return False
    return date(1900, 1, 1) <= born < today


def check_digit(digits: str) -> str:
    """The eighteenth digit that belongs to seventeen."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True))
    return CHECK_DIGITS[total % 11]
