"""Options that several commands have."""

from __future__ import annotations

import argparse
from pathlib import Path

from facedoor_convert.packs import recipe_files

RECIPES = f"a file, or the name of one that comes along: {', '.join(recipe_files.shipped())}"


def add_recipe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "recipe",
        nargs="?",
        metavar="RECIPE",
        default=recipe_files.DEFAULT,
        help=f"{RECIPES} (default: %(default)s)",
    )


def add_rest(parser: argparse.ArgumentParser, what: str) -> None:
    """The option that names the recipe of all else but what the command is about."""
    parser.add_argument(
        "--recipe",
        metavar="RECIPE",
        default=recipe_files.DEFAULT,
        help=f"names {what}: {RECIPES} (default: %(default)s)",
    )


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
