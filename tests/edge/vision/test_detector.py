"""Finding faces: the anchors, the decoding, the suppression, and both networks on pictures."""

from __future__ import annotations

import functools
import itertools
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from facedoor.camera.pictures import read_picture
from facedoor.camera.scene import Scene
from facedoor.frames import Box, Face, Image
from facedoor.vision.detector import (
    MIN_SCORE,
    SAME_FACE_OVERLAP,
    Detector,
    View,
    anchors,
    decode,
    letterbox,
    square_view,
    suppress,
)
from facedoor.vision.reader import FaceReader
from faces import face_at

NOTHING = View(0, 0, 1)


# Anchors


def test_the_search_network_has_896_anchors_finest_first() -> None:
    centres = anchors(256, (16, 32, 32, 32))
    assert centres.shape == (896, 2)
    assert centres[:3].tolist() == [[8, 8], [8, 8], [24, 8]]
    assert centres[511].tolist() == [248, 248]
    assert centres[512:519].tolist() == [[16, 16]] * 6 + [[48, 16]]
    assert centres[-1].tolist() == [240, 240]


def test_the_confirming_network_has_2304_anchors_row_by_row() -> None:
    centres = anchors(192, (4,))
    assert centres.shape == (2304, 2)
    assert centres[:2].tolist() == [[2, 2], [6, 2]]
    assert centres[48].tolist() == [2, 6]


# Decoding


def answer_for(face: Face, centres: np.ndarray, view: View, anchor: int) -> np.ndarray:
    """What a network says when it sees ``face`` at one anchor: regressors of shape (n, 16)."""
    origin = np.array([view.left, view.top])
    size = np.array([face.box.width_px, face.box.height_px]) * view.scale
    centre = (np.array(face.box.centre) - origin) * view.scale
    landmarks = (face.landmarks - origin) * view.scale
    regressors = np.zeros((len(centres), 16), np.float32)
    relative = np.concatenate([centre[np.newaxis], landmarks]) - centres[anchor]
    regressors[anchor] = np.concatenate([relative[0], size, *relative[1:]])
    return regressors


@given(
    st.floats(100, 1100), st.floats(100, 600), st.floats(20, 500), st.integers(0, 2303), st.data()
)
def test_an_answer_becomes_the_face_in_the_pictures_pixels(
    x: float, y: float, width: float, anchor: int, data: st.DataObject
) -> None:
    centres = anchors(192, (4,))
    side = data.draw(st.floats(100, 1500))
    view = View(round(x - side / 2), round(y - side / 2), 192 / round(side))
    expected = face_at(x, y, width)
    scores = np.full(len(centres), -9, np.float32)
    scores[anchor] = 3
    (face,) = decode(scores, answer_for(expected, centres, view, anchor), centres, view, 0.5)
    assert face.landmarks == pytest.approx(expected.landmarks, abs=0.05)
    assert edges(face.box) == pytest.approx(edges(expected.box), abs=0.05)
    assert face.score == pytest.approx(1 / (1 + np.exp(-3)))


def edges(box: Box) -> tuple[float, ...]:
    return box.left, box.top, box.right, box.bottom


def test_only_what_scores_enough_is_a_face() -> None:
    centres = anchors(192, (4,))
    answer = answer_for(face_at(), centres, NOTHING, 0)
    logits = np.full(len(centres), -1e9, np.float32)
    for logit, found in [(-0.01, 0), (0.0, 1), (100.0, 1), (-1e9, 0), (np.nan, 0)]:
        logits[0] = logit
        assert len(decode(logits, answer, centres, NOTHING, 0.5)) == found


def test_a_box_without_area_is_no_face() -> None:
    centres = anchors(192, (4,))
    for size in (0, -5, np.nan):
        answer = answer_for(face_at(), centres, NOTHING, 0)
        answer[0, 2:4] = size
        assert decode(np.full(len(centres), 9, np.float32), answer, centres, NOTHING, 0.5) == []


# Squares


@given(st.integers(1, 400), st.integers(1, 400), st.floats(0, 1), st.floats(0, 1))
def test_every_point_of_a_letterboxed_picture_is_in_the_square_and_comes_back(
    height: int, width: int, along: float, down: float
) -> None:
    square, view = letterbox(np.zeros((height, width, 3), np.uint8), 256)
    assert square.shape == (256, 256, 3)
    point = np.array([along * width, down * height])
    inside = (point - (view.left, view.top)) * view.scale
    assert ((inside >= -view.scale) & (inside <= 256 + view.scale)).all()
    assert inside / view.scale + (view.left, view.top) == pytest.approx(point)


@given(
    st.integers(1, 60),
    st.integers(1, 60),
    st.integers(-2, 70),
    st.integers(-2, 70),
    st.integers(0, 1000),
)
def test_a_square_that_has_little_or_nothing_of_the_picture_is_a_square_all_the_same(
    height: int, width: int, columns: int, rows: int, side: int
) -> None:
    image = np.full((height, width, 3), 200, np.uint8)
    centre = columns - side / 2, rows - side / 2
    square, _ = square_view(image, centre, side, 64)
    assert square.shape == (64, 64, 3)
    assert np.isin(square, (0, 200)).all()


