"""``facedoor demo``: a simulated door, on any machine, from nothing."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from facedoor.config.options import Config
from facedoor.demo import materials
from facedoor.errors import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        default=Path("facedoor-demo"),
        help="where demo.png goes, and a configuration to try the commands with (default "
        "%(default)s)",
    )
    parser.add_argument(
        "--pack", type=Path, metavar="DIR", help="the pack; unset: built in the output"
    )
    parser.add_argument(
        "--photos",
        type=Path,
        metavar="DIR",
        help="the photos, with train/ and val/ in it; unset: unpacked in the output",
    )


def demo(options: argparse.Namespace, _settings: Config) -> ExitCode:
    """Run a simulated door with four visitors, and leave a picture of what happened."""
    output = options.output
    pack, photos = options.pack or output / "pack", options.photos or output / "photos"
    materials.require_installed(
        has_materials=materials.is_pack(pack) and materials.has_photos(photos)
    )
    # Loads what was asked for just now.
    from facedoor.demo.demonstration import demonstrate

    logging.getLogger().setLevel(logging.ERROR)
    output.mkdir(parents=True, exist_ok=True)
    materials.make_pack(pack)
    materials.unpack_photos(photos)
    return demonstrate(pack, photos, output)
