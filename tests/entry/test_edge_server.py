"""What nodes get from the relay's server: over real sockets, from the real log (R3, R10, R11)."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from guazai.feed import EdgeKey, Sealed, Watermark
from guazai.feed.frames import Checkpoint, Frame, Records
from guazai.feed.lease import HEARTBEAT_SECONDS, LeaseAnswer, LeaseRequest, OverlayVersion
from guazai.feed.records import Scope
from guazai.feed.seal import BUCKETS, bucket_of
from guazai.resolver.relay import LogGone, Relay, RelayError
from tests.platform import within

if TYPE_CHECKING:
    from guazai.control.entry.edge_server import EdgeServer
    from tests.entry.scene import Scene

# What migrations put into the database is put there again.
pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
OTHER_KEY = EdgeKey("another key that the planes share " * 2)
REQUEST = LeaseRequest(
    node="n1",
    boot="b1",
    holds=None,
    epoch=None,
    revision=None,
    feed_age_ms=None,
    drift_found=0,
    drift_mended=0,
    software="1",
)
SOON = 5.0


class Grants:
    """Leases by hand: `answer` for a request, or nothing for as long as it is None."""

    def __init__(self) -> None:
        self.answer: LeaseAnswer | None = None
        self.asked = 0

    def ask(self, _: LeaseRequest, received: float) -> LeaseAnswer | float:
        self.asked += 1
        if self.answer is not None or time.monotonic() >= received + HEARTBEAT_SECONDS:
            return self.answer or granted(0)
        return received + HEARTBEAT_SECONDS

    def nodes(self) -> list[Any]:
        return []


def granted(count: int) -> LeaseAnswer:
    return LeaseAnswer(
        granted=True,
        overlay=OverlayVersion(boot="r1", count=count),
        is_whole=False,
        floor_epoch=1,
        floor_revision=0,
    )


class Serving:
    """A scene whose relay hands over to a running server, and a node's way to that."""

    def __init__(self, scene: Scene, server: EdgeServer, grants: Grants, port: int) -> None:
        from tests.edge import EDGE_KEY  # noqa: PLC0415 - it needs Django set up

        self.scene, self.server, self.grants = scene, server, grants
        self.url = f"http://127.0.0.1:{port}"
        self.token = EDGE_KEY.token("edge")
        self.relay = Relay(self.url, EDGE_KEY)

    def mark(self) -> Watermark:
        """How far the log has come."""
        from guazai.control.entry import log  # noqa: PLC0415 - it needs Django set up

        head = log.head()
        return Watermark(head.epoch, head.revision, 0)

    def drain(self) -> None:
        """Tell what waits, to who follows."""
        while self.scene.edge.relay.drain():
            pass

    def get(self, path: str, **headers: str) -> httpx.Response:
        given = {"authorization": f"Bearer {self.token}", **headers}
        return httpx.get(self.url + path, headers=given, trust_env=False, timeout=SOON)


@contextmanager
def served(scene: Scene) -> Iterator[Serving]:
    """The server over the scene's log, for as long as the block runs."""
    from guazai.control.entry import log  # noqa: PLC0415 - it needs Django set up
    from guazai.control.entry.edge_server import EdgeServer  # noqa: PLC0415
    from guazai.control.entry.following import Following  # noqa: PLC0415
    from tests.edge import EDGE_KEY  # noqa: PLC0415

    listening = socket.create_server(("127.0.0.1", 0))
    server = EdgeServer(listening, EDGE_KEY, Following(log.head()))
    scene.edge.relay.listen = server.told
    grants = Grants()
    thread = threading.Thread(target=server.run, args=(grants,))
    thread.start()
    serving = Serving(scene, server, grants, listening.getsockname()[1])
    try:
        within(SOON, lambda: serving.get("/healthz").status_code == HTTPStatus.OK or None, "well")
        yield serving
    finally:
        server.stop()
        thread.join(SOON)
        serving.relay.close()
    assert not thread.is_alive()


