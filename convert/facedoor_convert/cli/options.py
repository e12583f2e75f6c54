"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

RECIPE = Path("models/facenet.toml")


def add_recipe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recipe", nargs="?", type=Path, default=RECIPE)


def add_folder(parser: argparse.ArgumentParser, option: str, default: str, what: str) -> None:
    """An ``option`` that names a folder, by default one in ``build``."""
    parser.add_argument(
        option,
        metavar="DIR",
        type=Path,
        default=Path(default),
        help=f"{what} (default: %(default)s)",
    )


def add_images(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--images", metavar="DIR", type=Path, required=True, help="the photos, DIR/PERSON/*.jpg"
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end")
