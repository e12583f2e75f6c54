from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.vision.embedder import Embedder
from facedoor.vision.interpreter import Network
from facedoor_convert.errors import RecipeError
from facedoor_convert.networks.graph import Conv, Dense, GlobalAverage, Graph
from facedoor_convert.packs import recipe
from facedoor_convert.packs.recipe import Recipe
from facedoor_convert.tflite import quantise, ranges, writer
from facedoor_convert.tflite.forms import FORMS, Form
from facedoor_convert.tflite.ranges import Ranges
from workbench import RECIPE, network_of

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
MODEL = writer.write(SMALL)
CROPS = list(np.random.default_rng(2).integers(0, 256, (5, 16, 16, 3), np.uint8))


ENDS = {"int8": np.int8, "int8_uint8_io": np.uint8, "int16": np.int16}
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


def made(form: Form, folder: Path) -> Network:
    model = quantise.to_form(MODEL, SMALL, form, ranges.record(MODEL, SMALL, CROPS))
    return network_of(model, folder)


@every_form
def test_what_goes_in_and_comes_out_is_of_the_form(tmp_path: Path, form: Form) -> None:
    network = made(form, tmp_path)
    ends = ENDS.get(form.name, np.float32)
    assert network.input_dtype == ends
    assert network.run(np.zeros((1, 16, 16, 3), ends))[0].dtype == ends


@every_form
def test_xnnpack_runs_every_form_that_it_can(tmp_path: Path, form: Form) -> None:
    delegation = made(form, tmp_path).delegation()
    assert delegation.is_full == form.in_xnnpack
    assert (delegation.share > 0.5) == form.in_xnnpack


@every_form
def test_the_door_s_embedder_takes_every_form(tmp_path: Path, form: Form) -> None:
    exact, other = (
        Embedder(made(kind, tmp_path), "standardise") for kind in (FORMS["float32"], form)
    )
    assert all(exact.embed(crop) @ other.embed(crop) > 0.999 for crop in CROPS)


@every_form
def test_the_same_form_has_the_same_bytes(form: Form) -> None:
    recorded = ranges.record(MODEL, SMALL, CROPS)
    one, other = (quantise.to_form(MODEL, SMALL, form, recorded) for _ in range(2))
    assert one == other


@every_form
def test_only_a_form_of_integers_needs_ranges(form: Form) -> None:
    if form.needs_ranges:
        with pytest.raises(RecipeError, match="lack x"):
            quantise.to_form(MODEL, SMALL, form, None)
    else:
        assert quantise.to_form(MODEL, SMALL, form, None)


def test_the_input_s_range_is_fixed_whatever_was_recorded(tmp_path: Path) -> None:
    recorded = ranges.record(MODEL, SMALL, CROPS)
    wide = replace(recorded, tensors={**recorded.tensors, "x": (-9.0, 9.0)})
    model = quantise.to_form(MODEL, SMALL, FORMS["int8"], wide)
    scale, zero_point = network_of(model, tmp_path).input_quantisation
    assert scale == pytest.approx(6 / 255)
    assert zero_point == 0


@pytest.mark.parametrize(
    ("normalisation", "step", "zero"), [("unit", 1 / 255, -128), ("centred", 1 / 128, 0)]
)
def test_pixels_of_a_fixed_range_lose_nothing(
    tmp_path: Path, normalisation: str, step: float, zero: int
) -> None:
    fixed = replace(SMALL, normalisation=normalisation)
    model = quantise.to_form(MODEL, fixed, FORMS["int8"], ranges.record(MODEL, fixed, CROPS))
    scale, zero_point = network_of(model, tmp_path).input_quantisation
    assert scale == pytest.approx(step)
    assert zero_point == zero


def test_other_recipes_have_ranges_of_many_faces() -> None:
    for name in ("light", "facenet512", "mobilefacenet"):
        plan = recipe.load(RECIPE.with_name(f"{name}.toml"))
        assert ranges.read(plan.ranges_file).faces >= 90, name


def test_ranges_of_another_network_are_refused() -> None:
    another = Ranges(1, {"x": (0.0, 1.0), "a": (0.0, 1.0)})
    with pytest.raises(RecipeError, match="lack b"):
        quantise.to_form(MODEL, SMALL, FORMS["int8"], another)


def test_recorded_ranges_do_not_depend_on_the_order_of_faces() -> None:
    forwards = ranges.record(MODEL, SMALL, CROPS)
    assert ranges.record(MODEL, SMALL, CROPS[::-1]) == forwards
    assert forwards.faces == len(CROPS)


@given(st.dictionaries(st.text(), st.tuples(st.floats(-1e6, 0), st.floats(0, 1e6))))
def test_ranges_come_back_from_their_file(
    tmp_path_factory: pytest.TempPathFactory, tensors: dict[str, tuple[float, float]]
) -> None:
    path = tmp_path_factory.mktemp("ranges") / "ranges.json"
    recorded = Ranges(7, tensors)
    path.write_text(recorded.to_json(), encoding="utf-8")
    assert ranges.read(path) == recorded


def test_ranges_replace_those_that_were_there_whole(tmp_path: Path) -> None:
    path = tmp_path / "ranges.json"
    for faces in (1, 2):
        Ranges(faces, {"x": (0.0, 1.0)}).write(path)
        assert ranges.read(path).faces == faces
        assert list(tmp_path.iterdir()) == [path]


def test_damaged_ranges_are_one_error(tmp_path: Path) -> None:
    path = tmp_path / "ranges.json"
    inverted, listed = '{"faces": 1, "tensors": {"x": [2, 1]}}', '{"faces": 1, "tensors": []}'
    for text in ("", "[]", '{"faces": 1}', inverted, listed):
        path.write_text(text)
        with pytest.raises(RecipeError, match="cannot use the recorded ranges"):
            ranges.read(path)


def test_committed_ranges_are_of_this_network_and_many_faces(facenet: Recipe, graph: Graph) -> None:
    recorded = ranges.read(facenet.ranges_file)
    assert list(recorded.tensors) == [graph.input, *(layer.name for layer in graph.layers)]
    assert recorded.faces >= 90
