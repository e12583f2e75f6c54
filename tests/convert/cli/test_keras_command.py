"""``facedoor-convert keras`` makes of the genuine files what ``build`` makes of the package."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import pytest

from door_kit import PACK
from facedoor.frames import Image
from facedoor.vision import pack
from facedoor.vision.embedder import Embedder
from facedoor.vision.interpreter import Network
from facedoor_convert.cli import main as cli
from facedoor_convert.errors import WeightsError
from facedoor_convert.networks.assembly import assemble
from facedoor_convert.networks.graph import Graph
from facedoor_convert.packs.recipe import Recipe
from facedoor_convert.tflite import writer
from workbench import (
    LIGHT_RECIPE,
    MOBILE_RECIPE,
    RECIPE,
    Workbench,
    keras_description,
    keras_file,
    keras_layer,
)


@pytest.fixture(scope="module")
def pair(keras_path: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The genuine network in its original form: a description, and weights alone."""
    folder = tmp_path_factory.mktemp("pair")
    description, weights = folder / "model.json", folder / "weights.h5"
    with h5py.File(keras_path) as whole, h5py.File(weights, "w") as alone:
        description.write_text(str(whole.attrs["model_config"]))
        for name in whole["model_weights"]:
            whole.copy(f"model_weights/{name}", alone)
        alone.attrs["layer_names"] = whole["model_weights"].attrs["layer_names"]
    return [description, weights]


def test_the_original_pair_is_the_recipe_s_network(pair: list[Path], graph: Graph) -> None:
    assert writer.write(assemble(pair)) == writer.write(graph)


def test_a_pack_of_the_original_pair_is_the_recipe_s(
    pair: list[Path],
    facenet: Recipe,
    crops: list[Image],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Byte for byte where ranges were recorded on a processor that rounds as this one does."""
    order = ["keras", *map(str, pair), "--recipe", str(RECIPE), "--output", str(tmp_path / "pack")]
    assert cli.main([*order, "--json"]) == 0
    made, known = pack.load(tmp_path / "pack"), pack.load(PACK)
    manifest = made.manifest
    is_same = manifest.embedder.sha256 == facenet.embedder.sha256
    assert json.loads(capsys.readouterr().out)["matches_recipe"] is is_same
    assert (manifest.threshold_source == facenet.threshold_source) is is_same
    assert manifest.embedder.origin.file == "weights.h5"
    ours, theirs = (
        Embedder(Network(one.path(one.manifest.embedder)), "standardise") for one in (made, known)
    )
    assert min(float(ours.embed(crop) @ theirs.embed(crop)) for crop in crops[::3]) > 0.997


def test_a_file_of_another_form_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"network\.onnx: a network comes as \.h5"):
        assemble([tmp_path / "network.onnx"])


@pytest.mark.parametrize("recipe", [LIGHT_RECIPE, MOBILE_RECIPE])
def test_a_recipe_that_cuts_faces_for_another_network_is_refused(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    order = ["keras", str(tmp_path / "model.h5"), "--recipe", str(recipe)]
    assert cli.main([*order, "--output", str(tmp_path / "pack")]) == 2
    assert "a network of your own is a FaceNet: name another --recipe" in capsys.readouterr().err


def test_weights_alone_ask_for_their_description(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"holds weights alone: name the model's description"):
        assemble([tmp_path / "model.weights.h5"])


def test_a_pair_of_another_network_is_one_sentence(
    workbench: Workbench, capsys: pytest.CaptureFixture[str]
) -> None:
    layers = [keras_layer("input_1", "InputLayer"), keras_layer("odd", "Dense", "input_1")]
    description, weights = workbench.folder / "model.json", workbench.folder / "model.h5"
    description.write_text(json.dumps(keras_description(layers)))
    weights.write_bytes(keras_file(layers, {"odd/kernel": [[1.0]]}))
    _, recipe, *options = workbench.order(b"")
    order = ["keras", str(description), str(weights), "--recipe", recipe, *options]
    assert cli.main(order) == 3
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("facedoor-convert: the weights file lacks layer Conv2d_1a_3x3:")
    assert not list(workbench.folder.glob("*pack*"))
