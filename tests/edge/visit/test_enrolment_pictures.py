"""What an enrolment asks of a picture, and that it says what to change about one it refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from door_kit import Door
from facedoor.camera.pictures import read_picture, rotated
from facedoor.frames import Image
from facedoor.reasons import Reason
from facedoor.vision.quality import FOR_ENROLMENT
from facedoor.vision.reader import EnrolmentReader, FaceReader

Change = Callable[[Image], Image]


def shrunk(width_px: float) -> Change:
    """To a width of the face of Jerry's photo, which is 101 px wide there."""

    def change(picture: Image) -> Image:
        scale = width_px / 101
        return _image(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))

    return change


def enlarged(from_px: float) -> Change:
    """To its own size again, from a face so wide."""

    def change(picture: Image) -> Image:
        height, width = picture.shape[:2]
        small = shrunk(from_px)(picture)
        return _image(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC))

    return change


def lit(share: float) -> Change:
    return lambda picture: _image(picture * share)


def half_turned(picture: Image) -> Image:
    return rotated(picture, 180)


def _image(levels: np.ndarray) -> Image:
    return np.clip(levels, 0, 255).astype(np.uint8)


CHANGES: dict[str, tuple[Reason | None, Change]] = {
    "as it is": (None, lambda picture: picture),
    "a little smaller": (None, shrunk(70)),
    "a little darker": (None, lit(0.6)),
    "tiny": (Reason.TOO_FAR, shrunk(48)),
    "tiny and enlarged": (Reason.BLURRED, enlarged(24)),
    "dark": (Reason.TOO_DARK, lit(0.31)),
    "glaring": (Reason.TOO_BRIGHT, lambda picture: _image(picture * 0.1 + 215)),
    "upside down": (Reason.UPSIDE_DOWN, half_turned),
}


@pytest.fixture(scope="module")
def jerry(photos: Path) -> Image:
    return read_picture(sorted((photos / "train" / "jerry_seinfeld").glob("*.jpg"))[0])


@pytest.mark.parametrize("change", CHANGES)
def test_enrolment_asks_more_of_a_picture_than_the_door_does(
    reader: FaceReader, jerry: Image, change: str
) -> None:
    reason, apply = CHANGES[change]
    picture = apply(jerry)
    assert EnrolmentReader(reader).read(picture).refusal is reason
    if change in {"tiny", "tiny and enlarged", "dark"}:
        assert reader.read(picture).refusal is None


def test_whoever_looks_aside_is_known_at_the_door_but_not_enrolled(
    reader: FaceReader, photos: Path
) -> None:
    for person, number in (("jerry_seinfeld", 17), ("mindy_kaling", 12)):
        path = sorted((photos / "train" / person).glob("*.jpg"))[number]
        picture = read_picture(path)
        assert EnrolmentReader(reader).read(picture).refusal is Reason.TURNED_AWAY, path
        assert reader.read(picture).refusal is None, path


def test_every_refused_picture_is_told_what_to_change(empty_door: Door, jerry: Image) -> None:
    said = {}
    for name, (reason, apply) in CHANGES.items():
        file = empty_door.folder / f"{name}.png"
        cv2.imwrite(str(file), cv2.cvtColor(apply(jerry), cv2.COLOR_RGB2BGR))
        answer = empty_door.ask("enroll", "Jerry", "--json", "--image", file)
        (verdict,) = answer.json["images"]
        said[name] = verdict["reason"], None if reason is None else f"{reason}: {reason.advice}"
    for name, (told, expected) in said.items():
        assert expected is None or told == expected, name


def test_every_reason_about_a_picture_has_advice_for_whoever_takes_it() -> None:
    for reason in Reason:
        assert reason.advice
        assert "_" not in reason.advice
    for reason in {reason for reason, _ in CHANGES.values() if reason is not None}:
        code = str(reason).replace("_", " ")
        assert not reason.advice.startswith(code), "the code stands before it already"
    assert "enlarge" in Reason.BLURRED.advice
    assert FOR_ENROLMENT.min_face_px > 40
