"""Where recipes are: those that come along have names, all others are files of yours.

Beside a recipe lies what it names, such as its calibration. A wheel has the recipes beside this
code; a clone has them in ``models/``, from where the wheel takes them.
"""

from __future__ import annotations

from pathlib import Path

from facedoor_convert.errors import RecipeError

DEFAULT = "facenet"

_INSTALLED = Path(__file__).parents[1] / "recipes"
_CLONE = Path(__file__).parents[3] / "models"


def find(recipe: str) -> Path:
    """The file of ``recipe``: a name, such as "facenet", or a path. Raises :class:`RecipeError`."""
    own = shipped()
    if recipe in own:
        return own[recipe]
    path = Path(recipe)
    if path.exists():
        return path
    raise RecipeError(
        f"there is no recipe {recipe}: name a file, or one that comes along ({', '.join(own)})"
    )


def shipped() -> dict[str, Path]:
    """The recipes that come along, by their names, which are their files' without ".toml"."""
    folder = _INSTALLED if _INSTALLED.is_dir() else _CLONE
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}
