"""What the edge is to hold under some keys, read from the current state of all contexts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from guazai.control.directory import queries as directory
from guazai.control.eligibility import queries as eligibility
from guazai.control.entry import queries
from guazai.control.journal.keys import Key, KeyKind
from guazai.control.surfaces.registry import SURFACES, Surface
from guazai.feed.records import (
    ConfigRecord,
    DenyRecord,
    ProgramRecord,
    Record,
    Scope,
    VerdictRecord,
)

if TYPE_CHECKING:
    from guazai.control.directory.models import MiniProgram
    from guazai.control.landing.models import LandingChange


@dataclass(frozen=True, slots=True)
class Projected:
    """One record to hold, before it has a version; verdicts bring their own.

    An optional one need not be told where nothing was ever told under its key.
    """

    record: Record
    is_optional: bool = False

    def at(self, epoch: int, version: int) -> Record:
        """The record with a version."""
        if isinstance(self.record, VerdictRecord):
            return self.record
        return replace(self.record, epoch=epoch, version=version)


def project(wanted: Iterable[Key]) -> Iterator[Projected]:
    """What the edge is to hold for some keys now; about as many queries for many as for one.

    A mini program comes before the entries that need it. A key that only leads to others has none.
    """
    names: dict[KeyKind, dict[str, None]] = defaultdict(dict)
    for key in wanted:
        names[key.kind][key.key] = None
    for surface in SURFACES.values():
        yield from _denies(names[KeyKind.DENY], surface)
        yield from _programs(names[KeyKind.MINI_PROGRAM], surface)
        yield from _entries(names[KeyKind.ENTRY], surface)
    yield from _verdicts(names[KeyKind.VERDICT])


def _denies(names: Iterable[str], surface: Surface) -> Iterator[Projected]:
    parts = (name.partition(":") for name in names)
    targets = [(Scope(scope), target) for scope, _, target in parts]
    denied = queries.denied(targets) if targets else set()
    for scope, target in targets:
        is_denied = (scope, target) in denied
        if scope is Scope.MINI_PROGRAM and not is_denied:
            # One record closes all entries of a mini program, whatever closed it.
            app = directory.find_mini_program(target)
            is_denied = app is None or bool(queries.closed_reasons(app, surface))
        record = DenyRecord(scope, surface.key, target, epoch=0, version=0, denied=is_denied)
        yield Projected(record, is_optional=not is_denied)


def _programs(app_ids: Iterable[str], surface: Surface) -> Iterator[Projected]:
    wanted = list(app_ids)
    for app in directory.find_mini_programs(wanted).values() if wanted else ():
        yield Projected(_program(app, surface), is_optional=True)


def _program(app: MiniProgram, surface: Surface) -> ProgramRecord:
    return ProgramRecord(
        surface=surface.key,
        app_id=app.pk,
        epoch=0,
        version=0,
        entity_id=app.entity_id,
        app_name=app.name,
        icon_url=app.icon_url,
        link=surface.link_of(app.pk),
    )


def _entries(aweme_ids: Iterable[str], surface: Surface) -> Iterator[Projected]:
    wanted = list(aweme_ids)
    changes = queries.live_changes(wanted, surface) if wanted else {}
    apps = {change.mini_program_id: change.mini_program for change in changes.values()}
    for app in apps.values():
        yield Projected(_program(app, surface))
    for aweme_id in wanted:
        change = changes.get(aweme_id)
        for host in surface.hosts:
            record = _config(surface, host, aweme_id, change)
            yield Projected(record, is_optional=change is None)


def _config(
    surface: Surface, host: str, aweme_id: str, change: LandingChange | None
) -> ConfigRecord:
    if change is None:
        return ConfigRecord(surface.key, host, aweme_id, epoch=0, version=0, live=False)
    return ConfigRecord(
        surface=surface.key,
        host=host,
        aweme_id=aweme_id,
        epoch=0,
        version=0,
        live=True,
        app_id=change.mini_program_id,
        title=change.title,
        page_path=change.page_path,
        query=change.query,
    )


def _verdicts(aweme_ids: Iterable[str]) -> Iterator[Projected]:
    wanted = list(aweme_ids)
    for verdict in eligibility.verdicts(wanted).values() if wanted else ():
        yield Projected(
            VerdictRecord(verdict.pk, verdict.as_of, verdict.revision, verdict.is_passed)
        )
