"""The feed from a broker's stream.

A node has no consumer there that would have to be made anew where a server dies: it listens to what
the stream tells, and asks for what it missed by position, of any replica, also while the stream has
no leader. Its position is kept with its records.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error, NoRespondersError
from nats.errors import TimeoutError as NoAnswerError

from guazai.feed import CodecError, Watermark
from guazai.feed.broker import (
    GET_SUBJECT,
    POSITION_HEADER,
    SUBJECTS,
    TOLD_SUBJECTS,
    Broker,
    BrokerError,
)
from guazai.feed.frames import Frame, Records, read
from guazai.resolver.relay import LogGone, RelayError
from guazai.resolver.source import Arrival

#: Without a word for so long, it is asked whether there is anything.
PATIENCE_SECONDS = 2.0
#: Without an answer for so long, another server is asked.
ANSWER_SECONDS = 2.0
RETRY_SECONDS = 0.05
#: The broker is given up when it neither told nor answered anything for so long.
SILENCE_SECONDS = 5.0
#: How many positions are asked for at once, at most, where much was missed.
MAX_WINDOW = 64
log = structlog.get_logger(__name__)
Arrivals = AsyncGenerator[Sequence[Arrival]]


class Nats:
    """The feed through a broker."""

    def __init__(self, broker: Broker, node: str) -> None:
        self._broker = broker
        self._name = f"guazai node {node}"

    def tail(self, after: Watermark, position: int) -> Iterator[Sequence[Arrival]]:
        """Frames after a position; where one server is lost, from another.

        Raises RelayError; LogGone where the stream is another one than the position is of.
        """
        with asyncio.Runner() as runner:
            arrivals = self._tail(after, position)
            try:
                while (found := runner.run(_next(arrivals))) is not None:
                    yield found
            finally:
                runner.run(arrivals.aclose())

    async def _tail(self, after: Watermark, position: int) -> Arrivals:
        place = _Place(after, position, time.monotonic())
        while True:
            try:
                async with self._broker.connected(self._name) as client:
                    following = _Following(client, await client.subscribe(TOLD_SUBJECTS), place)
                    await client.flush()
                    async with aclosing(following.run()) as found:
                        async for arrivals in found:
                            yield arrivals
            except BrokerError as error:
                raise RelayError(f"no broker: {error}") from error
            except Error:
                place.require_news()
                await asyncio.sleep(RETRY_SECONDS)


async def _next(arrivals: Arrivals) -> Sequence[Arrival] | None:
    return await anext(arrivals, None)


@dataclass(slots=True)
class _Place:
    """How far this came in the stream, and when it last heard of it."""

    mark: Watermark
    position: int
    heard: float

    def take(self, message: Msg) -> list[Arrival]:
        """Go on to a message; nothing where it is no frame, and a gap is seen where it ought to."""
        self.position = _position(message)
        frame = _frame(message)
        if isinstance(frame, Records):
            self.mark = max(self.mark, frame.watermark)
        return [] if frame is None else [Arrival(frame, self.position)]

    def require_known(self, message: Msg) -> None:
        """Raise LogGone where an earlier position brings news: the stream was made anew."""
        frame = _frame(message)
        if isinstance(frame, Records) and frame.watermark > self.mark:
            raise LogGone("the broker's stream was made anew")

    def require_news(self) -> None:
        """Raise RelayError where nothing was heard for long."""
        if time.monotonic() > self.heard + SILENCE_SECONDS:
            raise RelayError(f"the broker is silent for {SILENCE_SECONDS:.0f} s")


class _Following:
    """One connection. Raises nats' Error where it is lost."""

    def __init__(self, client: Client, told: Subscription, place: _Place) -> None:
        self._client = client
        self._told = told
        self._place = place

    async def run(self) -> Arrivals:
        """What was missed, then what is told, for ever."""
        reach = 0
        while True:
            async with aclosing(self._missed(reach)) as missed:
                async for arrivals in missed:
                    yield arrivals
            is_quiet, reach = False, 0
            while not is_quiet and not reach:
                found, reach = await self._listen()
                is_quiet = not found
                if found:
                    yield found

    async def _listen(self) -> tuple[list[Arrival], int]:
        """What is told and goes on from here; and a position before which some is missing, or 0.

        Neither where nothing is told in PATIENCE_SECONDS.
        """
        found: list[Arrival] = []
        while not found or self._told.pending_msgs:
            try:
                message = await self._told.next_msg(PATIENCE_SECONDS)
            except Error as error:
                # What was found counts; a connection that is lost is so the next time too.
                if found or isinstance(error, NoAnswerError):
                    break
                raise
            self._place.heard = time.monotonic()
            position = _position(message)
            if position > self._place.position + 1:
                return found, position
            if position == self._place.position + 1:
                found += self._place.take(message)
            elif position:
                self._place.require_known(message)
        return found, 0

    async def _missed(self, reach: int) -> Arrivals:
        """What any replica has after the position, until there is no more, and up to `reach`."""
        window = 1
        until = time.monotonic() + SILENCE_SECONDS
        while True:
            before = self._place.position
            answers = await asyncio.gather(
                *(self._get(before + ahead) for ahead in range(1, window + 1)),
                return_exceptions=True,
            )
            if found := self._in_order(answers):
                yield found
            if self._place.position > before:
                # Where positions are dense, many are asked for at once.
                is_dense = self._place.position == before + window
                window = min(2 * window, MAX_WINDOW) if is_dense else 1
                until = time.monotonic() + SILENCE_SECONDS
            elif before >= reach:
                return
            elif time.monotonic() > until:
                raise RelayError("the broker does not have what it told")
            else:
                window = 1
                await asyncio.sleep(RETRY_SECONDS)

    def _in_order(self, answers: Sequence[Msg | BaseException | None]) -> list[Arrival]:
        """The messages, up to the first that a replica does not have yet, or did not send."""
        found: list[Arrival] = []
        for answer in answers:
            if isinstance(answer, BaseException):
                if not found:
                    self._require_patience(answer)
                break
            self._place.heard = time.monotonic()
            if answer is None:
                break
            if _position(answer) > self._place.position:
                found += self._place.take(answer)
        return found

    def _require_patience(self, error: BaseException) -> None:
        """Raise what went wrong, unless it is that no replica is there to answer."""
        if not isinstance(error, NoRespondersError):
            raise error
        self._place.require_news()

    async def _get(self, position: int) -> Msg | None:
        """The first message at a position or after it; None where there is none yet."""
        wanted = json.dumps({"seq": position, "next_by_subj": SUBJECTS}).encode()
        answer = await self._client.request(GET_SUBJECT, wanted, timeout=ANSWER_SECONDS)
        return answer if _position(answer) else None


def _position(message: Msg) -> int:
    """Where the stream has a message; 0 where it is not the stream's."""
    position = (message.headers or {}).get(POSITION_HEADER, "")
    return int(position) if position.isdecimal() else 0


def _frame(message: Msg) -> Frame | None:
    """The frame of a message; None where it is none."""
    try:
        return read(message.data)
    except CodecError:
        log.warning("broker.foreign_message", position=_position(message))
        return None
