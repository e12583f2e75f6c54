"""One HTML file with everything in it: figures, charts, tables, the worst mistakes as pictures.

It shows photos of people: it is made for whoever measures, not for publication.
"""

from __future__ import annotations

from html import escape
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from facedoor.camera.pictures import read_picture
from facedoor_convert.evaluation import comparisons, intervals, page
from facedoor_convert.evaluation.charts import GROUPS_SHOWN
from facedoor_convert.evaluation.groups import FOUND_CAVEAT
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

CAVEAT = (
    "People of this set may be in the network's training set, and then these figures flatter. A "
    "set says nothing about people whose like it does not hold: look at the groups, and measure on "
    "the people who will use the door."
)
METHOD = (
    "Intervals hold with 95 % confidence. They come from a bootstrap over people: people are drawn "
    "with replacement and bring all their comparisons along; thresholds are chosen anew each time. "
    "With fewer than some twenty people they are too narrow. "
    "Where no error was seen, the rule of three (3 / n) bounds it. A rate that so few comparisons "
    "of strangers cannot tell from a smaller one has no figures. A photo without a face is "
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
    ``paths`` are the photos' files.
    """
    parts = [_head(evaluations)]
    if difference:
        parts.append(_difference(evaluations, difference))
    parts += [_figures(evaluation) for evaluation in evaluations]
    parts += [page.chart(png, name) for name, png in charts.items()]
    for evaluation in evaluations:
        if evaluation.groups:
            parts.append(_by_group(evaluation, evaluation.groups, group_charts))
    parts += [_mistakes(evaluation, paths) for evaluation in evaluations]
    parts.append(f"<h2>How to read this</h2><p>{METHOD}</p><p>{CAVEAT}</p>")
    return page.whole("Evaluation", parts)


def _head(evaluations: Sequence[Evaluation]) -> str:
    first = evaluations[0]
    names = " and ".join(escape(evaluation.name) for evaluation in evaluations)
    return (
        f"<h1>How well {names} {'tell' if len(evaluations) > 1 else 'tells'} people apart</h1>"
        f"<p>{len(first.photos):,} photos of {first.figures.people:,} people.</p>"
    )


def _difference(evaluations: Sequence[Evaluation], difference: Difference) -> str:
    first, second = (escape(evaluation.name) for evaluation in evaluations)
    rows: list[list[str]] = []
    if difference.accuracy:
        rows.append(["accuracy on listed pairs", _points(difference.accuracy)])
    for rate, gain in difference.tar_at_fmr.items():
        if gain:
            rows.append([f"true accepts at FMR {rate_name(rate)}", _points(gain)])
    caption = f"What {first} has more than {second}, on the same people, in percentage points"
    return "<h2>Difference</h2>" + page.table(caption, ["", "difference"], rows)


def _figures(evaluation: Evaluation) -> str:
    missed = intervals.share(len(evaluation.undetected), len(evaluation.photos))
    manifest = evaluation.models.manifest
    head = (
        f"<h2>{escape(evaluation.name)}</h2>"
        f"<p><small>embedder {manifest.embedder.sha256[:16]}…</small><br>"
        f"Photos without a face that was found: {len(evaluation.undetected)}, "
        f"{page.percent(missed)}.</p>"
    )
    parts = [head]
    if listed := evaluation.listed:
        validated = listed.validated
        parts.append(
            f"<p><b>Accuracy {validated.accuracy:.2%} ± {validated.accuracy_sd:.2%}</b> over "
            f"{len(validated.folds)} folds, each at the threshold that the others chose.</p>"
        )
        parts.append(_points_table("Listed pairs", listed.figures))
        if listed.corrected:
            parts.append(_points_table("Listed pairs, corrected by the cohort", listed.corrected))
    parts.append(_points_table("All against all", evaluation.figures))
    if evaluation.corrected:
        name = "All against all, corrected by the cohort"
        parts.append(_points_table(name, evaluation.corrected))
    parts.append(_risks_table(evaluation.figures))
    return "\n".join(parts)


def _points_table(name: str, figures: Performance) -> str:
    caption = (
        f"{name}: {figures.genuine_pairs:,} pairs of one person, {figures.impostor_pairs:,} of two "
        f"({figures.people:,} people). EER {figures.eer:.2%}, AUC {figures.area_under_curve:.5f}"
    )
    rows: list[list[str]] = []
    for rate, point in figures.points.items():
        if point:
            threshold = point.threshold
            bounds = page.bounds(f"{threshold.low:.3f}", f"{threshold.high:.3f}")
            distance = f"{threshold.value:.3f} {bounds}"
            rows.append(
                [rate_name(rate), distance, page.percent(point.fnmr), page.percent(point.tar)]
            )
        else:
            rows.append([rate_name(rate), "too few strangers", "", ""])
    return page.table(caption, ["FMR at most", "threshold", "FNMR", "TAR"], rows)


def _risks_table(figures: Performance) -> str:
    rows = [
        [
            f"{risk.threshold:g}",
            _small(risk.fmr),
            page.percent(risk.fnmr),
        ]
        for risk in figures.risks
    ]
    caption = "All against all, at the original door's threshold and at the pack's"
    return page.table(caption, ["threshold", "FMR", "FNMR"], rows)


def _by_group(evaluation: Evaluation, groups: ByGroup, charts: Mapping[str, bytes]) -> str:
    parts = [f"<h2>By group: {escape(evaluation.name)}</h2>"]
    if groups.are_found:
        parts.append(f"<p>{FOUND_CAVEAT}</p>")
    parts.append(
        f"<p>Groups: {len(groups.plain):,}, the worst first; the chart shows {GROUPS_SHOWN} at "
        f"most. People in none: {groups.unlabelled:,}.</p>"
    )
    if not groups.rates:
        parts.append("<p>So few comparisons of strangers tell nothing about groups.</p>")
        return "\n".join(parts)
    parts.append(page.chart(charts[evaluation.name], "false match rates by group"))
    parts.append(_groups_table("Plain distances", groups.plain))
    if groups.corrected:
        parts.append(_groups_table("Distances corrected by the pack's cohort", groups.corrected))
    return "\n".join(parts)


def _groups_table(name: str, groups: Sequence[Group]) -> str:
    rates = list(groups[0].fmr)
    rows = [
        [escape(group.name), f"{group.people:,}", f"{group.comparisons:,}"]
        + [_small(group.fmr[rate]) for rate in rates]
        for group in groups
    ]
    over_all = ", ".join(map(rate_name, rates))
    caption = f"{name}: FMR within each group, at the thresholds that give {over_all} over all"
    columns = ["group", "people", "comparisons", *(f"where {rate_name(rate)}" for rate in rates)]
    return page.table(caption, columns, rows)


def _mistakes(evaluation: Evaluation, paths: Mapping[str, Path]) -> str:
    compared = evaluation.everybody
    name = escape(evaluation.name)
    parts = [
        f"<h2>Strangers who look alike to {name}</h2>",
        _sheet(comparisons.nearest_strangers(compared), paths),
        f"<h2>People whom {name} does not know again</h2>",
        _sheet(comparisons.farthest_selves(compared), paths),
    ]
    if missed := evaluation.undetected:
        shown = "".join(
            f'<figure><img src="{_thumbnail(paths[photo])}" alt="">'
            f"<figcaption>{_caption(photo)}</figcaption></figure>"
            for photo in missed[:MISSED_SHOWN]
        )
        parts.append(f'<h2>No face for {name}</h2><div class="sheet">{shown}</div>')
    return "\n".join(parts)


def _sheet(shown: Sequence[Mistake], paths: Mapping[str, Path]) -> str:
    cells = [
        f'<figure><img src="{_thumbnail(paths[pair.first])}" alt=""> '
        f'<img src="{_thumbnail(paths[pair.second])}" alt=""><figcaption>'
        f"{pair.distance:.3f}<br>{_caption(pair.first)}<br>{_caption(pair.second)}"
        "</figcaption></figure>"
        for pair in shown
    ]
    return f'<div class="sheet">{"".join(cells)}</div>'


def _caption(photo: str) -> str:
    return escape(str(PurePosixPath(photo).with_suffix("")))


def _small(rate: Estimate) -> str:
    return f"{rate.value:.2g} {page.bounds(f'{rate.low:.2g}', f'{rate.high:.2g}')}"


def _points(share: Estimate) -> str:
    bounds = page.bounds(f"{100 * share.low:+.2f}", f"{100 * share.high:+.2f}")
    return f"{100 * share.value:+.2f} {bounds}"


def _thumbnail(path: Path) -> str:
    return page.thumbnail(read_picture(path))
