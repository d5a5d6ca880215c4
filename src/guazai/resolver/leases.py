"""Leases: a node asks the relay all the time whether it may still be asked.

A lease lasts LEASE_SECONDS from when the request was *sent*: the relay counts from when it answers,
which is later, and so never believes a lease over that still holds. An overlay is shown to the
workers before the lease is renewed that was granted with it, and acknowledged only after.
"""

from __future__ import annotations

import random
import secrets
import threading
import time

import structlog

import guazai
from guazai.feed.lease import LEASE_SECONDS, LeaseAnswer, LeaseRequest
from guazai.resolver.board import Cell
from guazai.resolver.break_glass import Box
from guazai.resolver.relay import Relay, RelayError
from guazai.resolver.replica import Replica
from guazai.resolver.veil import Veil

_LEASE_NS = int(LEASE_SECONDS * 1e9)
MIN_BACKOFF_SECONDS = 0.02
MAX_BACKOFF_SECONDS = 0.15
#: The relay may answer at once and refuse; it is not asked again at once.
REFUSED_PAUSE_SECONDS = 0.02
log = structlog.get_logger(__name__)


class Leases:
    """Asks for one node, one request after another; sets `heard` when the relay is there again."""

    def __init__(
        self,
        name: str,
        relay: Relay,
        replica: Replica,
        veil: Veil,
        box: Box,
        heard: threading.Event,
    ) -> None:
        self._name = name
        self._boot = secrets.token_hex(8)
        self._relay = relay
        self._replica = replica
        self._veil = veil
        self._box = box
        self._heard = heard
        self._is_leased: bool | None = None

    def run(self, stop: threading.Event) -> None:
        """Ask until `stop`; failures are waited out, and told once."""
        backoff = MIN_BACKOFF_SECONDS
        while not stop.is_set():
            try:
                granted = self.ask()
            except RelayError as error:
                self._note(is_leased=False, why=str(error))
                stop.wait(backoff * random.uniform(0.5, 1.0))  # noqa: S311 - spreads nodes
                backoff = min(backoff * 2, MAX_BACKOFF_SECONDS)
            else:
                backoff = MIN_BACKOFF_SECONDS
                self._note(is_leased=granted, why="" if granted else "the relay does not grant one")
                if not granted:
                    stop.wait(REFUSED_PAUSE_SECONDS)

    def ask(self) -> bool:
        """Ask once; whether a lease was granted. Raises RelayError."""
        request = self._request()
        sent_at = time.monotonic_ns()
        answer = self._relay.lease(request)
        self._take(answer, sent_at)
        return answer.granted

    def _take(self, answer: LeaseAnswer, sent_at: int) -> None:
        floor = answer.floor_epoch, answer.floor_revision
        self._veil.take(answer)
        if answer.merged:
            self._veil.merge(answer.merged, floor)
            self._box.drop(answer.merged)
        if answer.granted:
            self._replica.grant(sent_at + _LEASE_NS, floor)
        else:
            self._replica.raise_floor(floor)
        self._veil.settle(self._replica.mark)

    def _request(self) -> LeaseRequest:
        mark, board = self._replica.mark, self._replica.node.board
        age = None if mark is None else max(0, time.time_ns() // 1_000_000 - mark.at_ms)
        return LeaseRequest(
            node=self._name,
            boot=self._boot,
            holds=self._veil.version,
            epoch=None if mark is None else mark.epoch,
            revision=None if mark is None else mark.revision,
            feed_age_ms=age,
            drift_found=board[Cell.DRIFT_FOUND],
            drift_mended=board[Cell.DRIFT_MENDED],
            software=guazai.__version__,
            break_glass=tuple(self._box.held().values()),
        )

    def _note(self, *, is_leased: bool, why: str) -> None:
        board = self._replica.node.board
        if is_leased:
            board.add(Cell.LEASES)
        if is_leased != self._is_leased:
            self._is_leased = is_leased
            if is_leased:
                self._heard.set()
                log.info("lease.granted", node=self._name)
            else:
                log.warning("lease.missed", node=self._name, why=why)
