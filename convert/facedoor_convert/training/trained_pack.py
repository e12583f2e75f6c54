"""Makes a pack of a trained embedder: quantised, proven, and locked until it is calibrated."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import facedoor
from facedoor.vision import pack
from facedoor.vision.interpreter import Network
from facedoor_convert.errors import ConvertError, QualityError
from facedoor_convert.packs import pack_writer
from facedoor_convert.readers import package_source as source
from facedoor_convert.tflite import forms as precision
from facedoor_convert.tflite import parity, quantise, ranges
from facedoor_convert.tflite import writer as tflite_writer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facedoor.frames import Image
    from facedoor_convert.networks.graph import Graph

UNMEASURED = 0.001
"""A threshold that no two photos meet: what a distance of a new network is worth is unknown, so a
door with such a pack refuses everybody."""

_FORM = precision.FORMS["int8"]
"""Its own tolerance is looser than the recipe of genuine FaceNet asks: a small network has fewer
numbers in which rounding could cancel out."""


def write(
    graph: Graph,
    base: pack.Pack,
    crop: pack.CropTemplate,
    record_on: Sequence[Image],
    prove_on: Sequence[Image],
    training_data: str,
    output: Path,
) -> dict[str, float]:
    """Write a pack with the embedder ``graph`` and the detectors of ``base``; the parity measured.

    Quantisation ranges are recorded on the crops ``record_on``; the int8 form is compared with the
    float one on ``prove_on``. Raises :class:`QualityError` when it strays, and
    :class:`ConvertError`; a pack that lay at ``output`` is replaced only when all is well.
    """
    output = output.absolute()
    try:
        pack_writer.check_target(output)
        output.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{output.name}-", dir=output.parent) as name:
            work, staged = Path(name), Path(name) / "pack"
            staged.mkdir()
            exact = tflite_writer.write(graph)
            (work / "float.tflite").write_bytes(exact)
            file = base.manifest.embedder.file
            recorded = ranges.record(exact, graph, record_on)
            (staged / file).write_bytes(quantise.to_form(exact, graph, _FORM, recorded))
            measured = _proven(work / "float.tflite", staged / file, prove_on, graph.normalisation)
            for model in (base.manifest.search, base.manifest.landmarks):
                shutil.copyfile(base.path(model), staged / model.file)
            manifest = _manifest(base.manifest, graph, staged / file, crop, training_data, measured)
            (staged / pack.MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
            pack.load(staged)
            pack_writer.put_in_place(staged, work / "previous", output)
    except OSError as error:
        raise ConvertError(f"cannot write the pack {output}: {error}") from error
    return measured


def _proven(
    exact: Path, quantised: Path, crops: Sequence[Image], normalisation: str
) -> dict[str, float]:
    network = Network(quantised)
    parity.demand_full_delegation(network, quantised.name)
    measured = parity.measure(Network(exact), network, crops, normalisation)
    mean, least = measured["cosine_mean"], measured["cosine_min"]
    # Written so that nan fails.
    if not (mean >= _FORM.cosine_mean and least >= _FORM.cosine_min):
        raise QualityError(
            f"the {_FORM.name} embedder strays from the trained one: cosine {mean:.4f} on average "
            f"and {least:.4f} at least over {len(crops)} faces, {_FORM.cosine_mean} and "
            f"{_FORM.cosine_min} are asked for; train longer or on more photos"
        )
    return measured


def _manifest(
    base: pack.Manifest,
    graph: Graph,
    file: Path,
    crop: pack.CropTemplate,
    training_data: str,
    measured: dict[str, float],
) -> pack.Manifest:
    made_by = f"facedoor-convert {facedoor.__version__}"
    sha256 = source.file_sha256(file)
    height_px, width_px, _ = graph.input_shape
    origin = pack.Origin(
        package="facedoor-convert train",
        version=facedoor.__version__,
        file=file.name,
        sha256=sha256,
        licence="that of the photos and of the network that the training started from",
        training_data=training_data,
    )
    embedder = dataclasses.replace(
        base.embedder,
        sha256=sha256,
        width_px=width_px,
        height_px=height_px,
        normalisation=graph.normalisation,
        quantisation=_FORM.name,
        origin=origin,
    )
    (embedding_size,) = graph.shapes()[graph.layers[-1].name]
    return dataclasses.replace(
        base,
        name="trained",
        built_by=made_by,
        embedder=embedder,
        embedding_size=embedding_size,
        crop=crop,
        threshold=UNMEASURED,
        threshold_source="not measured: without a calibration this pack refuses everybody",
        parity=measured,
        matches_recipe=True,
        calibration=None,
        schema=pack.SCHEMA,
    )
