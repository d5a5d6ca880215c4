"""What the facts of an account may be, however they arrive: by feed, by file or by event."""

from __future__ import annotations

import unicodedata
from typing import Final

#: The form of ids that come from outside: of Douyin accounts, mini programs and legal entities.
EXTERNAL_PATTERN: Final = r"^[A-Za-z0-9_.-]{1,64}$"
#: Characters of the longest such id.
MAX_ID: Final = 64
#: The largest count: more than there are people. A larger one is a mistake in its source.
MAX_COUNT: Final = 10**10
#: Characters of the longest text.
MAX_TEXT: Final = 256


def is_clean(text: str) -> bool:
    """Whether `text` holds neither control characters nor lone surrogates."""
    return not any(unicodedata.category(char) in {"Cc", "Cs"} for char in text)
