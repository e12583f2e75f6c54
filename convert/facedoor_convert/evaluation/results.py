"""Writes the results of an evaluation: JSON, charts and a report, all or nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from facedoor_convert import files
from facedoor_convert.evaluation import charts, report

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from facedoor_convert.evaluation.error_rates import Distances
    from facedoor_convert.evaluation.evaluate import Difference, Evaluation


def as_json(evaluations: Sequence[Evaluation], difference: Difference | None) -> dict[str, object]:
    """The object that ``evaluate --json`` prints: one pack, or two and their difference."""
    if difference is None:
        return evaluations[0].as_json()
    packs = [evaluation.as_json() for evaluation in evaluations]
    return {"packs": packs, "difference": difference.as_json()}


def write(
    evaluations: Sequence[Evaluation],
    difference: Difference | None,
    paths: Mapping[str, Path],
    output: Path,
) -> None:
    """Put ``evaluation.json``, ``roc.png``, ``det.png``, ``histogram.png`` and ``report.html`` into
    the folder ``output``. Raises :class:`ConvertError`; files that lay there are replaced only
    when all new ones are whole.
    """
    sets = _sets(evaluations)
    pictures = {
        "roc.png": charts.png(charts.roc(sets)),
        "det.png": charts.png(charts.det(sets)),
        "histogram.png": charts.png(charts.histogram(sets, _marks(evaluations))),
    }
    groups = {
        each.name: charts.png(charts.by_group(each.groups))
        for each in evaluations
        if each.groups and each.groups.rates
    }
    html = report.render(evaluations, difference, pictures, groups, paths)
    found = json.dumps(as_json(evaluations, difference), indent=2) + "\n"
    texts = {"report.html": html.encode(), "evaluation.json": found.encode()}
    files.write_all(output, pictures | texts)


def _sets(evaluations: Sequence[Evaluation]) -> dict[str, Distances]:
    """The curves to draw: of one pack both views, of two packs all against all."""
    if len(evaluations) > 1:
        return {each.name: each.everybody.distances() for each in evaluations}
    (only,) = evaluations
    sets = {"all against all": only.everybody.distances()}
    if only.listed:
        sets["listed pairs"] = only.listed.comparisons.distances()
    return sets


def _marks(evaluations: Sequence[Evaluation]) -> dict[str, float]:
    """Thresholds to show among the distances of one pack; those of two are not comparable."""
    if len(evaluations) > 1:
        return {}
    (only,) = evaluations
    if only.figures.too_few:
        return {"the pack's threshold": only.models.manifest.threshold}
    told = only.figures.told
    return {f"FMR {point.rate:.0e}".replace("e-0", "e-"): point.threshold.value for point in told}
