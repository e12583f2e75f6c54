"""Feeds damaged files to every parser: ``python tests/convert/fuzz_parsers.py COUNT SEED``.

Each small, whole file is cut, and bytes of it are changed, removed, doubled, or replaced by numbers
that claim enormous sizes. A parser may read what comes out, or refuse it with a ``ConvertError``;
anything else ends the run with the file's name and the number that makes it again. It runs in a
process of its own, so that a crash in a C library is seen and memory can be measured.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from accidents import damaged
from facedoor_convert.errors import ConvertError
from facedoor_convert.networks.assembly import assemble, assemble_liveness
from fasnet_files import onnx_declared, onnx_file, onnx_node, torch_file
from tflite_files import small_tflite
from workbench import (
    dlib_affine,
    dlib_con,
    dlib_fc,
    dlib_file,
    dlib_plain,
    graph_axis,
    graph_const,
    graph_conv,
    graph_node,
    graph_norm,
    graph_placeholder,
    keras3_archive,
    keras3_description,
    keras3_weights,
    keras_description,
    keras_file,
    keras_layer,
)

LARGEST_GROWTH_MB = 64
TURNS = (
    # HDF5 takes ten times as long as the others: it is tried in a process of its own first.
    *("model.json", "graph.pb", "network.dat", "network.onnx", "network.pth") * 9,
    *("network.tflite",) * 9,
    *("whole.h5", "model.keras", "model.weights.h5"),
)
KERNEL, BIAS = np.full((3, 3, 3, 4), 0.5, np.float32), np.ones(4, np.float32)
LAYERS = [
    keras_layer("input_1", "InputLayer"),
    keras_layer(
        "Conv2d_1a_3x3", "Conv2D", "input_1", strides=[2, 2], padding="valid", use_bias=False
    ),
    keras_layer("Conv2d_1a_3x3_BatchNorm", "BatchNormalization", "Conv2d_1a_3x3", scale=False),
    keras_layer("Block35_1_ScaleSum", "Lambda", "input_1", arguments={"scale": 0.17}),
]
CONV, BLOCK = "InceptionResnetV1/Conv2d_1a_3x3", "InceptionResnetV1/Repeat/block35_1"
NORM = [f"BatchNorm/{role}" for role in ("gamma", "beta", "moving_mean", "moving_variance")]
KERAS_3 = keras3_weights(
    {
        "conv2d": ("Conv2d_1a_3x3", [KERNEL]),
        "batch_normalization": ("Conv2d_1a_3x3_BatchNorm", [BIAS, BIAS, BIAS]),
    }
)
SEEDS: dict[str, bytes] = {
    "whole.h5": keras_file(LAYERS, {"Conv2d_1a_3x3/kernel": KERNEL}),
    "model.json": json.dumps(keras_description(LAYERS)).encode(),
    "model.keras": keras3_archive(keras3_description(LAYERS), KERAS_3),
    "model.weights.h5": KERAS_3,
    "graph.pb": b"".join(
        (
            graph_placeholder("input", -1, 160, 160, 3),
            graph_const(f"{CONV}/weights", KERNEL),
            graph_conv(f"{CONV}/Conv2D", 2, "VALID", "input:0", f"{CONV}/weights"),
            *(graph_const(f"{CONV}/{name}", BIAS) for name in NORM),
            graph_norm(
                f"{CONV}/BatchNorm/Fused",
                1e-3,
                f"{CONV}/Conv2D",
                *(f"{CONV}/{name}" for name in NORM),
            ),
            graph_node(f"{CONV}/Relu", "Relu", f"{CONV}/BatchNorm/Fused"),
            graph_axis(f"{BLOCK}/concat/axis", -1),
            graph_node(
                f"{BLOCK}/concat", "ConcatV2", *2 * [f"{CONV}/Relu"], f"{BLOCK}/concat/axis"
            ),
            graph_const(f"{BLOCK}/mul/x", np.float32(0.17)),
            graph_node(f"{BLOCK}/mul", "Mul", f"{BLOCK}/mul/x", f"{BLOCK}/concat"),
            graph_node(f"{BLOCK}/add", "Add", f"{CONV}/Relu", f"{BLOCK}/mul"),
        )
    ),
    "network.dat": dlib_file(
        dlib_con(KERNEL.transpose(3, 2, 0, 1), BIAS),
        dlib_affine(BIAS, BIAS),
        dlib_plain("relu_"),
        dlib_plain("max_pool_2", 3, 3, 2, 2, 0, 0),
        dlib_fc(KERNEL.reshape(27, 4)),
    ),
    "network.onnx": onnx_file(
        {"1": np.full((32, 3, 3, 3), 0.5, np.float32), "2": np.ones(32, np.float32)},
        onnx_declared(11, "image", 1, 3, 32, 32),
        onnx_node(
            *("Conv", ["image", "1", "2"], "3"),
            dilations=(1, 1),
            group=1,
            kernel_shape=(3, 3),
            pads=(1, 1, 1, 1),
            strides=(2, 2),
        ),
        onnx_node("Constant", [], "4", value=np.ones((32, 1, 1), np.float32)),
        onnx_node("PRelu", ["3", "4"], "5"),
        onnx_declared(12, "5", 1, 32, 16, 16),
    ),
    "network.pth": torch_file(
        {
            "module.conv1.conv.weight": np.full((32, 3, 3, 3), 0.5, np.float32),
            "module.conv1.bn.num_batches_tracked": np.array(7, np.int64),
            "module.conv_6_dw.conv.weight": np.full((512, 1, 2, 2), 0.5, np.float32),
        },
        b"}X\x09\x00\x00\x00_metadata}sb",
    ),
    "network.tflite": small_tflite(),
}
HOSTILE = (
    b"\x08" + b"\xff" * 8,
    b"\xff" * 9 + b"\x01",
    (2**60).to_bytes(8, "little"),
    b"\x00\x00\xc0\x7f",
    b"[" * 2000,
    b"1e999",
    b"9" * 400,
    b"",
)


def files_to_read(name: str, folder: Path) -> list[Path]:
    """The damaged file, with its partner where it needs one."""
    match name:
        case "model.json":
            return [folder / name, folder / "missing.h5"]
        case "model.weights.h5":
            return [folder / "partner.json", folder / name]
    return [folder / name]


def read(files: list[Path]) -> object:
    if files[0].suffix in (".onnx", ".pth"):
        return assemble_liveness(files[0])
    return assemble(files)


def run(count: int, seed: int, read: Callable[[list[Path]], object]) -> dict[str, int]:
    """How many files were refused, by name."""
    refused = dict.fromkeys(SEEDS, 0)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "partner.json").write_bytes(SEEDS["model.json"])
        for number in range(seed, seed + count):
            name = TURNS[number % len(TURNS)]
            (folder / name).write_bytes(damaged(SEEDS[name], random.Random(number), HOSTILE))  # noqa: S311
            try:
                read(files_to_read(name, folder))
            except ConvertError:
                refused[name] += 1
            except BaseException:
                print(f"input {number} ({name}) got through", file=sys.stderr)
                raise
    return refused


def peak_memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    count, seed = (int(argument) for argument in sys.argv[1:])
    before_mb = peak_memory_mb()
    refused = run(count, seed, read)
    growth_mb = peak_memory_mb() - before_mb
    print(json.dumps({"inputs": count, "refused": refused, "growth_mb": round(growth_mb)}))
    assert growth_mb < LARGEST_GROWTH_MB, f"memory grew by {growth_mb:.0f} MB"


if __name__ == "__main__":
    main()
