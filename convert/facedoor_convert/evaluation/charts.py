"""Charts of distances and error rates, legible at the width of a page, and of a phone."""

from __future__ import annotations

import io
import textwrap
from typing import TYPE_CHECKING

import numpy as np
from matplotlib import style
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from facedoor.frames import Vector
    from facedoor_convert.evaluation.error_rates import Distances
    from facedoor_convert.evaluation.groups import ByGroup, Group
    from facedoor_convert.evaluation.intervals import Estimate

GENUINE, IMPOSTOR, MARK = "#1a7f5a", "#c1432e", "#30343b"
SERIES = (("#1a7f5a", "-"), ("#2f6db3", "--"), ("#b3722f", "-."), ("#7a4fa3", ":"))
"""Colour and line of each curve, so that they can be told apart without colour as well."""

MARK_LINES = ("-", "--", "-.", ":")
BINS = 80
GROUPS_SHOWN = 15
SIZE_IN = (5.2, 3.8)
"""Small, so that letters of these sizes are large enough in a picture 330 px wide."""

DPI = 180
TITLE_LETTERS = 48
"""Letters of a title that fit into a line."""

STYLE = {
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.labelsize": 10,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#8a8f98",
    "axes.axisbelow": True,
    "grid.color": "#e3e5e9",
    "legend.frameon": False,
    "figure.facecolor": "white",
}


def roc(sets: Mapping[str, Distances]) -> Figure:
    """True accepts against false matches, one curve for each of up to four sets, by name."""
    with style.context(STYLE):
        figure, axes = sheet("How many are let in, by the risk (ROC)")
        for (name, distances), (colour, line) in zip(sets.items(), SERIES, strict=False):
            curve = distances.curve()
            seen = curve.fmr > 0
            fmr, tar = 100 * curve.fmr[seen], 100 * (1 - curve.fnmr[seen])
            axes.step(fmr, tar, line, where="post", color=colour, label=wrapped(name))
        _percent_of_strangers(axes)
        axes.set_ylim(0, 101)
        axes.set_ylabel("people let in (TAR), %")
        axes.legend(loc="lower right", frameon=True, framealpha=0.9, edgecolor="none")
    return figure


def det(sets: Mapping[str, Distances]) -> Figure:
    """False non-matches against false matches, both in log scale: detection error trade-off."""
    with style.context(STYLE):
        figure, axes = sheet("How many are refused, by the risk (DET)")
        lowest = 100.0
        for (name, distances), (colour, line) in zip(sets.items(), SERIES, strict=False):
            curve = distances.curve()
            seen = (curve.fnmr > 0) & (curve.fmr > 0)
            fmr, fnmr = 100 * curve.fmr[seen], 100 * curve.fnmr[seen]
            axes.step(fmr, fnmr, line, where="post", color=colour, label=wrapped(name))
            lowest = min(lowest, 100 / len(distances.genuine))
        equal = np.array([lowest, 100])
        axes.plot(equal, equal, ":", color=MARK, linewidth=0.8, label="as many refused as let in")
        _percent_of_strangers(axes)
        axes.set_yscale("log")
        axes.set_ylim(lowest / 2, 100)
        axes.set_ylabel("people refused (FNMR), %")
        axes.yaxis.set_major_formatter(lambda value, _: np.format_float_positional(value, trim="-"))
        axes.legend(loc="lower left", frameon=True, framealpha=0.9, edgecolor="none")
    return figure


def _percent_of_strangers(axes: Axes) -> None:
    """The axis of false matches: a log scale to 100 %."""
    axes.set_xscale("log")
    axes.set_xlim(right=100)
    axes.set_xlabel("strangers let in (FMR), %")
    axes.xaxis.set_major_locator(LogLocator(numticks=8))
    axes.xaxis.set_major_formatter(lambda value, _: np.format_float_positional(value, trim="-"))


def histogram(sets: Mapping[str, Distances], marks: Mapping[str, float]) -> Figure:
    """How the distances of both kinds of pair spread, each as a share of its own kind, one panel
    for each set; ``marks`` are thresholds by name."""
    with style.context(STYLE):
        width, height = SIZE_IN
        figure = Figure((width, height * len(sets)), layout="constrained")
        panels = figure.subplots(len(sets), 1, squeeze=False, sharex=True)[:, 0]
        for axes, (name, distances) in zip(panels, sets.items(), strict=True):
            _spread(axes, distances)
            for (mark, threshold), line in zip(marks.items(), MARK_LINES, strict=False):
                label = f"{mark}: {threshold:.3g}"
                axes.axvline(threshold, color=MARK, linestyle=line, linewidth=1.2, label=label)
            axes.set_title(wrapped(f"Distances: {name}"))
            axes.tick_params(labelbottom=True)
            axes.set_xlabel("distance of two embeddings")
            axes.set_ylabel("share of its own pairs, %")
            axes.grid(axis="y")
            # Below, where no curve is and no title: names of marks may be long.
            axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=2, fontsize=9)
    return figure


