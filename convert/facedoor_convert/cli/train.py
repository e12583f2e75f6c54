"""``facedoor-convert train``: options and output."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from facedoor_convert.cli.options import add_folder, add_json, add_rest
from facedoor_convert.packs import recipe_files

if TYPE_CHECKING:
    from typing import Any

_WORSE = 1
"""The exit code when the network got worse and no pack was written."""


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    parser = commands.add_parser(
        "train",
        help="train an embedder on photos of people",
        description="Trains on FOLDER/PERSON/*.jpg with FaceNet's triplet loss and measures before "
        "and after on people who were held out. Started again after an interruption, it goes on "
        "where it was. The pack that it makes refuses everybody until it is calibrated.",
    )
    parser.add_argument(
        "folder", metavar="FOLDER", type=Path, help="the photos, FOLDER/PERSON/*.jpg"
    )
    parser.add_argument(
        "--start",
        choices=("facenet", "scratch"),
        required=True,
        help="the published FaceNet, or a small network that knows nothing yet",
    )
    parser.add_argument(
        "--layers",
        choices=("last", "all"),
        default="last",
        help="how much of FaceNet learns (default: %(default)s)",
    )
    parser.add_argument(
        "--distil",
        action="store_true",
        help="learn the embeddings of the pack's own embedder instead of who is who",
    )
    parser.add_argument(
        "--mining",
        choices=("semi-hard", "batch-hard"),
        default="semi-hard",
        help="which triplets the loss takes (default: %(default)s)",
    )
    parser.add_argument("--steps", metavar="N", type=_count, help="how many batches to learn from")
    parser.add_argument(
        "--people",
        metavar="N",
        type=_count,
        help="train on the N most photographed people, measure on the others (default: half)",
    )
    parser.add_argument(
        "--photos",
        metavar="N",
        type=_count,
        help="use N photos of everybody who has so many (default: all, of those who have two)",
    )
    parser.add_argument(
        "--seed", metavar="N", type=int, default=0, help="another one gives another training"
    )
    add_folder(
        parser, "--pack", "build/pack", "the pack whose detectors, crop and teacher are used"
    )
    add_rest(parser, "FaceNet's weights")
    add_folder(parser, "--output", "build/training", "where checkpoint, picture and pack go")
    add_json(parser)
    parser.set_defaults(command=_train)


def _train(options: argparse.Namespace) -> int:
    # These load numpy and Keras: not for --help, and not to report a wrong option.
    from facedoor.vision import pack
    from facedoor_convert.progress import Progress
    from facedoor_convert.training import train
    from facedoor_convert.training.order import Order

    order = Order(
        folder=options.folder,
        start=options.start,
        layers=options.layers,
        mining=options.mining,
        distil=options.distil,
        steps=options.steps,
        people=options.people,
        photos=options.photos,
        seed=options.seed,
    )
    with Progress(order.expected_s(), sys.stderr) as progress:
        base = pack.load(options.pack)
        result = train.train(
            order, base, recipe_files.find(options.recipe), options.output, progress
        )
    if options.json:
        print(json.dumps(result.as_json()))
    else:
        print(result.describe())
    return _WORSE if result.pack is None else 0


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no number from 1 on")
    return int(text)
