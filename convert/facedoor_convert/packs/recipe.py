"""The recipe of a pack: its packages, how it is made of them, and what has to come out.

A recipe is TOML, read strictly: a key that is unknown, missing, or of the wrong type is an error
that names it. The dataclasses below are its reference.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal, TypeVar

from facedoor import strict
from facedoor.errors import PackError
from facedoor.vision import pack
from facedoor.vision.pack import CropTemplate
from facedoor_convert.errors import RecipeError
from facedoor_convert.readers.packages import SHA256, Package
from facedoor_convert.tflite.forms import Name

if TYPE_CHECKING:
    from collections.abc import Callable

    from facedoor.vision.calibration import Calibration, JointCalibration

_Kind = TypeVar("_Kind")
_HINT = "measure it with facedoor-convert calibrate, or take the key out of the recipe"
_OPPOSITE = 2
"""The distance of two opposite unit vectors: no embeddings are further apart."""
_ARCHITECTURES = {".dat": "resnet29", ".tflite": "mobilefacenet"}
"""What a weights file is read as, by how its name ends; any other as FaceNet."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside an archive, its licence and what it was trained on."""

    package: str
    """A key of the recipe's ``[packages]``."""
    file: str
    """Path in the archive; in an sdist below its top folder."""
    sha256: str = field(metadata=SHA256)
    licence: str
    training_data: str


@dataclass(frozen=True, slots=True)
class PhotoFolder:
    """A folder of photos with one face each inside an archive."""

    package: str
    folder: str


@dataclass(frozen=True, slots=True)
class ParityPlan:
    """The least likeness of the quantised embedder to the float one, on other photos."""

    photos: PhotoFolder
    cosine_mean: float
    cosine_min: float


@dataclass(frozen=True, slots=True)
class EmbedderPlan:
    """How the embedder is made out of a weights file."""

    architecture: Literal["inception_resnet_v1", "resnet29", "mobilefacenet"]
    quantisation: Name
    ranges: str
    """File with the recorded ranges, beside the recipe; not read for a form that needs none."""
    sha256: str = field(metadata=SHA256)
    """Of the model that comes out, with the quantiser that the recipe was made with."""
    weights: Member
    crop: CropTemplate
    parity: ParityPlan
    representative: PhotoFolder = field(metadata=strict.more(key="calibration"))
    """Photos to record ranges on."""


@dataclass(frozen=True, slots=True)
class LivenessPlan:
    """A liveness network: what it sees, and what scores are worth with it and all before it.

    The fields are those of :class:`facedoor.vision.pack.LivenessModel` and
    :class:`facedoor.vision.pack.Liveness`.
    """

    weights: Member
    crop_scale: float = field(metadata=strict.more(allowed=(1, 8)))
    colour: Literal["RGB", "BGR"]
    value_range: Literal[1, 255]
    live_class: int = field(metadata=strict.more(allowed=(0, 2)))
    deny_below: float = field(metadata=strict.more(allowed=(0, 1)))
    open_from: float = field(metadata=strict.more(allowed=(0, 1)))
    threshold_source: str
    optional: bool = False
    """True for one that is left out unless its archive is given: not every machine can fetch it."""

    def __post_init__(self) -> None:
        if self.deny_below > self.open_from:
            raise ValueError(f"deny_below, {self.deny_below}, is above open_from, {self.open_from}")


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
    joint: str = ""
    """File beside the recipe that says what distances are worth with this embedder as the second
    one, as ``facedoor-convert calibrate --first`` writes it."""
    liveness: tuple[LivenessPlan, ...] = ()
    """In this order; none but the last can be optional."""

    @property
    def ranges_file(self) -> Path:
        return self.directory / self.embedder.ranges

    @property
    def parts(self) -> tuple[Member | PhotoFolder, ...]:
        """Everything out of a package that the pack is made of, the optional too."""
        plan = self.embedder
        made_of = (plan.weights, plan.representative, plan.parity.photos)
        liveness = (network.weights for network in self.liveness)
        return (*made_of, self.search, self.landmarks, *liveness)

    @property
    def needed_packages(self) -> dict[str, Package]:
        """Those without which the pack cannot be made, by their keys."""
        optional = {network.weights for network in self.liveness if network.optional}
        needed = {part.package for part in self.parts if part not in optional}
        return {key: package for key, package in self.packages.items() if key in needed}

    def origin(self, member: Member) -> pack.Origin:
        """What a manifest says of where a model comes from."""
        package = self.packages[member.package]
        return pack.Origin(
            package=package.name,
            version=package.version,
            file=member.file,
            sha256=member.sha256,
            licence=member.licence,
            training_data=member.training_data,
        )


def read_calibration(recipe: Recipe, built_sha256: str) -> Calibration | None:
    """The calibration that the recipe names, if any, of the embedder that it names or of the one
    that was built.

    Raises :class:`RecipeError` when the file cannot be used, or is about another embedder.
    """
    if not recipe.calibration:
        return None
    file = recipe.directory / recipe.calibration
    calibration = _measured(file, pack.parse_calibration)
    _require_own(recipe, file, calibration.embedder_sha256, built_sha256)
    return calibration


def read_joint(recipe: Recipe, built_sha256: str) -> JointCalibration | None:
    """The same of joint distances, with this embedder as the second."""
    if not recipe.joint:
        return None
    file = recipe.directory / recipe.joint
    joint = _measured(file, pack.parse_joint)
    _require_own(recipe, file, joint.second_sha256, built_sha256)
    return joint


def _measured(file: Path, parse: Callable[[str, Path], _Kind]) -> _Kind:
    try:
        return parse(file.read_text(encoding="utf-8"), file)
    except (OSError, UnicodeDecodeError, PackError) as error:
        raise RecipeError(f"cannot use the calibration {file} ({error}): {_HINT}") from error


def _require_own(recipe: Recipe, file: Path, sha256: str, built_sha256: str) -> None:
    if sha256 not in (recipe.embedder.sha256, built_sha256):
        raise RecipeError(f"{file} is about another embedder than the recipe's: {_HINT}")


def load(path: Path) -> Recipe:
    """Read the recipe at ``path``. Raises :class:`RecipeError`."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"cannot read the recipe {path}: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{path} is not valid TOML: {error}") from error
    try:
        recipe = strict.read(Recipe, values, directory=path.parent)
    except strict.StrictError as error:
        raise RecipeError(f"{path}: {error}") from error
    if not 0 < recipe.threshold < _OPPOSITE:
        raise RecipeError(
            f"{path}: threshold is {recipe.threshold}; distances lie between 0 and {_OPPOSITE}, "
            "and one at either end would let in nobody or everybody"
        )
    suffix = PurePosixPath(recipe.embedder.weights.file).suffix
    held = _ARCHITECTURES.get(suffix, "inception_resnet_v1")
    if recipe.embedder.architecture != held:
        raise RecipeError(
            f"{path}: embedder: {recipe.embedder.weights.file} would be read as {held}, not as "
            f"{recipe.embedder.architecture}"
        )
    if any(plan.optional for plan in recipe.liveness[:-1]):
        raise RecipeError(f"{path}: liveness: none but the last network can be optional")
    for key in (part.package for part in recipe.parts):
        if key not in recipe.packages:
            raise RecipeError(f"{path}: there is no [packages.{key}]")
    return recipe
