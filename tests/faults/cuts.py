"""Links that can be cut: TCP forwarders between nodes and their relay, each with a will of its own.

They run on one thread of the test's process. A connection is forwarded both ways unless its link is

- *cut*: what is open is reset, what comes is reset at once;
- *held*: connections are taken, but nothing goes through either way; what was on its way arrives
  when the link is whole again, however late that is;
- *half held*: the same for some connections, drawn by lot, as when one flow loses its packets;
- *slow*: everything arrives later by some time.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto

CHUNK = 64 * 1024
#: Close by a reset, as a link that is gone would look to both ends.
_RESET = struct.pack("ii", 1, 0)


class State(Enum):
    """What a link does to its connections."""

    WHOLE = auto()
    CUT = auto()
    HELD = auto()
    HALF_HELD = auto()
    SLOW = auto()


@dataclass(eq=False)
class _Flow:
    """One connection through a link: both ends, and whether anything goes through now."""

    writers: tuple[asyncio.StreamWriter, asyncio.StreamWriter]
    is_free: asyncio.Event = field(default_factory=asyncio.Event)

    def reset(self) -> None:
        for each in self.writers:
            with suppress(OSError):
                sock = each.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            each.transport.abort()


class Link:
    """One node's way to the relay; nodes connect to `port`."""

    def __init__(self, port: int, target: int, rng: random.Random) -> None:
        self.port = port
        self._target = target
        self._rng = rng
        self._state = State.WHOLE
        self._delay = 0.0
        self._flows: set[_Flow] = set()
        #: Whoever must not be collected while it runs.
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """What a node takes for its relay."""
        return f"http://127.0.0.1:{self.port}"

    def become(self, state: State, delay: float) -> None:
        """Change what happens to every connection, open or to come; on the forwarders' loop."""
        self._state, self._delay = state, delay
        for each in list(self._flows):
            self._settle(each)

    def _settle(self, flow: _Flow) -> None:
        """Cut a flow, hold it or let it go."""
        if self._state is State.CUT:
            flow.reset()
        is_half = self._state is State.HALF_HELD and self._rng.random() < 0.5
        if self._state is State.HELD or is_half:
            flow.is_free.clear()
        else:
            flow.is_free.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward one connection until either end is done."""
        if self._state is State.CUT:
            _Flow((writer, writer)).reset()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            # The relay does not listen: the node finds its connection reset, as it would refused.
            _Flow((writer, writer)).reset()
            return
        flow = _Flow((writer, far_writer))
        self._flows.add(flow)
        # It may have been cut while the far end was connected to.
        self._settle(flow)
        ways = (self._pump(flow, reader, far_writer), self._pump(flow, far_reader, writer))
        try:
            # Cancelled when the links stop: a server's task that ends so would be logged.
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*ways)
        finally:
            self._flows.discard(flow)
            for each in flow.writers:
                each.transport.abort()

    async def _pump(
        self, flow: _Flow, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                if self._delay:
                    await asyncio.sleep(self._delay)
                await flow.is_free.wait()
                writer.write(data)
                await writer.drain()
            await flow.is_free.wait()
            if writer.can_write_eof():
                writer.write_eof()


class Links:
    """Any number of links to one relay."""

    def __init__(self, target: int, seed: str) -> None:
        self._target = target
        self._seed = seed
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="links", daemon=True)
        self._servers: list[asyncio.Server] = []

    def add(self, name: str) -> Link:
        """A link on a port of its own."""
        listener = socket.create_server(("127.0.0.1", 0))
        rng = random.Random(f"{self._seed}:link:{name}")
        link = Link(int(listener.getsockname()[1]), self._target, rng)

        async def listen() -> None:
            self._servers.append(await asyncio.start_server(link.serve, sock=listener))

        asyncio.run_coroutine_threadsafe(listen(), self._loop).result(10)
        return link

    @contextmanager
    def broken(self, link: Link, state: State, delay: float = 0.0) -> Iterator[None]:
        """A link in another state than whole, until the block ends."""
        self._on_loop(lambda: link.become(state, delay))
        try:
            yield
        finally:
            self._on_loop(lambda: link.become(State.WHOLE, 0.0))

    def _on_loop(self, work: Callable[[], None]) -> None:
        done = threading.Event()

        def run() -> None:
            work()
            done.set()

        self._loop.call_soon_threadsafe(run)
        assert done.wait(10)

    def start(self) -> None:
        """Begin to forward."""
        self._thread.start()

    def stop(self) -> None:
        """Cut everything, and end."""

        async def end() -> None:
            for each in self._servers:
                each.close()
            tasks = [each for each in asyncio.all_tasks() if each is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@contextmanager
def links(target: int, seed: str) -> Iterator[Links]:
    """Links to whoever listens on `target`, until the block ends."""
    made = Links(target, seed)
    made.start()
    try:
        yield made
    finally:
        made.stop()
