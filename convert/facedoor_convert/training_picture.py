"""The curves of a training, as a picture: how the loss fell, and what became of the distances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from facedoor_convert import whole_file
from facedoor_convert.left_out import BINS, Pairs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from facedoor.frames import Vector
    from facedoor_convert.left_out import Comparison

_SAME, _DIFFERENT = "#1b7837", "#762a83"
_SMOOTHED = 25
"""Steps: a single batch's loss jumps about."""


def draw(
    losses: Sequence[float],
    comparison: Comparison,
    before: Vector,
    after: Vector,
    labels: NDArray[np.int64],
    path: Path,
) -> None:
    """Write a PNG with the loss and the distances on the people left out, before and after."""
    figure = Figure(figsize=(13, 4), layout="constrained")
    FigureCanvasAgg(figure)
    curve, *distances = figure.subplots(1, 3)
    curve.plot(losses, color="0.8", linewidth=0.8)
    width = min(_SMOOTHED, len(losses))
    smooth = np.convolve(losses, np.full(width, 1 / width), mode="valid")
    curve.plot(np.arange(len(smooth)) + width // 2, smooth, color="black")
    curve.set(title="training", xlabel="step", ylabel="loss", ylim=(0, None))
    pairs = Pairs(labels)
    centres = np.linspace(0, 2, BINS, endpoint=False).reshape(-1, 20).mean(axis=1)
    for axes, title, embeddings, figures in (
        (distances[0], "before", before, comparison.before),
        (distances[1], "after", after, comparison.after),
    ):
        counts = pairs.histograms(pairs.bins(embeddings), np.ones(len(pairs.is_genuine), np.int64))
        for count, colour, label in zip(
            counts, (_SAME, _DIFFERENT), ("same person", "strangers"), strict=True
        ):
            share = count.reshape(-1, 20).sum(axis=1) / count.sum()
            axes.fill_between(centres, share, color=colour, alpha=0.5, label=label)
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
