"""``facedoor-convert calibrate``: options and output."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from facedoor.cli.tables import fitted
from facedoor.errors import UsageError
from facedoor_convert.cli.options import add_folder, add_images, add_json

if TYPE_CHECKING:
    import argparse
    from typing import Any

    from facedoor.vision import pack
    from facedoor.vision.calibration import Calibration, JointCalibration
    from facedoor_convert.calibration.wanted import Wanted


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    parser = commands.add_parser(
        "calibrate",
        help="measure which distance stands for which risk",
        description="Compares photos of many people as the door would and writes which distance "
        "stands for which false match rate into the pack. What was read of photos is kept in the "
        "user's cache, so an interrupted run goes on.",
    )
    add_images(parser)
    parser.add_argument(
        "--pairs",
        metavar="FILE",
        type=Path,
        help="take only the photos that these pairs name, in the form of LFW's pairs.txt",
    )
    parser.add_argument(
        "--folds", metavar="A-B", help="take only these folds of the pairs, counted from 1"
    )
    parser.add_argument(
        "--cohort",
        metavar="DIR",
        type=Path,
        help="correct distances by the likeness to people in DIR/PERSON/*.jpg; those whom the "
        "thresholds are measured on, or whom the pairs name, are left out of it",
    )
    add_folder(parser, "--pack", "build/pack", "the pack to calibrate")
    parser.add_argument(
        "--first",
        metavar="DIR",
        type=Path,
        help="measure --pack as a second one beside the pack in DIR, with the cohort of that",
    )
    parser.add_argument(
        "--output",
        metavar="FILE",
        type=Path,
        help="write to a file that a recipe can name, and leave the pack as it is",
    )
    add_json(parser)
    parser.set_defaults(command=_calibrate)


def _calibrate(options: argparse.Namespace) -> int:
    # These load numpy and OpenCV: not for --help, and not to report a wrong option.
    from facedoor.vision import pack
    from facedoor_convert.calibration import calibrate
    from facedoor_convert.calibration.wanted import wanted
    from facedoor_convert.progress import Progress

    if options.folds and not options.pairs:
        raise UsageError("--folds are those of a file of pairs: name it with --pairs")
    if options.first and options.cohort:
        raise UsageError("--first brings the cohort of its pack: leave --cohort out")
    folds = _folds(options.folds) if options.folds else None
    models = pack.load(options.pack)
    if options.first:
        return _calibrate_joint(options, models, folds)
    subjects = calibrate.Subjects.of(options.images, options.pairs, folds, options.cohort)
    lacking = _say_first(wanted(subjects))
    steps: dict[str, float] = {calibrate.READ: 0, calibrate.PLAIN: 60}
    if options.cohort:
        steps |= {calibrate.READ_COHORT: 0, calibrate.CORRECTED: 60}
    with Progress(steps, sys.stderr) as progress:
        calibration = calibrate.calibrate(subjects, models, progress)
        if options.output:
            calibrate.write(calibration, options.output)
        else:
            calibrate.put_into(models, calibration)
    return _show(options, calibration, calibration, lacking)


def _calibrate_joint(
    options: argparse.Namespace, models: pack.Pack, folds: list[int] | None
) -> int:
    from facedoor.vision import pack
    from facedoor_convert.calibration import calibrate, joint
    from facedoor_convert.calibration.wanted import wanted
    from facedoor_convert.progress import Progress

    subjects = calibrate.Subjects.of(options.images, options.pairs, folds)
    lacking = _say_first(wanted(subjects, joint.LEAST_RATE))
    steps: dict[str, float] = {calibrate.READ: 0, joint.READ_AGAIN: 0}
    steps |= {calibrate.PLAIN: 60, calibrate.CORRECTED: 60}
    with Progress(steps, sys.stderr) as progress:
        found = joint.calibrate(subjects, pack.load(options.first), models, progress)
        if options.output:
            calibrate.write(found, options.output)
        else:
            calibrate.put_into(models, found)
    return _show(options, found, found.measured, lacking)


def _say_first(lacking: Wanted) -> Wanted:
    """Before the long work, so that whoever has more photos can stop it."""
    print(fitted(str(lacking), sys.stderr), file=sys.stderr, flush=True)
    return lacking


def _show(
    options: argparse.Namespace,
    found: Calibration | JointCalibration,
    measured: Calibration,
    lacking: Wanted,
) -> int:
    from facedoor.vision import pack

    output = options.output or options.pack / pack.MANIFEST
    if options.json:
        print(
            json.dumps(
                {"output": str(output), "wanted": lacking.as_json(), **dataclasses.asdict(found)}
            )
        )
        return 0
    print(f"{fitted(str(lacking))}\n")
    _describe(measured)
    if options.output:
        print(f"\n{output} is ready: name it in the recipe and build the pack")
    else:
        print(f"\n{output} has it: a door that uses this pack goes by it from its next start on")
    return 0


def _folds(text: str) -> list[int]:
    match = re.fullmatch(r"([1-9][0-9]{0,3})(?:-([1-9][0-9]{0,3}))?", text)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if last < first:
        raise UsageError(f"--folds is {text!r}: write 3, or 1-5")
    return list(range(first, last + 1))


def _describe(calibration: Calibration) -> None:
    print(
        f"{calibration.comparisons:,} comparisons of strangers among {calibration.people:,} people"
    )
    for name, table in (("plain", calibration.plain), ("corrected", calibration.corrected)):
        if table is None:
            continue
        print(f"\n{name} distances\n{'FMR':<8}{'distance':>9}  95 % of sets of other people")
        for point in reversed(table.risk):
            bounds = f"{point.fmr_low:.1e} to {point.fmr_high:.1e}"
            note = "extrapolated" if point.extrapolated else bounds
            print(f"{point.fmr:<8.0e}{point.threshold:>9.3f}  {note}")
        print(f"the mean of several photos of a person counts for {table.several_photos:g} photos")
