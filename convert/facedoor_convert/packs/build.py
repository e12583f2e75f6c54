"""The whole way from a recipe to a pack: fetch, check, convert, quantise, prove, write."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import facedoor
from facedoor.vision import pack
from facedoor.vision.embedder import Embedder
from facedoor.vision.interpreter import Network
from facedoor_convert import files
from facedoor_convert.packs import float_models, forms_compared, liveness, pack_writer
from facedoor_convert.packs.recipe import read_calibration, read_joint
from facedoor_convert.packs.representative_photos import representative_faces
from facedoor_convert.readers.photo_source import PhotoSource
from facedoor_convert.tflite import parity, quantise, ranges
from facedoor_convert.tflite.forms import FORMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facedoor_convert.networks.graph import Graph
    from facedoor_convert.packs.float_models import FloatModels
    from facedoor_convert.packs.forms_compared import FormChoice
    from facedoor_convert.packs.liveness import MadeLiveness
    from facedoor_convert.packs.recipe import Recipe
    from facedoor_convert.packs.representative_photos import RepresentativeFaces
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

_STRAYS_HINT = "install the quantiser of facedoor[convert], or record the ranges anew with --record"

_RECORD = "recording ranges on faces"
_CHOOSE = "choosing the form"
_QUANTISE = "quantising"
_PROVE = "proving parity on faces"
_LIVENESS = "making and proving the liveness networks"
_WRITE = "writing the pack"


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """What a build may do otherwise than the recipe says."""

    sources: tuple[Path | str, ...] = ()
    """Archives that need not be fetched, and addresses of optional ones."""
    record: bool = False
    """Record the ranges anew and write them beside the recipe once the pack is proven."""
    representative: Path | None = None
    """Record them on photos of this folder or archive, and not on the recipe's own."""
    budget_points: float | None = None
    """Choose the form by measuring: it may lose so many points of accuracy."""
    weights: tuple[Path, ...] = ()
    """Files of a network of one's own, to be taken instead of the recipe's. Its ranges are recorded
    for this build alone: those beside the recipe belong to another network."""

    @property
    def records(self) -> bool:
        return self.record or self.representative is not None or bool(self.weights)

    def expected_s(self) -> dict[str, float]:
        """About how long each step takes on a small workstation."""
        return {
            **float_models.EXPECTED_S,
            **({_RECORD: 6.5 if self.representative is None else 30.0} if self.records else {}),
            **({_CHOOSE: forms_compared.EXPECTED_S} if self.budget_points is not None else {}),
            _QUANTISE: 0.7,
            _PROVE: 2.0,
            _LIVENESS: 1.5,
            _WRITE: 0.2,
        }


@dataclass(frozen=True, slots=True)
class BuildResult:
    """The pack that was built, and how."""

    directory: Path
    manifest: pack.Manifest
    seconds: float
    recorded_on: RepresentativeFaces | None
    """The faces that the ranges were recorded on, where they were not the recipe's."""
    choice: FormChoice | None
    """Why the form was chosen, where it was not the recipe's."""
    alive: MadeLiveness

    def as_json(self) -> dict[str, object]:
        """The keys of ``build --json``."""
        made = self.manifest
        return {
            "pack": str(self.directory),
            "models": {
                model.file.removesuffix(".tflite"): {
                    "sha256": model.sha256,
                    "bytes": (self.directory / model.file).stat().st_size,
                }
                for model in made.models
            },
            "liveness": self.alive.as_json(),
            "quantisation": made.embedder.quantisation,
            "choice": None if self.choice is None else self.choice.reason,
            "calibration": None if self.recorded_on is None else self.recorded_on.as_json(),
            "parity": made.parity,
            "matches_recipe": made.matches_recipe,
            "seconds": round(self.seconds, 1),
            "peak_memory_mb": peak_memory_mb(),
        }


