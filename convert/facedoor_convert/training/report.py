"""The result of a training: in words, as JSON, and as a picture of loss and distances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from facedoor_convert import files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from facedoor_convert.evaluation.comparisons import Comparisons
    from facedoor_convert.training.held_out import Figures, HeldOutComparison

_SAME, _DIFFERENT = "#1b7837", "#762a83"
_SMOOTHED = 25
"""Steps: a single batch's loss jumps about."""


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What a training has made; ``pack`` is ``None`` when the network got worse."""

    comparison: HeldOutComparison
    picture: Path
    pack: Path | None
    trained_people: int
    trained_photos: int
    missed_photos: int
    steps: int
    seconds: float

    def as_json(self) -> dict[str, object]:
        """The keys of ``train --json``."""
        return {
            **self.comparison.as_json(),
            "picture": str(self.picture),
            "pack": None if self.pack is None else str(self.pack),
            "trained_people": self.trained_people,
            "trained_photos": self.trained_photos,
            "missed_photos": self.missed_photos,
            "steps": self.steps,
            "seconds": round(self.seconds, 1),
        }

    def describe(self) -> str:
        """The result in words, verdict last."""
        compared = self.comparison

        def row(name: str, figures: Figures) -> str:
            auc, eer, tar = figures.auc, 100 * figures.eer, 100 * figures.tar
            return f"{name:6}  {auc:.4f}  {eer:5.2f} %  {tar:5.1f} %"

        if compared.auc_change is None or compared.tar_change is None:
            change = "how sure that is cannot be told from so few people: hold out five or more"
        else:
            auc_low, auc_high = compared.auc_change
            low, high = (100 * bound for bound in compared.tar_change)
            change = (
                f"change in 95 of 100 draws of people: AUC {auc_low:+.4f} to {auc_high:+.4f}, "
                f"accepted {low:+.1f} to {high:+.1f} points"
            )
        if self.pack is None:
            end = "It got worse, so no pack was written: add photos, or train fewer steps."
        else:
            end = (
                f"{self.pack} refuses everybody until its distances are measured, which is the "
                f"next step: facedoor-convert calibrate --pack {self.pack} --images DIR, on other "
                f"people; {self.picture} shows more"
            )
        measured = (
            f"{compared.genuine_pairs} pairs of one person, {compared.impostor_pairs} of strangers"
        )
        lines = (
            f"{self.steps} steps on {self.trained_photos} photos of {self.trained_people} people",
            f"measured on {compared.people} people held out: {measured}",
            f"without a face or unreadable: {self.missed_photos} photos",
            "        AUC     EER      accepted at FMR 1e-3",
            row("before", compared.before),
            row("after", compared.after),
            change,
            f"verdict: {compared.verdict}",
            end,
        )
        return "\n".join(lines)


def draw(
    losses: Sequence[float],
    comparison: HeldOutComparison,
    before: Comparisons,
    after: Comparisons,
    path: Path,
) -> None:
    """Write a PNG of the :func:`picture`."""
    figure = picture(losses, comparison, before, after)
    FigureCanvasAgg(figure)
    with files.writing(path) as file:
        figure.savefig(file, dpi=110, format="png")


def picture(
    losses: Sequence[float],
    comparison: HeldOutComparison,
    before: Comparisons,
    after: Comparisons,
) -> Figure:
    """The loss, and the distances on the people held out, before and after."""
    figure = Figure(figsize=(13, 4), layout="constrained")
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
            title=f"{title}: {comparison.people} people held out\n"
            f"AUC {figures.auc:.4f}, EER {100 * figures.eer:.1f} %",
            xlabel="distance",
            yticks=[],
            ylim=(0, None),
        )
        axes.legend(frameon=False)
    return figure
