"""The curves of a training, as a picture: how the loss fell, and what became of the distances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from facedoor_convert import files as whole_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from facedoor_convert.evaluation.comparisons import Comparisons
    from facedoor_convert.training.held_out import Comparison

_SAME, _DIFFERENT = "#1b7837", "#762a83"
_SMOOTHED = 25
"""Steps: a single batch's loss jumps about."""


def draw(
    losses: Sequence[float],
    comparison: Comparison,
    before: Comparisons,
    after: Comparisons,
    path: Path,
) -> None:
    """Write a PNG with the loss and the distances on the people left out, before and after."""
    figure = Figure(figsize=(13, 4), layout="constrained")
    FigureCanvasAgg(figure)
    curve, *halves = figure.subplots(1, 3)
    curve.plot(losses, color="0.8", linewidth=0.8)
    width = min(_SMOOTHED, len(losses))
    smooth = np.convolve(losses, np.full(width, 1 / width), mode="valid")
    curve.plot(np.arange(len(smooth)) + width // 2, smooth, color="black")
    curve.set(title="training", xlabel="step", ylabel="loss", ylim=(0, None))
    edges = np.linspace(0, 2, 101)
    for axes, title, pairs, figures in (
        (halves[0], "before", before, comparison.before),
        (halves[1], "after", after, comparison.after),
    ):
        for distances, colour, label in (
            (pairs.genuine, _SAME, "same person"),
            (pairs.impostor, _DIFFERENT, "strangers"),
        ):
            counts, _ = np.histogram(distances, edges)
            share = counts / len(distances)
            axes.fill_between(edges[:-1] + 0.01, share, color=colour, alpha=0.5, label=label)
        axes.set(
            title=f"{title}: {comparison.people} people left out, "
            f"AUC {figures.auc:.4f}, EER {100 * figures.eer:.1f} %",
            xlabel="distance",
            yticks=[],
            ylim=(0, None),
        )
        axes.legend(frameon=False)
    with whole_file.writing(path) as file:
        figure.savefig(file, dpi=110, format="png")