@pytest.fixture
def serving(scene: Scene) -> Iterator[Serving]:
    """A running server over one entry that is shown."""
    with served(scene) as found:
        yield found


class Follower:
    """Follows the tail in a thread, and keeps the frames."""

    def __init__(self, relay: Relay, after: Watermark) -> None:
        self.frames: list[Frame] = []
        self.error: Exception | None = None
        self._tail = relay.tail(after)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            for frames in self._tail:
                self.frames += frames
        except RelayError as error:
            self.error = error

    @property
    def records(self) -> list[Sealed]:
        return [
            each for found in self.frames if isinstance(found, Records) for each in found.records
        ]

    @property
    def revision(self) -> int:
        marks = [each.watermark.revision for each in self.frames if isinstance(each, Records)]
        return max(marks, default=-1)

    def await_revision(self, revision: int) -> None:
        within(SOON, lambda: self.revision >= revision or None, f"revision {revision}")


def held(scene: Scene) -> list[Sealed]:
    from guazai.control.entry import log  # noqa: PLC0415 - it needs Django set up

    with log.moment() as moment:
        return [each for records in moment.records() for each in records]


def continues(frames: Sequence[Frame], after: tuple[int, int]) -> bool:
    """Whether each frame of records begins where the one before it led."""
    for each in frames:
        if isinstance(each, Records):
            if each.after != after:
                return False
            after = each.watermark.epoch, each.watermark.revision
    return True


def test_what_is_told_reaches_who_follows_at_once(serving: Serving) -> None:
    mark = serving.mark()
    follower = Follower(serving.relay, mark)
    serving.scene.remove()
    serving.drain()
    serving.scene.deny(Scope.GLOBAL)
    serving.drain()
    follower.await_revision(mark.revision + 2)
    assert len(follower.records) == 2
    assert continues(follower.frames, (mark.epoch, mark.revision))
    assert follower.error is None


def test_who_was_away_gets_what_it_lacks_and_then_what_comes(serving: Serving) -> None:
    mark = serving.mark()
    begun = Watermark(mark.epoch, 0, 0)
    follower = Follower(serving.relay, begun)
    follower.await_revision(mark.revision)
    assert sorted(follower.records) == held(serving.scene)
    serving.scene.remove()
    serving.drain()
    follower.await_revision(mark.revision + 1)
    assert continues(follower.frames, (begun.epoch, 0))


