"""Makes a pack of a trained embedder: quantised, proven, and locked until it is calibrated."""

from __future__ import annotations

import dataclasses
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import facedoor
from facedoor.vision import pack
from facedoor_convert import files
from facedoor_convert.packs import pack_writer
from facedoor_convert.tflite import parity, quantise, ranges, writer
from facedoor_convert.tflite.forms import FORMS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from facedoor.frames import Image
    from facedoor_convert.networks.graph import Graph

UNMEASURED = 0.001
"""A threshold that no two photos meet: what a distance of a new network is worth is unknown, so a
door with such a pack refuses everybody."""

_FORM = FORMS["int8"]
"""Its own tolerance is looser than the recipe of genuine FaceNet asks: a small network has fewer
numbers in which rounding could cancel out."""

_STRAYS_HINT = "train longer or on more photos"


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A trained embedder, and the crops to quantise it with."""

    graph: Graph
    crop: pack.CropTemplate
    training_data: str
    record_on: Sequence[Image]
    """Representative faces for the quantisation ranges."""
    prove_on: Sequence[Image]
    """Other faces, on which the int8 form is compared with the float one."""


def write(trained: Trained, base: pack.Pack, output: Path) -> None:
    """Write a pack with the embedder ``trained`` and the other models of ``base``.

    Raises :class:`QualityError` when the int8 form strays, and :class:`ConvertError`; a pack that
    lay at ``output`` is replaced only when all is well.
    """
    graph = trained.graph
    with pack_writer.replacing(output) as staged:
        exact, made = staged.parent / "float.tflite", staged / base.manifest.embedder.file
        plain = writer.write(graph)
        exact.write_bytes(plain)
        made.write_bytes(
            quantise.to_form(plain, graph, _FORM, ranges.record(plain, graph, trained.record_on))
        )
        measured = parity.prove(
            exact, made, _FORM, trained.prove_on, graph.normalisation, _STRAYS_HINT
        )
        for model in base.manifest.models:
            if model is not base.manifest.embedder:
                shutil.copyfile(base.path(model), staged / model.file)
        manifest = _manifest(base.manifest, trained, made, measured)
        pack_writer.write_manifest(manifest, staged)


def _manifest(
    base: pack.Manifest, trained: Trained, file: Path, measured: dict[str, float]
) -> pack.Manifest:
    graph = trained.graph
    made_by = f"facedoor-convert {facedoor.__version__}"
    sha256 = files.sha256(file)
    height_px, width_px, _ = graph.input_shape
    origin = pack.Origin(
        package="facedoor-convert train",
        version=facedoor.__version__,
        file=file.name,
        sha256=sha256,
        licence="that of the photos and of the network that the training started from",
        training_data=trained.training_data,
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
        crop=trained.crop,
        threshold=UNMEASURED,
        threshold_source="not measured: without a calibration this pack refuses everybody",
        parity=measured,
        matches_recipe=True,
        calibration=None,
        schema=pack.SCHEMA,
    )
