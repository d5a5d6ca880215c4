"""Arguments in every spelling that clients use, and those that are refused."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from django.http import QueryDict
from django.test import RequestFactory
from pydantic import Field

from guazai.control.openapi.wire import arguments
from guazai.control.openapi.wire.arguments import Args, Flag, Int64, Invalid


class Sample(Args):
    """An argument of each kind."""

    text: Annotated[str, Field(max_length=5)] = ""
    number: Int64 = 0
    is_so: Flag = False
    words: Annotated[list[str], Field(max_length=3)] = Field(default_factory=list)
    numbers: list[Int64] | None = None


class Nested(Args):
    """Arguments inside of arguments."""

    sample: Sample
    info: dict[str, list[str]] = Field(default_factory=dict)


GOOD_QUERIES = {
    "words=a,b": {"words": ["a", "b"]},
    "words=a%2Cb": {"words": ["a", "b"]},
    "words=a, b": {"words": ["a", "b"]},
    "words=a&words=b": {"words": ["a", "b"]},
    "words[]=a&words[]=b": {"words": ["a", "b"]},
    "words=[a]": {"words": ["a"]},
    "words=[a,b]": {"words": ["a", "b"]},
    'words=["a","b"]': {"words": ["a", "b"]},
    "words=[]": {"words": []},
    "words=": {"words": []},
    "numbers=1,2": {"numbers": [1, 2]},
    "numbers=[1,2]": {"numbers": [1, 2]},
    'numbers=["1","2"]': {"numbers": [1, 2]},
    "number=-7": {"number": -7},
    "number=9223372036854775807": {"number": 2**63 - 1},
    "is_so=true": {"is_so": True},
    "unknown=1&unknown=2": {},
    "text=12345": {"text": "12345"},
    "": {},
}
BAD_QUERIES = [
    "text=a&text=b",
    "number=1&number=1",
    "number=",
    "number=1.0",
    "number=0x1",
    "number=１",
    "number=9223372036854775808",
    "number=99999999999999999999",
    "is_so=1",
    "is_so=True",
    "text=123456",
    "text=%00",
    "words=a,b,c,d",
    "numbers=1,b",
    'words=[1,"a"]',
    "words=[[1]]",
]
GOOD_BODIES = {
    b"{}": {},
    b"": {},
    b"  ": {},
    b'{"number": 7}': {"number": 7},
    b'{"number": "7"}': {"number": 7},
    b'{"numbers": ["1", 2]}': {"numbers": [1, 2]},
    b'{"unknown": {"a": 1}}': {},
    b'{"words": ["a,b"]}': {"words": ["a,b"]},
    '{"text": "抖音号"}'.encode(): {"text": "抖音号"},
}
BAD_BODIES = [
    b"[]",
    b"null",
    b"7",
    b'"text"',
    b"{",
    b"{'text': 'a'}",
    b'{"text": 7}',
    b'{"text": null}',
    b'{"text": "123456"}',
    b'{"text": "a", "text": "b"}',
    b'{"text": "\\u0000"}',
    b'{"text": "\\ud800"}',
    b'{"number": 7.0}',
    b'{"number": true}',
    b'{"number": NaN}',
    b'{"number": Infinity}',
    b'{"number": 9223372036854775808}',
    b'{"number": "1e3"}',
    b'{"number": ' + b"9" * 5000 + b"}",
    b'{"is_so": 1}',
    b'{"words": "a"}',
    b'{"words": {"a": 1}}',
    b'{"words": [1]}',
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"text": ' + b"[" * 100_000,
]


@pytest.mark.parametrize(("text", "expected"), GOOD_QUERIES.items())
def test_a_query_is_read(text: str, expected: dict[str, Any]) -> None:
    found = arguments.from_query(Sample, QueryDict(text))
    assert found == Sample(**expected)


@pytest.mark.parametrize("text", BAD_QUERIES)
def test_a_bad_query_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="参数"):
        arguments.from_query(Sample, QueryDict(text))


def body(data: bytes, model: type[Args] = Sample) -> Args:
    request = RequestFactory().post("/", data, content_type="application/json")
    return arguments.from_body(model, request)


@pytest.mark.parametrize(("data", "expected"), GOOD_BODIES.items())
def test_a_body_is_read(data: bytes, expected: dict[str, Any]) -> None:
    assert body(data) == Sample(**expected)


@pytest.mark.parametrize("data", BAD_BODIES, ids=lambda data: repr(data[:40]))
def test_a_bad_body_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid, match=r"参数|请求体"):
        body(data)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"{}", "缺少参数 sample"),
        (b'{"sample": 1}', "参数 sample 应为对象"),
        (b'{"sample": {"text": 1}}', "参数 sample.text 应为字符串"),
        (b'{"sample": {"text": "123456"}}', "参数 sample.text 至多 5 个字符"),
        (b'{"sample": {"words": ["a", 1]}}', "参数 sample.words.1 应为字符串"),
        (b'{"sample": {}, "info": {"a": "b"}}', "参数 info.a 应为数组"),
        (b'{"sample": {}, "info": {"a": ["\\u0000"]}}', "参数 info 不符合要求"),
    ],
)
def test_what_is_wrong_is_named(data: bytes, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        body(data, Nested)
    assert refused.value.text == said


def test_two_mebibytes_and_no_more() -> None:
    filling = b'{"unknown": "%s"}' % (b"x" * (arguments.MAX_BODY - 15))
    assert len(filling) == arguments.MAX_BODY
    assert body(filling) == Sample()
    with pytest.raises(Invalid, match="2 MiB"):
        body(filling + b" ")
