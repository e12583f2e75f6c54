"""What the detector's networks see and say: squares, anchors, decoding, suppression."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from facedoor.frames import Box, Face
from facedoor.vision import detector
from facedoor.vision.detector import View, anchors, decode, letterbox, square_view, suppress
from faces import answer_for, face_at

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


@pytest.mark.parametrize("place", [50.0, float("nan"), float("inf")])
def test_eyes_and_mouth_in_one_place_or_nowhere_are_no_face(place: float) -> None:
    centres = anchors(192, (4,))
    wrong = Face(face_at(50, 50, 40).box, np.full((6, 2), place, np.float32), 0.9)
    scores = np.full(len(centres), -9, np.float32)
    scores[0] = 3
    assert decode(scores, answer_for(wrong, centres, NOTHING, 0), centres, NOTHING, 0.5) == []


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


def test_what_is_drawn_in_the_picture_is_where_the_view_says() -> None:
    for centre in ((320, 240), (5, 40), (620, 470), (320, -50)):
        image = np.zeros((480, 640, 3), np.uint8)
        x, y = min(max(centre[0], 15), 625), min(max(centre[1], 15), 465)
        image[y - 15 : y + 15, x - 15 : x + 15] = 255
        for side in (200, 300, 900):
            square, view = square_view(image, centre, side, 192)
            rows, columns = np.nonzero(square[..., 0] > 127)
            middle = np.array([columns.min() + columns.max() + 1, rows.min() + rows.max() + 1]) / 2
            found = middle / view.scale + (view.left, view.top)
            assert found == pytest.approx((x, y), abs=1 / view.scale), (centre, side)


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
    assume(all(a.box.overlap(b.box) < detector.SAME_FACE_OVERLAP for a, b in pairs))
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
