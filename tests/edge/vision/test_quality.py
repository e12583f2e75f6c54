"""The quality gate: which views of a face are judged, and what the others lack."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.camera.pictures import read_picture
from facedoor.frames import Face, Image
from facedoor.reasons import Reason
from facedoor.vision.quality import assess, sharpness, view_of
from facedoor.vision.reader import FaceReader
from faces import face_at

Album = list[tuple[Face, Image, Image]]
IMAGE = np.zeros((480, 640, 3), np.uint8)
_Y, _X = np.mgrid[:160, :160]
GOOD = np.repeat((80 + _X // 2 + 24 * ((_X // 5 + _Y // 5) % 2))[..., None], 3, axis=2)
GOOD = GOOD.astype(np.uint8)
"""A sharp crop of middling brightness: a chessboard, brighter to the right."""

CUT_OFF_BELOW, TOO_DARK = face_at(y_px=470, width_px=200), Reason.TOO_DARK


def blurred(image: Image, sigma_px: float) -> Image:
    return cv2.GaussianBlur(image, (0, 0), sigma_px).astype(np.uint8)


def test_good_view_is_judged_and_another_told_what_it_lacks() -> None:
    for reason, faces in {
        None: [face_at(), face_at(width_px=41)],
        Reason.TOO_FAR: [face_at(width_px=39)],
        Reason.TOO_CLOSE: [face_at(x_px=15), face_at(x_px=630), face_at(y_px=5), CUT_OFF_BELOW],
        Reason.TURNED_AWAY: [face_at(yaw_deg=45), face_at(pitch_deg=-30), face_at(roll_deg=50)],
    }.items():
        assert [assess(face, GOOD, IMAGE) for face in faces] == [reason] * len(faces)
    for slight in (face_at(yaw_deg=35), face_at(yaw_deg=-35), face_at(roll_deg=-40)):
        assert assess(slight, GOOD, IMAGE) is None, slight


def test_light_that_is_wrong_is_said() -> None:
    for light, reason in {0.1: TOO_DARK, 0.25: TOO_DARK, 0.5: None, 1.3: None}.items():
        assert assess(face_at(), (GOOD * light).astype(np.uint8), IMAGE) is reason, light
    assert assess(face_at(), 240 + GOOD // 16, IMAGE) is Reason.TOO_BRIGHT


def test_view_says_what_the_gate_goes_by() -> None:
    straight, turned = view_of(face_at(width_px=90), GOOD), view_of(face_at(yaw_deg=30), GOOD // 4)
    assert (straight.face_px, round(straight.yaw_deg)) == (90, 0)
    assert turned.yaw_deg == pytest.approx(30, abs=1)
    assert turned.brightness == pytest.approx(straight.brightness / 4, abs=1)
    assert view_of(face_at(), blurred(GOOD, 8)).sharpness < straight.sharpness / 2


def test_only_the_middle_of_the_crop_counts_for_brightness() -> None:
    backlit = np.full_like(GOOD, 255)
    backlit[40:120, 40:120] = GOOD[40:120, 40:120] // 5
    assert assess(face_at(), backlit, IMAGE) is Reason.TOO_DARK


def test_blur_is_said_and_a_crop_with_nothing_in_it_is_no_sharp_face() -> None:
    for crop in (blurred(GOOD, 8), np.full_like(GOOD, 60), np.full_like(GOOD, 200)):
        assert assess(face_at(), crop, IMAGE) is Reason.BLURRED, crop


def test_what_is_said_first_is_what_the_visitor_has_to_change_first() -> None:
    """Who is far away in the dark has to come closer before anything else can be seen."""
    dark_and_blurred = blurred(GOOD // 8, 8)
    assert assess(face_at(width_px=30, yaw_deg=60), dark_and_blurred, IMAGE) is Reason.TOO_FAR
    assert assess(face_at(yaw_deg=60), dark_and_blurred, IMAGE) is Reason.TURNED_AWAY
    assert assess(face_at(), dark_and_blurred, IMAGE) is Reason.TOO_DARK


@given(st.floats(0.3, 1.3))
def test_sharpness_does_not_depend_on_the_light(light: float) -> None:
    grey = GOOD[..., 0]
    dimmed = np.rint(grey * light).astype(np.uint8)
    assert sharpness(dimmed) == pytest.approx(sharpness(grey), rel=0.05)


def test_sharpness_falls_with_blur() -> None:
    values = [sharpness(blurred(GOOD, sigma)[..., 0]) for sigma in (0.5, 1, 2, 4, 8)]
    assert values == sorted(values, reverse=True)


@pytest.fixture(scope="module")
def album(reader: FaceReader, photos: Path) -> Album:
    """Of each photo of ``val/``: the face, the crop, the picture."""
    pictures = [read_picture(path) for path in sorted((photos / "val").glob("*/*.jpg"))]
    faces = [reader.detector.find(picture)[0] for picture in pictures]
    return [(f, reader.crop(p, f), p) for f, p in zip(faces, pictures, strict=True)]


def test_celebrities_are_good_enough_unless_blurred_or_at_a_tenth_of_light(album: Album) -> None:
    assert len([reason for view in album if (reason := assess(*view)) is not None]) <= 2
    reasons = [assess(face, blurred(crop, 4), picture) for face, crop, picture in album]
    assert set(reasons) <= {Reason.BLURRED, None}
    assert reasons.count(Reason.BLURRED) >= 0.7 * len(album)
    assert {assess(face, crop // 10, picture) for face, crop, picture in album} == {Reason.TOO_DARK}
