"""Upkeep of the log: old tombstones are dropped, and a changed edge key seals all records anew."""

from __future__ import annotations

import time
from datetime import timedelta

from django.db import transaction

from guazai.control.entry.models import EdgeRecord, FeedHead
from guazai.control.kernel import clock
from guazai.control.kernel.locks import locked
from guazai.feed.seal import MAC_BYTES, EdgeKey

#: How long what was hidden is remembered, for nodes that were away meanwhile.
KEPT = timedelta(days=7)
PURGE_BATCH = 500
RESEAL_BATCH = 5000


def purge(limit: int = PURGE_BATCH) -> int:
    """Drop some of the records that have been blank for longer than `KEPT`; how many it were.

    A node that has not come past them by then is refused the tail, and takes a snapshot.
    """
    old = EdgeRecord.objects.filter(blank_since__lt=clock.now() - KEPT).order_by("blank_since")
    if not old.exists():
        return 0
    with transaction.atomic():
        head = locked(FeedHead.objects.filter(pk=1)).get()
        found = dict(old.values_list("key", "revision")[:limit])
        EdgeRecord.objects.filter(pk__in=list(found)).delete()
        head.purged = max(head.purged, *found.values())
        head.save(update_fields=["purged"])
    return len(found)


def reseal(edge_key: EdgeKey, epoch: int) -> int:
    """Seal every record by `edge_key`, and begin a new epoch, which it returns.

    In small transactions, so that nobody waits; cut off, it begins anew at the next start.
    """
    last = b""
    while rows := list(EdgeRecord.objects.filter(pk__gt=last).order_by("pk")[:RESEAL_BATCH]):
        for row in rows:
            content = bytes(row.value)[MAC_BYTES:]
            row.value = edge_key.mac(bytes(row.key), content) + content
        last = bytes(rows[-1].key)
        EdgeRecord.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["key"], update_fields=["value"]
        )
    with transaction.atomic():
        head = locked(FeedHead.objects.filter(pk=1)).get()
        head.epoch = max(epoch + 1, int(time.time()))
        head.edge_key_id = edge_key.identifier()
        head.save(update_fields=["epoch", "edge_key_id"])
    return int(head.epoch)
