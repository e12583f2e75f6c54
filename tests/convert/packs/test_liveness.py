"""A liveness network goes into a pack only if it says what the float one says, and runs fast."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from facedoor_convert.errors import QualityError
from facedoor_convert.networks import minifasnet
from facedoor_convert.networks.graph import Graph
from facedoor_convert.packs import liveness
from facedoor_convert.readers.torch_fasnet import TorchFasnet
from facedoor_convert.tflite import quantise, writer
from facedoor_convert.tflite.forms import FORMS
from facedoor_convert.tflite.ranges import Ranges
from fasnet_files import fasnet_arrays

VIEWS = [
    np.random.default_rng(seed).integers(0, 256, (1, 32, 32, 3)).astype(np.float32)
    for seed in range(3)
]


@pytest.fixture(scope="module")
def graph() -> Graph:
    return minifasnet.assemble(TorchFasnet(fasnet_arrays()))


@pytest.fixture
def exact(graph: Graph, tmp_path: Path) -> Path:
    path = tmp_path / "float.tflite"
    path.write_bytes(writer.write(graph))
    return path


def other(folder: Path, model: bytes) -> Path:
    path = folder / "liveness.tflite"
    path.write_bytes(model)
    return path


def test_half_precision_is_near_enough(graph: Graph, exact: Path, tmp_path: Path) -> None:
    half = quantise.to_form(exact.read_bytes(), graph, FORMS["float16"], None)
    assert 0 < liveness.prove(other(tmp_path, half), exact, VIEWS) < 0.01


def test_a_network_that_strays_is_refused(exact: Path, tmp_path: Path) -> None:
    arrays = fasnet_arrays()
    arrays["prob.weight"] = -arrays["prob.weight"]
    stray = writer.write(minifasnet.assemble(TorchFasnet(arrays)))
    with pytest.raises(QualityError, match=r"liveness\.tflite strays .* differs by 0\.\d+"):
        liveness.prove(other(tmp_path, stray), exact, VIEWS)


def test_a_network_that_says_no_number_is_refused(exact: Path, tmp_path: Path) -> None:
    same = other(tmp_path, exact.read_bytes())
    with pytest.raises(QualityError, match="differs by nan"):
        liveness.prove(same, exact, [*VIEWS, np.full_like(VIEWS[0], np.nan)])


def test_a_network_that_runs_in_pieces_is_refused(
    graph: Graph, exact: Path, tmp_path: Path
) -> None:
    """As int8, for which XNNPACK has no PReLU."""
    names = (graph.input, *(layer.name for layer in graph.layers))
    recorded = Ranges(1, dict.fromkeys(names, (-300.0, 300.0)))
    plain = replace(graph, normalisation="unit")
    pieces = quantise.to_form(exact.read_bytes(), plain, FORMS["int8"], recorded)
    with pytest.raises(QualityError, match=r"XNNPACK takes it in \d+ pieces"):
        liveness.prove(other(tmp_path, pieces), exact, VIEWS)


def test_without_a_view_nothing_is_proven(exact: Path, tmp_path: Path) -> None:
    same = other(tmp_path, exact.read_bytes())
    with pytest.raises(QualityError, match="no photo shows enough around a face"):
        liveness.prove(same, exact, [])
