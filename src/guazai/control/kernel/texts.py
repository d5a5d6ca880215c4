"""Text in the product's two languages."""

from __future__ import annotations

from typing import NamedTuple

from django.utils import translation


class Text(NamedTuple):
    """One message in Chinese (the product's first language) and English."""

    zh: str
    en: str

    def __str__(self) -> str:
        """The text in the language of the current request; Chinese where none is set."""
        language = translation.get_language() or "zh"
        return self.en if language.startswith("en") else self.zh

    def fill(self, **values: object) -> Text:
        """The same text with its named places filled."""
        return Text(self.zh.format(**values), self.en.format(**values))
