"""One HTML file with everything in it: figures, charts, tables, the worst mistakes as pictures.

It shows photos of people: it is made for whoever measures, not for publication.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from facedoor.camera.pictures import read_picture
from facedoor_convert.evaluation import comparisons, intervals, page
from facedoor_convert.evaluation.charts import GROUPS_SHOWN
from facedoor_convert.evaluation.groups import FOUND_CAVEAT
from facedoor_convert.evaluation.page import Cell, Chart, Sheet, Table
from facedoor_convert.evaluation.performance import rate_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from facedoor_convert.evaluation.comparisons import Mistake
    from facedoor_convert.evaluation.evaluate import Difference, Evaluation
    from facedoor_convert.evaluation.groups import ByGroup, Group
    from facedoor_convert.evaluation.intervals import Estimate
    from facedoor_convert.evaluation.performance import Performance

MISSED_SHOWN = 24
ALWAYS_SHOWN = ("histogram.png",)
"""Charts that say something of a few people, too."""

CAVEAT = (
    "People of this set may be in the network's training set, and then these figures flatter. A "
    "set says nothing about people whose like it does not hold: look at the groups, and measure on "
    "the people who will use the door."
)
METHOD = (
    "Intervals hold with 95 % confidence. They come from a bootstrap over people: people are drawn "
    "with replacement and bring all their comparisons along; thresholds are chosen anew each time. "
    "Where no error was seen, the rule of three (3 / n) bounds it. A photo without a face is "
    "refused: no pair of it is ever accepted. Where a photo shows several faces, the one nearest "
    "to its middle is taken."
)


def render(
    evaluations: Sequence[Evaluation],
    difference: Difference | None,
    charts: Mapping[str, bytes],
    group_charts: Mapping[str, bytes],
    paths: Mapping[str, Path],
) -> str:
    """The report on one evaluation, or on two of the same photos with their difference.

    ``charts`` are PNG files by name, ``group_charts`` by evaluation, for those that have groups;
    ``paths`` are the photos' files. What would say too little is left out, and the report says so.
    """
    first = evaluations[0]
    names = " and ".join(evaluation.name for evaluation in evaluations)
    too_few = first.figures.too_few
    shown = {name: png for name, png in charts.items() if not too_few or name in ALWAYS_SHOWN}
    return page.render(
        "evaluation.html",
        title=f"How well {names} {'tell' if len(evaluations) > 1 else 'tells'} people apart",
        photos=len(first.photos),
        people=first.figures.people,
        too_few=too_few,
        difference=_difference(evaluations, difference) if difference and not too_few else None,
        packs=[_figures(evaluation) for evaluation in evaluations],
        charts=[Chart(name, png) for name, png in shown.items()],
        groups=[
            _by_group(evaluation, evaluation.groups, group_charts)
            for evaluation in evaluations
            if evaluation.groups
        ],
        sheets=[sheet for evaluation in evaluations for sheet in _mistakes(evaluation, paths)],
        method=METHOD,
        caveat=CAVEAT,
    )


def _difference(evaluations: Sequence[Evaluation], difference: Difference) -> Table:
    first, second = (evaluation.name for evaluation in evaluations)
    rows: list[list[str]] = []
    if difference.accuracy:
        rows.append(["accuracy on listed pairs", _points(difference.accuracy)])
    for rate, gain in difference.tar_at_fmr.items():
        if gain:
            rows.append([f"true accepts at FMR {rate_name(rate)}", _points(gain)])
    caption = f"What {first} has more than {second}, on the same people, in percentage points"
    return Table(caption, ["", "difference"], rows)


def _figures(evaluation: Evaluation) -> dict[str, object]:
    """What the template says of one pack."""
    missed = intervals.share(len(evaluation.undetected), len(evaluation.photos))
    accuracy = None
    views = {"All against all": evaluation.figures}
    if evaluation.corrected:
        views["All against all, corrected by the cohort"] = evaluation.corrected
    if listed := evaluation.listed:
        accuracy = f"Accuracy {listed.validated.accuracy:.2%} ± {listed.validated.accuracy_sd:.2%}"
        own = {"Listed pairs": listed.figures}
        if listed.corrected:
            own["Listed pairs, corrected by the cohort"] = listed.corrected
        views = own | views
    tables = [
        {"table": _points_table(name, figures), "note": figures.untold or ""}
        for name, figures in views.items()
        if not figures.too_few
    ]
    if not evaluation.figures.too_few:
        tables.append({"table": _risks_table(evaluation.figures), "note": ""})
    return {
        "name": evaluation.name,
        "visitors": evaluation.visitors,
        "embedder": evaluation.models.manifest.embedder.sha256[:16],
        "missed": len(evaluation.undetected),
        "missed_share": page.percent(missed),
        "accuracy": accuracy,
        "folds": len(listed.validated.folds) if listed else 0,
        "tables": tables,
    }


def _points_table(name: str, figures: Performance) -> Table:
    caption = (
        f"{name}: {figures.genuine_pairs:,} pairs of one person, {figures.impostor_pairs:,} of two "
        f"({figures.people:,} people). EER {figures.eer:.2%}, AUC {figures.area_under_curve:.5f}"
    )
    rows = [
        [
            rate_name(point.rate),
            page.bounded(*(f"{n:.3f}" for n in _numbers(point.threshold))),
            page.percent(point.fnmr),
            page.percent(point.tar),
        ]
        for point in figures.told
    ]
    return Table(caption, ["FMR at most", "threshold", "FNMR", "TAR"], rows)


def _risks_table(figures: Performance) -> Table:
    rows = [
        [f"{risk.threshold:g}", _small(risk.fmr), page.percent(risk.fnmr)] for risk in figures.risks
    ]
    caption = "All against all, at the original door's threshold and at the pack's"
    return Table(caption, ["threshold", "FMR", "FNMR"], rows)


def _by_group(
    evaluation: Evaluation, groups: ByGroup, charts: Mapping[str, bytes]
) -> dict[str, object]:
    """What the template says of one pack's groups."""
    counted = f"Groups: {len(groups.plain):,}. People in none: {groups.unlabelled:,}."
    chart, tables = None, []
    if evaluation.figures.too_few or not groups.rates:
        counted += " So few comparisons of strangers tell nothing about groups."
    else:
        counted += f" The worst come first; the chart shows {GROUPS_SHOWN} at most."
        chart = Chart("false match rates by group", charts[evaluation.name])
        tables.append(_groups_table("Plain distances", groups.plain))
        if groups.corrected:
            name = "Distances corrected by the pack's cohort"
            tables.append(_groups_table(name, groups.corrected))
    return {
        "name": evaluation.name,
        "caveat": FOUND_CAVEAT if groups.are_found else "",
        "counted": counted,
        "chart": chart,
        "tables": tables,
    }


