"""Frames survive the wire however it cuts them, and foreign bytes are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guazai.feed import CodecError, Watermark, frames, seal
from guazai.feed.frames import (
    Checkpoint,
    Checksum,
    Frame,
    Records,
    SnapshotEnd,
    SnapshotRows,
    SnapshotStart,
    Splitter,
)
from guazai.feed.seal import BUCKETS
from tests.feed.strategies import counters, epochs, records
from tests.feed.test_codec import KEY

sealed = st.lists(records.map(lambda record: seal(record, KEY)), max_size=5).map(tuple)
marks = st.builds(Watermark, epochs, counters, counters)
digests = st.integers(0, 2**64 - 1).map(lambda one: tuple(one ^ each for each in range(BUCKETS)))
any_frame: st.SearchStrategy[Frame] = st.one_of(
    st.builds(Records, st.tuples(epochs, counters), marks, sealed),
    st.builds(Checkpoint, epochs, counters, digests),
    st.builds(SnapshotStart, marks, counters, counters),
    st.builds(SnapshotRows, sealed),
    st.builds(SnapshotEnd, counters, st.binary(min_size=16, max_size=16)),
)


@given(any_frame)
def test_a_frame_survives_the_wire(frame: Frame) -> None:
    assert frames.read(frames.write(frame)) == frame


@given(st.lists(any_frame, max_size=4), st.data())
def test_frames_come_whole_out_of_any_cutting(several: list[Frame], data: st.DataObject) -> None:
    stream = b"".join(map(frames.write, several))
    splitter, at = Splitter(), 0
    found: list[bytes] = []
    while at < len(stream):
        size = data.draw(st.integers(1, len(stream)))
        found += splitter.feed(stream[at : at + size])
        at += size
    assert [frames.read(each) for each in found] == several


@given(any_frame, st.data())
def test_a_truncated_frame_is_refused(frame: Frame, data: st.DataObject) -> None:
    written = frames.write(frame)
    with pytest.raises(CodecError):
        frames.read(written[: data.draw(st.integers(0, len(written) - 1))])


@given(st.binary(max_size=200))
def test_foreign_bytes_are_refused(data: bytes) -> None:
    for given_bytes in (data, len(data).to_bytes(4) + data):
        try:
            found = frames.read(given_bytes)
        except CodecError:
            continue
        assert frames.write(found) == given_bytes


@pytest.mark.parametrize("length", [0, frames.MAX_FRAME_BYTES + 1, 2**32 - 1])
def test_a_stream_of_something_else_is_refused_at_once(length: int) -> None:
    with pytest.raises(CodecError):
        Splitter().feed(length.to_bytes(4) + b"r")


def test_a_frame_that_is_too_long_is_not_written() -> None:
    with pytest.raises(CodecError):
        frames.frame(b"r", bytes(frames.MAX_FRAME_BYTES))


@given(sealed, sealed)
def test_the_checksum_of_a_snapshot_is_of_its_rows_in_order(
    first: frames.SnapshotRows, second: frames.SnapshotRows
) -> None:
    def checksum(*several: object) -> SnapshotEnd:
        found = Checksum()
        for each in several:
            rows = SnapshotRows(each)  # type: ignore[arg-type]  # drawn as tuples
            found.add(frames.rows_of(frames.write(rows)), len(rows.records))
        return found.end()

    whole = (*first, *second)  # type: ignore[misc]
    assert checksum(first, second) == checksum(whole)
    assert checksum(first, second).rows == len(whole)
    if first != second and len(whole) > 1 and whole[::-1] != whole:
        assert checksum(whole[::-1]) != checksum(whole)
