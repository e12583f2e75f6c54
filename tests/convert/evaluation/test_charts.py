"""Everything that is written in a chart can be read, however long names are; none is a formula."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from matplotlib.figure import Figure

from facedoor.vision.liveness import LivenessLook
from facedoor_convert.evaluation import charts
from facedoor_convert.evaluation.error_rates import Distances
from facedoor_convert.evaluation.groups import ByGroup, Group
from facedoor_convert.evaluation.intervals import Estimate
from facedoor_convert.liveness import charts as liveness
from facedoor_convert.liveness.measure import Subject
from facedoor_convert.training import report as training
from facedoor_convert.training.held_out import Figures, HeldOutComparison
from legible import illegible

LONG = (
    r"/srv/models/a pack of $1 and $2, \with its name in full and then some more of it/build/pack"
)
DRAW = np.random.default_rng(5)


def distances(pairs: int) -> Distances:
    return Distances.of(
        np.float32(DRAW.normal(0.7, 0.2, pairs).clip(0)), np.float32(DRAW.normal(1.4, 0.1, pairs))
    )


SETS = {"all against all": distances(40_000), LONG: distances(300)}
MARKS = {f"FMR 1e-{n}": 1.1 - n / 10 for n in (2, 3, 4)} | {LONG[:40]: 0.5}


def groups(count: int, rates: tuple[float, ...]) -> ByGroup:
    named = [
        Group(f"{LONG[n:]}", 9, 99, {rate: Estimate(rate, rate / 9, 9 * rate) for rate in rates})
        for n in range(count)
    ]
    return ByGroup(True, 0, named, named)


def liveness_scores() -> Figure:
    species = ("live", "a very long name of a kind of attack", "print $a$")
    visits = [
        SimpleNamespace(clip=SimpleNamespace(species=kind), looks={LONG: [LivenessLook(0.5)] * 12})
        for kind in species
    ]
    subject = Subject(LONG, {True: [0.5], False: [0.5]}, None, ())
    found = SimpleNamespace(
        rates=dict.fromkeys(species),
        subjects=[subject, dataclasses.replace(subject)],
        visits=visits,
        liveness=SimpleNamespace(deny_below=0.015, open_from=0.99),
    )
    return liveness.scores(cast("Any", found))


def training_picture() -> Figure:
    figures = Figures(auc=0.5, eer=0.1, tar=0.2)
    compared = SimpleNamespace(people=200, before=figures, after=figures)
    pairs = SimpleNamespace(genuine=DRAW.random(99), impostor=1 + DRAW.random(99))
    both = cast("Any", pairs)
    return training.picture([0.2, 0.1] * 50, cast("HeldOutComparison", compared), both, both)


@pytest.mark.parametrize(
    "draw",
    [
        lambda: charts.roc(SETS),
        lambda: charts.det(SETS),
        lambda: charts.histogram(SETS, MARKS),
        lambda: charts.histogram({"visits of five celebrities, " * 2: distances(9)}, {"one": 0.7}),
        lambda: charts.by_group(groups(15, (1e-3, 1e-4, 1e-5))),
        lambda: charts.by_group(groups(1, (1e-3,))),
        lambda: liveness.roc([Subject(LONG, {True: [0.9, 0.5], False: [0.1, 0.6]}, None, ())]),
        liveness_scores,
        training_picture,
    ],
)
def test_no_text_lies_over_another_or_is_cut_off(draw: Any) -> None:
    figure = draw()
    assert illegible(figure) == []


def test_rates_go_from_0_to_100_percent() -> None:
    roc, det = charts.roc(SETS).axes[0], charts.det(SETS).axes[0]
    assert roc.get_ylim()[0] == 0
    assert 100 <= roc.get_ylim()[1] < 102
    assert charts.png(cast("Figure", roc.figure)).startswith(b"\x89PNG")
    assert roc.get_xlim()[1] == det.get_xlim()[1] == det.get_ylim()[1] == 100
