"""Looking accounts up in the files that a run of a feed left behind: masks and facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from guazai.policy import Scalar

if TYPE_CHECKING:
    from guazai.batch.masks import Masks
    from guazai.control.eligibility.models import CurrentMasks


class MaskReader:
    """Reads the masks of some accounts, each once, so that it can be done ahead of a lock."""

    def __init__(self) -> None:
        self._known: defaultdict[str, dict[str, int | None]] = defaultdict(dict)

    def read(self, masks: CurrentMasks, aweme_ids: Collection[str]) -> Mapping[str, int | None]:
        """Those of `aweme_ids` in `masks`, None for who is not there.

        Raises `guazai.batch.masks.MasksError` where the files are gone.
        """
        known = self._known[masks.path]
        if wanted := set(aweme_ids) - known.keys():
            found = _masks_at(masks.path).lookup(wanted)
            known.update((aweme_id, found.get(aweme_id)) for aweme_id in wanted)
        return known


def facts_in_feed(masks: CurrentMasks, aweme_id: str) -> dict[str, Scalar | None] | None:
    """The account's facts in the feed that `masks` were made from; None where that is gone."""
    from guazai.batch.facts import (  # noqa: PLC0415 - Polars is slow to load and rarely needed
        FactsUnavailableError,
        read_facts,
    )

    try:
        return read_facts(Path(masks.feed_path), masks.feed_hash, [aweme_id]).get(aweme_id, {})
    except FactsUnavailableError:
        return None


@lru_cache(maxsize=8)
def _masks_at(path: str) -> Masks:
    from guazai.batch.masks import Masks  # noqa: PLC0415 - Polars is slow to load, rarely needed

    return Masks.open(Path(path))
