"""``facedoor-convert liveness``: options and output."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from facedoor.cli.tables import fitted
from facedoor_convert.cli.options import add_folder, add_json

if TYPE_CHECKING:
    import argparse
    from typing import Any

    from facedoor_convert.evaluation.intervals import Estimate
    from facedoor_convert.liveness.measure import Measurement, Subject
    from facedoor_convert.liveness.outcomes import Counts

_WATCH, _DRAW = "watching clips", "drawing charts and report"


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    parser = commands.add_parser(
        "liveness",
        help="measure how well a pack tells living people from photos and screens",
        description="Judges clips as the door would: of living people in DIR/live, of attacks in "
        "DIR/SPECIES, such as DIR/print and DIR/replay. States error rates in the terms of "
        "ISO/IEC 30107-3, by visit and by clip, and writes charts and a report.",
    )
    parser.add_argument(
        "--clips",
        metavar="DIR",
        type=Path,
        required=True,
        help="the clips, DIR/live/* and DIR/SPECIES/*",
    )
    add_folder(parser, "--pack", "build/pack", "the pack whose liveness networks are measured")
    add_folder(parser, "--output", "build/liveness", "where charts and report go")
    add_json(parser)
    parser.set_defaults(command=_liveness)


def _liveness(options: argparse.Namespace) -> int:
    # These load numpy, OpenCV and matplotlib: not for --help, and not to report a wrong option.
    from facedoor.vision import pack
    from facedoor_convert.liveness import results
    from facedoor_convert.liveness.clips import clips_in
    from facedoor_convert.liveness.measure import measure
    from facedoor_convert.progress import Progress

    clips = clips_in(options.clips)
    models = pack.load(options.pack)
    with Progress({_WATCH: 0.0, _DRAW: 3.0}, sys.stderr) as progress:
        with progress.step(_WATCH) as report:
            measurement = measure(models, clips, report)
        with progress.step(_DRAW):
            results.write(measurement, options.output)
    if options.json:
        print(json.dumps(results.as_json(measurement)))
    else:
        _describe(measurement)
        print(f"the report is {options.output / 'report.html'}")
    return 0


def _describe(measurement: Measurement) -> None:
    from facedoor_convert.liveness.report import sentence

    liveness = measurement.liveness
    print(f"{fitted(sentence(measurement))}\n")
    print(
        f"{len(measurement.people)} clips of {max(measurement.people.values())} people, "
        f"{len(measurement.visits)} visits; by {measurement.decisive}: denied below "
        f"{liveness.deny_below:g}, opened from {liveness.open_from:g}"
    )
    wide = max(12, *(len(kind) + 1 for kind in measurement.rates))
    for name in ("by_visit", "by_clip"):
        head = f"{name.replace('_', ' '):<{wide}}{'presented':>10}{'opened':>8}{'asked':>7}"
        print(f"\n{head}{'denied':>8}{'no response':>13}")
        for kind, rates in measurement.rates.items():
            counts: Counts = getattr(rates, name)
            error = ("BPCER", counts.bpcer) if kind == "live" else ("APCER", counts.apcer)
            print(
                f"{kind:<{wide}}{counts.presentations:>10}{counts.opened:>8}{counts.asked:>7}"
                f"{counts.denied:>8}{counts.no_response:>13}   {error[0]} {_share(error[1])}"
            )
    for subject in measurement.subjects:
        _describe_subject(subject)


def _describe_subject(subject: Subject) -> None:
    distances = subject.distances
    if distances is None:
        print(f"\n{subject.name}: no visit was judged of one kind, so nothing is told apart")
        return
    live, attacks = subject.left_out_totals
    print(
        f"\n{subject.name}: AUC {distances.area_under_curve():.3f}; least living score "
        f"{min(subject.scores[True]):.3f}, highest of an attack {max(subject.scores[False]):.3f}\n"
        "at the thresholds of other people: "
        f"living {live.opened} opened, {live.asked} asked, {live.denied} denied; "
        f"attacks {attacks.opened} opened, {attacks.asked} asked, {attacks.denied} denied"
    )


def _share(estimate: Estimate | None) -> str:
    if estimate is None:
        return "unknown: none was judged"
    return f"{estimate.value:.1%} ({estimate.low:.1%} to {estimate.high:.1%})"
