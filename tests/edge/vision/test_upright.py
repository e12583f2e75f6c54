"""Which way up a picture is, by the faces in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from facedoor.camera.pictures import read_picture, rotated, shrunk_to_fit
from facedoor.frames import Image
from facedoor.reasons import Reason
from facedoor.vision.reader import FaceReader
from facedoor.vision.upright import is_upside_down, turn_to_upright


@pytest.fixture(scope="module")
def portraits(photos: Path) -> list[Image]:
    """The photos of ``val/``, 25 of five people."""
    return [
        shrunk_to_fit(read_picture(path), 400, 400)
        for path in sorted((photos / "val").glob("*/*.jpg"))
    ]


def test_picture_of_a_face_is_turned_upright_however_it_lies(
    reader: FaceReader, portraits: list[Image]
) -> None:
    for turned, back in {0: 0, 90: 270, 180: 180, 270: 90}.items():
        found = [turn_to_upright(reader.detector, rotated(one, turned)) for one in portraits]
        assert found == [back] * len(portraits), turned
    assert turn_to_upright(reader.detector, np.zeros((240, 320, 3), np.uint8)) is None


def test_no_upright_face_is_upside_down_and_those_that_are_found_so_are(
    reader: FaceReader, portraits: list[Image]
) -> None:
    for picture in portraits:
        (face, *_) = reader.detector.find(picture)
        assert not is_upside_down(reader.detector, picture, face)
    wrong = [(picture, reader.detector.find(picture)) for picture in map(_half, portraits)]
    seen = [is_upside_down(reader.detector, picture, faces[0]) for picture, faces in wrong if faces]
    assert seen == [True] * len(seen)
    assert seen, "no face is found upside down, so there is nothing to notice"


def _half(picture: Image) -> Image:
    return rotated(picture, 180)


def test_nothing_is_read_from_a_picture_that_is_not_upright_and_it_is_said_why(
    reader: FaceReader, portraits: list[Image]
) -> None:
    wrong = {180: (Reason.UPSIDE_DOWN, 0.96), 90: (Reason.ON_ITS_SIDE, 0.88)}
    for turn, (reason, share) in wrong.items():
        read = [reader.read(rotated(picture, turn)) for picture in portraits]
        assert [reading.embedding for reading in read] == [None] * len(read)
        assert [reading.refusal for reading in read].count(reason) >= share * len(read)
    assert "upside down" in Reason.UPSIDE_DOWN.guidance
    assert "[camera] rotate = 180" in Reason.UPSIDE_DOWN.guidance
    said = {reader.read(picture).refusal for picture in portraits}
    assert not said & {Reason.UPSIDE_DOWN, Reason.ON_ITS_SIDE}
