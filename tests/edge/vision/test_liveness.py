from __future__ import annotations

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.camera.pictures import read_picture
from facedoor.errors import PackError
from facedoor.frames import Box, Image
from facedoor.vision.liveness import (
    MIN_COLOUR,
    MIN_CROP_SCALE,
    LivenessLook,
    LivenessNetworks,
    Unjudged,
    colour_of,
    crop_box,
    tensor,
    view,
)
from facedoor.vision.pack import Pack
from faces import face_at
from liveness_kit import NOT_A_NUMBER, constant, linear, model_of, networks, pack_with

WIDTH_PX, HEIGHT_PX = 1280, 720
FACE = face_at(640, 360, 120)


def picture(seed: int = 1) -> Image:
    """A colourful picture that is not the same anywhere."""
    small = np.random.default_rng(seed).integers(0, 256, (9, 16, 3)).astype(np.uint8)
    size = WIDTH_PX, HEIGHT_PX
    return cv2.resize(small, size, interpolation=cv2.INTER_CUBIC).astype(np.uint8)


def flat(red: int, green: int, blue: int) -> Image:
    return np.full((HEIGHT_PX, WIDTH_PX, 3), (red, green, blue), np.uint8)


def half(red: int, green: int, blue: int) -> Image:
    """The left half of it of this colour, the right one black or blue."""
    image = flat(red, green, blue)
    image[:, WIDTH_PX // 2 :] = 0
    image[: HEIGHT_PX // 2, WIDTH_PX // 2 :] = (0, 0, 255)
    return image


def test_a_crop_is_the_box_about_its_middle_times_the_scale() -> None:
    box = Box(600, 300, 700, 400)
    assert crop_box(box, WIDTH_PX, HEIGHT_PX, 2.7) == (515, 215, 785, 485)


def test_a_crop_is_reduced_until_it_fits_and_then_shifted_inside() -> None:
    # 300 px times 2.7 are more than the height: 720 are left, 2.4 times the box.
    assert crop_box(Box(0, 400, 300, 700), WIDTH_PX, HEIGHT_PX, 2.7) == (0, 0, 720, 720)
    # One that fits keeps its scale, and only moves.
    assert crop_box(Box(1180, 0, 1280, 100), WIDTH_PX, HEIGHT_PX, 2.7) == (1010, 0, 1280, 270)


@pytest.mark.parametrize(("width_px", "fits"), [(399, True), (400, True), (402, False)])
def test_a_face_is_too_close_when_less_than_the_least_scale_fits(width_px: int, fits: bool) -> None:
    assert MIN_CROP_SCALE * 400 == HEIGHT_PX
    face = face_at(640, 360, width_px)
    assert (crop_box(face.box, WIDTH_PX, HEIGHT_PX, 2.7) is not None) is fits
    # A network that asks for less than that gets what it asks for.
    assert crop_box(face.box, WIDTH_PX, HEIGHT_PX, 1.5) is not None


@given(
    left=st.floats(-200, 1400),
    top=st.floats(-200, 900),
    width=st.floats(0, 1500),
    height=st.floats(0, 1500),
    scale=st.floats(1, 8),
)
def test_a_crop_lies_in_the_picture_wherever_the_box_lies(
    left: float, top: float, width: float, height: float, scale: float
) -> None:
    box = Box(left, top, left + width, top + height)
    crop = crop_box(box, WIDTH_PX, HEIGHT_PX, scale)
    if crop is None:
        return
    x0, y0, x1, y1 = crop
    assert 0 <= x0 < x1 <= WIDTH_PX
    assert 0 <= y0 < y1 <= HEIGHT_PX
    assert x1 - x0 >= min(scale, MIN_CROP_SCALE) * box.width_px - 1


@pytest.mark.parametrize(
    "box",
    [Box(5, 5, 5, 90), Box(9, 9, 5, 5), Box(float("nan"), 5, 50, 50), Box(0, 0, float("inf"), 9)],
)
def test_a_box_that_is_none_has_no_crop(box: Box) -> None:
    assert crop_box(box, WIDTH_PX, HEIGHT_PX, 2.7) is None


@pytest.mark.parametrize(
    ("colour", "value_range", "channels"),
    [
        ("BGR", 255, [35, 20, 10]),
        ("RGB", 255, [10, 20, 35]),
        ("BGR", 1, [7 / 51, 4 / 51, 2 / 51]),
    ],
)
def test_the_network_gets_the_channels_and_the_range_that_the_manifest_states(
    colour: str, value_range: int, channels: list[float]
) -> None:
    model = model_of(b"", colour=colour, value_range=value_range)
    seen = view(flat(10, 20, 35), FACE.box, model)
    assert seen is not None
    values = tensor(seen, model)
    assert values.shape == (1, 80, 80, 3)
    assert values.dtype == np.float32
    assert values[0, 40, 40] == pytest.approx(channels)
    assert values.flags.c_contiguous


@pytest.mark.parametrize("value_range", [1, 255])
def test_every_level_of_every_channel_reaches_the_network_as_it_is(value_range: int) -> None:
    levels = np.random.default_rng(5).permutation(np.arange(80 * 80 * 3) % 256)
    seen = levels.astype(np.uint8).reshape(80, 80, 3)
    for colour, ordered in (("RGB", seen), ("BGR", seen[..., ::-1])):
        values = tensor(seen, model_of(b"", colour=colour, value_range=value_range))
        wanted = ordered.astype(np.float32)[np.newaxis] * np.float32(value_range / 255)
        assert (values == wanted).all()


def test_colour_is_the_spread_about_the_one_line_that_grey_pixels_lie_on() -> None:
    seen = cv2.resize(picture(), (80, 80)).astype(np.uint8)
    pixels = seen[::4, ::4].reshape(-1, 3).astype(np.float64)
    lesser = np.linalg.eigvalsh(np.cov(pixels, rowvar=False))[:2]
    assert colour_of(seen) == pytest.approx(np.sqrt(lesser.sum()), rel=1e-3)


def test_the_network_sees_what_surrounds_the_face_each_pixel_in_its_place() -> None:
    model = model_of(b"", crop_scale=2.0)
    image = flat(0, 0, 0)
    image[300:420, 580:700] = (200, 0, 0)  # the box, of 120 px
    image[240:300, 520:760] = (0, 0, 200)  # and above it, as far as twice the box reaches
    seen = view(image, FACE.box, model)
    assert seen is not None
    assert seen[40, 40].tolist() == [200, 0, 0]
    assert seen[2, 2].tolist() == seen[2, 77].tolist() == [0, 0, 200]
    assert seen[77, 2].tolist() == [0, 0, 0]
    # The middle half is the face, to the pixel.
    assert np.flatnonzero(seen[40, :, 0] > 100).tolist() == list(range(20, 60))
    assert np.flatnonzero(seen[:, 40, 0] > 100).tolist() == list(range(20, 60))


def test_a_view_that_is_reduced_is_averaged_and_not_picked() -> None:
    image = flat(0, 0, 0)
    image[:, ::4] = 200
    seen = view(image, face_at(640, 360, 320 / 2.5).box, model_of(b"", crop_scale=2.5))
    assert seen is not None
    assert set(np.unique(seen)) == {50}


@pytest.mark.parametrize(("colour", "channel"), [("BGR", 2), ("RGB", 0)])
def test_a_real_network_sees_red_where_the_manifest_says_it_comes(
    tmp_path: Path, colour: str, channel: int
) -> None:
    weights = [0.0, 0.0, 0.0]
    weights[channel] = 1 / 255
    red_only = linear((weights[0], weights[1], weights[2]))
    look = networks(tmp_path, red_only, colour=colour).look(half(204, 0, 0), FACE)
    assert look == LivenessLook(pytest.approx(0.4, abs=0.02))


def test_two_networks_say_their_mean(tmp_path: Path) -> None:
    look = networks(tmp_path, constant(0.9), constant(0.3)).look(picture(), FACE)
    assert look == LivenessLook(pytest.approx(0.6))


def test_a_face_that_fills_the_picture_is_not_judged(tmp_path: Path) -> None:
    look = networks(tmp_path, constant(0.99)).look(picture(), face_at(640, 360, 500))
    assert look == LivenessLook(None, Unjudged.CROP_DOES_NOT_FIT)


def test_grey_and_infrared_pictures_are_not_judged_and_not_called_dead(tmp_path: Path) -> None:
    judged = networks(tmp_path, constant(0.0))
    assert judged.look(picture(), FACE) == LivenessLook(0.0)
    grey = np.repeat(cv2.cvtColor(picture(), cv2.COLOR_RGB2GRAY)[..., np.newaxis], 3, axis=2)
    noise = np.random.default_rng(3).normal(0, 6, grey.shape)
    tint = np.array([1.0, 0.75, 0.85])  # as of a camera without an infrared filter
    for seen in (grey, grey * tint, grey * tint + noise):
        image = np.clip(seen, 0, 255).astype(np.uint8)
        assert judged.look(image, FACE) == LivenessLook(None, Unjudged.GREY)


def test_pictures_of_people_have_colour_enough(photos: Path) -> None:
    paths = sorted(photos.glob("val/*/*.jpg"))
    colours = []
    for path in paths:
        image = read_picture(path)
        seen = cv2.resize(image, (80, 80), interpolation=cv2.INTER_AREA).astype(np.uint8)
        colours.append(colour_of(seen))
    # A cover in black and white, and another one nearly so, are among them.
    assert sum(colour < MIN_COLOUR for colour in colours) <= 2 < len(paths) / 10


@pytest.mark.parametrize("data", [NOT_A_NUMBER, constant(float("inf")), constant(1.5)])
def test_what_is_no_probability_has_failed_and_is_told(tmp_path: Path, data: bytes) -> None:
    judged = networks(tmp_path, data)
    assert judged.look(picture(), FACE) == LivenessLook(None, Unjudged.FAILED)
    assert judged.failure.startswith("liveness0.tflite failed (it gave ")


def test_an_exception_in_a_network_is_a_look_that_failed_and_never_one_that_opens(
    tmp_path: Path,
) -> None:
    good = networks(tmp_path, constant(0.99))
    (model, network), *_ = good.networks
    for wrong in (
        dataclasses.replace(model, width_px=81),
        dataclasses.replace(model, live_class=7),
    ):
        broken = LivenessNetworks([(model, network), (wrong, network)])
        assert broken.look(picture(), FACE) == LivenessLook(None, Unjudged.FAILED)
        assert broken.failure
    no_picture = np.zeros((0, 0, 3), np.uint8)
    assert good.look(no_picture, FACE).score is None
    assert good.look(picture(), FACE).score == pytest.approx(0.99)
    assert not good.failure


def test_a_network_that_recovers_is_no_longer_told_of(tmp_path: Path) -> None:
    judged = networks(tmp_path, linear((0, 0, 1 / 255)))
    model, network = judged.networks[0]
    broken = dataclasses.replace(model, live_class=9)
    judged.networks = ((broken, network),)
    judged.look(picture(), FACE)
    assert judged.failure
    judged.networks = ((model, network),)
    judged.look(picture(), FACE)
    assert not judged.failure


def test_a_pack_without_networks_has_none_and_one_with_them_has_them(
    pack: Pack, tmp_path: Path
) -> None:
    assert LivenessNetworks.of(pack_with(pack, tmp_path / "none")) is None
    judged = LivenessNetworks.of(pack_with(pack, tmp_path / "two", constant(1.0), constant(0.5)))
    assert judged is not None
    assert judged.look(picture(), FACE) == LivenessLook(0.75)


def test_a_network_of_another_size_than_stated_is_refused(pack: Pack, tmp_path: Path) -> None:
    wrong = pack_with(pack, tmp_path / "pack", linear((0, 0, 0), size_px=64))
    with pytest.raises(PackError, match=r"takes \(1, 64, 64, 3\) of float32, but a liveness"):
        LivenessNetworks.of(wrong)
