"""Finding and following faces: the two passes together, and the real networks on pictures."""

from __future__ import annotations

import functools
import itertools
from pathlib import Path

import cv2
import numpy as np
import pytest

from facedoor.camera.pictures import read_picture
from facedoor.camera.scene import Scene
from facedoor.frames import Box, Image
from facedoor.vision.detector import MIN_SCORE, Detector, View, anchors
from facedoor.vision.reader import FaceReader
from faces import answer_for, face_at


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
        return [scores, answer_for(face, centres, View(0, 0, 1), self._anchor)[np.newaxis]]


def test_both_passes_have_to_be_sure_enough_together() -> None:
    sure = {(0.9, 0.4): [0.65], (0.55, 0.5): [0.525]}
    for search, confirm in (*sure, (0.55, 0.4), (0.99, 0.3), (0.4, 0.99)):
        detector = Detector(Says(256, 600, search), Says(192, 1000, confirm))
        faces = detector.find(np.zeros((480, 640, 3), np.uint8))
        found = sure.get((search, confirm), [])
        assert [face.score for face in faces] == pytest.approx(found), (search, confirm)


def test_a_tracked_face_needs_the_second_pass_only() -> None:
    detector = Detector(Says(256, 600, 0.01), Says(192, 1000, 0.4))
    face = detector.follow(np.zeros((480, 640, 3), np.uint8), Box(200, 100, 300, 200))
    assert face.box.centre == pytest.approx((250, 150), abs=1)


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


def test_nobody_is_found_in_an_empty_hallway_or_in_noise(reader: FaceReader) -> None:
    for seed in range(4):
        assert reader.detector.find(hallway(seed)) == [], seed
    for sigma, level in itertools.product((10, 60), (0, 128, 255)):
        noise = np.random.default_rng(sigma + level).normal(level, sigma, (480, 640, 3))
        assert reader.detector.find(np.clip(noise, 0, 255).astype(np.uint8)) == [], (sigma, level)


def test_found_face_has_score_and_landmarks_of_a_face(reader: FaceReader, portrait: Image) -> None:
    (face,) = reader.detector.find(portrait)
    assert MIN_SCORE <= face.score <= 1
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
    left_eye, right_eye = expected.landmarks[:2]
    assert shift[:4].max() < 0.12 * np.hypot(*(right_eye - left_eye)) * scale + 1


def test_the_largest_face_comes_first(reader: FaceReader, portrait: Image) -> None:
    small = cv2.resize(portrait, (120, 120), interpolation=cv2.INTER_AREA)
    frame = pasted(pasted(hallway(), small, 100, 300), portrait, 700, 200)
    first, second = reader.detector.find(frame)
    assert first.box.width_px > 1.5 * second.box.width_px
    assert second.box.centre == pytest.approx((160, 360), abs=25)


def test_a_walking_face_is_followed_until_it_leaves(reader: FaceReader, portrait: Image) -> None:
    photo = cv2.resize(portrait, (160, 160), interpolation=cv2.INTER_AREA)
    face = reader.detector.find(pasted(hallway(), photo, 100, 200))[0]
    for x in range(130, 1000, 30):  # a third of the face's width from frame to frame
        seen = reader.detector.follow(pasted(hallway(), photo, x, 200), face.box)
        assert seen.box.centre[0] - face.box.centre[0] == pytest.approx(30, abs=12)
        face = seen
    assert reader.detector.follow(hallway(), face.box) is None


def test_following_takes_the_nearest_of_two_faces(reader: FaceReader, portrait: Image) -> None:
    photo = cv2.resize(portrait, (120, 120), interpolation=cv2.INTER_AREA)
    frame = pasted(pasted(hallway(), photo, 400, 200), photo, 530, 200)
    left, right = sorted(reader.detector.find(frame), key=lambda face: face.box.left)
    for face in (left, right):
        seen = reader.detector.follow(frame, face.box)
        assert seen.box.centre == pytest.approx(face.box.centre, abs=8)


@pytest.mark.parametrize("box", [Box(-900, -900, -400, -400), Box(2000, 100, 2600, 700)])
def test_following_beyond_the_picture_finds_nothing(reader: FaceReader, box: Box) -> None:
    assert reader.detector.follow(hallway(), box) is None
