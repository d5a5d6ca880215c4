"""The relay as a node sees it: leases, the tail, snapshots and buckets, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

import httpx
from pydantic import ValidationError

from guazai.feed import CodecError, EdgeKey, Sealed, Watermark
from guazai.feed.frames import (
    Checksum,
    Frame,
    SnapshotEnd,
    SnapshotRows,
    SnapshotStart,
    Splitter,
    read,
    rows_of,
)
from guazai.feed.lease import LeaseAnswer, LeaseRequest

#: What the node's bearer token is derived for.
TOKEN_USE = "edge"  # noqa: S105 - the name of a use, not a token
CONNECT_SECONDS = 2.0
#: An answer that takes longer is worth little of a lease, and another request is better.
LEASE_ANSWER_SECONDS = 0.5
#: The relay writes something each second.
TAIL_SILENCE_SECONDS = 5.0
#: It may wait for another snapshot's end, or for a slow disk.
SNAPSHOT_SILENCE_SECONDS = 30.0


class RelayError(Exception):
    """The relay did not give what it was asked for; the message says what it did."""


class LogGone(RelayError):
    """The log does not continue what this node has: only a snapshot does."""


class Damaged(RelayError):
    """What the relay gave is not whole, or not frames."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All records of the log, or of some buckets, as of `start.watermark`, in key order.

    Reading `records` to their end raises Damaged unless all are there as they were sent.
    """

    start: SnapshotStart
    records: Iterator[Sealed]


class Relay:
    """One relay; may be used by several threads. Every method raises RelayError."""

    def __init__(self, url: str, edge_key: EdgeKey) -> None:
        self._client = httpx.Client(
            base_url=url,
            headers={
                "authorization": f"Bearer {edge_key.token(TOKEN_USE)}",
                "accept-encoding": "identity",
            },
            trust_env=False,
            timeout=CONNECT_SECONDS,
        )

    def lease(self, request: LeaseRequest) -> LeaseAnswer:
        """Ask for a lease; the relay answers at once where there is news, else after a while."""
        try:
            answer = self._client.post(
                "/v1/lease",
                content=request.model_dump_json(),
                headers={"content-type": "application/json"},
                timeout=LEASE_ANSWER_SECONDS,
            )
        except httpx.HTTPError as error:
            raise _unreachable(error) from error
        if answer.status_code != HTTPStatus.OK:
            raise _refused(answer)
        try:
            return LeaseAnswer.model_validate_json(answer.content)
        except ValidationError as error:
            raise Damaged("the relay's answer to a lease is malformed") from error

    def tail(self, after: Watermark) -> Iterator[Sequence[Frame]]:
        """Frames that follow a watermark, as many at once as have arrived; ends with the relay.

        Raises LogGone where the log does not go on from there.
        """
        query = {"epoch": after.epoch, "after": after.revision}
        splitter = Splitter()
        with self._stream("GET", "/v1/feed/tail", TAIL_SILENCE_SECONDS, params=query) as answer:
            try:
                for chunk in answer.iter_raw():
                    if frames := [read(each) for each in splitter.feed(chunk)]:
                        yield frames
            except httpx.HTTPError as error:
                raise _unreachable(error) from error
            except CodecError as error:
                raise Damaged(f"the tail: {error}") from error

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Everything in the log, as of one moment."""
        with self._stream("GET", "/v1/feed/snapshot", SNAPSHOT_SILENCE_SECONDS) as answer:
            yield _snapshot(answer)

    @contextmanager
    def buckets(self, numbers: Sequence[int]) -> Iterator[Snapshot]:
        """What is in some buckets, as of one moment."""
        body = json.dumps({"buckets": list(numbers)}).encode()
        with self._stream(
            "POST",
            "/v1/feed/buckets",
            SNAPSHOT_SILENCE_SECONDS,
            content=body,
            headers={"content-type": "application/json"},
        ) as answer:
            yield _snapshot(answer)

    def close(self) -> None:
        """Close what connections there are."""
        self._client.close()

    @contextmanager
    def _stream(
        self,
        method: str,
        path: str,
        silence: float,
        *,
        params: dict[str, int] | None = None,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Iterator[httpx.Response]:
        timeout = httpx.Timeout(silence, connect=CONNECT_SECONDS)
        request = self._client.build_request(
            method, path, params=params, content=content, headers=headers, timeout=timeout
        )
        try:
            answer = self._client.send(request, stream=True)
        except httpx.HTTPError as error:
            raise _unreachable(error) from error
        try:
            if answer.status_code != HTTPStatus.OK:
                try:
                    answer.read()
                except httpx.HTTPError as error:
                    raise _unreachable(error) from error
                raise _refused(answer)
            yield answer
        finally:
            answer.close()


def _snapshot(answer: httpx.Response) -> Snapshot:
    frames = _frames(answer)
    first = next(frames, None)
    start = None if first is None else read(first)
    if not isinstance(start, SnapshotStart):
        raise Damaged("a snapshot does not begin as one")
    return Snapshot(start, _records(start, frames))


def _records(start: SnapshotStart, frames: Iterator[bytes]) -> Iterator[Sealed]:
    checksum = Checksum()
    for data in frames:
        match read(data):
            case SnapshotRows(records):
                checksum.add(rows_of(data), len(records))
                yield from records
            case SnapshotEnd() as end:
                if end != checksum.end() or end.rows != start.rows:
                    raise Damaged("a snapshot's records are not those that were sent")
                return
            case _:
                raise Damaged("a frame does not belong into a snapshot")
    raise Damaged("a snapshot was cut off")


def _frames(answer: httpx.Response) -> Iterator[bytes]:
    splitter = Splitter()
    try:
        for chunk in answer.iter_raw():
            yield from splitter.feed(chunk)
    except httpx.HTTPError as error:
        raise _unreachable(error) from error
    except CodecError as error:
        raise Damaged(f"a snapshot: {error}") from error


def _unreachable(error: httpx.HTTPError) -> RelayError:
    return RelayError(f"{type(error).__name__}: {error}")


def _refused(answer: httpx.Response) -> RelayError:
    try:
        code = str(answer.json()["code"])
    except (ValueError, KeyError, TypeError):
        code = ""
    if answer.status_code == HTTPStatus.CONFLICT and code == "log_gone":
        return LogGone("the log does not go on from here")
    return RelayError(f"the relay answered {answer.status_code} {code}".rstrip())
