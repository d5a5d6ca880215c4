"""Reading the settings of surfaces."""

from __future__ import annotations

from guazai.control.surfaces.models import SurfaceSetting
from guazai.control.surfaces.registry import Surface


def closed_industries(surface: Surface) -> frozenset[str]:
    """Industries whose visitors get no entry on `surface` (C2)."""
    row = SurfaceSetting.objects.filter(pk=surface.key).first()
    return frozenset(row.closed_industries) if row else frozenset()


def is_open(surface: Surface, industry: str) -> bool:
    """Whether visitors of `industry` get entries on `surface` (C2)."""
    return industry not in closed_industries(surface)
