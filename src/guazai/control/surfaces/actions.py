"""Setting what visitors of which industries get (C2)."""

from __future__ import annotations

from collections.abc import Iterable

from guazai.control.directory import queries as directory
from guazai.control.journal import keys
from guazai.control.journal.actions import act
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.locks import locked
from guazai.control.surfaces.models import SurfaceSetting
from guazai.control.surfaces.registry import Surface
from guazai.feed.records import Scope


def close_industries(who: Actor, surface: Surface, industries: Iterable[str], reason: str) -> None:
    """Make `industries` the closed ones; those of others are open again."""
    wanted = set(industries)
    with act(who) as done:
        SurfaceSetting.objects.get_or_create(pk=surface.key)
        row = locked(SurfaceSetting.objects.filter(pk=surface.key)).get()
        before = set(row.closed_industries)
        row.closed_industries = sorted(wanted)
        row.save(update_fields=["closed_industries"])
        touched = directory.mini_programs_in(before ^ wanted).values_list("pk", "industry")
        done.record(
            "surfaces.close_industries",
            "surface",
            surface.key,
            before={"closed_industries": sorted(before)},
            after={"closed_industries": sorted(wanted)},
            reason=reason,
            touch=tuple(
                keys.deny(Scope.MINI_PROGRAM, app_id, hides=industry in wanted, surface=surface.key)
                for app_id, industry in touched
            ),
        )
