"""The whole way from a recipe to a pack: fetch, check, convert, quantise, prove, write."""

from __future__ import annotations

import resource
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import facedoor
from facedoor.vision import pack
from facedoor.vision.embedder import Embedder
from facedoor.vision.interpreter import Network
from facedoor_convert.errors import ConvertError
from facedoor_convert.packs import float_models as draft
from facedoor_convert.packs import forms_compared, pack_writer
from facedoor_convert.packs import representative_photos as calibration_photos
from facedoor_convert.packs.recipe import read_calibration
from facedoor_convert.readers import package_source as source
from facedoor_convert.readers.photo_source import Album
from facedoor_convert.tflite import forms as precision
from facedoor_convert.tflite import parity, quantise, ranges

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facedoor_convert.networks.graph import Graph
    from facedoor_convert.packs.float_models import Draft
    from facedoor_convert.packs.forms_compared import Choice
    from facedoor_convert.packs.recipe import Member, Recipe
    from facedoor_convert.packs.representative_photos import Varied
    from facedoor_convert.progress import Progress
    from facedoor_convert.tflite.forms import Form
    from facedoor_convert.tflite.ranges import Ranges

_EMBEDDER, _SEARCH, _LANDMARKS = "embedder.tflite", "search.tflite", "landmarks.tflite"
_EMBEDDING = "an embedding; divided by its length it can be compared by L2 distance"
_DETECTIONS = (
    "for each anchor a logit and 16 numbers in pixels of the input, relative to the anchor: "
    "centre, size, and six landmarks"
)

_OWN = "a file of one's own"
_UNMEASURED = (
    "taken over from the recipe and NOT measured for this network: measure it before a door "
    "relies on it"
)

