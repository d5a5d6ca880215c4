from __future__ import annotations

import http.client
import json
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guazai.feed import DenyRecord, Scope
from guazai.resolver.node import Node
from guazai.resolver.server import run
from tests.resolver.serving import (
    SURFACE,
    Resolver,
    Response,
    body_of,
    live,
    mark,
    removed,
    sealed,
    serving,
    shown,
)

KIB_64 = 64 * 1024


def assert_problem(answer: Response, status: int, code: str) -> None:
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert_common_headers(answer)
    found = answer.json()
    assert found["type"] == f"urn:guazai:problem:{code}"
    assert (found["status"], found["code"]) == (status, code)
    assert set(found) == {"type", "title", "status", "code", "detail", "errors"}


def assert_common_headers(answer: Response) -> None:
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_get_answers_the_prebuilt_body(standing: Resolver) -> None:
    for query in ("", "?surface=profile_mount", "?host=douyin&surface=profile_mount"):
        answer = standing.get(f"/v1/entries/dy_1{query}")
        assert answer.status == 200
        assert answer.headers["content-type"] == "application/json"
        assert_common_headers(answer)
        assert answer.body == body_of("dy_1")


@pytest.mark.parametrize("path", ["dy_2", "dy_1?surface=service_tab", "dy_1?host=toutiao"])
def test_get_answers_204_when_nothing_is_shown(standing: Resolver, path: str) -> None:
    answer = standing.get(f"/v1/entries/{path}")
    assert (answer.status, answer.body) == (204, b"")
    assert_common_headers(answer)


@pytest.mark.parametrize(
    "path",
    ["/v1/entries/dy_1", "/v1/entries/dy_2", "/v1/entries/a%20b", "/healthz", "/readyz", "/none"],
)
def test_head_answers_as_get_without_the_body(standing: Resolver, path: str) -> None:
    head, get = standing.ask("HEAD", path), standing.get(path)
    assert (head.status, head.body) == (get.status, b"")
    assert head.headers.get("content-type") == get.headers.get("content-type")
    assert_common_headers(head)


def test_post_answers_each_id(standing: Resolver) -> None:
    answer = standing.post({"aweme_ids": ["dy_1", "dy_2", "dy_1"]})
    assert answer.status == 200
    assert_common_headers(answer)
    assert answer.json() == {"entries": {"dy_1": json.loads(body_of("dy_1")), "dy_2": None}}
    assert standing.post({"aweme_ids": []}).json() == {"entries": {}}
    elsewhere = {"surface": "service_tab", "host": "douyin", "aweme_ids": ["dy_1"]}
    assert standing.post(elsewhere).json() == {"entries": {"dy_1": None}}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/entries/", 400, "aweme_id_invalid"),
        ("GET", "/v1/entries/a%20b", 400, "aweme_id_invalid"),
        ("GET", "/v1/entries/a/b", 400, "aweme_id_invalid"),
        ("GET", "/v1/entries/a%2Fb", 400, "aweme_id_invalid"),
        ("GET", "/v1/entries/a%00", 400, "aweme_id_invalid"),
        ("GET", "/v1/entries/a%0A", 400, "aweme_id_invalid"),
        ("GET", "/v1/entries/%FF", 400, "aweme_id_invalid"),
        ("GET", "/v1/entries/%E6%8C%82", 400, "aweme_id_invalid"),
        ("GET", f"/v1/entries/{'a' * 65}", 400, "aweme_id_invalid"),
        ("GET", "/v1/entries/a?surface=x&surface=x", 400, "parameter_duplicate"),
        ("GET", "/v1/entries/a?surface=%FF", 400, "query_malformed"),
        ("GET", "/v1/entries/a?surface=a%20b", 400, "surface_invalid"),
        ("GET", "/v1/entries/a?host=", 400, "host_invalid"),
        ("GET", "/v1/entries/a?q=1", 400, "parameter_unknown"),
        ("GET", f"/v1/entries/a?host={'a' * 4000}", 400, "query_too_long"),
        ("GET", "/", 404, "not_found"),
        ("GET", "/v1/entries/../../etc", 400, "aweme_id_invalid"),
        ("POST", "/v1/entries/", 405, "method_not_allowed"),
        ("PUT", "/v1/entries/dy_1", 405, "method_not_allowed"),
        ("DELETE", "/v1/entries", 405, "method_not_allowed"),
        ("GET", "/v1/entries", 405, "method_not_allowed"),
        ("OPTIONS", "/healthz", 405, "method_not_allowed"),
        ("POST", "/metrics", 405, "method_not_allowed"),
    ],
)
def test_a_bad_request_is_a_problem(
    standing: Resolver, method: str, path: str, status: int, code: str
) -> None:
    answer = standing.ask(method, path)
    assert_problem(answer, status, code)
    if status == 405:
        assert answer.headers["allow"] == ("POST" if path == "/v1/entries" else "GET, HEAD")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "malformed_json"),
        (b"{", 400, "malformed_json"),
        (b"[" * 60_000, 400, "malformed_json"),
        (b"9" * 60_000, 400, "malformed_json"),
        (b'{"aweme_ids":["dy_1"],"page":1}', 400, "unknown_field"),
        (b'{"aweme_ids":"dy_1"}', 400, "wrong_type"),
        (b'{"aweme_ids":["\\ud800"]}', 400, "aweme_id_invalid"),
        (json.dumps({"aweme_ids": ["a"] * 101}).encode(), 400, "too_many_ids"),
        (b" " * (KIB_64 + 1), 413, "body_too_large"),
        (b" " * 10_000_000, 413, "body_too_large"),
    ],
)
def test_a_bad_body_is_a_problem(standing: Resolver, body: bytes, status: int, code: str) -> None:
    try:
        answer = standing.ask("POST", "/v1/entries", body)
    except (BrokenPipeError, ConnectionResetError):
        assert len(body) > KIB_64, "only a body that is too large may be cut off"
    else:
        assert_problem(answer, status, code)
    assert standing.get("/v1/entries/dy_1").status == 200


