"""Looking accounts up in the files that a run of a feed left behind: masks and facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from guazai.control.eligibility.errors import MASKS_UNREADABLE
from guazai.control.kernel.errors import Problem
from guazai.policy import Scalar

if TYPE_CHECKING:
    from guazai.batch.masks import Masks
    from guazai.control.eligibility.models import CurrentMasks

log = structlog.get_logger(__name__)


class MasksUnreadableError(Problem):
    """The masks that are current cannot be read on this node; the log says which and why."""

    def __init__(self) -> None:
        super().__init__(MASKS_UNREADABLE)


class MaskReader:
    """Reads the masks of some accounts, each once, so that it can be done ahead of a lock."""

    def __init__(self) -> None:
        self._known: defaultdict[str, dict[str, int | None]] = defaultdict(dict)

    def read(self, masks: CurrentMasks, aweme_ids: Collection[str]) -> Mapping[str, int | None]:
        """Those of `aweme_ids` in `masks`, None for who is not there.

        Raises `MasksUnreadableError`.
        """
        known = self._known[masks.path]
        if wanted := set(aweme_ids) - known.keys():
            found = _look_up(masks.path, wanted)
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


def _look_up(path: str, aweme_ids: Collection[str]) -> dict[str, int]:
    from polars.exceptions import PolarsError  # noqa: PLC0415 - slow to load, rarely needed

    from guazai.batch.masks import MasksError  # noqa: PLC0415 - slow to load, rarely needed

    try:
        return _masks_at(path).lookup(aweme_ids)
    except (MasksError, PolarsError, OSError) as error:
        log.exception("eligibility.masks_unreadable", path=path)
        raise MasksUnreadableError from error


@lru_cache(maxsize=8)
def _masks_at(path: str) -> Masks:
    from guazai.batch.masks import Masks  # noqa: PLC0415 - Polars is slow to load, rarely needed

    return Masks.open(Path(path))
