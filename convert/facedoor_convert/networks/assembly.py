"""From weights files to a graph, by the file's reader and the architecture that it fills.

A file is known by how its name ends, as its makers meant it; what is inside is checked all the way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from facedoor_convert.errors import WeightsError
from facedoor_convert.networks import inception_resnet_v1, minifasnet, mobilefacenet, resnet29
from facedoor_convert.readers import (
    dlib_dat,
    frozen_facenet,
    frozen_graph,
    keras_files,
    onnx_graph,
    tflite_graph,
    torch_archive,
)
from facedoor_convert.readers.onnx_fasnet import OnnxFasnet
from facedoor_convert.readers.torch_fasnet import TorchFasnet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from facedoor_convert.networks.graph import Graph

_WEIGHTS_ALONE = ".weights.h5"


def assemble(files: Sequence[Path]) -> Graph:
    """The network in ``files``: one that holds all of it, or a Keras description and its weights.

    Raises :class:`WeightsError` when they are not a network that the converter knows.
    """
    match [file.suffix for file in files]:
        case [".json", ".h5"]:
            return inception_resnet_v1.assemble(keras_files.read_pair(files[0], files[1]))
        case [".h5"] if files[0].name.endswith(_WEIGHTS_ALONE):
            raise WeightsError(
                f"{files[0]} holds weights alone: name the model's description (.json) before it"
            )
        case [".h5"]:
            return inception_resnet_v1.assemble(keras_files.read_h5(files[0]))
        case [".keras"]:
            return inception_resnet_v1.assemble(keras_files.read_archive(files[0]))
        case [".pb"]:
            nodes = frozen_graph.read(files[0])
            return inception_resnet_v1.assemble(frozen_facenet.named(nodes))
        case [".dat"]:
            return resnet29.assemble(dlib_dat.read(files[0]))
        case [".tflite"]:
            return mobilefacenet.assemble(tflite_graph.read(files[0]))
    raise WeightsError(
        f"{' and '.join(map(str, files))}: a network comes as .h5, .keras, .pb, .dat or "
        ".tflite, or as .json and .h5"
    )


def assemble_liveness(file: Path) -> Graph:
    """The liveness network in ``file``, which has a probability of each class as its output.

    Raises :class:`WeightsError` when it is not one that the converter knows.
    """
    match file.suffix:
        case ".onnx":
            return minifasnet.assemble(OnnxFasnet(onnx_graph.read(file)))
        case ".pth":
            return minifasnet.assemble(TorchFasnet(torch_archive.read(file)))
    raise WeightsError(f"{file}: a liveness network comes as .onnx or .pth")