_RECORD = "recording ranges on faces"
_CHOOSE = "choosing the form"
_QUANTISE = "quantising"
_PROVE = "proving parity on faces"
_WRITE = "writing the pack"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a build may do otherwise than the recipe says."""

    record: bool = False
    """Record the ranges anew and write them beside the recipe once the pack is proven."""
    calibration: Path | None = None
    """Record them on photos of this folder or archive, and not on the recipe's own."""
    budget_points: float | None = None
    """Choose the form by measuring: it may lose so many points of accuracy."""
    weights: tuple[Path, ...] = ()
    """Files of a network of one's own, to be taken instead of the recipe's. Its ranges are recorded
    for this build alone: those beside the recipe belong to another network."""

    @property
    def records(self) -> bool:
        return self.record or self.calibration is not None or bool(self.weights)

    def expected_s(self) -> dict[str, float]:
        """About how long each step takes on a small workstation."""
        return {
            **draft.EXPECTED_S,
            **({_RECORD: 6.5 if self.calibration is None else 30.0} if self.records else {}),
            **({_CHOOSE: forms_compared.EXPECTED_S} if self.budget_points is not None else {}),
            _QUANTISE: 0.7,
            _PROVE: 2.0,
            _WRITE: 0.2,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """What a build has made."""

    directory: Path
    manifest: pack.Manifest
    seconds: float
    recorded_on: Varied | None
    """The faces of a calibration folder or archive that the ranges were recorded on."""
    choice: Choice | None
    """Why the form was chosen, where it was not the recipe's."""

    def as_json(self) -> dict[str, object]:
        """The keys of ``build --json``."""
        made = self.manifest
        models = {"embedder": made.embedder, "search": made.search, "landmarks": made.landmarks}
        return {
            "pack": str(self.directory),
            "models": {
                name: {
                    "sha256": model.sha256,
                    "bytes": (self.directory / model.file).stat().st_size,
                }
                for name, model in models.items()
            },
            "quantisation": made.embedder.quantisation,
            "choice": None if self.choice is None else self.choice.reason,
            "calibration": None if self.recorded_on is None else self.recorded_on.as_json(),
            "parity": made.parity,
            "matches_recipe": made.matches_recipe,
            "seconds": round(self.seconds, 1),
            # Linux counts in kilobytes.
            "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }


def build(
    recipe: Recipe,
    output: Path,
    given: Sequence[Path],
    progress: Progress,
    wishes: Wishes,
) -> Report:
    """Build the pack of ``recipe`` in the folder ``output``, replacing a pack that lies there.

    ``given`` are archives that need not be fetched. Raises :class:`ConvertError`; whatever goes
    wrong, and whenever, a pack and ranges that were there before stay as they were.
    """
    output = output.absolute()
    try:
        pack_writer.check_target(output)
        output.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{output.name}-", dir=output.parent) as name:
            work, staged = Path(name), Path(name) / "pack"
            staged.mkdir()
            made = draft.make(recipe, given, wishes.weights, work, progress)
            embedder = _embedder(made, staged, progress, wishes)
            made.search.rename(staged / _SEARCH)
            made.landmarks.rename(staged / _LANDMARKS)
            with progress.step(_WRITE):
                manifest = _manifest(recipe, staged, embedder)
                (staged / pack.MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
                pack.load(staged)
                if wishes.records and not wishes.weights and embedder.ranges is not None:
                    embedder.ranges.write(recipe.ranges_file)
                pack_writer.put_in_place(staged, work / "previous", output)
    except OSError as error:
        raise ConvertError(f"cannot write the pack {output}: {error}") from error
    return Report(output, manifest, progress.elapsed_s, embedder.recorded_on, embedder.choice)


@dataclass(frozen=True, slots=True)
class _Embedder:
    """What has to be told of the embedder that was made."""

    graph: Graph
    origin: pack.Origin
    form: Form
    parity: dict[str, float]
    ranges: Ranges | None
    recorded_on: Varied | None
    choice: Choice | None


def _embedder(made: Draft, staged: Path, progress: Progress, wishes: Wishes) -> _Embedder:
    """Make the embedder in ``staged``, and prove it."""
    plan = made.recipe.embedder
    form = precision.FORMS[plan.quantisation]
    recorded: Ranges | None = None
    varied: Varied | None = None
    choice: Choice | None = None
    if wishes.records:
        with progress.step(_RECORD):
            if wishes.calibration is None:
                crops = made.faces(plan.calibration)
            else:
                exact = Embedder(Network(made.path), made.graph.normalisation)
                varied = calibration_photos.varied(Album(wishes.calibration), made.face, exact)
                crops = varied.crops
            recorded = ranges.record(made.model, made.graph, crops)
    elif form.needs_ranges or wishes.budget_points is not None:
        recorded = ranges.read(made.recipe.ranges_file)
    if wishes.budget_points is not None:
        with progress.step(_CHOOSE) as report:
            faces = forms_compared.faces_of(made, None)
            choice = forms_compared.choose(made, recorded, faces, wishes.budget_points, report)
            form = choice.form
    with progress.step(_QUANTISE):
        quantised = quantise.to_form(made.model, made.graph, form, recorded)
        (staged / _EMBEDDER).write_bytes(quantised)
    with progress.step(_PROVE):
        network = Network(staged / _EMBEDDER)
        if form.in_xnnpack:
            parity.demand_full_delegation(network, _EMBEDDER)
        crops = made.faces(plan.parity.photos)
        measured = parity.measure(Network(made.path), network, crops, made.graph.normalisation)
        parity.demand(measured, plan.parity, form)
    own = wishes.weights
    origin = _own_origin(own) if own else _origin(made.recipe, plan.weights)
    return _Embedder(made.graph, origin, form, measured, recorded, varied, choice)


def _manifest(recipe: Recipe, staged: Path, made: _Embedder) -> pack.Manifest:
    """What has to be said of the models in ``staged``."""

    def model(
        file: str, origin: pack.Origin, normalisation: str, quantisation: str, output: str
    ) -> pack.Model:
        _, height_px, width_px, _ = Network(staged / file).input_shape
        return pack.Model(
            file=file,
            sha256=source.file_sha256(staged / file),
            width_px=width_px,
            height_px=height_px,
            colour="RGB",
            normalisation=normalisation,
            quantisation=quantisation,
            output=output,
            origin=origin,
        )

    plan = recipe.embedder
    graph = made.graph
    embedder = model(_EMBEDDER, made.origin, graph.normalisation, made.form.name, _EMBEDDING)
    matches_recipe = embedder.sha256 == plan.sha256
    is_own = made.origin.package == _OWN
    # What was measured of the recipe's weights says nothing about others.
    is_measured = matches_recipe or not is_own
    search, landmarks = _origin(recipe, recipe.search), _origin(recipe, recipe.landmarks)
    return pack.Manifest(
        name=recipe.name,
        built_by=f"facedoor-convert {facedoor.__version__}",
        embedder=embedder,
        embedding_size=graph.shapes()[graph.layers[-1].name][0],
        crop=plan.crop,
        threshold=recipe.threshold,
        threshold_source=recipe.threshold_source if is_measured else _UNMEASURED,
        # The detectors go into the pack as they came.
        search=model(_SEARCH, search, "symmetric", "float16", _DETECTIONS),
        landmarks=model(_LANDMARKS, landmarks, "symmetric", "float16", _DETECTIONS),
        parity=made.parity,
        matches_recipe=matches_recipe,
        calibration=read_calibration(recipe, embedder.sha256) if is_measured else None,
    )


def _origin(recipe: Recipe, member: Member) -> pack.Origin:
    package = recipe.packages[member.package]
    return pack.Origin(
        package=package.name,
        version=package.version,
        file=member.file,
        sha256=member.sha256,
        licence=member.licence,
        training_data=member.training_data,
    )


def _own_origin(files: Sequence[Path]) -> pack.Origin:
    """Of the file with the weights, which is the last one."""
    return pack.Origin(
        package=_OWN,
        version="not stated",
        file=files[-1].name,
        sha256=source.file_sha256(files[-1]),
        licence="not stated",
        training_data="not stated",
    )
