"""The relay's metrics, for Prometheus."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from guazai.control.entry.relay import Told
from guazai.control.entry.warden import NodeStatus
from guazai.control.journal import queries as journal
from guazai.control.kernel import clock


class Metrics:
    """What the relay tells of itself, and of the nodes that ask it."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._keys = self._counter("keys_told", "Outbox keys settled.")
        self._records = self._counter("records_told", "Records revised.")
        self._revision = self._gauge("revision", "The log's last revision.")
        self._seconds = self._gauge("telling_seconds", "How long the last telling took.")
        self._backlog = self._gauge("outbox_keys", "Outbox keys that wait.")
        self._tails = self._gauge("tails", "Nodes that follow the feed.")
        self._snapshots = self._gauge("snapshots", "Snapshots being sent.")
        self._nodes = self._gauge("nodes", "Nodes that asked for a lease lately.")
        self._in_rotation = self._gauge("nodes_in_rotation", "Of these, nodes in rotation.")
        self._drift = self._gauge("drift_rows", "Rows found wrong on nodes, and not mended.")
        self._takedowns = self._gauge("open_takedowns", "Takedowns not told and effective yet.")
        self._oldest = self._gauge(
            "oldest_open_takedown_seconds", "How long ago the oldest of them was accepted."
        )

    def _counter(self, name: str, text: str) -> Counter:
        return Counter(f"guazai_relay_{name}", text, registry=self._registry)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"guazai_relay_{name}", text, registry=self._registry)

    def take(self, told: Told) -> None:
        """Note what was just told."""
        self._keys.inc(told.settled)
        self._records.inc(len(told.records))
        self._revision.set(told.watermark.revision)
        if told.settled:
            self._seconds.set(told.seconds)

    def note(self, tails: int, snapshots: int, nodes: Sequence[NodeStatus]) -> None:
        """Note who is served now."""
        self._tails.set(tails)
        self._snapshots.set(snapshots)
        self._nodes.set(len(nodes))
        self._in_rotation.set(sum(each.is_in_rotation for each in nodes))
        self._drift.set(sum(each.said.drift_found - each.said.drift_mended for each in nodes))

    def text(self) -> bytes:
        """Everything, with what the database says; for a thread that may wait for that."""
        try:
            self._backlog.set(journal.backlog())
            accepted = journal.takedowns(is_open=True).values_list("accepted_at", flat=True)
            self._takedowns.set(accepted.count())
            oldest = accepted.order_by("accepted_at").first()
            self._oldest.set((clock.now() - oldest).total_seconds() if oldest else 0.0)
        finally:
            connection.close()
        return generate_latest(self._registry)
