"""``facedoor-convert evaluate``: options and output."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from facedoor.cli.tables import fitted
from facedoor.errors import UsageError
from facedoor_convert.cli.options import add_folder, add_images, add_json

if TYPE_CHECKING:
    from typing import Any

    from facedoor.vision.pack import Pack
    from facedoor_convert.evaluation.evaluate import Difference, Evaluation
    from facedoor_convert.evaluation.groups import ByGroup
    from facedoor_convert.evaluation.performance import Performance, ThresholdRates

_DIFFER, _DRAW = "comparing both", "drawing charts and report"


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    parser = commands.add_parser(
        "evaluate",
        help="measure how well a pack tells people apart",
        description="Compares photos as the door would: pairs that a file lists, by the protocol "
        "of Labeled Faces in the Wild, and everybody with everybody. Writes charts and a report. "
        "What was read of photos is kept in the user's cache, so an interrupted run goes on.",
    )
    add_images(parser)
    parser.add_argument(
        "--pairs",
        metavar="FILE",
        type=Path,
        help="pairs to compare, in the form of LFW's pairs.txt, or as lines PATH,PATH,1 or 0; "
        "without it: the whole folder, all against all",
    )
    parser.add_argument(
        "--groups",
        metavar="FILE",
        type=Path,
        help="error rates by group: a table (CSV) with the head person,group; without it groups "
        "are found, neighbourhoods of people whom the pack finds hard to tell apart",
    )
    parser.add_argument(
        "--risk",
        metavar="RATE",
        type=_rate,
        help="the door's false_match_rate: the first sentence says what becomes of the photos at "
        "it (default: 1e-5)",
    )
    add_folder(
        parser, "--pack", "build/pack", "the pack whose detectors, crop and embedder are used"
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--model", metavar="FILE", type=Path, help="an embedder (.tflite) to use instead of its own"
    )
    which.add_argument(
        "--compare",
        metavar=("A", "B"),
        nargs=2,
        type=Path,
        help="two packs, or embedders (.tflite) to use in the pack, on the same photos",
    )
    add_folder(parser, "--output", "build/evaluation", "where charts and report go")
    add_json(parser)
    parser.set_defaults(command=_evaluate)


def _evaluate(options: argparse.Namespace) -> int:
    # These load numpy, OpenCV and matplotlib: not for --help, and not to report a wrong option.
    from facedoor_convert.evaluation import evaluate, results
    from facedoor_convert.progress import Progress

    subjects = _subjects(options)
    photos = evaluate.photo_set(options.images, options.pairs, options.groups)
    steps: dict[str, float] = {}
    for name in subjects:
        steps |= {evaluate.step(evaluate.READ, name): 0.0, evaluate.step(evaluate.MEASURE, name): 9}
    steps |= {**({_DIFFER: 9} if options.compare else {}), _DRAW: 3}
    gain = None
    with Progress(steps, sys.stderr) as progress:
        found = [
            evaluate.evaluate(name, models, photos, progress, options.risk)
            for name, models in subjects.items()
        ]
        if options.compare:
            with progress.step(_DIFFER):
                gain = evaluate.difference(*found)
        with progress.step(_DRAW):
            results.write(found, gain, photos.paths, options.output)
    if options.json:
        print(json.dumps(results.as_json(found, gain)))
    else:
        for evaluation in found:
            _describe(evaluation)
        if gain and not found[0].figures.too_few:
            _describe_difference(gain, *subjects)
        print(f"the report is {options.output / 'report.html'}")
    return 0


def _subjects(options: argparse.Namespace) -> dict[str, Pack]:
    """The packs to measure, by the name that they have in the report."""
    from facedoor.vision import pack
    from facedoor_convert.evaluation.embeddings import with_embedder

    def subject(path: Path) -> Pack:
        if path.is_file():
            return with_embedder(pack.load(options.pack), path)
        return pack.load(path)

    paths = options.compare or [options.model or options.pack]
    if options.model and not options.model.is_file():
        raise UsageError(f"there is no model {options.model}: check the name")
    subjects = {str(path): subject(path) for path in paths}
    if len(subjects) < len(paths):
        raise UsageError(f"{paths[0]} is compared with itself: name two different packs")
    return subjects


def _rate(text: str) -> float:
    """A false match rate on the command line, as the door takes it."""
    with contextlib.suppress(ValueError):
        if 1e-9 <= (rate := float(text)) <= 0.1:
            return rate
    raise argparse.ArgumentTypeError(f"{text!r} is no rate between 1e-9 and 0.1, such as 1e-4")


def _describe(evaluation: Evaluation) -> None:
    missed = evaluation.undetected
    print(f"{fitted(str(evaluation.visitors))}\n\n{fitted(evaluation.visitors.footnote)}\n")
    print(
        f"{evaluation.name}: {len(evaluation.photos):,} photos of {evaluation.figures.people:,} "
        f"people, no face in {len(missed)}"
    )
    if listed := evaluation.listed:
        print(
            f"accuracy {listed.validated.accuracy:.2%} ± {listed.validated.accuracy_sd:.2%} over "
            f"{len(listed.validated.folds)} folds"
        )
        _describe_figures("listed pairs", listed.figures)
        if listed.corrected:
            _describe_figures("listed pairs, corrected by the cohort", listed.corrected)
    if evaluation.figures.too_few:
        print(fitted(evaluation.figures.too_few))
        return
    _describe_figures("all against all", evaluation.figures)
    if evaluation.corrected:
        _describe_figures("all against all, corrected by the cohort", evaluation.corrected)
    for risk in evaluation.figures.risks:
        _describe_risk(risk)
    if evaluation.groups:
        _describe_groups(evaluation.groups)


def _describe_figures(title: str, figures: Performance) -> None:
    if figures.too_few:
        return
    print(
        f"\n{title}: {figures.genuine_pairs:,} pairs of one person, {figures.impostor_pairs:,} of "
        f"two; EER {figures.eer:.2%}, AUC {figures.area_under_curve:.5f}\n"
        f"{'FMR':<8}{'threshold':>10}{'':16}{'FNMR':>8}"
    )
    for point in figures.told:
        distance, fnmr = point.threshold, point.fnmr
        print(
            f"{point.rate:<8.0e}{distance.value:>10.3f} ({distance.low:.3f} to {distance.high:.3f})"
            f"{fnmr.value:>8.2%} ({fnmr.low:.2%} to {fnmr.high:.2%})"
        )
    if figures.untold:
        print(fitted(figures.untold))


def _describe_risk(risk: ThresholdRates) -> None:
    fmr, fnmr = risk.fmr, risk.fnmr
    print(
        f"at {risk.threshold:g}: FMR {fmr.value:.2g} ({fmr.low:.2g} to {fmr.high:.2g}), "
        f"FNMR {fnmr.value:.2%} ({fnmr.low:.2%} to {fnmr.high:.2%})"
    )


def _describe_groups(groups: ByGroup) -> None:
    from facedoor_convert.evaluation.groups import worst

    kind = "found, so their rates are high by construction" if groups.are_found else "as given"
    print(f"\ngroups: {len(groups.plain):,}, {kind}; people in none: {groups.unlabelled:,}")
    if not groups.rates:
        print("too few comparisons of strangers to tell groups apart")
        return
    print(f"{'FMR':<8}{'distance':<11}FMR in the worst group")
    kinds = {"plain": groups.plain, "corrected": groups.corrected}
    for rate in groups.rates:
        for kind, measured in kinds.items():
            if measured:
                group = worst(measured, rate)
                fmr = group.fmr[rate]
                print(
                    f"{rate:<8.0e}{kind:<11}{fmr.value:.2g} ({fmr.low:.2g} to {fmr.high:.2g}): "
                    f"{group.name}, {group.people:,} people, {group.comparisons:,} comparisons"
                )


def _describe_difference(gain: Difference, first: str, second: str) -> None:
    print(f"\nwhat {first} has more than {second}, in percentage points")
    rows = {"accuracy": gain.accuracy}
    rows |= {f"TAR at FMR {rate:.0e}": estimate for rate, estimate in gain.tar_at_fmr.items()}
    for name, estimate in rows.items():
        if estimate:
            value, low, high = (100 * n for n in (estimate.value, estimate.low, estimate.high))
            print(f"{name:<20}{value:>+8.2f} ({low:+.2f} to {high:+.2f})")