def by_group(groups: ByGroup) -> Figure:
    """The false match rate within each of the worst groups, one panel for each rate over all.

    Lines are intervals. A log axis has no place for a rate of zero: there a hollow arrow hangs on
    the upper bound.
    """
    shown = [group.name for group in groups.plain[:GROUPS_SHOWN]]
    kinds = {"plain distance": groups.plain}
    if groups.corrected:
        kinds["corrected"] = groups.corrected
    with style.context(STYLE):
        # Each rate has a panel: they are wider than other charts, and still fit a phone's page.
        width = max(SIZE_IN[0], 1.6 + 1.5 * len(groups.rates))
        figure = Figure((width, 1.4 + 0.25 * len(shown)), layout="constrained")
        panels = figure.subplots(1, len(groups.rates), sharey=True, squeeze=False)[0]
        for axes, rate in zip(panels, groups.rates, strict=True):
            shares = {name: _fmr(kind, rate, shown) for name, kind in kinds.items()}
            seen = [share.value or share.high for kind in shares.values() for share in kind]
            least = min(rate, *seen) / 5
            axes.axvline(rate, color=MARK, linestyle=":", linewidth=1.2, label="over all")
            for number, (name, kind) in enumerate(shares.items()):
                _dots(axes, kind, 0.3 * number, SERIES[number][0], least, name)
            axes.plot([], [], "<", color=MARK, markersize=4, fillstyle="none", label="none seen")
            axes.set_xscale("log")
            axes.set_xlim(least, 1)
            axes.xaxis.set_major_locator(LogLocator(numticks=3))
            axes.set_title(f"over all {rate:.0e}".replace("e-0", "e-"), fontsize=11)
            axes.grid(axis="x")
        ticks = [plain(name if len(name) <= 20 else f"{name[:19]}…") for name in shown]
        panels[0].set_yticks(range(len(shown)), ticks, fontsize=9)
        panels[0].set_ylim(len(shown) - 0.2, -0.5)
        panels[len(panels) // 2].set_xlabel("FMR in the group")
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), fontsize=9)
    return figure


def _fmr(groups: Sequence[Group], rate: float, names: Sequence[str]) -> list[Estimate]:
    """The FMR of the groups of these ``names``, in their order."""
    found = {group.name: group.fmr[rate] for group in groups}
    return [found[name] for name in names]


def _dots(
    axes: Axes, shares: Sequence[Estimate], shift: float, colour: str, least: float, name: str
) -> None:
    """A row for each of ``shares``, moved down by ``shift``; lines do not go below ``least``."""
    for row, share in enumerate(shares):
        place, mark, fill = (share.value, "o", "full") if share.value else (share.high, "<", "none")
        rows = [row + shift, row + shift]
        axes.plot([max(share.low, least), share.high], rows, color=colour, linewidth=1.2)
        axes.plot(place, row + shift, mark, color=colour, markersize=4, fillstyle=fill)
    axes.plot([], [], "o-", color=colour, markersize=4, label=name)


def _spread(axes: Axes, distances: Distances) -> None:
    kinds = (distances.genuine, distances.impostor)
    known = [kind[np.isfinite(kind)] for kind in kinds]
    every = np.concatenate([_ends(kind) for kind in known])
    edges = np.linspace(min(0.0, float(every.min())), float(every.max()), BINS + 1)
    for kind, found, colour, name in zip(
        kinds, known, (GENUINE, IMPOSTOR), ("one person", "two people"), strict=True
    ):
        counts, _ = np.histogram(found, edges)
        label = f"{name}: {len(kind):,} pairs"
        axes.stairs(100 * counts / len(kind), edges, fill=True, color=colour, alpha=0.6)
        axes.stairs(100 * counts / len(kind), edges, color=colour, linewidth=1.4, label=label)


def _ends(ascending: Vector) -> Vector:
    return ascending[[0, -1]]


def png(figure: Figure) -> bytes:
    """The figure as a PNG file."""
    out = io.BytesIO()
    figure.savefig(out, dpi=DPI, format="png")
    return out.getvalue()


def wrapped(text: str, letters: int = TITLE_LETTERS) -> str:
    """``text`` in two lines of so many ``letters`` at most, and nothing in it a formula."""
    lines = textwrap.wrap(text, letters, break_on_hyphens=False)
    return plain("\n".join(lines[:2] if len(lines) < 3 else [lines[0], f"{lines[1][:-1]}…"]))


def plain(text: str) -> str:
    """``text`` as it is: matplotlib begins a formula at a dollar sign."""
    return text.replace("$", r"\$")


def sheet(title: str) -> tuple[Figure, Axes]:
    """An empty figure and its axes. Needs no display."""
    figure = Figure(SIZE_IN, layout="constrained")
    axes = figure.subplots()
    axes.set_title(title)
    axes.grid()
    return figure, axes
