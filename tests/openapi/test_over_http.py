"""Bodies as real clients send them, to the real server: in chunks, and far too large."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.platform import Platform, platform

TOKEN = "/oauth/client_token/"
ASKING = {"client_key": "nobody", "client_secret": "x", "grant_type": "client_credential"}
TEN_MIB = 10 * 1024 * 1024


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    state: Path = tmp_path_factory.mktemp("served")
    with platform("sqlite", state, is_started=False) as running:
        migrated = running.guazai("migrate")
        assert migrated.returncode == 0, migrated.stderr
        running.start("control")
        running.await_healthy()
        with httpx.Client(base_url=running.control_url, timeout=30) as client:
            yield client
        assert_quiet(running)


def assert_quiet(running: Platform) -> None:
    assert "unhandled" not in running.logs()


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def told(response: httpx.Response) -> int:
    assert response.status_code == 200
    number: int = response.json()["data"]["error_code"]
    return number


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_body_in_chunks_without_a_length(served: httpx.Client, size: int) -> None:
    body = pieces(json.dumps(ASKING).encode(), size)
    response = served.post(TOKEN, content=body, headers={"Content-Type": "application/json"})
    assert "content-length" not in response.request.headers
    assert told(response) == 10003  # it was read: the key is unknown


def test_a_body_with_a_length(served: httpx.Client) -> None:
    assert told(served.post(TOKEN, json=ASKING)) == 10003


def test_no_body(served: httpx.Client) -> None:
    assert told(served.post(TOKEN)) == 10002
    assert told(served.post(TOKEN, content=iter(()))) == 10002


@pytest.mark.parametrize("is_chunked", [True, False], ids=["in chunks", "with a length"])
def test_ten_mebibytes_are_refused(served: httpx.Client, is_chunked: bool) -> None:
    large = json.dumps({**ASKING, "more": "x" * TEN_MIB}).encode()
    response = served.post(TOKEN, content=pieces(large, 65536) if is_chunked else large)
    assert told(response) == 10002
    assert "2 MiB" in response.json()["data"]["description"]
    assert told(served.post(TOKEN, json=ASKING)) == 10003  # and the connection goes on


def test_chunks_that_come_to_just_two_mebibytes(served: httpx.Client) -> None:
    room = 2 * 1024 * 1024 - len(json.dumps({**ASKING, "more": ""}))
    fits = json.dumps({**ASKING, "more": "x" * room}).encode()
    assert told(served.post(TOKEN, content=pieces(fits, 65536))) == 10003
    assert told(served.post(TOKEN, content=pieces(fits + b" ", 65536))) == 10002


def test_a_get_with_a_body(served: httpx.Client) -> None:
    path = "/api/apps/v1/capacity/query_capacity_list"
    response = served.request("GET", path, json={"unread": 1})
    assert (response.status_code, response.json()["err_no"]) == (200, 28001003)


def test_any_host_name_will_do(served: httpx.Client) -> None:
    response = served.post(TOKEN, json=ASKING, headers={"Host": "open.douyin.com"})
    assert told(response) == 10003
