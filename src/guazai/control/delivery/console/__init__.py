"""The console: one page, built from `console/`, whose script draws every address below it."""

from __future__ import annotations

from pathlib import Path

#: Where the build puts the page and its files.
DIST = Path(__file__).parent / "dist"
