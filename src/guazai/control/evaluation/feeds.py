"""Finding the host's feeds, and opening them as the platform's policies ask for them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from guazai.control.eligibility import queries as eligibility
from guazai.control.kernel import clock

if TYPE_CHECKING:
    from guazai.batch.check import Feed

PREFIX = "dt="
MANIFEST = "manifest.json"


def directory_of(day: date) -> Path:
    """Where the feed of `day` is delivered."""
    return Path(settings.CONFIG.feeds / f"{PREFIX}{day.isoformat()}")


def delivered(since: date) -> Iterator[tuple[date, Path]]:
    """The feeds from `since` on whose manifest is there, oldest first."""
    for day, path in days():
        if day >= since and (path / MANIFEST).exists():
            yield day, path


def waiting(applied: date | None) -> list[tuple[date, Path]]:
    """The feeds that were delivered and are later than the one that is applied."""
    return [each for each in delivered(date.min) if applied is None or each[0] > applied]


def days() -> list[tuple[date, Path]]:
    """Every day that has a directory, oldest first."""
    root: Path = settings.CONFIG.feeds
    found = []
    for path in root.glob(f"{PREFIX}*") if root.is_dir() else ():
        try:
            found.append((date.fromisoformat(path.name.removeprefix(PREFIX)), path))
        except ValueError:
            continue  # not a day's directory: nobody asked for it
    return sorted(found)


def fingerprint(path: Path) -> str:
    """What a delivery looks like from outside: it differs once any of its files is replaced."""
    digest = hashlib.sha256(path.name.encode())
    if path.name >= f"{PREFIX}{clock.today()}":
        digest.update(str(clock.today()).encode())  # refused today, because the day is not over
    for each in sorted(path.iterdir()) if path.is_dir() else ():
        status = each.lstat()
        digest.update(f"{each.name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def open_feed(path: Path) -> Feed:
    """The feed at `path`. Raises `FeedError`.

    It must have the facts of the policies in play, and may have those of policies to come.
    """
    from guazai.batch.check import open_feed as opened  # noqa: PLC0415 - Polars is slow to load
    from guazai.batch.manifest import Manifest  # noqa: PLC0415 - as above

    needed = {name for each in eligibility.policies_in_play(clock.now()) for name in each.facts}
    declared = eligibility.fact_types()
    delivered_columns: set[str] = set()
    if path.is_dir() and not path.is_symlink():
        delivered_columns = {column.name for column in Manifest.read(path).schema}
    facts = {
        name: kind for name, kind in declared.items() if name in needed or name in delivered_columns
    }
    return opened(path, facts=facts, today=clock.today(), secret=settings.CONFIG.feed_secret)


def open_again(path: Path, feed_hash: str) -> Feed | None:
    """A feed that was applied, opened as it was then; None where it is gone or another one."""
    from guazai.batch.check import open_feed as opened  # noqa: PLC0415 - Polars is slow to load
    from guazai.batch.errors import FeedError  # noqa: PLC0415 - as above
    from guazai.batch.manifest import KEY_COLUMNS, Manifest  # noqa: PLC0415 - as above

    declared = eligibility.fact_types()
    try:
        columns = [column.name for column in Manifest.read(path).schema]
        facts = {name: declared[name] for name in columns if name not in KEY_COLUMNS}
        feed = opened(path, facts=facts, today=clock.today(), secret=settings.CONFIG.feed_secret)
    except (FeedError, KeyError, OSError):
        return None
    return feed if feed.manifest.content_hash == feed_hash else None