def test_a_body_of_the_full_size_is_read(standing: Resolver) -> None:
    sent = json.dumps({"aweme_ids": ["dy_1"]}).encode().ljust(KIB_64)
    assert standing.ask("POST", "/v1/entries", sent).status == 200


def test_an_oversize_body_is_refused_before_it_is_sent(standing: Resolver) -> None:
    head = b"POST /v1/entries HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n"
    assert standing.raw(head).startswith(b"HTTP/1.1 413 ")
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    head = b"POST /v1/entries HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert standing.raw(head + chunk + b"1\r\n \r\n").startswith(b"HTTP/1.1 413 ")


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from([b"GET", b"HEAD", b"POST", b"PUT", b"\xff"]),
    st.sampled_from([b"/", b"/v1/entries/", b"/v1/entries", b"/readyz?", b"/v1/entries/a?"]),
    st.binary(max_size=80) | st.text(max_size=40).map(str.encode),
    st.binary(max_size=80),
)
def test_no_bytes_on_a_socket_bring_a_5xx(
    standing: Resolver, method: bytes, path: bytes, rest: bytes, body: bytes
) -> None:
    sent = b"%b %b%b HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (
        (method, path, rest, len(body), body)
    )
    status = standing.raw(sent)
    assert status == b"" or status.split()[1] < b"500", (sent, status)


def test_health_readiness_and_metrics(standing: Resolver) -> None:
    assert standing.get("/healthz").json() == {"status": "ok"}
    answer = standing.get("/readyz")
    assert answer.status == 200
    found = answer.json()
    assert (found["ready"], found["epoch"], found["revision"]) == (True, 1, 1)
    assert isinstance(found["age_seconds"], float)
    assert found["age_seconds"] >= 0
    answer = standing.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert_common_headers(answer)
    lines = answer.body.decode().splitlines()
    assert "guazai_resolver_watermark_revision 1.0" in lines
    assert any(line.startswith("guazai_resolver_watermark_age_seconds ") for line in lines)


def test_readiness_needs_a_fresh_watermark(node: Node, tmp_path: Path) -> None:
    with serving(tmp_path, max_age_seconds=30) as resolver:
        answer = resolver.get("/readyz")
        assert answer.status == 503
        assert answer.json() == {
            "ready": False,
            "reasons": ["no_store"],
            "age_seconds": None,
            "epoch": None,
            "revision": None,
            "lease_ms": 0,
            "hidden": 0,
        }
        node.apply([], replace(mark(1), at_ms=mark().at_ms - 40_000))
        assert resolver.get("/readyz").json()["reasons"] == ["stale"]
        assert resolver.get("/healthz").status == 200
        node.apply([], mark(2))
        assert resolver.get("/readyz").status == 200


