"""Charts in one style, the same bytes whenever the figures are the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

COLOURS = ("#1664ff", "#d64545", "#7a869a", "#0f9d78")
_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "guazai",
    "font.family": "sans-serif",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6e9ef",
    "axes.axisbelow": True,
    "legend.frameon": False,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    colour: int
    is_dashed: bool = False


@contextmanager
def chart(file: Path, title: str, x: str, y: str) -> Iterator[Axes]:
    """Draw on axes with names; the file is written at the end. 720 points wide."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(10, 5.4), layout="constrained")
        axes = figure.add_subplot()
        axes.set_title(title, loc="left", fontsize=13, pad=12)
        axes.set_xlabel(x)
        axes.set_ylabel(y)
        yield axes
        axes.legend()
        file.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})


def draw(axes: Axes, lines: Sequence[Line]) -> None:
    for line in lines:
        axes.plot(
            line.x,
            line.y,
            marker="o",
            markersize=4,
            linewidth=1.8,
            linestyle="--" if line.is_dashed else "-",
            color=COLOURS[line.colour],
            label=line.name,
        )
