"""Landing paths and queries (L1, S4): every trick has its code, and a naive twin is caught."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from urllib.parse import quote, unquote

import pytest

from guazai.control.landing.paths import (
    MAX_PATH,
    MAX_QUERY,
    LandingPathError,
    canonical_page,
    canonical_query,
)

PAGES = frozenset(
    {
        "pages/index/index",
        "pages/index",
        "pages/shop/detail-2",
        "pages/Shop/detail-2",
        "packageA/pages/coupon_list/index",
        "pages/v1.2/home",
        "index",
    }
)
GENERATED = 100_000
TWIN_TRIES = 1_000

PATH_CODES = frozenset(
    {
        "path_empty",
        "path_too_long",
        "path_has_control",
        "path_has_scheme",
        "path_has_host",
        "path_has_query",
        "path_has_backslash",
        "path_has_percent",
        "path_has_lookalike",
        "path_has_dot_segments",
        "path_malformed",
        "page_not_published",
    }
)
QUERY_CODES = frozenset(
    {
        "query_too_long",
        "query_has_control",
        "query_has_lookalike",
        "query_malformed",
        "query_duplicate_key",
    }
)


@pytest.mark.parametrize("raw", ["pages/index/index", "/pages/index/index"])
def test_l1_a_published_page_is_stored_without_its_leading_slash(raw: str) -> None:
    assert canonical_page(raw, PAGES) == "pages/index/index"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "path_empty"),
        ("/", "path_empty"),
        ("   ", "path_empty"),
        ("a" * (MAX_PATH + 1), "path_too_long"),
        ("pages/in\ndex", "path_has_control"),
        ("pages/index\x00", "path_has_control"),
        ("pages/index\x7f", "path_has_control"),
        ("pages/\x85index", "path_has_control"),
        ("https://example.com/pages/index", "path_has_scheme"),
        ("JavaScript:alert(1)", "path_has_scheme"),
        ("sslocal://microapp?app_id=1", "path_has_scheme"),
        ("data:text/html,x", "path_has_scheme"),
        ("//example.com/pages/index", "path_has_host"),
        ("///pages/index", "path_has_host"),
        ("pages/index?from=profile", "path_has_query"),
        ("pages/index?name=小程序", "path_has_query"),
        ("pages/index#top", "path_has_query"),
        ("pages\\index", "path_has_backslash"),
        ("\\\\example.com\\pages", "path_has_backslash"),
        ("/\\example.com", "path_has_backslash"),
        ("pages/%69ndex", "path_has_percent"),
        ("pages%2Findex", "path_has_percent"),
        ("%252e%252e/index", "path_has_percent"),
        ("pages/\u0456ndex", "path_has_lookalike"),  # Cyrillic і
        ("pages/ｉndex", "path_has_lookalike"),
        ("pages／index", "path_has_lookalike"),  # full-width /
        ("pages\u2215index", "path_has_lookalike"),  # division slash
        ("pages/in\u200bdex", "path_has_lookalike"),  # zero-width space
        ("\ufeffpages/index", "path_has_lookalike"),  # byte order mark
        ("pages/\u202exedni", "path_has_lookalike"),  # right-to-left override
        ("pages/\u2025/index", "path_has_lookalike"),  # ‥, which NFKC makes ..
        ("pages/\ufb01le", "path_has_lookalike"),  # the ligature fi
        ("pages/i\u0307ndex", "path_has_lookalike"),  # combining dot
        ("pages/\ud800index", "path_has_lookalike"),  # lone surrogate
        ("../pages/index", "path_has_dot_segments"),
        ("pages/./index", "path_has_dot_segments"),
        ("pages/shop/../index", "path_has_dot_segments"),
        ("pages/index/..", "path_has_dot_segments"),
        ("pages/.../index", "path_has_dot_segments"),
        ("pages//index", "path_malformed"),
        ("pages/index/", "path_malformed"),
        (" pages/index", "path_malformed"),
        ("pages/index ", "path_malformed"),
        ("pages/in dex", "path_malformed"),
        ("pages/index;v=1", "path_malformed"),
        ("user@example.com/pages", "path_malformed"),
        ("pages/<script>", "path_malformed"),
        ("pages/missing", "page_not_published"),
        ("pages/Index", "page_not_published"),
        ("pages/index/index.html", "page_not_published"),
        ("pages", "page_not_published"),
    ],
)
def test_l1_a_page_is_refused_with_the_reason(raw: str, code: str) -> None:
    with pytest.raises(LandingPathError) as caught:
        canonical_page(raw, PAGES)
    assert caught.value.code == code
    assert caught.value.detail


def test_l1_the_longest_page_is_accepted() -> None:
    page = "a" * MAX_PATH
    assert canonical_page(page, {page}) == page


def test_l1_a_page_with_a_query_is_sent_to_the_query_field() -> None:
    with pytest.raises(LandingPathError, match="query field"):
        canonical_page("pages/index?id=1", PAGES)


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("", ""),
        ("id=1", "id=1"),
        ("b=2&a=1", "b=2&a=1"),
        ("id=", "id="),
        ("id=a=b", "id=a=b"),
        ("id=%61%2d%7E", "id=a-~"),
        ("%69d=1", "id=1"),
        ("next=%2fpages%2findex", "next=%2Fpages%2Findex"),
        ("next=/pages/index", "next=/pages/index"),
        ("plus=1+1%2B1", "plus=1+1%2B1"),
        ("twice=%2561", "twice=%2561"),
        ("name=%e6%8c%82%e8%bd%bd", "name=%E6%8C%82%E8%BD%BD"),
        ("name=%F0%9F%98%80", "name=%F0%9F%98%80"),
        ("name=%EF%BC%8C", "name=%EF%BC%8C"),  # the Chinese comma imitates no delimiter
        ("a" * (MAX_QUERY - 1) + "=", "a" * (MAX_QUERY - 1) + "="),
    ],
)
def test_l1_a_query_is_stored_in_one_spelling(raw: str, canonical: str) -> None:
    assert canonical_query(raw) == canonical


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("a=" + "1" * (MAX_QUERY - 1), "query_too_long"),
        ("id=1\n", "query_has_control"),
        ("id=%00", "query_has_control"),
        ("id=%0d%0aSet-Cookie:x", "query_has_control"),
        ("id=%7f", "query_has_control"),
        ("id=%C2%85", "query_has_control"),
        ("name=挂载", "query_has_lookalike"),
        ("id=1\u200b", "query_has_lookalike"),
        ("іd=1", "query_has_lookalike"),
        ("%D1%96d=1", "query_has_lookalike"),  # the same Cyrillic key, encoded
        ("id=%E2%80%8B", "query_has_lookalike"),  # zero-width space
        ("id=%E2%80%AE", "query_has_lookalike"),  # right-to-left override
        ("id=1%EF%BC%86a=2", "query_has_lookalike"),  # full-width &
        ("id=%EF%BC%A1", "query_has_lookalike"),  # full-width A
        ("?id=1", "query_malformed"),
        ("id=1?", "query_malformed"),
        ("id=1#top", "query_malformed"),
        ("&id=1", "query_malformed"),
        ("id=1&", "query_malformed"),
        ("id=1&&a=2", "query_malformed"),
        ("id", "query_malformed"),
        ("=1", "query_malformed"),
        ("id=%", "query_malformed"),
        ("id=%2", "query_malformed"),
        ("id=%zz", "query_malformed"),
        ("id=%%34%31", "query_malformed"),
        ("id=%FF", "query_malformed"),
        ("id=%C0%AF", "query_malformed"),  # over-long /
        ("id=%ED%A0%80", "query_malformed"),  # an encoded surrogate
        ("id=a b", "query_malformed"),
        ("id=<b>", "query_malformed"),
        ("id=a\\b", "query_malformed"),
        ("id=1&id=2", "query_duplicate_key"),
        ("id=1&%69d=2", "query_duplicate_key"),
    ],
)
def test_l1_a_query_is_refused_with_the_reason(raw: str, code: str) -> None:
    with pytest.raises(LandingPathError) as caught:
        canonical_query(raw)
    assert caught.value.code == code
    assert caught.value.detail


# --- S4: generated strings --------------------------------------------------------------------

INSERTED = [
    *("..", ".", "/", "//", "/./", "/../", "\\", "%2e%2e", "%2f", "%5c", "%00", "%252e", "%", "?"),
    *("#", "?id=1", "@", ":", " ", "\t", "\r\n", "\x00", "\x7f", "\x85", "\u200b", "\u200d", "+"),
    *("\ufeff", "\u202e", "\u2215", "\u2024", "\u2025", "\uff0f", "\uff0e", "\u0307", "\ud800"),
    *("&", "=", ";", "a", "Z", "0", "_", "-", "挂"),
]
PREFIXES = [
    *("/", "//", "///", "https://example.com/", "//example.com/", "javascript:", "sslocal://"),
    *("\\\\", "/\\", "../", "./", "%2f", " ", "\ufeff", "user@example.com/", "file:///", "HTTPS:"),
]
HOMOGLYPHS = dict(zip("aceiopsxy", "асеіорѕху", strict=True))


Trick = Callable[[random.Random, str, int], str]
TRICKS: tuple[Trick, ...] = (
    lambda rng, text, _: rng.choice(PREFIXES) + text,
    lambda rng, text, at: text[:at] + rng.choice(INSERTED) + text[at:],
    lambda rng, text, _: text + rng.choice(INSERTED),
    lambda _, text, at: text[:at] + HOMOGLYPHS.get(text[at : at + 1], "а") + text[at + 1 :],
    lambda _, text, at: text[:at] + full_width(text[at : at + 1]) + text[at + 1 :],
    lambda _, text, at: text[:at] + escaped(text[at : at + 1]) + text[at + 1 :],
    lambda _, text, at: text[:at] + text[at : at + 1].swapcase() + text[at + 1 :],
    lambda _, text, at: text[:at] + text[at + 1 :],
    lambda _, text, at: text[:at],
    lambda rng, text, _: text * rng.choice((2, 80)),
    lambda rng, text, at: text[:at] + chr(rng.randrange(0x250)) + text[at:],
    lambda rng, text, at: text[:at] + chr(rng.randrange(0x110000)) + text[at:],
)


def full_width(char: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) for c in char if "!" <= c <= "~")


def escaped(char: str) -> str:
    return "".join(f"%{byte:02x}" for byte in char.encode(errors="surrogatepass"))


def generated(rng: random.Random, seeds: list[str], number: int) -> Iterator[str]:
    """`number` strings: real ones, with none to four tricks applied."""
    for _ in range(number):
        text = rng.choice(seeds)
        for _ in range(rng.choice((0, 1, 1, 1, 2, 3, 4))):
            text = rng.choice(TRICKS)(rng, text, rng.randint(0, len(text)))
        yield text


def broken_page(validate: Callable[[str], str], raw: str) -> str | None:
    """How `validate` breaks S4 on the page `raw`, or None; refusing is always allowed."""
    try:
        stored = validate(raw)
    except LandingPathError:
        return None
    if stored not in PAGES:
        return f"{raw!r} accepted as {stored!r}, which is not published"
    if raw not in (stored, f"/{stored}"):
        return f"{raw!r} was repaired into {stored!r}"
    return None if validate(stored) == stored else f"{stored!r} is not stored canonically"


CANONICAL_QUERY = re.compile(r"(?:[A-Za-z0-9._~!$'()*+,;:@/&=-]|%[0-9A-F]{2})*")
HEX_OF_UNRESERVED = re.compile(r"%(?:2D|2E|5F|7E|3[0-9]|[46][1-9A-F]|[57][0-9A])")


def broken_query(validate: Callable[[str], str], raw: str) -> str | None:
    """How `validate` breaks S4 on the query `raw`, or None; refusing is always allowed."""
    try:
        stored = validate(raw)
    except LandingPathError:
        return None
    if len(stored) > MAX_QUERY or not CANONICAL_QUERY.fullmatch(stored):
        return f"{raw!r} stored as {stored!r}, which is no query"
    if HEX_OF_UNRESERVED.search(stored) or validate(stored) != stored:
        return f"{raw!r} stored as {stored!r}, which is not canonical"
    if unquote(stored) != unquote(raw):
        return f"{raw!r} stored as {stored!r}, which means something else"
    text = unquote(stored)
    if any(char < " " or "\x7f" <= char <= "\x9f" for char in text):
        return f"{raw!r} carries a control character"
    keys = [unquote(pair.partition("=")[0]) for pair in stored.split("&")]
    return f"{raw!r} repeats a key" if len(set(keys)) < len(keys) else None


def real_page(raw: str) -> str:
    return canonical_page(raw, PAGES)


def naive_page(raw: str) -> str:
    """The twin: decodes, strips, and trusts the beginning."""
    path = unquote(raw).lstrip("/")
    if not path.startswith(tuple(PAGES)):
        raise LandingPathError("page_not_published", path)
    return path


def naive_query(raw: str) -> str:
    """The twin: decodes and encodes again."""
    return quote(unquote(raw.lstrip("?")), safe="=&/%", errors="replace")


QUERIES = ["id=1", "from=profile&id=42", "name=%E6%8C%82%E8%BD%BD", "next=%2Fpages%2Findex&a=b", ""]


def codes_of(validate: Callable[[str], str], raws: list[str]) -> Counter[str]:
    """How often each refusal was given; "accepted" counts the others."""
    codes: Counter[str] = Counter()
    for raw in raws:
        try:
            validate(raw)
        except LandingPathError as error:
            codes[error.code] += 1
        else:
            codes["accepted"] += 1
    return codes


def test_s4_no_generated_page_escapes(rng: random.Random) -> None:
    raws = list(generated(rng, sorted(PAGES), GENERATED))
    assert [why for raw in raws if (why := broken_page(real_page, raw))] == []
    codes = codes_of(real_page, raws)
    assert set(codes) == PATH_CODES | {"accepted"}
    assert codes["accepted"] > GENERATED // 20


def test_s4_the_naive_page_twin_is_caught(rng: random.Random) -> None:
    raws = generated(rng, sorted(PAGES), TWIN_TRIES)
    assert any(broken_page(naive_page, raw) for raw in raws)


def test_s4_no_generated_query_escapes(rng: random.Random) -> None:
    raws = list(generated(rng, QUERIES, GENERATED))
    raws += [f"{raw}&{rng.choice(QUERIES)}" for raw in raws[: GENERATED // 10]]
    assert [why for raw in raws if (why := broken_query(canonical_query, raw))] == []
    codes = codes_of(canonical_query, raws)
    assert set(codes) == QUERY_CODES | {"accepted"}
    assert codes["accepted"] > GENERATED // 20


def test_s4_the_naive_query_twin_is_caught(rng: random.Random) -> None:
    raws = generated(rng, QUERIES, TWIN_TRIES)
    assert any(broken_query(naive_query, raw) for raw in raws)
