"""Put entries straight into the log: `python -m tests.faults.filling ENTRIES`.

A program, in the environment of a platform whose relay has not started yet. Its last line says the
log's epoch and revision.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from itertools import islice

import django

django.setup()

from django.conf import settings  # noqa: E402 - what follows needs Django set up
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from guazai.control.entry.models import EdgeRecord, FeedHead  # noqa: E402
from guazai.feed.codec import seal  # noqa: E402
from guazai.feed.seal import bucket_of  # noqa: E402
from tests.faults.entries import records  # noqa: E402

AT_ONCE = 20_000
Row = tuple[bytes, bytes, int, int]


def main(entries: int) -> None:
    """Fill the log."""
    call_command("migrate", interactive=False, verbosity=0)
    edge_key = settings.CONFIG.node.edge_key
    epoch = int(time.time())

    def rows() -> Iterator[Row]:
        for revision, record in enumerate(records(entries, epoch), 1):
            key, value = seal(record, edge_key)
            yield key, value, revision, bucket_of(key)

    insert = (
        f'INSERT INTO "{EdgeRecord._meta.db_table}" ("key", "value", "revision", "bucket")'
        " VALUES (%s, %s, %s, %s)"
    )
    made, revision = rows(), 0
    with transaction.atomic(), connection.cursor() as cursor:
        while batch := list(islice(made, AT_ONCE)):
            cursor.executemany(insert, batch)
            revision = batch[-1][2]
        FeedHead.objects.create(
            pk=1, epoch=epoch, revision=revision, edge_key_id=edge_key.identifier()
        )
    print(json.dumps({"epoch": epoch, "revision": revision}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
