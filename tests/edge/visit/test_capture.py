from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np
import pytest

from circle import at
from door_kit import Door
from facedoor.camera import Camera
from facedoor.errors import CameraError
from facedoor.frames import Frame, Image, Reading
from facedoor.reasons import Reason
from facedoor.visit.recogniser import APART_S, WITHIN_S, capture

FPS = 10


class Views(Camera):
    """A camera whose frame n shows ``views[n]``: None is a good face, else what is wrong."""

    recorded = True

    def __init__(self, views: Iterable[Reason | None]) -> None:
        self._views = enumerate(views)
        self.shown: list[Reason | None] = []

    def read(self) -> Frame | None:
        number, view = next(self._views, (0, "end"))
        if view == "end":
            return None
        self.shown.append(view)
        picture = np.full((1, 1, 3), len(self.shown) % 256, np.uint8)
        return Frame(picture, picture, 1000 + number / FPS, number)

    def close(self) -> None:
        """There is nothing to release."""


class Reader:
    """Reads what the camera has just shown."""

    def __init__(self, camera: Views) -> None:
        self._camera = camera

    def read(self, image: Image) -> Reading:
        refusal = self._camera.shown[-1]
        return Reading(None, refusal) if refusal else Reading(at(0)[0], None)


def taken(views: Iterable[Reason | None], count: int) -> tuple[int, list[str]]:
    """How many pictures were taken, and what the person was told."""
    told: list[str] = []
    camera = Views(views)
    shots = capture(camera, Reader(camera), count, told.append)
    return len(shots), told


def test_good_frames_are_taken_a_little_apart() -> None:
    camera = Views([None] * 100)
    shots = capture(camera, Reader(camera), 3, lambda _: None)
    numbers = [int(shot[0, 0, 0]) for shot in shots]
    assert numbers == [1, 1 + APART_S * FPS, 1 + 2 * APART_S * FPS]


def test_person_is_told_what_is_wrong_once_and_what_was_taken() -> None:
    count, told = taken([Reason.TOO_FAR] * 5 + [Reason.BLURRED] * 2 + [None] * 20, 2)
    assert count == 2
    assert told == [
        "come closer",
        "hold still for a moment",
        "picture 1 of 2 taken",
        "picture 2 of 2 taken",
    ]


def test_source_that_ends_gives_what_there_was() -> None:
    count, told = taken([None, Reason.NO_FACE], 5)
    assert count == 1
    assert told[-1] == "only 1 of 5 pictures were good enough"


def test_nobody_is_waited_for_longer_than_half_a_minute() -> None:
    camera = Views([Reason.NO_FACE] * 10_000)
    assert capture(camera, Reader(camera), 5, lambda _: None) == []
    assert len(camera.shown) == pytest.approx(WITHIN_S * FPS, abs=2)


@pytest.mark.parametrize("length", [1, 2, 50])
def test_nobody_is_waited_for_longer_at_a_recording_that_starts_over(length: int) -> None:
    class StartsOver(Views):
        def read(self) -> Frame | None:
            frame = super().read()
            assert frame is not None
            return dataclasses.replace(frame, time_s=frame.number % length / FPS)

    camera = StartsOver([Reason.NO_FACE] * 10_000)
    assert capture(camera, Reader(camera), 5, lambda _: None) == []
    assert len(camera.shown) <= WITHIN_S * FPS + 2


def test_recording_that_starts_over_gives_pictures_a_little_apart_still() -> None:
    camera = Views([None] * 100)
    read = camera.read

    def again() -> Frame | None:
        frame = read()
        return frame and dataclasses.replace(frame, time_s=frame.number % 20 / FPS)

    camera.read = again
    shots = capture(camera, Reader(camera), 5, lambda _: None)
    numbers = [int(shot[0, 0, 0]) for shot in shots]
    assert numbers == [1, 7, 13, 19, 21]


def test_camera_that_fails_is_an_error() -> None:
    class Broken(Views):
        def read(self) -> Frame | None:
            raise CameraError("the cable is out")

    camera = Broken([])
    with pytest.raises(CameraError):
        capture(camera, Reader(camera), 5, lambda _: None)


def test_person_at_a_camera_is_enrolled_with_guidance(door: Door) -> None:
    camera = door.walk_up("elton_john", stay_s=3.0)
    answer = door.ask("enroll", "Elton", "--camera", camera, "--count", 2, "--json")
    assert answer.exit_code == 0
    assert [image["file"] for image in answer.json["images"]] == ["picture 1", "picture 2"]
    assert "picture 1 of 2 taken" in answer.error
    assert "no face to be seen" in answer.error
    assert 1 <= answer.json["templates"] <= 2


def test_folder_in_which_nobody_is_seen_enrols_nobody(door: Door) -> None:
    answer = door.ask("enroll", "Nobody", "--camera", door.walk_up("", stay_s=0.1), "--json")
    assert answer.exit_code == 1
    told = {key: answer.json[key] for key in ("person", "images", "templates")}
    assert told == {"person": "Nobody", "images": [], "templates": 0}
    assert "only 0 of 5 pictures were good enough" in answer.error
    assert len(door.ask("people", "--json").json["people"]) == 2


def test_bad_name_is_refused_before_anybody_has_to_stand_in_front_of_a_camera(door: Door) -> None:
    for name in ["", "a\nb", "x" * 65]:
        door.ask("enroll", name, "--camera", "usb:99").assert_fails(2, "name")