def _groups_table(name: str, groups: Sequence[Group]) -> Table:
    rates = list(groups[0].fmr)
    rows = [
        [group.name, f"{group.people:,}", f"{group.comparisons:,}"]
        + [_small(group.fmr[rate]) for rate in rates]
        for group in groups
    ]
    over_all = ", ".join(map(rate_name, rates))
    caption = f"{name}: FMR within each group, at the thresholds that give {over_all} over all"
    columns = ["group", "people", "comparisons", *(f"where {rate_name(rate)}" for rate in rates)]
    return Table(caption, columns, rows)


def _mistakes(evaluation: Evaluation, paths: Mapping[str, Path]) -> list[Sheet]:
    compared, name = evaluation.everybody, evaluation.name
    strangers, selves = (
        [_cell(pair, paths) for pair in shown]
        for shown in (
            comparisons.nearest_strangers(compared),
            comparisons.farthest_selves(compared),
        )
    )
    sheets = [
        Sheet(f"Strangers who look alike to {name}", strangers),
        Sheet(f"People whom {name} does not know again", selves),
    ]
    if missed := evaluation.undetected:
        shown = [
            Cell([_thumbnail(paths[photo])], [_caption(photo)]) for photo in missed[:MISSED_SHOWN]
        ]
        sheets.append(Sheet(f"No face for {name}", shown))
    return sheets


def _cell(pair: Mistake, paths: Mapping[str, Path]) -> Cell:
    both = (pair.first, pair.second)
    return Cell(
        [_thumbnail(paths[photo]) for photo in both],
        [f"{pair.distance:.3f}", *map(_caption, both)],
    )


def _caption(photo: str) -> str:
    return str(PurePosixPath(photo).with_suffix(""))


def _numbers(estimate: Estimate) -> tuple[float, float, float]:
    return estimate.value, estimate.low, estimate.high


def _small(rate: Estimate) -> str:
    return page.bounded(*(f"{n:.2g}" for n in _numbers(rate)))


def _points(share: Estimate) -> str:
    return page.bounded(*(f"{100 * n:+.2f}" for n in _numbers(share)))


def _thumbnail(path: Path) -> str:
    return page.thumbnail(read_picture(path))
