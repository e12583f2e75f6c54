"""The recipe of a pack: its packages, how it is made of them, and what has to come out.

A recipe is TOML, read strictly: a key that is unknown, missing, or of the wrong type is an error
that names it. The dataclasses below are its reference.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
import tomllib
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from facedoor.errors import PackError
from facedoor.vision import pack
from facedoor.vision.pack import CropTemplate
from facedoor_convert.errors import RecipeError
from facedoor_convert.readers.package_source import Package
from facedoor_convert.tflite.forms import Name

if TYPE_CHECKING:
    from facedoor.vision.calibration import Calibration

_OPPOSITE = 2
"""The distance of two opposite unit vectors: no embeddings are further apart."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside an archive, its licence and what it was trained on."""

    package: str
    """A key of the recipe's ``[packages]``."""
    file: str
    """Path in the archive; in an sdist below its top folder."""
    sha256: str
    licence: str
    training_data: str


@dataclass(frozen=True, slots=True)
class PhotoFolder:
    """A folder of photos with one face each inside an archive."""

    package: str
    folder: str


@dataclass(frozen=True, slots=True)
class ParityPlan:
    """What the quantised embedder has to keep of the float one, on photos it was not tuned on."""

    photos: PhotoFolder
    cosine_mean: float
    cosine_min: float


@dataclass(frozen=True, slots=True)
class EmbedderPlan:
    """How the embedder is made out of a weights file."""

    architecture: Literal["inception_resnet_v1", "resnet29"]
    quantisation: Name
    ranges: str
    """File with the recorded ranges, beside the recipe; not read for a form that needs none."""
    sha256: str
    """Of the model that comes out, with the quantiser that the recipe was made with."""
    weights: Member
    crop: CropTemplate
    calibration: PhotoFolder
    """Representative photos for the ranges; ``calibration`` is only the key's name in the file."""
    parity: ParityPlan

    @property
    def representative(self) -> PhotoFolder:
        return self.calibration


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything in a recipe file."""

    name: str
    threshold: float
    threshold_source: str
    packages: dict[str, Package]
    embedder: EmbedderPlan
    search: Member
    landmarks: Member
    directory: Path
    """The folder that the recipe lies in; not a key of it."""
    calibration: str = ""
    """File beside the recipe that says what distances are worth, as ``facedoor-convert calibrate``
    writes it. Without it ``threshold`` is all that is known."""

    @property
    def ranges_file(self) -> Path:
        return self.directory / self.embedder.ranges


def read_calibration(recipe: Recipe, built_sha256: str) -> Calibration | None:
    """What distances are worth, if the recipe says so: measured on the embedder that it names, or
    on the one that was built.

    Raises :class:`RecipeError` when the file cannot be used, or is about another embedder.
    """
    if not recipe.calibration:
        return None
    file = recipe.directory / recipe.calibration
    hint = "measure it with facedoor-convert calibrate, or take the key out of the recipe"
    try:
        calibration = pack.parse_calibration(file.read_text(encoding="utf-8"), file)
    except (OSError, UnicodeDecodeError, PackError) as error:
        raise RecipeError(f"cannot use the calibration {file} ({error}): {hint}") from error
    if calibration.embedder_sha256 not in (recipe.embedder.sha256, built_sha256):
        raise RecipeError(f"{file} is about another embedder than the recipe's: {hint}")
    return calibration


def load(path: Path) -> Recipe:
    """Read the recipe at ``path``. Raises :class:`RecipeError`."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"cannot read the recipe {path}: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{path} is not valid TOML: {error}") from error
    recipe: Recipe = _table(Recipe, values, str(path), directory=path.parent)
    if not 0 < recipe.threshold < _OPPOSITE:
        raise RecipeError(
            f"{path}: threshold is {recipe.threshold}; distances lie between 0 and {_OPPOSITE}, "
            "and one at either end would let in nobody or everybody"
        )
    held = "resnet29" if recipe.embedder.weights.file.endswith(".dat") else "inception_resnet_v1"
    if recipe.embedder.architecture != held:
        raise RecipeError(
            f"{path}: embedder: {recipe.embedder.weights.file} would be read as {held}, not as "
            f"{recipe.embedder.architecture}"
        )
    members = (recipe.embedder.weights, recipe.search, recipe.landmarks)
    photos = (recipe.embedder.representative, recipe.embedder.parity.photos)
    for key in (part.package for part in (*members, *photos)):
        if key not in recipe.packages:
            raise RecipeError(f"{path}: there is no [packages.{key}]")
    return recipe


def _table(kind: Any, values: Any, where: str, **given: Any) -> Any:
    """Make the dataclass ``kind`` from a TOML table, plus what is ``given`` from elsewhere."""
    if not isinstance(values, dict):
        raise RecipeError(f"{where} has to be a table")
    hints = typing.get_type_hints(kind)
    names = [item.name for item in dataclasses.fields(kind) if item.name not in given]
    for key in values:
        if key not in names:
            close = difflib.get_close_matches(key, names, n=1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}"
            raise RecipeError(f"{where}: {key} does not exist; {hint}")
    required = {i.name for i in dataclasses.fields(kind) if i.default is dataclasses.MISSING}
    if missing := [name for name in names if name in required and name not in values]:
        raise RecipeError(f"{where}: {missing[0]} is missing")
    made = {
        name: _value(name, hints[name], values[name], f"{where}: {name}")
        for name in names
        if name in values
    }
    return kind(**made, **given)


def _value(name: str, hint: Any, value: Any, where: str) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint):
        return _table(hint, value, where)
    if origin is dict and isinstance(value, dict):
        return {key: _table(arguments[1], item, f"{where}.{key}") for key, item in value.items()}
    if origin is tuple and isinstance(value, list) and len(value) == len(arguments):
        return tuple(_value(name, float, item, where) for item in value)
    if origin is Literal:
        if value in arguments:
            return value
        raise RecipeError(f"{where} is {value!r}; it can be {' or '.join(map(repr, arguments))}")
    if hint is float and type(value) in (int, float) and math.isfinite(value):
        return float(value)
    if hint is int and type(value) is int and value > 0:
        return value
    if hint is str and type(value) is str:
        if name == "sha256" and not re.fullmatch("[0-9a-f]{64}", value):
            raise RecipeError(f"{where} has to be 64 hexadecimal digits in lower case")
        return value
    raise RecipeError(f"{where} cannot be {value!r}")
