from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from facedoor.frames import Image, Vector
from facedoor.vision.embedder import Embedder, normalise
from facedoor.vision.interpreter import Network
from facedoor.vision.pack import Pack

pytestmark = pytest.mark.usefixtures("networks_that_run")

PINNED_MODEL = "7c350dbea99d295ef3ec0154d2f9591b207acc9e720cbd56790ea05eb68b7762"

sizes = st.tuples(st.integers(1, 6), st.integers(1, 6), st.just(3))
crops = arrays.arrays(np.uint8, sizes)


@pytest.fixture(scope="module")
def network(pack: Pack) -> Network:
    return Network(pack.path(pack.manifest.embedder))


@pytest.fixture(scope="module")
def embedder(network: Network) -> Embedder:
    return Embedder(network, "standardise")


def standardise(crop: Image) -> Vector:
    return normalise(crop, "standardise")


def stripes() -> Image:
    """A pattern in which no two channels are alike."""
    y, x, channel = np.mgrid[:160, :160, :3]
    return ((3 * x + 5 * y + 70 * channel) % 256).astype(np.uint8)


def hyperbolas() -> Image:
    y, x, channel = np.mgrid[:160, :160, :3]
    return ((x * y // (9 + 4 * channel) + 40 * channel) % 256).astype(np.uint8)


@given(crops)
def test_standardised_is_mean_0_and_deviation_1_unless_flat(crop: Image) -> None:
    result = standardise(crop)
    assert result.shape == crop.shape
    assert result.dtype == np.float32
    assert result.mean() == pytest.approx(0, abs=1e-4)
    if crop.std() >= 1 / math.sqrt(crop.size):
        assert result.std() == pytest.approx(1, abs=1e-4)


@given(crops)
def test_standardised_is_what_facenet_was_trained_with(crop: Image) -> None:
    """(x - mean) / max(std, 1 / sqrt(n)), mean and deviation over all pixels and channels."""
    x = crop.astype(np.float64)
    expected = (x - x.mean()) / max(x.std(), 1 / math.sqrt(x.size))
    assert standardise(crop) == pytest.approx(expected, abs=1e-4)


def test_centred_is_what_mobilefacenet_was_trained_with() -> None:
    crop = np.arange(255, -1, -1, dtype=np.uint8).reshape(8, 32)
    expected = (crop.astype(np.float64) - 127.5) / 128
    assert normalise(crop, "centred") == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("level", [0, 77, 255])
def test_a_flat_crop_is_not_divided_by_nothing(level: int) -> None:
    assert (standardise(np.full((160, 160, 3), level, np.uint8)) == 0).all()


@given(arrays.arrays(np.uint8, sizes, elements=st.integers(0, 100)))
def test_light_and_contrast_cancel_out(crop: Image) -> None:
    assume(crop.std() >= 1)
    assert standardise(crop * 2 + 50) == pytest.approx(standardise(crop), abs=1e-3)


@given(st.integers(0, 2**32), st.integers(0, 255), st.integers(1, 256))
def test_any_crop_gives_a_unit_vector(embedder: Embedder, seed: int, low: int, span: int) -> None:
    random = np.random.default_rng(seed)
    crop = random.integers(low, min(256, low + span), (160, 160, 3), np.uint8)
    vector = embedder.embed(crop)
    assert vector.shape == (128,)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_the_crop_is_left_as_it_was(embedder: Embedder) -> None:
    crop = stripes()
    embedder.embed(crop)
    assert (crop == stripes()).all()


STEPS = {
    stripes: (
        "f1ffe4f6eae2f9eefbef01e8f6ebf0f501f4fbe4e8e600f70b0c0f13dcf5ece8"
        "f0f5ec02140a0fe2eaeff3cfeefceddbf6e2151005e2eb40e3df1af9021207f3"
        "04edebe7e4101af816d0f5fdeff4f7c50305f51feffa08e3f403f2e3f703e6ec"
        "15e50716070f22e708fedb0ce1f20ef7fa0514fde021ec000cebf219defd11db"
    ),
    hyperbolas: (
        "ecfbf4ece9ddfef6f9e50ae0f8eee1f4fdecffe3e8e60afd0b130914dbefe5de"
        "e5fce908151018dfe9e2f3ceeff5f2e8f3e21d2300dfe042d7dc2608021104f1"
        "08eadff0d51b0ef224c9eb01ebfaf6b5ff03f223eefa13dff60101ecfef0e7f4"
        "1cde0a150c132ce3ff06e50fe1ea0cef0cfc26f9e52ff0fd05ebf228e5f317da"
    ),
}
"""What the network says to each pattern: 128 whole numbers of 8 bits, in hexadecimal."""


@pytest.mark.parametrize("pattern", STEPS)
def test_fixed_crops_give_exactly_these_vectors(
    pack: Pack, network: Network, embedder: Embedder, pattern: Callable[[], Image]
) -> None:
    """Whole-number arithmetic gives the same bytes on a workstation and on a Raspberry Pi."""
    if pack.manifest.embedder.sha256 != PINNED_MODEL:
        pytest.skip("the bytes are known only of the model that the recipe names")
    _, zero_point = network.output_quantisation
    expected = np.frombuffer(bytes.fromhex(STEPS[pattern]), np.int8).astype(np.float64) - zero_point
    # One step of one number would differ a thousand times as much.
    assert embedder.embed(pattern()) == pytest.approx(expected / np.linalg.norm(expected), abs=1e-6)


class Broken:
    """A network whose answer has no direction."""

    input_shape = (1, 2, 2, 3)
    input_quantisation = output_quantisation = (0.0, 0)

    def __init__(self, answer: list[float]) -> None:
        self.answer = np.array([answer], np.float32)

    def run(self, tensor: np.ndarray) -> list[np.ndarray]:
        return [self.answer]


@pytest.mark.parametrize("answer", [[0.0, 0.0], [math.nan, 1.0], [math.inf, 1.0]])
def test_an_answer_without_direction_is_an_error_and_no_embedding(answer: list[float]) -> None:
    with pytest.raises(ValueError, match="no direction"):
        Embedder(Broken(answer), "standardise").embed(np.zeros((2, 2, 3), np.uint8))


CROP = np.random.default_rng(1).integers(0, 256, (8, 8, 3), np.uint8)


def test_a_standardised_crop_has_mean_0_and_a_unit_crop_is_the_pixels_over_255() -> None:
    levels = normalise(CROP, "standardise")
    assert abs(levels.mean()) < 1e-6
    assert abs(levels.std() - 1) < 1e-6
    assert np.allclose(normalise(CROP, "unit"), CROP / 255, atol=1e-7)
