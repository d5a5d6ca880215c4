"""The overlay: what a node hides although its store may still show it.

Takedowns stand here from when they are accepted until the feed says the same, denies by
break-glass until they are merged, and accounts whose records are damaged until these are mended.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from guazai.feed.lease import EVERY_SURFACE
from guazai.feed.records import Scope

FILE = "overlay"


class Hiding(NamedTuple):
    """One thing that is hidden, on one surface or on every."""

    scope: Scope
    surface: str
    target: str


class Hidden(NamedTuple):
    """What is hidden on one surface."""

    accounts: frozenset[str]
    apps: frozenset[bytes]
    entities: frozenset[bytes]
    everything: bool


def write(folder: Path, hidings: Iterable[Hiding]) -> None:
    """Replace the overlay of a node's folder; readers see the old one or the new one."""
    new = folder / f"{FILE}.new"
    new.write_text(json.dumps(sorted(set(hidings)), separators=(",", ":")))
    new.replace(folder / FILE)


def read(folder: Path) -> frozenset[Hiding]:
    """The overlay of a node's folder; empty where there never was one."""
    try:
        text = (folder / FILE).read_text()
    except FileNotFoundError:
        return frozenset()
    return frozenset(
        Hiding(Scope(scope), surface, target) for scope, surface, target in json.loads(text)
    )


def on_surface(hidings: Iterable[Hiding], surface: str) -> Hidden:
    """What of an overlay concerns one surface."""
    targets: dict[Scope, set[str]] = {scope: set() for scope in Scope}
    for each in hidings:
        if each.surface in (EVERY_SURFACE, surface):
            targets[each.scope].add(each.target)
    return Hidden(
        accounts=frozenset(targets[Scope.ACCOUNT]),
        apps=frozenset(each.encode() for each in targets[Scope.MINI_PROGRAM]),
        entities=frozenset(each.encode() for each in targets[Scope.LEGAL_ENTITY]),
        everything=bool(targets[Scope.GLOBAL]),
    )