@pytest.mark.parametrize("centre", [(320, 240), (5, 40), (620, 470), (320, -50)])
@pytest.mark.parametrize("side", [200, 300, 900])
def test_what_is_drawn_in_the_picture_is_where_the_view_says(
    centre: tuple[int, int], side: int
) -> None:
    image = np.zeros((480, 640, 3), np.uint8)
    x, y = min(max(centre[0], 15), 625), min(max(centre[1], 15), 465)
    image[y - 15 : y + 15, x - 15 : x + 15] = 255
    square, view = square_view(image, centre, side, 192)
    rows, columns = np.nonzero(square[..., 0] > 127)
    middle = np.array([columns.min() + columns.max() + 1, rows.min() + rows.max() + 1]) / 2
    assert middle / view.scale + (view.left, view.top) == pytest.approx((x, y), abs=1 / view.scale)


def test_beyond_the_picture_it_is_black() -> None:
    square, _ = letterbox(np.full((100, 200, 3), 255, np.uint8), 256)
    assert (square[:62] == 0).all()
    assert (square[66:190] == 255).all()
    assert (square[194:] == 0).all()


# Suppression

boxes = st.builds(
    lambda x, y, width, score: face_at(x, y, width, score=score),
    st.integers(0, 200),
    st.integers(0, 200),
    st.integers(20, 100),
    st.floats(0.5, 1),
)
detections = st.lists(boxes, max_size=8, unique_by=lambda face: face.score)


def described(faces: list[Face]) -> list[tuple[float, ...]]:
    return [(*edges(face.box), *face.landmarks.ravel().tolist(), face.score) for face in faces]


@given(detections, st.randoms())
def test_the_order_of_detections_does_not_matter(faces: list[Face], random: object) -> None:
    shuffled = faces.copy()
    random.shuffle(shuffled)
    assert described(suppress(shuffled)) == described(suppress(faces))


@given(detections)
def test_faces_that_hardly_overlap_are_left_as_they_are(faces: list[Face]) -> None:
    pairs = itertools.combinations(faces, 2)
    assume(all(a.box.overlap(b.box) < SAME_FACE_OVERLAP for a, b in pairs))
    best_first = sorted(faces, key=lambda face: face.score, reverse=True)
    for before, after in zip(described(best_first), described(suppress(faces)), strict=True):
        assert after == pytest.approx(before, rel=1e-5)


@given(detections)
def test_no_face_is_invented_and_none_is_lost(faces: list[Face]) -> None:
    kept = suppress(faces)
    assert {face.score for face in kept} <= {face.score for face in faces}
    for face in faces:
        assert any(face.box.overlap(other.box) > 0 for other in kept)


def test_one_face_seen_several_times_is_their_mean_weighted_by_score() -> None:
    seen = [face_at(100, 100, 60, score=0.9), face_at(104, 100, 60, score=0.6)]
    (face,) = suppress(seen)
    assert face.box.centre == pytest.approx((100 + 4 * 0.6 / 1.5, 100))
    expected = (0.9 * seen[0].landmarks + 0.6 * seen[1].landmarks) / 1.5
    assert face.landmarks == pytest.approx(expected, abs=1e-3)
    assert face.score == 0.9


# Both passes


class Says:
    """A network that sees one face, always in the middle, and is this sure of it."""

    def __init__(self, size_px: int, anchor: int, score: float) -> None:
        self.input_shape = (1, size_px, size_px, 3)
        self._anchor = anchor
        self._logit = np.log(score / (1 - score))

    def run(self, tensor: np.ndarray) -> list[np.ndarray]:
        assert tensor.shape == self.input_shape
        assert np.abs(tensor).max() <= 1
        size = self.input_shape[1]
        centres = anchors(size, (16, 32, 32, 32) if size == 256 else (4,))
        scores = np.full((1, len(centres), 1), -9, np.float32)
        scores[0, self._anchor] = self._logit
        face = face_at(size / 2, size / 2, size / 4)
        return [scores, answer_for(face, centres, NOTHING, self._anchor)[np.newaxis]]


@pytest.mark.parametrize(
    ("search", "confirm", "found"),
    [(0.9, 0.4, 0.65), (0.55, 0.5, 0.525), (0.55, 0.4, None), (0.99, 0.3, None), (0.4, 0.99, None)],
)
def test_both_passes_have_to_be_sure_enough_together(
    search: float, confirm: float, found: float | None
) -> None:
    detector = Detector(Says(256, 600, search), Says(192, 1000, confirm))
    faces = detector.find(np.zeros((480, 640, 3), np.uint8))
    assert [face.score for face in faces] == ([] if found is None else [pytest.approx(found)])


def test_a_tracked_face_needs_the_second_pass_only() -> None:
    detector = Detector(Says(256, 600, 0.01), Says(192, 1000, 0.4))
    face = detector.follow(np.zeros((480, 640, 3), np.uint8), Box(200, 100, 300, 200))
    assert face is not None
    assert face.box.centre == pytest.approx((250, 150), abs=1)


