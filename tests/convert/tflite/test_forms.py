"""Every form of genuine FaceNet keeps its tolerance, in both interpreters."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from facedoor.frames import Image, Vector
from facedoor.vision.embedder import Embedder
from facedoor.vision.interpreter import Network
from facedoor.vision.pack import Pack
from facedoor_convert.errors import QualityError
from facedoor_convert.networks.graph import Graph
from facedoor_convert.packs.recipe import Recipe
from facedoor_convert.tflite import parity, quantise, ranges, writer
from facedoor_convert.tflite.forms import FORMS, Form

CLONE = Path(__file__).parents[3]
TFLITE = CLONE / ".venv-tflite" / "bin" / "python"
SLOW_FACES = 2
"""How many faces a form sees that runs on plain kernels."""

EMBEDS = """
import sys
import numpy as np
from pathlib import Path
from facedoor.vision.embedder import Embedder
from facedoor.vision.interpreter import Network
embedder = Embedder(Network(Path(sys.argv[1])), "standardise")
np.save(sys.argv[3], [embedder.embed(crop) for crop in np.load(sys.argv[2])])
"""

PINNED = json.loads((Path(__file__).parents[1] / "fixtures" / "int8_vectors.json").read_text())
"""What FaceNet's int8 form makes of :func:`plaid`: for each seed 128 int8, in hexadecimal."""

every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


@pytest.fixture(scope="module")
def models(
    graph: Graph, facenet: Recipe, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """Every form of FaceNet, on disk."""
    folder = tmp_path_factory.mktemp("forms")
    exact, recorded = writer.write(graph), ranges.read(facenet.ranges_file)
    paths = {name: folder / f"{name}.tflite" for name in FORMS}
    for name, path in paths.items():
        path.write_bytes(quantise.to_form(exact, graph, FORMS[name], recorded))
    return paths


def embeddings_in_tflite_runtime(model: Path, crops: list[Image], folder: Path) -> Vector:
    np.save(folder / "crops.npy", np.stack(crops))
    arguments = [str(model), str(folder / "crops.npy"), str(folder / "vectors.npy")]
    subprocess.run(
        [str(TFLITE), "-c", EMBEDS, *arguments],
        check=True,
        capture_output=True,
        env={"PYTHONPATH": str(CLONE / "edge")},
    )
    vectors: Vector = np.load(folder / "vectors.npy")
    return vectors


def plaid(seed: int) -> np.ndarray:
    """A picture made of whole numbers, so that no decoder or warp has a say in it."""
    x, y = np.meshgrid(np.arange(160), np.arange(160))
    channels = [(seed * x * (c + 1) + y * y // (seed + c)) % 256 - 128 for c in range(3)]
    return np.stack(channels, axis=2).astype(np.int8)[np.newaxis]


@every_form
def test_a_form_keeps_its_tolerance_in_litert(
    form: Form, models: dict[str, Path], facenet: Recipe, crops: list[Image]
) -> None:
    some = crops[::2] if form.in_xnnpack else crops[:SLOW_FACES]
    exact, other, asked = models["float32"], models[form.name], facenet.embedder.parity
    stricter = form.demanding(asked.cosine_mean, asked.cosine_min)
    assert parity.prove(exact, other, stricter, some, "standardise", "")["faces"] == len(some)


@every_form
def test_a_form_keeps_its_tolerance_in_tflite_runtime(
    form: Form, models: dict[str, Path], crops: list[Image], tmp_path: Path
) -> None:
    if not TFLITE.exists():
        pytest.skip("tflite-runtime has no wheel for this Python, so there is no .venv-tflite")
    some = crops[::5] if form.in_xnnpack else crops[:SLOW_FACES]
    vectors = embeddings_in_tflite_runtime(models[form.name], some, tmp_path)
    exact = Embedder(Network(models["float32"]), "standardise")
    cosines = [float(exact.embed(crop) @ v) for crop, v in zip(some, vectors, strict=True)]
    assert min(cosines) >= form.cosine_min
    assert np.mean(cosines) >= form.cosine_mean


def test_int8_is_no_larger_than_promised(models: dict[str, Path]) -> None:
    assert models["int8"].stat().st_size <= 24e6


def test_an_embedder_that_strays_or_whose_likeness_is_no_number_is_refused() -> None:
    measured = {"cosine_mean": 0.999, "cosine_min": 0.998, "faces": 25.0}
    parity.demand(measured, FORMS["int8"], "")
    with pytest.raises(QualityError, match=r"the float16 embedder strays .*; record anew"):
        parity.demand(measured, FORMS["float16"], "record anew")
    measured = {"cosine_mean": float("nan"), "cosine_min": float("nan"), "faces": 25.0}
    with pytest.raises(QualityError):
        parity.demand(measured, FORMS["int8"], "")


def test_a_recipe_may_ask_for_more_and_never_for_less() -> None:
    form = FORMS["int8"].demanding(cosine_mean=0.999, cosine_min=0.1)
    assert (form.cosine_mean, form.cosine_min) == (0.999, FORMS["int8"].cosine_min)


def test_without_a_face_nothing_is_proven(models: dict[str, Path]) -> None:
    network = Network(models["int8"])
    with pytest.raises(QualityError, match="no face"):
        parity.measure(network, network, [], "standardise")


def test_int8_vectors_are_the_same_bits_on_every_processor(pack: Pack, facenet: Recipe) -> None:
    if pack.manifest.embedder.sha256 != facenet.embedder.sha256:
        pytest.skip("another quantiser made this pack, so its vectors differ by a step or two")
    network = Network(pack.path(pack.manifest.embedder))
    for seed, expected in PINNED.items():
        assert network.run(plaid(int(seed)))[0].tobytes().hex() == expected
