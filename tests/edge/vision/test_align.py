"""The crop: landmarks on the template, the stretch, the colours in their order."""

from __future__ import annotations

import dataclasses
import itertools
import statistics
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from facedoor.camera.pictures import read_picture
from facedoor.frames import Face, Image, Vector
from facedoor.vision.align import align, crop_transform, similarity_transform
from facedoor.vision.pack import CropTemplate, Pack
from facedoor.vision.reader import FaceReader
from faces import face_at

SIDE = 160
TEMPLATE = CropTemplate((57.94, 64.6), (102.06, 64.6), (80.0, 112.7), stretch_x=1.36)
UNSTRETCHED = dataclasses.replace(TEMPLATE, stretch_x=1.0)

Album = list[tuple[str, Image, Face]]

coordinates = st.tuples(st.integers(-300, 300), st.integers(-300, 300))
shapes = st.lists(coordinates, min_size=2, max_size=6, unique=True)


def mapped(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    return points @ matrix[:, :2].T + matrix[:, 2]


@given(
    shapes, st.floats(-3.1, 3.1), st.floats(0.1, 10), st.floats(-1000, 1000), st.floats(-1e3, 1e3)
)
def test_rotation_scale_and_shift_are_found(
    shape: list[tuple[int, int]], angle: float, scale: float, x: float, y: float
) -> None:
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    source = np.array(shape, float)
    found = similarity_transform(source, source @ turn.T + (x, y))
    assert found == pytest.approx(np.column_stack([turn, (x, y)]), abs=1e-6)


@given(shapes, st.data())
def test_no_transform_nearby_fits_better(shape: list[tuple[int, int]], data: st.DataObject) -> None:
    source = np.array(shape, float)
    target = np.array([data.draw(coordinates) for _ in shape], float)
    matrix = similarity_transform(source, target)
    least = np.sum((mapped(matrix, source) - target) ** 2)
    turn_and_scale = np.array([[1, 0, 0], [0, 1, 0]]), np.array([[0, -1, 0], [1, 0, 0]])
    for direction, size in itertools.product(turn_and_scale, (1e-3, -1e-3)):
        other = np.sum((mapped(matrix + size * direction, source) - target) ** 2)
        assert other >= least - 1e-6 * (1 + least)


def test_a_mirror_image_is_not_turned_into_a_face() -> None:
    """A similarity has no reflection: a left eye stays a left eye."""
    source = np.array([(0, 0), (1, 0), (0, 1)], float)
    assert np.linalg.det(similarity_transform(source, source * (-1, 1))[:, :2]) >= 0


def test_landmarks_in_one_point_are_refused() -> None:
    with pytest.raises(ValueError, match="coincide"):
        similarity_transform(np.full((3, 2), 7.0), np.zeros((3, 2)))


@given(st.floats(0, 600), st.floats(0, 400), st.floats(20, 400), st.floats(-180, 180))
def test_eyes_and_mouth_land_on_the_template(x: float, y: float, width: float, roll: float) -> None:
    face = face_at(x, y, width, roll_deg=roll)
    matrix = crop_transform(face, TEMPLATE, SIDE)
    left_eye, right_eye, mouth = mapped(matrix, face.landmarks[[0, 1, 3]])
    # A made-up face is not exactly the template, so the least squares leave a little.
    assert left_eye == pytest.approx((50.0, 64.6), abs=1.5)
    assert right_eye == pytest.approx((110.0, 64.6), abs=1.5)
    assert mouth == pytest.approx((80.0, 112.7), abs=1.5)


def marked(face: Face, radius_px: int) -> Image:
    """A grey picture in which the eyes are red and green discs, and the mouth a blue one."""
    image = np.full((480, 640, 3), 128, np.uint8)
    y, x = np.mgrid[:480, :640]
    for channel, (mark_x, mark_y) in enumerate(face.landmarks[[0, 1, 3]]):
        disc = np.hypot(x - mark_x, y - mark_y) <= radius_px
        image[disc] = 0
        image[disc, channel] = 255
    return image


@pytest.mark.parametrize(("width", "roll"), [(50, 0), (100, 0), (100, 30), (300, -20), (400, 5)])
def test_colours_come_out_in_their_order_and_in_their_place(width: float, roll: float) -> None:
    face = face_at(320, 240, width, roll_deg=roll)
    crop = align(marked(face, radius_px=round(width / 15)), face, TEMPLATE, SIDE, SIDE)
    assert crop.shape == (SIDE, SIDE, 3)
    assert crop.dtype == np.uint8
    assert crop[65, 50].tolist() == pytest.approx([255, 0, 0], abs=3)
    assert crop[65, 110].tolist() == pytest.approx([0, 255, 0], abs=3)
    assert crop[112, 80].tolist() == pytest.approx([0, 0, 255], abs=3)


def test_a_circle_in_the_picture_is_an_ellipse_in_the_crop() -> None:
    face = face_at(320, 240, 100)
    crop = align(marked(face, radius_px=8), face, TEMPLATE, SIDE, SIDE)
    y, x = np.nonzero(crop[..., 0] > 190)
    assert (np.ptp(x) + 1) / (np.ptp(y) + 1) == pytest.approx(1.36, abs=0.1)


def test_a_strong_reduction_shifts_nothing() -> None:
    face = face_at(320, 240, 400)
    crop = align(marked(face, radius_px=25), face, TEMPLATE, SIDE, SIDE)
    weight = np.maximum(crop[..., 0].astype(float) - 128, 0)
    y, x = np.mgrid[:SIDE, :SIDE]
    centre = np.average(x, weights=weight), np.average(y, weights=weight)
    eye = mapped(crop_transform(face, TEMPLATE, SIDE), face.landmarks[0])
    assert centre == pytest.approx(tuple(eye), abs=0.1)


@given(st.integers(0, 255), st.floats(20, 2000))
def test_an_even_picture_stays_even(level: int, width: float) -> None:
    image = np.full((120, 160, 3), level, np.uint8)
    assert (align(image, face_at(80, 60, width), TEMPLATE, SIDE, SIDE) == level).all()


@pytest.mark.parametrize("width", [400, 700, 1500])
def test_a_strong_reduction_averages_instead_of_picking_pixels(width: float) -> None:
    y, x = np.mgrid[:2000, :2000]
    board = np.repeat(((x + y) % 2 * 255).astype(np.uint8)[..., None], 3, axis=2)
    crop = align(board, face_at(1000, 1000, width), TEMPLATE, SIDE, SIDE)
    assert np.abs(crop.astype(int) - 128).max() < 40


@given(st.floats(-500, 1000), st.floats(-500, 1000), st.floats(1, 20_000), st.floats(-180, 180))
def test_any_face_anywhere_gives_a_crop(x: float, y: float, width: float, roll: float) -> None:
    image = np.zeros((30, 40, 3), np.uint8)
    face = face_at(x, y, width, roll_deg=roll)
    assume(np.ptp(face.landmarks) > 0)
    assert align(image, face, TEMPLATE, SIDE, SIDE).shape == (SIDE, SIDE, 3)


def test_the_packs_template_has_the_stretch(pack: Pack) -> None:
    assert pack.manifest.crop == TEMPLATE


@pytest.fixture(scope="module")
def album(reader: FaceReader, photos: Path) -> Album:
    """Each photo of ``val/``: whose it is, the picture, the face in it."""
    paths = sorted((photos / "val").glob("*/*.jpg"))
    pictures = [(path.parent.name, read_picture(path)) for path in paths]
    return [(name, picture, reader.detector.find(picture)[0]) for name, picture in pictures]


def own_distance(album: Album, embed: Callable[[Image, Face], Vector]) -> float:
    """Mean distance between two photos of one person."""
    made = [(name, embed(picture, face)) for name, picture, face in album]
    return statistics.mean(
        float(np.linalg.norm(first - second))
        for (name, first), (other, second) in itertools.combinations(made, 2)
        if name == other
    )


def test_swapped_colours_or_a_lost_stretch_make_people_less_like_themselves(
    reader: FaceReader, album: Album
) -> None:
    """Each still gives faces and vectors, so nothing but the distances would tell."""
    right = own_distance(album, lambda picture, face: reader.embed(reader.crop(picture, face)))
    swapped = own_distance(
        album, lambda picture, face: reader.embed(reader.crop(picture, face)[..., ::-1])
    )
    unstretched = own_distance(
        album, lambda picture, face: reader.embed(align(picture, face, UNSTRETCHED, SIDE, SIDE))
    )
    assert right + 0.01 < min(swapped, unstretched)
