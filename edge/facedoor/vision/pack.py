"""The pack: a folder with the models and the manifest that says what they are.

``manifest.json`` is the contract between the converter, which writes it, and the door, which loads
only the files that it names and only if their SHA-256 matches. Both sides use the dataclasses here.
A pack is built, never trusted: a missing file, a wrong hash, an unknown key and a newer schema are
each a :class:`PackError`, and then the door stays shut.

Schema 2 added the calibration, schema 3 the liveness networks, schema 4 what share of looks is
refused, and what two embedders are worth together. Packs of all older schemas still open: one of
schema 1 has one threshold, and no risk is known for it; neither it nor one of schema 2 has liveness
networks, so that nobody can be told from their photo by looking on; and none says how many
residents a threshold shuts out, or can be a second pack.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from facedoor import strict
from facedoor.errors import PackError
from facedoor.languages import N_, _
from facedoor.strict import Prose, shown
from facedoor.vision.calibration import Calibration, JointCalibration

SCHEMA = 4
MANIFEST = "manifest.json"
BUILD_HINT = N_("build it with: facedoor-convert build facenet, or its own recipe")
_Kind = TypeVar("_Kind")
_FILE_NAME = re.compile(r"\w[\w.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a model comes from and on what terms."""

    package: Prose
    version: Prose
    file: Prose
    sha256: Prose
    licence: Prose
    training_data: Prose


@dataclass(frozen=True, slots=True)
class Model:
    """What is true of every model: its file, what goes in, what comes out."""

    file: str
    sha256: str
    width_px: int
    height_px: int
    colour: str
    """Order of the channels: ``RGB``, and for some liveness networks ``BGR``."""
    normalisation: str
    """``standardise``: (x - mean) / max(std, 1 / sqrt(n)) over the image; ``unit``: x / 255;
    ``centred``: (x - 127.5) / 128; ``symmetric``: x / 127.5 - 1; ``range``: as
    :class:`LivenessModel` says."""
    quantisation: Prose
    """The converter's name for how numbers are stored, such as ``int8`` or ``float16``; the model
    itself says what it takes and gives."""
    output: Prose
    origin: Origin


@dataclass(frozen=True, slots=True)
class LivenessModel(Model):
    """A network that tells a living face from a photo or a screen.

    Its ``colour`` is ``RGB`` or ``BGR``, and its ``normalisation`` ``range``: x / 255 times
    ``value_range``. It gives a probability for each of its classes.
    """

    crop_scale: float = field(metadata=strict.more(allowed=(1, 8)))
    """The part of the picture that it sees: the detector's box about its middle, so many times as
    wide and as high."""
    value_range: int
    """What the brightest level becomes: 1 or 255."""
    live_class: int = field(metadata=strict.more(allowed=(0, 999)))
    """The class, from 0 on, that stands for a living face: its probability is the score."""


@dataclass(frozen=True, slots=True)
class Liveness:
    """The liveness networks, and what their scores are worth: 0 is not alive, 1 is alive.

    A visit's score is the mean of those of the networks.
    """

    networks: tuple[LivenessModel, ...] = field(metadata=strict.more(allowed=(1, 8)))
    deny_below: float = field(metadata=strict.more(allowed=(0, 1)))
    """A visit that scores less is that of no living face."""
    open_from: float = field(metadata=strict.more(allowed=(0, 1)))
    """A visit that scores as much is that of a living face; between the two nobody knows."""
    threshold_source: Prose
    """What the two were measured on, with counts."""

    def __post_init__(self) -> None:
        if self.deny_below > self.open_from:
            raise ValueError(
                _("deny_below, {deny_below}, is above open_from, {open_from}").format(
                    deny_below=self.deny_below, open_from=self.open_from
                )
            )