def peak_memory_mb() -> int:
    """The most memory that this program has had, MB.

    ``getrusage`` would count whoever started it, too: a child is its parent's copy until it runs a
    program of its own.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        return int(status.split("VmHWM:")[1].split()[0]) // 1024
    except (OSError, IndexError):  # not Linux
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def build(recipe: Recipe, output: Path, options: BuildOptions, progress: Progress) -> BuildResult:
    """Build the pack of ``recipe`` in the folder ``output``, replacing a pack that lies there.

    Raises :class:`ConvertError`; whatever goes wrong, and whenever, a pack and ranges that were
    there before stay as they were.
    """
    output = output.absolute()
    with pack_writer.replacing(output) as staged:
        sources, own = options.sources, options.weights
        made = float_models.make(recipe, sources, own, staged.parent, progress)
        embedder = _embedder(made, staged, progress, options)
        with progress.step(_LIVENESS):
            alive = liveness.make(made, staged)
        made.search.rename(staged / _SEARCH)
        made.landmarks.rename(staged / _LANDMARKS)
        with progress.step(_WRITE):
            manifest = _manifest(recipe, staged, embedder, alive.manifest)
            pack_writer.write_manifest(manifest, staged)
            if options.records and not own and embedder.ranges is not None:
                embedder.ranges.write(recipe.ranges_file)
    seconds, recorded_on = progress.elapsed_s, embedder.recorded_on
    return BuildResult(output, manifest, seconds, recorded_on, embedder.choice, alive)


@dataclass(frozen=True, slots=True)
class _Embedder:
    """The embedder that was made: what manifest and result say of it."""

    graph: Graph
    origin: pack.Origin
    form: Form
    parity: dict[str, float]
    ranges: Ranges | None
    recorded_on: RepresentativeFaces | None
    choice: FormChoice | None


def _embedder(
    made: FloatModels, staged: Path, progress: Progress, options: BuildOptions
) -> _Embedder:
    """Make the embedder in ``staged``, and prove it."""
    plan = made.recipe.embedder
    form = FORMS[plan.quantisation]
    recorded: Ranges | None = None
    chosen: RepresentativeFaces | None = None
    choice: FormChoice | None = None
    if options.records:
        with progress.step(_RECORD):
            if options.representative is None:
                crops = made.faces(plan.representative)
            else:
                exact = Embedder(Network(made.path), made.graph.normalisation)
                source = PhotoSource(options.representative)
                chosen = representative_faces(source, made.face, exact)
                crops = chosen.crops
            recorded = ranges.record(made.model, made.graph, crops)
    elif form.needs_ranges or options.budget_points is not None:
        recorded = ranges.read(made.recipe.ranges_file)
    if options.budget_points is not None:
        with progress.step(_CHOOSE) as report:
            faces = forms_compared.faces_of(made, None, lambda _: None)
            choice = forms_compared.choose(made, recorded, faces, options.budget_points, report)
            form = choice.form
    with progress.step(_QUANTISE):
        quantised = quantise.to_form(made.model, made.graph, form, recorded)
        (staged / _EMBEDDER).write_bytes(quantised)
    with progress.step(_PROVE):
        crops = made.faces(plan.parity.photos)
        asked = form.demanding(plan.parity.cosine_mean, plan.parity.cosine_min)
        normalisation = made.graph.normalisation
        measured = parity.prove(
            made.path, staged / _EMBEDDER, asked, crops, normalisation, _STRAYS_HINT
        )
        if made.source is not None:
            least = parity.prove_written(made.source, made.path, crops, normalisation)
            measured["source_cosine_min"] = least
    own = options.weights
    origin = _own_origin(own) if own else made.recipe.origin(plan.weights)
    return _Embedder(made.graph, origin, form, measured, recorded, chosen, choice)


def _manifest(
    recipe: Recipe, staged: Path, made: _Embedder, alive: pack.Liveness | None
) -> pack.Manifest:
    """The manifest of the models in ``staged``."""

    def model(
        file: str, origin: pack.Origin, normalisation: str, quantisation: str, output: str
    ) -> pack.Model:
        _, height_px, width_px, _ = Network(staged / file).input_shape
        return pack.Model(
            file=file,
            sha256=files.sha256(staged / file),
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
    search, landmarks = recipe.origin(recipe.search), recipe.origin(recipe.landmarks)
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
        liveness=alive,
        calibration=read_calibration(recipe, embedder.sha256) if is_measured else None,
        joint=read_joint(recipe, embedder.sha256) if is_measured else None,
    )


def _own_origin(weights: Sequence[Path]) -> pack.Origin:
    """Of the file with the weights, which is the last one."""
    return pack.Origin(
        package=_OWN,
        version="not stated",
        file=weights[-1].name,
        sha256=files.sha256(weights[-1]),
        licence="not stated",
        training_data="not stated",
    )