def test_a_catch_up_of_many_frames_leads_on_with_the_last_alone(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    from guazai.control.entry import following  # noqa: PLC0415 - it needs Django set up

    monkeypatch.setattr(following, "FRAME_BYTES", 1)
    mark = serving.mark()
    follower = Follower(serving.relay, Watermark(mark.epoch, 0, 0))
    follower.await_revision(mark.revision)
    frames = [each for each in follower.frames if isinstance(each, Records) and each.records]
    assert len(frames) == len(held(serving.scene)) > 1
    assert {each.watermark.revision for each in frames[:-1]} == {0}
    assert frames[-1].watermark.revision == mark.revision


def test_many_follow_and_all_see_the_same(serving: Serving) -> None:
    mark = serving.mark()
    followers = [Follower(serving.relay, Watermark(mark.epoch, 0, 0)) for _ in range(20)]
    for name in ("A", "B", "C"):
        serving.scene.sync(name=name)
        serving.drain()
    last = serving.mark().revision
    for each in followers:
        each.await_revision(last)
        assert continues(each.frames, (mark.epoch, 0))
        assert dict(each.records) == dict(held(serving.scene))


def test_who_falls_behind_what_is_remembered_is_cut_off_and_resumes(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    following = serving.server._following
    monkeypatch.setattr(following.stream, "_max_bytes", 1)
    mark = serving.mark()
    for name in ("A", "B", "C"):
        serving.scene.sync(name=name)
        serving.drain()
    follower = Follower(serving.relay, mark)
    follower.await_revision(mark.revision + 3)
    assert len(follower.records) == 1


def test_the_log_does_not_go_on_where_it_never_was(serving: Serving) -> None:
    mark = serving.mark()
    for epoch, after in (
        (mark.epoch + 1, mark.revision),
        (mark.epoch - 1, 0),
        (mark.epoch, mark.revision + 1),
    ):
        with pytest.raises(LogGone):
            next(serving.relay.tail(Watermark(epoch, after, 0)))


def test_the_log_does_not_go_on_from_before_dropped_tombstones(serving: Serving) -> None:
    from guazai.control.entry.models import FeedHead  # noqa: PLC0415 - it needs Django set up

    mark = serving.mark()
    FeedHead.objects.update(purged=mark.revision)
    with pytest.raises(LogGone):
        next(serving.relay.tail(Watermark(mark.epoch, mark.revision - 1, 0)))
    follower = Follower(serving.relay, mark)
    serving.scene.remove()
    serving.drain()
    follower.await_revision(mark.revision + 1)


def test_r10_a_snapshot_is_the_whole_log_in_key_order(serving: Serving) -> None:
    serving.scene.deny(Scope.LEGAL_ENTITY)
    serving.drain()
    mark = serving.mark()
    with serving.relay.snapshot() as snapshot:
        assert snapshot.start.watermark.epoch == mark.epoch
        assert snapshot.start.watermark.revision == mark.revision
        found = list(snapshot.records)
    assert found == held(serving.scene) == sorted(found)
    assert snapshot.start.rows == len(found)


def test_r10_a_snapshot_keeps_no_writer_waiting(serving: Serving) -> None:
    with serving.relay.snapshot() as snapshot:
        serving.scene.deny(Scope.GLOBAL)
        serving.drain()
        found = list(snapshot.records)
    assert len(found) == snapshot.start.rows


def test_r10_a_few_snapshots_at_a_time(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    from guazai.control.entry import edge_server  # noqa: PLC0415 - it needs Django set up

    monkeypatch.setattr(edge_server, "MAX_SNAPSHOTS", 0)
    answer = serving.get("/v1/feed/snapshot")
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert (answer.json()["code"], answer.headers["retry-after"]) == ("busy", "2")


def test_r11_buckets_are_given_whole(serving: Serving) -> None:
    everything = held(serving.scene)
    wanted = sorted({bucket_of(everything[0].key), 7})
    with serving.relay.buckets(wanted) as found:
        records = list(found.records)
    assert records == [each for each in everything if bucket_of(each.key) in wanted]
    with serving.relay.buckets(range(BUCKETS)) as found:
        assert list(found.records) == everything


def test_r11_checkpoints_say_what_the_log_holds(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    from guazai.control.entry import following, log  # noqa: PLC0415 - it needs Django set up

    monkeypatch.setattr(following, "CHECKPOINT_SECONDS", 0.05)
    with served(scene) as serving:
        follower = Follower(serving.relay, serving.mark())

        def checkpoint(revision: int) -> Checkpoint | None:
            found = [each for each in follower.frames if isinstance(each, Checkpoint)]
            return next((each for each in found if each.revision == revision), None)

        for step in (lambda: None, serving.scene.remove, lambda: scene.deny(Scope.GLOBAL)):
            step()
            serving.drain()
            revision = serving.mark().revision
            found = within(SOON, lambda at=revision: checkpoint(at), "a checkpoint")  # type: ignore[misc]
            with log.moment() as moment:
                assert list(found.digests) == moment.digests()


def test_a_lease_is_answered_after_a_while_or_as_soon_as_something_changes(
    serving: Serving,
) -> None:
    began = time.monotonic()
    assert serving.relay.lease(REQUEST) == granted(0)
    assert time.monotonic() - began >= HEARTBEAT_SECONDS
    answers: list[LeaseAnswer] = []
    asking = threading.Thread(target=lambda: answers.append(serving.relay.lease(REQUEST)))
    asked = serving.grants.asked
    asking.start()
    within(SOON, lambda: serving.grants.asked > asked or None, "asked")
    serving.grants.answer = granted(1)
    serving.server.changed()
    asking.join(SOON)
    assert answers == [granted(1)]


REFUSED: dict[str, tuple[str, str, bytes | None, int, str]] = {
    "no such route": ("GET", "/v1/nothing", None, 404, "not_found"),
    "another method": ("GET", "/v1/lease", None, 405, "method_not_allowed"),
    "no numbers": ("GET", "/v1/feed/tail", None, 400, "malformed"),
    "a sign": ("GET", "/v1/feed/tail?epoch=1&after=-1", None, 400, "malformed"),
    "other digits": ("GET", "/v1/feed/tail?epoch=%D9%A1&after=0", None, 400, "malformed"),
    "too many digits": ("GET", f"/v1/feed/tail?epoch=1&after={'9' * 40}", None, 400, "malformed"),
    "another epoch": ("GET", "/v1/feed/tail?epoch=1&after=0", None, 409, "log_gone"),
    "a huge revision": ("GET", f"/v1/feed/tail?epoch=1&after={'9' * 20}", None, 409, "log_gone"),
    "no JSON": ("POST", "/v1/lease", b"{", 400, "malformed"),
    "no lease request": ("POST", "/v1/lease", b"{}", 400, "malformed"),
    "no list": ("POST", "/v1/feed/buckets", b'{"buckets": 1}', 400, "malformed"),
    "no buckets": ("POST", "/v1/feed/buckets", b'{"buckets": []}', 400, "malformed"),
    "no such bucket": ("POST", "/v1/feed/buckets", b'{"buckets": [4096]}', 400, "malformed"),
    "more buckets than there are": (
        "POST",
        "/v1/feed/buckets",
        json.dumps({"buckets": [0] * (BUCKETS + 1)}).encode(),
        400,
        "malformed",
    ),
    "a huge body": ("POST", "/v1/lease", b" " * (2**20 + 1), 413, "body_too_large"),
}


def test_what_cannot_be_answered_is_refused_with_a_code(serving: Serving) -> None:
    for name, (method, path, body, status, code) in REFUSED.items():
        answer = httpx.request(
            method,
            serving.url + path,
            content=body,
            headers={"authorization": f"Bearer {serving.token}"},
            trust_env=False,
        )
        found = answer.status_code, answer.json()["code"], answer.headers["content-type"]
        assert found == (status, code, "application/problem+json"), name


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer x", "Basic x", "Bearer é"])
def test_only_who_has_the_key_is_let_in(serving: Serving, given: str) -> None:
    for method, path in (
        ("POST", "/v1/lease"),
        ("GET", "/v1/feed/tail?epoch=1&after=0"),
        ("GET", "/v1/feed/snapshot"),
        ("POST", "/v1/feed/buckets"),
    ):
        headers = {b"authorization": given.encode("latin-1")} if given else {}
        answer = httpx.request(method, serving.url + path, headers=headers, trust_env=False)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"] == "Bearer"
    with (
        closing(Relay(serving.url, OTHER_KEY)) as stranger,
        pytest.raises(RelayError, match="401"),
    ):
        stranger.lease(REQUEST)


def test_metrics_say_what_was_told_and_who_follows(serving: Serving) -> None:
    follower = Follower(serving.relay, serving.mark())
    serving.scene.deny(Scope.ACCOUNT)
    serving.drain()
    revision = serving.mark().revision
    follower.await_revision(revision)
    answer = httpx.get(f"{serving.url}/metrics", trust_env=False)
    numbers = dict(
        line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#")
    )
    assert float(numbers["guazai_relay_revision"]) == revision
    assert float(numbers["guazai_relay_tails"]) == 1
    assert float(numbers["guazai_relay_outbox_keys"]) == 0
    assert float(numbers["guazai_relay_open_takedowns"]) == 1
    assert float(numbers["guazai_relay_keys_told_total"]) == 1


def test_who_follows_sees_the_end_of_the_relay(serving: Serving) -> None:
    follower = Follower(serving.relay, serving.mark())
    within(SOON, lambda: serving.server._following.followers == 1 or None, "followed")
    serving.server.stop()
    follower.thread.join(SOON)
    assert not follower.thread.is_alive()
