"""Charts of distances and error rates, made to be read at the width of a README."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.rates import Curve, Pairs
from facedoor.frames import Image

GENUINE, IMPOSTOR, MARK = "#1a7f5a", "#c1432e", "#30343b"
BIN = 0.05
LINES = ("--", "-")
POINTS_DRAWN = 4000
"""Steps of an error curve that are drawn: more than the picture has pixels."""

_STYLE = {
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#8a8f98",
    "axes.axisbelow": True,
    "grid.color": "#e3e5e9",
    "legend.frameon": False,
    "figure.facecolor": "white",
    "savefig.dpi": 180,
}


def sheet(width_in: float, height_in: float, rows: int, columns: int) -> tuple[Figure, list[Axes]]:
    """An empty figure and its axes, row by row. Needs no display."""
    style.use(_STYLE)
    figure = Figure((width_in, height_in), layout="constrained")
    return figure, list(figure.subplots(rows, columns, squeeze=False).flat)


def histogram(
    axes: Axes, title: str, pairs: Pairs, marks: Mapping[str, float], kinds: tuple[str, str]
) -> None:
    """How the distances of both kinds of pair spread, each as a share of its own kind.

    ``marks`` are two thresholds by name; ``kinds`` names the genuine and the impostor pairs.
    """
    for distances, colour, label in zip(
        (pairs.genuine, pairs.impostor), (GENUINE, IMPOSTOR), kinds, strict=True
    ):
        known = distances[np.isfinite(distances)]
        share = np.full(len(known), 100 / len(distances))
        bins = [BIN * step for step in range(round(2 / BIN) + 1)]
        axes.hist(known, bins, weights=share, color=colour, alpha=0.75, label=label, ec="white")
    for (name, threshold), line in zip(marks.items(), LINES, strict=True):
        axes.axvline(threshold, color=MARK, linestyle=line, label=f"{name}: {threshold:g}")
    axes.set_xlim(0, 2)
    axes.set_xlabel("L2 distance of two embeddings, 0 to 2")
    axes.set_ylabel(f"share of its pairs, % in each {BIN:g}")
    axes.grid(axis="y")
    _headed(axes, title)


def error_curve(axes: Axes, title: str, curve: Curve, marks: Mapping[str, float]) -> None:
    """FNMR against FMR, both in log scale, with two thresholds on it, given by name."""
    seen = (curve.fmr > 0) & (curve.fnmr > 0)
    fmr, fnmr = curve.fmr[seen], 100 * curve.fnmr[seen]
    steps = np.unique(np.searchsorted(fmr, np.geomspace(fmr[0], fmr[-1], POINTS_DRAWN)))
    axes.loglog(fmr[steps], fnmr[steps], color=GENUINE, linewidth=2)
    for (name, threshold), face in zip(marks.items(), ("white", MARK), strict=True):
        at = max(0, int(np.searchsorted(curve.threshold[seen], np.float32(threshold), "right")) - 1)
        axes.plot(
            *(fmr[at], fnmr[at], "o"), color=MARK, mfc=face, ms=8, label=f"{name}: {threshold:g}"
        )
    axes.set_xlabel("false match rate: share of strangers accepted")
    axes.set_ylabel("false non-match rate, %")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.grid()
    _headed(axes, title)


def _headed(axes: Axes, title: str) -> None:
    """A title, and under it the legend: inside it would hide what it explains."""
    axes.set_title(title, pad=46)
    axes.legend(loc="lower left", bbox_to_anchor=(-0.03, 1), ncols=2, fontsize=9.5)


def contact_sheet(photos: Mapping[str, Image], columns: int = 5) -> Figure:
    """All photos with their names, in rows."""
    columns = max(1, min(columns, len(photos)))
    rows = max(1, -(-len(photos) // columns))
    figure, every = sheet(2 * columns, 2.3 * rows, rows, columns)
    for axes in every:
        axes.set_axis_off()
    for axes, (name, image) in zip(every, photos.items(), strict=False):
        axes.imshow(image)
        axes.set_title(name, fontsize=8, loc="center", pad=3)
    return figure


def save(figure: Figure, file: Path) -> None:
    """Write the picture, in the form that the file's name asks for."""
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file)
