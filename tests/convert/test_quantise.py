from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.vision.interpreter import Network
from facedoor_convert import quantise, ranges, recipe, tflite_writer
from facedoor_convert.errors import RecipeError
from facedoor_convert.graph import Conv, Dense, GlobalAverage, Graph
from facedoor_convert.ranges import Ranges
from facedoor_convert.recipe import Recipe
from workbench import RECIPE

KERNEL = np.random.default_rng(1).normal(size=(3, 3, 3, 8)).astype(np.float32)
SMALL = Graph(
    "x",
    (16, 16, 3),
    (
        Conv("a", "x", KERNEL, np.zeros(8, np.float32), 1, same=True, relu=True),
        GlobalAverage("b", "a"),
        Dense("c", "b", np.eye(8, dtype=np.float32), np.zeros(8, np.float32)),
    ),
)
MODEL = tflite_writer.write(SMALL)
CROPS = list(np.random.default_rng(2).integers(0, 256, (5, 16, 16, 3), np.uint8))


def test_int8_goes_in_and_comes_out_in_one_piece(tmp_path: Path) -> None:
    path = tmp_path / "int8.tflite"
    path.write_bytes(quantise.to_int8(MODEL, SMALL, ranges.record(MODEL, SMALL, CROPS)))
    network = Network(path)
    assert network.input_dtype == np.int8
    assert network.run(np.zeros((1, 16, 16, 3), np.int8))[0].dtype == np.int8
    assert network.delegation().is_full


def test_the_input_s_range_is_fixed_whatever_was_recorded(tmp_path: Path) -> None:
    recorded = ranges.record(MODEL, SMALL, CROPS)
    wide = replace(recorded, tensors={**recorded.tensors, "x": (-9.0, 9.0)})
    path = tmp_path / "int8.tflite"
    path.write_bytes(quantise.to_int8(MODEL, SMALL, wide))
    scale, zero_point = Network(path).input_quantisation
    assert scale == pytest.approx(6 / 255)
    assert zero_point == 0


def test_pixels_of_unit_range_lose_nothing(tmp_path: Path) -> None:
    unit = replace(SMALL, normalisation="unit")
    path = tmp_path / "int8.tflite"
    path.write_bytes(quantise.to_int8(MODEL, unit, ranges.record(MODEL, unit, CROPS)))
    scale, zero_point = Network(path).input_quantisation
    assert scale == pytest.approx(1 / 255)
    assert zero_point == -128


@pytest.mark.parametrize("name", ["light", "facenet512"])
def test_other_recipes_have_ranges_of_many_faces(name: str) -> None:
    plan = recipe.load(RECIPE.with_name(f"{name}.toml"))
    assert ranges.read(plan.ranges_file).faces >= 90


def test_ranges_of_another_network_are_refused() -> None:
    with pytest.raises(RecipeError, match="lack b"):
        quantise.to_int8(MODEL, SMALL, Ranges(1, {"x": (0.0, 1.0), "a": (0.0, 1.0)}))


def test_recorded_ranges_do_not_depend_on_the_order_of_faces() -> None:
    forwards = ranges.record(MODEL, SMALL, CROPS)
    assert ranges.record(MODEL, SMALL, CROPS[::-1]) == forwards
    assert forwards.faces == len(CROPS)


@given(
    st.dictionaries(
        st.text(),
        st.tuples(st.floats(-1e6, 0), st.floats(0, 1e6)),
    )
)
def test_ranges_come_back_from_their_file(
    tmp_path_factory: pytest.TempPathFactory, tensors: dict[str, tuple[float, float]]
) -> None:
    path = tmp_path_factory.mktemp("ranges") / "ranges.json"
    recorded = Ranges(7, tensors)
    path.write_text(recorded.to_json(), encoding="utf-8")
    assert ranges.read(path) == recorded


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"faces": 1}',
        '{"faces": 1, "tensors": {"x": [2, 1]}}',
        '{"faces": 1, "tensors": []}',
    ],
)
def test_damaged_ranges_are_one_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ranges.json"
    path.write_text(text)
    with pytest.raises(RecipeError, match="cannot use the recorded ranges"):
        ranges.read(path)


def test_committed_ranges_are_of_this_network_and_of_many_faces(
    facenet: Recipe, graph: Graph
) -> None:
    recorded = ranges.read(facenet.ranges_file)
    assert list(recorded.tensors) == [graph.input, *(layer.name for layer in graph.layers)]
    assert recorded.faces >= 90
