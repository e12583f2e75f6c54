"""How a head is turned, and which turns are too far for a face to be judged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.camera.pictures import read_picture
from facedoor.frames import Box, Face
from facedoor.vision.pose import ear_yaw_deg, is_turned_away, pitch_deg, roll_deg, yaw_deg
from facedoor.vision.reader import FaceReader
from faces import face_at

turns = st.tuples(st.floats(-60, 60), st.floats(-80, 80), st.floats(20, 400))


@given(turns)
def test_yaw_is_positive_to_the_right_and_roll_clockwise(turn: tuple[float, float, float]) -> None:
    yaw, roll, width = turn
    face = face_at(yaw_deg=yaw, roll_deg=roll, width_px=width)
    assert yaw_deg(face) == pytest.approx(yaw, abs=0.1)
    assert ear_yaw_deg(face) == pytest.approx(yaw, abs=0.1)
    assert roll_deg(face) == pytest.approx(roll, abs=0.1)
    assert pitch_deg(face) == pytest.approx(0, abs=0.1)


@given(st.floats(-60, 60), st.floats(-80, 80), st.floats(20, 400))
def test_pitch_is_positive_upwards_however_the_head_is_tilted(
    pitch: float, roll: float, width: float
) -> None:
    face = face_at(pitch_deg=pitch, roll_deg=roll, width_px=width)
    assert pitch_deg(face) == pytest.approx(pitch, abs=0.1)
    assert yaw_deg(face) == pytest.approx(0, abs=0.1)
    assert roll_deg(face) == pytest.approx(roll, abs=0.1)


def test_whoever_looks_about_is_judged_and_whoever_looks_away_is_not() -> None:
    for slight in (
        *(face_at(), face_at(yaw_deg=35), face_at(yaw_deg=-35), face_at(roll_deg=-40)),
        *(face_at(pitch_deg=30), face_at(pitch_deg=-22), face_at(yaw_deg=25, pitch_deg=15)),
    ):
        assert not is_turned_away(slight)
    for away in (
        *(face_at(yaw_deg=45), face_at(yaw_deg=-45), face_at(yaw_deg=80), face_at(roll_deg=50)),
        *(face_at(pitch_deg=40), face_at(pitch_deg=-30), face_at(pitch_deg=60)),
        *(face_at(pitch_deg=85), face_at(pitch_deg=-85)),
    ):
        assert is_turned_away(away)


def test_frontal_landmarks_that_do_not_fit_their_face_are_turned_away() -> None:
    """As of a profile in which the detector sees a whole, smaller face."""
    face = face_at(width_px=100)
    for share in (0.5, 0.8, 1.25, 2):
        middle = np.array(face.box.centre, np.float32)
        shrunk = replace(face, landmarks=middle + (face.landmarks - middle) * np.float32(share))
        assert is_turned_away(shrunk), share
    narrow = face.landmarks * np.array([0.5, 1], np.float32)
    assert is_turned_away(replace(face, landmarks=narrow))


def test_landmarks_in_one_point_are_turned_away_and_no_error() -> None:
    face = Face(Box(0, 0, 100, 100), np.full((6, 2), 50, np.float32), 0.9)
    assert is_turned_away(face)
    assert is_turned_away(Face(Box(5, 5, 5, 5), np.zeros((6, 2), np.float32), 0.9))


def test_celebrities_look_at_the_camera(reader: FaceReader, photos: Path) -> None:
    pictures = [read_picture(path) for path in sorted((photos / "val").glob("*/*.jpg"))]
    faces = [reader.detector.find(picture)[0] for picture in pictures]
    assert sum(is_turned_away(face) for face in faces) <= 1
    assert np.median([abs(pitch_deg(face)) for face in faces]) < 12
