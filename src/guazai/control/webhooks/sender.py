"""The sender: builds deliveries, checks endpoints, and delivers, many at a time.

One thread of its own in the worker's process, with an event loop; the database is asked in one
more. Each endpoint has few attempts in flight, so that one that never answers keeps its own places
and nobody else's (S7).
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import Counter
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

import httpx
import structlog
from django.db import close_old_connections, connections

from guazai.control.kernel import clock
from guazai.control.webhooks import building, claims, envelope, sending
from guazai.control.webhooks.addresses import Networks
from guazai.control.webhooks.claims import Check, Done, Job
from guazai.control.webhooks.sending import Answer, GuardedTransport, System
from guazai.control.webhooks.states import Failure

log = structlog.get_logger(__name__)
P = ParamSpec("P")
T = TypeVar("T")
#: How many attempts may be in flight in all.
IN_FLIGHT = 256
POLL_SECONDS = 0.2
#: How long what ends together is waited for, to be written down together; others write meanwhile.
GATHER_SECONDS = 0.02
BACKOFF_SECONDS = 2.0
#: How long those in flight may take to end once the sender is told to stop.
END_SECONDS = 2.0
SILENT_SECONDS = 60.0


class Sender:
    """Delivers until it is told to stop; outlives failures of the database."""

    def __init__(
        self, networks: Networks, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._resolver = System()
        self._transport = transport or GuardedTransport(networks, self._resolver)
        self._database = ThreadPoolExecutor(1, thread_name_prefix="sender-db")
        self._in_flight: Counter[str] = Counter()
        #: The endpoints that were served, the latest at the end.
        self._served: dict[str, None] = {}
        self._outcomes: list[Done] = []
        self._checks: list[tuple[Check, Failure | None]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._next_look = self._next_build = 0.0

    def run(self, should_stop: Callable[[], bool]) -> None:
        """Deliver until `should_stop()`."""
        try:
            asyncio.run(self._run(should_stop))
        finally:
            self._resolver.close()
            self._database.submit(connections.close_all)
            self._database.shutdown()

    async def _run(self, should_stop: Callable[[], bool]) -> None:
        self._finished = asyncio.Event()
        async with sending.client(self._transport) as over:
            while not should_stop():
                try:
                    is_busy = await self._step(over)
                except Exception:
                    log.exception("sender.failed")
                    await self._ask(close_old_connections)
                    await asyncio.sleep(BACKOFF_SECONDS)
                    continue
                await self._pause(is_busy=is_busy)
            await self._end()

    async def _step(self, over: httpx.AsyncClient) -> bool:
        """Write down what came of attempts, and begin others; whether there may be more at once."""
        await self._write()
        built = await self._build()
        await self._look_for_silent()
        for check in await self._ask(claims.claim_checks):
            self._begin(self._check(over, check))
        room = IN_FLIGHT - sum(self._in_flight.values())
        if room <= 0:
            return built > 0
        jobs = await self._ask(claims.claim, self._in_flight.copy(), room, tuple(self._served))
        for job in jobs:
            self._in_flight[job.app_id] += 1
            self._served.pop(job.app_id, None)
            self._served[job.app_id] = None
            self._begin(self._deliver(over, job))
        return built > 0

    async def _write(self) -> None:
        if self._outcomes:
            written = tuple(self._outcomes)
            await self._ask(claims.record, written)
            del self._outcomes[: len(written)]
        while self._checks:
            await self._ask(claims.finish_check, *self._checks[0])
            del self._checks[0]

    async def _build(self) -> int:
        """Write deliveries; where that fails, what was written before is delivered meanwhile."""
        now = asyncio.get_running_loop().time()
        if now < self._next_build:
            return 0
        try:
            return await self._ask(building.build)
        except Exception:
            log.exception("sender.building_failed")
            await self._ask(close_old_connections)
            self._next_build = now + BACKOFF_SECONDS
            return 0

    async def _look_for_silent(self) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._next_look:
            await self._ask(claims.disable_silent)
            self._next_look = now + SILENT_SECONDS

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._end_of)

    def _end_of(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # What it had is due again at the end of its lease.
            log.error("sender.attempt_failed", exc_info=error)

    async def _deliver(self, over: httpx.AsyncClient, job: Job) -> None:
        at = clock.now()
        try:
            answer = Answer(0, failure=Failure.NO_SECRET)
            if job.secrets:
                body = job.body.encode()
                headers = envelope.headers(body, job.secrets, job.id)
                answer = await sending.post(over, job.url, body, headers)
            self._outcomes.append(Done(job, at, answer))
        finally:
            self._in_flight[job.app_id] -= 1
            self._finished.set()

    async def _check(self, over: httpx.AsyncClient, check: Check) -> None:
        challenge = secrets.randbelow(2**31)
        body = envelope.check_body(check.app_id, challenge).encode()
        headers = envelope.headers(body, check.secrets)
        answer = await sending.post(over, check.url, body, headers)
        failure = answer.failure
        if failure is None and not is_echo(answer.text, challenge):
            failure = Failure.CHALLENGE_WRONG
        self._checks.append((check, failure))
        self._finished.set()

    async def _pause(self, *, is_busy: bool) -> None:
        if not is_busy:
            try:
                await asyncio.wait_for(self._finished.wait(), POLL_SECONDS)
            except TimeoutError:
                return
        self._finished.clear()
        await asyncio.sleep(GATHER_SECONDS)

    async def _end(self) -> None:
        """Let those in flight end, but not for long: what is cut off is done again."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=END_SECONDS)
            for task in late:
                task.cancel()
        await self._write()

    async def _ask(self, question: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._database, lambda: question(*args, **kwargs))


def is_echo(text: str, challenge: int) -> bool:
    """Whether an answer is the challenge that was asked for, as a number."""
    try:
        found = json.loads(text)
    except ValueError:
        return False
    said = found.get("challenge") if isinstance(found, dict) else None
    return type(said) is int and said == challenge
