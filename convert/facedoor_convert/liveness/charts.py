"""Charts of liveness scores: how the kinds of presentation spread, and what a threshold costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib import style
from matplotlib.figure import Figure

from facedoor_convert.evaluation.charts import (
    GENUINE,
    IMPOSTOR,
    MARK,
    SERIES,
    SIZE_IN,
    STYLE,
    sheet,
    wrapped,
)
from facedoor_convert.liveness.clips import LIVE
from facedoor_convert.liveness.outcomes import score_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from facedoor_convert.liveness.measure import Measurement, Subject

_JITTER = 0.28
"""Dots of one kind are spread over so much of their row, that none hides another."""


def roc(subjects: Sequence[Subject]) -> Figure:
    """The living who pass against attacks that do, at every threshold, a curve for each subject
    that has visits of both kinds."""
    with style.context(STYLE):
        figure, axes = sheet("How many of the living pass, by the risk (ROC)")
        drawn = [subject for subject in subjects if all(subject.scores.values())]
        for subject, (colour, line) in zip(drawn, SERIES, strict=False):
            live, attacks = (np.array(subject.scores[kind]) for kind in (True, False))
            thresholds = np.unique(np.concatenate([live, attacks]))[::-1]
            passing = [
                (np.mean(attacks >= threshold), np.mean(live >= threshold))
                for threshold in thresholds
            ]
            x, y = 100 * np.array([(0, 0), *passing]).T
            axes.step(x, y, line, where="post", color=colour, label=wrapped(subject.name))
        axes.set_xlim(-2, 102)
        axes.set_ylim(-2, 102)
        axes.set_xlabel("attacks that pass, %")
        axes.set_ylabel("living people who pass, %")
        if drawn:
            axes.legend(loc="lower right")
    return figure


def scores(measurement: Measurement) -> Figure:
    """The score of each visit, one panel for each subject and a row for each kind; the pack's own
    thresholds stand in the panel of what it decides by."""
    species = list(measurement.rates)
    subjects = measurement.subjects
    with style.context(STYLE):
        height = (0.9 + 0.42 * len(species)) * len(subjects) + 0.6
        figure = Figure((SIZE_IN[0], height), layout="constrained")
        panels = figure.subplots(len(subjects), 1, squeeze=False, sharex=True)[:, 0]
        for axes, subject in zip(panels, subjects, strict=True):
            for row, kind in enumerate(species):
                _dots(axes, measurement, subject.name, kind, row)
            axes.set_title(wrapped(f"Scores of visits: {subject.name}", 40))
            axes.set_yticks(range(len(species)), [wrapped(name, 14) for name in species])
            axes.set_ylim(len(species) - 0.5, -0.5)
            axes.set_xlim(-0.02, 1.02)
            axes.grid(axis="x")
        for name, line in (("deny_below", ":"), ("open_from", "--")):
            value = getattr(measurement.liveness, name)
            label = f"{name}: {value:.3g}"
            panels[-1].axvline(value, color=MARK, linestyle=line, linewidth=1.2, label=label)
        panels[-1].set_xlabel("score: 0 is not alive, 1 is alive")
        handles, labels = panels[-1].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2, fontsize=9)
    return figure


def _dots(axes: Axes, measurement: Measurement, subject: str, kind: str, row: int) -> None:
    found = [
        score
        for visit in measurement.visits
        if visit.clip.species == kind
        if (score := score_of(visit.looks[subject])) is not None
    ]
    places = row + np.linspace(-_JITTER, _JITTER, len(found)) if len(found) > 1 else [row]
    colour = GENUINE if kind == LIVE else IMPOSTOR
    axes.plot(found, places[: len(found)], "o", color=colour, markersize=4, alpha=0.75)