# With the networks


@functools.cache
def hallway(seed: int = 1) -> Image:
    scene = Scene(1280, 720, seed)
    return scene.exposed(scene.empty(), light=1.0, number=0)


def pasted(image: Image, photo: Image, x: int, y: int) -> Image:
    """``photo`` in ``image``, its top left corner at a point."""
    image = image.copy()
    image[y : y + photo.shape[0], x : x + photo.shape[1]] = photo
    return image


@pytest.fixture(scope="module")
def portrait(photos: Path) -> Image:
    """A frontal face, about 150 px wide in 300 px."""
    (path,) = (photos / "val" / "ben_afflek").glob("httpafiles*.jpg")
    return read_picture(path)


def test_every_photo_of_the_celebrities_has_a_face(reader: FaceReader, photos: Path) -> None:
    paths = sorted(photos.glob("*/*/*.jpg"))
    missed = [path.name for path in paths if not reader.detector.find(read_picture(path))]
    assert len(paths) == 118
    assert missed == []


@pytest.mark.parametrize("seed", range(4))
def test_nobody_is_found_in_an_empty_hallway(reader: FaceReader, seed: int) -> None:
    assert reader.detector.find(hallway(seed)) == []


@pytest.mark.parametrize("sigma", [10, 60])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_nobody_is_found_in_noise(reader: FaceReader, sigma: int, level: int) -> None:
    noise = np.random.default_rng(sigma + level).normal(level, sigma, (480, 640, 3))
    assert reader.detector.find(np.clip(noise, 0, 255).astype(np.uint8)) == []


def test_landmarks_lie_where_the_face_has_them(reader: FaceReader, portrait: Image) -> None:
    (face,) = reader.detector.find(portrait)
    left_eye, right_eye, nose, mouth, left_ear, right_ear = face.landmarks
    assert left_ear[0] < left_eye[0] < nose[0] < right_eye[0] < right_ear[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < mouth[1]


@pytest.mark.parametrize("width", [80, 150, 300, 600])
def test_a_face_is_found_large_and_small_in_the_pixels_of_the_large_picture(
    reader: FaceReader, portrait: Image, width: int
) -> None:
    photo = cv2.resize(portrait, (width, width), interpolation=cv2.INTER_AREA)
    frame = pasted(hallway(), photo, 500, 60)
    lores = cv2.resize(frame, (640, 360), interpolation=cv2.INTER_AREA)
    (face,) = reader.detector.find(frame, lores)
    (expected,) = reader.detector.find(portrait)
    scale = width / portrait.shape[0]
    shift = np.hypot(*(face.landmarks - (expected.landmarks * scale + (500, 60))).T)
    assert shift[:4].max() < 0.12 * expected.eye_distance_px * scale + 1


def test_the_largest_face_comes_first(reader: FaceReader, portrait: Image) -> None:
    small = cv2.resize(portrait, (120, 120), interpolation=cv2.INTER_AREA)
    frame = pasted(pasted(hallway(), small, 100, 300), portrait, 700, 200)
    first, second = reader.detector.find(frame)
    assert first.box.width_px > 1.5 * second.box.width_px
    assert second.box.centre == pytest.approx((160, 360), abs=25)


def test_the_score_of_a_found_face_is_enough(reader: FaceReader, portrait: Image) -> None:
    (face,) = reader.detector.find(portrait)
    assert MIN_SCORE <= face.score <= 1


def test_a_walking_face_is_followed_and_its_leaving_is_noticed(
    reader: FaceReader, portrait: Image
) -> None:
    photo = cv2.resize(portrait, (160, 160), interpolation=cv2.INTER_AREA)
    face = reader.detector.find(pasted(hallway(), photo, 100, 200))[0]
    for x in range(130, 1000, 30):  # a third of the face's width from frame to frame
        seen = reader.detector.follow(pasted(hallway(), photo, x, 200), face.box)
        assert seen is not None
        assert seen.box.centre[0] - face.box.centre[0] == pytest.approx(30, abs=12)
        face = seen
    assert reader.detector.follow(hallway(), face.box) is None


def test_following_takes_the_nearest_of_two_faces(reader: FaceReader, portrait: Image) -> None:
    photo = cv2.resize(portrait, (120, 120), interpolation=cv2.INTER_AREA)
    frame = pasted(pasted(hallway(), photo, 400, 200), photo, 530, 200)
    left, right = sorted(reader.detector.find(frame), key=lambda face: face.box.left)
    for face in (left, right):
        seen = reader.detector.follow(frame, face.box)
        assert seen is not None
        assert seen.box.centre == pytest.approx(face.box.centre, abs=8)


@pytest.mark.parametrize("box", [Box(-900, -900, -400, -400), Box(2000, 100, 2600, 700)])
def test_following_beyond_the_picture_finds_nothing(reader: FaceReader, box: Box) -> None:
    assert reader.detector.follow(hallway(), box) is None