def test_v3_what_is_written_is_served_at_once(node: Node, resolver: Resolver) -> None:
    path = "/v1/entries/dy_1"
    assert resolver.get(path).status == 204
    node.apply(shown("dy_1"), mark(1))
    assert resolver.get(path).status == 200
    deny = DenyRecord(Scope.LEGAL_ENTITY, SURFACE, "le01", 1, 1, True)
    node.apply(sealed(deny), mark(2))
    assert resolver.get(path).status == 204
    node.apply(sealed(replace(deny, version=2, denied=False)), mark(3))
    assert resolver.get(path).status == 200
    node.apply(sealed(removed("dy_1", 2)), mark(4))
    assert resolver.get(path).status == 204
    node.apply(sealed(live("dy_1", 1)), mark(5))
    assert resolver.get(path).status == 204


def test_v3_a_node_that_is_behind_a_demanded_version_shows_nothing(
    node: Node, resolver: Resolver
) -> None:
    node.apply(shown("dy_1"), mark(7))
    assert resolver.get("/v1/entries/dy_1?min_version=7").status == 200
    assert resolver.get("/v1/entries/dy_1?min_version=8").status == 204
    asked = {"aweme_ids": ["dy_1"], "min_version": 7}
    assert resolver.post(asked).json()["entries"] != {"dy_1": None}
    assert resolver.post(asked | {"min_version": 8}).json()["entries"] == {"dy_1": None}
    assert resolver.get("/v1/entries/dy_1?min_version=x").status == 400


def test_v3_it_keeps_answering_while_a_writer_writes(node: Node, resolver: Resolver) -> None:
    node.apply(shown("dy_1"), mark(1))
    ended = threading.Event()
    failures: list[str] = []
    answered = 0

    def watch() -> None:
        nonlocal answered
        newest = 0
        while not ended.is_set():
            answer = resolver.get("/v1/entries/dy_1")
            version = answer.json()["version"] if answer.status == 200 else None
            if not isinstance(version, int) or version < newest:
                failures.append(f"{answer.status} {version} after {newest}")
                return
            newest = version
            answered += 1

    watcher = threading.Thread(target=watch)
    watcher.start()
    for version in range(2, 400):
        others = [live(f"other_{version}_{n}") for n in range(20)]
        node.apply(sealed(*others, live("dy_1", version)), mark(version))
    assert resolver.get("/v1/entries/dy_1").json()["version"] == 399
    ended.set()
    watcher.join(20)
    assert failures == []
    assert answered > 10


def test_several_workers_share_a_store_and_sum_their_counters(node: Node, tmp_path: Path) -> None:
    node.apply(shown("dy_1"), mark())
    with serving(tmp_path, workers=2) as resolver:
        for _ in range(40):
            assert resolver.get("/v1/entries/dy_1").status == 200
            assert resolver.get("/v1/entries/dy_2").status == 204
        resolver.post({"aweme_ids": ["dy_1", "dy_2", "dy_3"]})
        lines = set(resolver.get("/metrics").body.decode().splitlines())
    assert {
        'guazai_resolver_requests_total{route="entry",status="200"} 40.0',
        'guazai_resolver_requests_total{route="entry",status="204"} 40.0',
        'guazai_resolver_requests_total{route="entries",status="200"} 1.0',
        'guazai_resolver_entries_total{result="shown"} 41.0',
        'guazai_resolver_entries_total{result="hidden"} 42.0',
    } <= lines


def test_a_taken_port_is_refused(standing: Resolver, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="in use"):
        run(tmp_path, "127.0.0.1", standing.port)


def test_sigterm_ends_it_quickly_with_idle_connections_open(node: Node, tmp_path: Path) -> None:
    with serving(tmp_path) as resolver:
        connection = http.client.HTTPConnection("127.0.0.1", resolver.port, timeout=5)
        connection.request("GET", "/healthz")
        assert connection.getresponse().read() == b'{"status":"ok"}'
        started = time.monotonic()
        resolver.process.terminate()
        assert resolver.process.wait(5) == 0
        assert time.monotonic() - started < 2
        connection.close()