@dataclass(frozen=True, slots=True)
class CropTemplate:
    """Where the landmarks of an aligned face stand, in pixels of the crop.

    After the similarity transform onto these points the crop is stretched in x by ``stretch_x``
    about its middle: FaceNet was trained on face boxes that had been squashed to squares.
    """

    left_eye: tuple[float, float]
    right_eye: tuple[float, float]
    mouth: tuple[float, float]
    stretch_x: float


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything in ``manifest.json``."""

    name: Prose
    built_by: Prose
    embedder: Model
    embedding_size: int
    crop: CropTemplate
    threshold: float
    """Largest L2 distance, 0 to 2, between embeddings of one person, for want of a calibration."""
    threshold_source: Prose
    """What the threshold was measured on and what risk it stands for."""
    search: Model
    landmarks: Model
    parity: dict[str, float]
    """How the embedder's quantised output compares with the float network, as measured when built:
    ``cosine_mean``, ``cosine_min``, ``faces``; and ``source_cosine_min``, how the float network
    compares with the file that it was read from, where that can be run."""
    matches_recipe: bool = True
    """True if the embedder's bytes are those that the recipe names. Where they are not, another
    release of the quantiser made it, and parity alone vouches for it."""
    liveness: Liveness | None = None
    """Without it nobody is told from their photo by looking on."""
    calibration: Calibration | None = None
    """What distances are worth, as measured; without it there is one threshold, of unknown risk."""
    joint: JointCalibration | None = None
    """What distances are worth of another pack's embedder with this one as the second of it."""
    schema: int = SCHEMA

    @property
    def models(self) -> tuple[Model, ...]:
        """Every model of the pack."""
        liveness = () if self.liveness is None else self.liveness.networks
        return (self.embedder, self.search, self.landmarks, *liveness)

    def to_json(self) -> str:
        """The manifest's text: the same manifest always gives the same bytes."""
        return json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False) + "\n"


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack on disk whose files are all there and all match their hashes."""

    directory: Path
    manifest: Manifest

    def path(self, model: Model) -> Path:
        return self.directory / model.file


def load(directory: Path) -> Pack:
    """Open the pack in ``directory`` and check every hash. Raises :class:`PackError`."""
    manifest = read_manifest(directory)
    for model in manifest.models:
        _check(directory / model.file, model.sha256)
    return Pack(directory, manifest)


def read_manifest(directory: Path) -> Manifest:
    """What the pack in ``directory`` says of itself. Raises :class:`PackError`."""
    path = directory / MANIFEST
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PackError(
            _("there is no pack in {directory}: {build_hint}").format(
                directory=directory, build_hint=_(BUILD_HINT)
            )
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise PackError(_("cannot read {path}: {error}").format(path=path, error=error)) from error
    return parse(text, path)


def parse(text: str, path: Path) -> Manifest:
    """The manifest in ``text``; ``path`` names it in errors. Raises :class:`PackError`."""
    values = _decoded(text, path, _(BUILD_HINT))
    schema = values.get("schema") if isinstance(values, dict) else None
    if type(schema) is not int or schema < 1:
        raise PackError(
            _("{path} is not a pack's manifest: it has no schema; {build_hint}").format(
                path=path, build_hint=_(BUILD_HINT)
            )
        )
    if schema > SCHEMA:
        raise PackError(
            _(
                "{path} has schema {schema}, newer than the {newest} that this facedoor "
                "reads: upgrade facedoor, or build the pack with the installed version"
            ).format(path=path, schema=schema, newest=SCHEMA)
        )
    manifest = _read(Manifest, values, path)
    for what, came_with, is_there in _brought(manifest):
        if is_there and schema < came_with:
            raise PackError(
                _(
                    "{path} has schema {schema} and brings {what}, which came with schema "
                    "{came_with}; {build_hint}"
                ).format(
                    path=path,
                    schema=schema,
                    what=what,
                    came_with=came_with,
                    build_hint=_(BUILD_HINT),
                )
            )
    if not 0 < manifest.threshold < 2:
        raise PackError(
            _("{path}: threshold has to be between 0 and 2, not {threshold}; {build_hint}").format(
                path=path, threshold=manifest.threshold, build_hint=_(BUILD_HINT)
            )
        )
    _demand_fitting(manifest, path)
    rgb, seen_as = ("RGB",), ("standardise", "unit", "centred")
    _demand_known(
        manifest.embedder,
        f"{path}: embedder",
        colour=rgb,
        normalisation=seen_as,
    )
    for name, model in (("search", manifest.search), ("landmarks", manifest.landmarks)):
        _demand_known(model, f"{path}: {name}", colour=rgb, normalisation=("symmetric",))
    for network in () if manifest.liveness is None else manifest.liveness.networks:
        _demand_known(
            network,
            f"{path}: liveness: {network.file}",
            colour=("RGB", "BGR"),
            normalisation=("range",),
            value_range=(1, 255),
        )
    return manifest


def parse_calibration(text: str, path: Path) -> Calibration:
    """The calibration in ``text``, as ``facedoor-convert calibrate`` writes it.

    ``path`` names it in errors. Raises :class:`PackError`.
    """
    return _read(Calibration, _decoded(text, path, _("measure it again")), path)


def parse_joint(text: str, path: Path) -> JointCalibration:
    """The same of two embedders, as ``facedoor-convert calibrate --first`` writes it."""
    return _read(JointCalibration, _decoded(text, path, _("measure it again")), path)


def _decoded(text: str, path: Path, remedy: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PackError(
            _("{path} is not JSON ({error}): {remedy}").format(
                path=path, error=error, remedy=remedy
            )
        ) from error


def _read(kind: type[_Kind], values: object, path: Path) -> _Kind:
    try:
        return strict.read(kind, values)
    except strict.StrictError as error:
        raise PackError(f"{path}: {error}; {BUILD_HINT}") from error


def _brought(manifest: Manifest) -> Iterator[tuple[str, int, bool]]:
    """What later schemas brought: its name, the schema, and whether the manifest has it."""
    yield _("liveness networks"), 3, manifest.liveness is not None
    measured = manifest.calibration
    tables = () if measured is None else (measured.plain, measured.corrected)
    yield _("tables of refusals"), 4, any(table and table.refusals for table in tables)
    yield _("a table of joint distances"), 4, manifest.joint is not None


def _demand_fitting(manifest: Manifest, path: Path) -> None:
    """Refuse a calibration of other embeddings: its thresholds would mean nothing.

    Where the embedder's bytes are not the recipe's, its parity has shown that it gives the same
    embeddings but for rounding, and the recipe's calibration holds.
    """
    sha256, joint = manifest.embedder.sha256, manifest.joint
    if joint is not None and manifest.matches_recipe and joint.second_sha256 != sha256:
        raise PackError(
            _("{path}: joint is about another embedder; {build_hint}").format(
                path=path, build_hint=_(BUILD_HINT)
            )
        )
    calibration = manifest.calibration
    if calibration is None:
        return
    if manifest.matches_recipe and calibration.embedder_sha256 != manifest.embedder.sha256:
        raise PackError(
            _("{path}: the calibration is one of another embedder; {build_hint}").format(
                path=path, build_hint=_(BUILD_HINT)
            )
        )
    if calibration.cohort is not None and calibration.cohort.size != manifest.embedding_size:
        raise PackError(
            _(
                "{path}: the cohort has embeddings of {size} numbers, the model of "
                "{embedding_size}; {build_hint}"
            ).format(
                path=path,
                size=calibration.cohort.size,
                embedding_size=manifest.embedding_size,
                build_hint=_(BUILD_HINT),
            )
        )


def _demand_known(model: Model, where: str, **known: tuple[object, ...]) -> None:
    """Refuse a model that lies elsewhere, or that this facedoor would feed wrongly."""
    if not _FILE_NAME.fullmatch(model.file):
        raise PackError(
            _("{where}: file {file} has to be the name of a file in the pack; {build_hint}").format(
                where=where, file=shown(model.file), build_hint=_(BUILD_HINT)
            )
        )
    for key, values in known.items():
        if (stated := getattr(model, key)) not in values:
            raise PackError(
                _(
                    "{where}: {key} is {shown}, but this facedoor knows only {known}: upgrade "
                    "facedoor, or build the pack with the installed version"
                ).format(
                    where=where,
                    key=key,
                    shown=shown(stated),
                    known=_(" and ").join(map(repr, values)),
                )
            )


def _check(path: Path, sha256: str) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise PackError(
            _("the pack lacks {path}: {build_hint}").format(path=path, build_hint=_(BUILD_HINT))
        ) from None
    except OSError as error:
        raise PackError(_("cannot read {path}: {error}").format(path=path, error=error)) from error
    if found != sha256:
        raise PackError(
            _(
                "{path} is not the file that the manifest names (SHA-256 {found}..., expected "
                "{sha256}...): {build_hint}"
            ).format(path=path, found=found[:12], sha256=sha256[:12], build_hint=_(BUILD_HINT))
        )
