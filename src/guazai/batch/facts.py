"""The facts of single accounts, read from a feed to explain a verdict."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import polars as pl

from guazai.batch.errors import FeedError
from guazai.batch.manifest import Manifest
from guazai.policy import Scalar


class FactsUnavailableError(Exception):
    """The feed that a verdict was made from is not there any more, or was replaced."""


def read_facts(
    directory: Path, feed_hash: str, aweme_ids: Collection[str]
) -> dict[str, dict[str, Scalar | None]]:
    """The facts of those of `aweme_ids` that are in the feed, by id.

    `feed_hash` is the `Manifest.content_hash` that the feed had when it was judged. Raises
    `FactsUnavailableError` where the feed is gone or another one is in its place.
    """
    try:
        manifest = Manifest.read(directory)
        if manifest.content_hash != feed_hash:
            raise FactsUnavailableError(f"{directory} holds another feed now")
        wanted = sorted(aweme_ids)
        if not wanted or not manifest.files:
            return {}
        # The bounds let whole row groups be passed over.
        rows = (
            pl.scan_parquet([directory / part.name for part in manifest.files], glob=False)
            .filter(
                pl.col("aweme_id").is_between(pl.lit(wanted[0]), pl.lit(wanted[-1])),
                pl.col("aweme_id").is_in(wanted),
            )
            .drop("account_type")
            .collect(engine="streaming")
        )
    except (FeedError, OSError, pl.exceptions.PolarsError) as error:
        raise FactsUnavailableError(str(error)) from error
    return {row.pop("aweme_id"): row for row in rows.iter_rows(named=True)}
