"""One canonical form for landing pages and their queries (L1, S4). Pure.

Nothing is repaired: what is not plainly a published page and a well-formed query is refused with a
stable code. Only one leading slash of a page, and the spelling of percent escapes, are unified.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Collection
from typing import Final, NoReturn
from urllib.parse import unquote

MAX_PATH: Final = 256
MAX_QUERY: Final = 1024

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_DOTS = re.compile(r"\.+")
_SEGMENTS = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*")

_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset(string.ascii_letters + string.digits + "-._~")
_PAIR = re.compile(
    r"(?P<key>(?:[A-Za-z0-9._~!$'()*+,;:@/-]|%[0-9A-Fa-f]{2})+)"
    r"=(?:[A-Za-z0-9._~!$'()*+,;:@/=-]|%[0-9A-Fa-f]{2})*"
)
_IMITABLE = frozenset(string.ascii_letters + string.digits + "%&=?#+;/\\")
_UNSEEN = frozenset({"Cf", "Zl", "Zp"})


class LandingPathError(ValueError):
    """A page or query that is refused: `code` is stable, `detail` is a sentence in English."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{code}: {detail}")


def canonical_page(raw: str, pages: Collection[str]) -> str:
    """The page of `pages` that `raw` names, without leading slash.

    `pages` holds the published version's pages in that same form; the result is always one of
    them, and canonical again. Raises `LandingPathError`.
    """
    _refuse_foreign(raw)
    _refuse_disguised(raw)
    page = raw.removeprefix("/")
    segments = page.split("/")
    if any(_DOTS.fullmatch(segment) for segment in segments):
        _refuse("path_has_dot_segments", "a path may not have segments such as '.' or '..'")
    if _SEGMENTS.fullmatch(page) is None:
        _refuse(
            "path_malformed",
            "a path is segments of letters, digits, '_', '-' and '.', with one '/' between them",
        )
    if page not in pages:
        _refuse("page_not_published", f"{page} is not a page of the published version")
    return page


def canonical_query(raw: str) -> str:
    """`raw` with its percent escapes in one spelling (RFC 3986), pairs in the order given.

    Raises `LandingPathError`. The empty query is canonical.
    """
    if len(raw) > MAX_QUERY:
        _refuse("query_too_long", f"a query has at most {MAX_QUERY} characters")
    if _has_control(raw):
        _refuse("query_has_control", "a query may not have control characters")
    if not raw.isascii():
        _refuse("query_has_lookalike", "write characters beyond ASCII percent-encoded, as UTF-8")
    if not raw:
        return raw
    seen: set[str] = set()
    for part in raw.split("&"):
        pair = _PAIR.fullmatch(part)
        if pair is None:
            _refuse(
                "query_malformed",
                "a query is key=value pairs joined by '&', other characters percent-encoded",
            )
        key = _key_of(pair)
        if key in seen:
            _refuse("query_duplicate_key", f"the key {key} is given twice")
        seen.add(key)
    return _ESCAPE.sub(_normal_escape, raw)


def _refuse(code: str, detail: str) -> NoReturn:
    raise LandingPathError(code, detail)


def _has_control(text: str) -> bool:
    return any(unicodedata.category(char) == "Cc" for char in text)


def _refuse_foreign(raw: str) -> None:
    """What is not a path at all: empty, over-long, a URL, a path with its query."""
    if raw.strip(" ") in {"", "/"}:
        _refuse("path_empty", "name a page")
    if len(raw) > MAX_PATH:
        _refuse("path_too_long", f"a path has at most {MAX_PATH} characters")
    if _has_control(raw):
        _refuse("path_has_control", "a path may not have control characters")
    if _SCHEME.match(raw):
        _refuse("path_has_scheme", "give the page's path alone, without a scheme")
    if raw.startswith("//"):
        _refuse("path_has_host", "give the page's path alone, without a host")
    if "?" in raw or "#" in raw:
        _refuse("path_has_query", "put what follows the '?' into the query field")


def _refuse_disguised(raw: str) -> None:
    """What some reader further on could take for another path."""
    if "\\" in raw:
        _refuse("path_has_backslash", "a path is written with '/'")
    if "%" in raw:
        _refuse("path_has_percent", "a path may not have percent escapes")
    if not raw.isascii():
        _refuse("path_has_lookalike", "a path is written in ASCII letters only")


def _key_of(pair: re.Match[str]) -> str:
    """The pair's key, decoded. Refuses what escapes hide: broken UTF-8, control, look-alikes."""
    try:
        text = unquote(pair[0], errors="strict")
        key = unquote(pair["key"], errors="strict")
    except UnicodeDecodeError:
        _refuse("query_malformed", "percent escapes are UTF-8")
    if _has_control(text):
        _refuse("query_has_control", "a query may not have control characters, even escaped")
    if not key.isascii() or any(map(_is_lookalike, text)):
        _refuse(
            "query_has_lookalike",
            "keys are ASCII; values have no unseen characters, and none that imitate ASCII",
        )
    return key


def _is_lookalike(char: str) -> bool:
    return not char.isascii() and (
        unicodedata.category(char) in _UNSEEN
        or not _IMITABLE.isdisjoint(unicodedata.normalize("NFKC", char))
    )


def _normal_escape(escape: re.Match[str]) -> str:
    char = chr(int(escape[1], 16))
    return char if char in _UNRESERVED else escape[0].upper()
