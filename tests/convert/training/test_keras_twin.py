"""From a graph to Keras and back, without losing a number."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from facedoor.frames import Image
from facedoor.vision.embedder import Embedder, normalise
from facedoor.vision.interpreter import Network
from facedoor_convert.networks import graph as graphs
from facedoor_convert.networks import small_network

keras_twin = pytest.importorskip(
    "facedoor_convert.training.keras_twin", reason="needs facedoor[train]", exc_type=ImportError
)
students = pytest.importorskip("facedoor_convert.training.students")


def run_keras(model: object, image: np.ndarray) -> np.ndarray:
    return model.predict_on_batch(image[np.newaxis])[0]


def test_genuine_facenet_in_keras_is_genuine_facenet(
    graph: graphs.Graph, float_network: Network, crops: list[Image]
) -> None:
    model = keras_twin.to_keras(graph, normalise=False)
    said = run_keras(model, normalise(crops[0], "standardise"))
    expected = Embedder(float_network, "standardise").embed(crops[0])
    assert said / np.linalg.norm(said) == pytest.approx(expected, abs=1e-5)


def test_what_keras_was_given_comes_back(graph: graphs.Graph) -> None:
    _, head = keras_twin.cut(graph, "Block8_5_ScaleSum")
    back = keras_twin.to_graph(keras_twin.to_keras(head, normalise=False), head)
    for one, other in zip(head.layers, back.layers, strict=True):
        for field in dataclasses.fields(one):
            assert np.array_equal(getattr(one, field.name), getattr(other, field.name))


def test_two_halves_of_facenet_give_what_the_whole_gives(
    graph: graphs.Graph, float_network: Network, crops: list[Image]
) -> None:
    trunk, head = keras_twin.cut(graph, "Block8_5_ScaleSum")
    between = students.run(trunk, [normalise(crops[0], "standardise")], 1, lambda _: None)
    (said,) = students.embeddings(head, between, lambda _: None)
    assert said == pytest.approx(Embedder(float_network, "standardise").embed(crops[0]), abs=1e-5)
    assert keras_twin.joined(trunk, head).layers == graph.layers


def test_two_halves_and_their_whole_see_what_the_network_sees() -> None:
    whole = dataclasses.replace(small_network.initial(seed=1), normalisation="unit")
    trunk, head = keras_twin.cut(whole, "stage4_sum")
    joined = keras_twin.joined(trunk, head)
    assert trunk.normalisation == head.normalisation == joined.normalisation == "unit"


def test_a_layer_that_is_not_trained_is_refused() -> None:
    pooled = graphs.Graph("x", (4, 4, 1), (graphs.AveragePool("pool", "x", size=2),))
    with pytest.raises(ValueError, match=r"pool \(AveragePool\) is of a kind that is not trained"):
        keras_twin.to_keras(pooled, normalise=False)


def test_a_cut_through_a_block_is_refused(graph: graphs.Graph) -> None:
    with pytest.raises(ValueError, match="from before Block8_6_Branch_0_Conv2d_1x1"):
        keras_twin.cut(graph, "Block8_6_Branch_0_Conv2d_1x1")


def test_batch_normalisation_folds_into_the_graph() -> None:
    small = small_network.initial(seed=1)
    model = keras_twin.to_keras(small, normalise=True)
    random = np.random.default_rng(2)
    model.set_weights(
        [w + 0.3 * random.random(w.shape) * (w.ndim == 1) for w in model.get_weights()]
    )
    image = random.standard_normal(small.input_shape).astype(np.float32)
    expected = run_keras(model, image)
    (said,) = students.run(keras_twin.to_graph(model, small), [image], 1, lambda _: None)
    assert said == pytest.approx(expected, rel=1e-3, abs=1e-3)


def test_a_seed_makes_one_small_network() -> None:
    one, same, other = (small_network.initial(seed) for seed in (1, 1, 2))
    assert np.array_equal(one.layers[0].kernel, same.layers[0].kernel)
    assert not np.array_equal(one.layers[0].kernel, other.layers[0].kernel)
