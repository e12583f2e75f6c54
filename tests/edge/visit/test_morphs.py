"""Morphs between two people, by the real pack: they do not lead from the one to the other."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from door_kit import Door
from facedoor.camera.pictures import read_picture
from facedoor.config import file as config_file
from facedoor.frames import Image
from facedoor.identity.batch import Mandate
from facedoor.vision.align import similarity_transform
from facedoor.vision.reader import FaceReader
from facedoor.visit.recogniser import Recogniser

ENROLLER, ADMIN = Mandate("enroller"), Mandate("admin", is_admin=True)
PERSON, MALLORY = "Jerry", "elton_john"


@pytest.fixture
def recogniser(empty_door: Door) -> Iterator[Recogniser]:
    with Recogniser(config_file.load(empty_door.config)) as recogniser:
        yield recogniser


def photos(door: Door, person: str, count: int, of: str = "train") -> list[Image]:
    return [read_picture(door.photo(person, number, of)) for number in range(count)]


def morph(reader: FaceReader, one: Image, other: Image, share: float) -> Image:
    """``one`` with so much of the face of ``other`` laid over it."""
    here, there = reader.detector.find(one)[0], reader.detector.find(other)[0]
    matrix = similarity_transform(there.landmarks, here.landmarks)
    height, width = one.shape[:2]
    moved = cv2.warpAffine(other, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.rint((1 - share) * one + share * moved.astype(np.float32)).astype(np.uint8)


def sent(recogniser: Recogniser, picture: Image, mandate: Mandate) -> bool:
    result = recogniser.enrol(PERSON, [("sent", lambda: picture)], mandate)
    return result.images[0].accepted


def test_enroller_cannot_move_a_name_to_another_face_by_morphs(
    empty_door: Door, recogniser: Recogniser
) -> None:
    own, theirs = photos(empty_door, PERSON, 5), photos(empty_door, MALLORY, 4)
    pictures = [(f"picture {n}", lambda image=image: image) for n, image in enumerate(own)]
    assert recogniser.enrol(PERSON, pictures, ADMIN).templates == 5
    steps = [
        morph(recogniser.reader, one, other, share)
        for share in (0.25, 0.5, 0.75)
        for one, other in zip(own, theirs, strict=False)
    ]
    taken = [sent(recogniser, step, ENROLLER) for step in steps]
    assert any(taken)  # what still shows the person
    assert not any(sent(recogniser, picture, ENROLLER) for picture in theirs)
    (visitor,) = photos(empty_door, MALLORY, 1, of="val")
    (resident,) = photos(empty_door, PERSON, 1, of="val")
    assert not recogniser.verify(PERSON, visitor).door_open
    assert recogniser.verify(PERSON, resident).door_open
