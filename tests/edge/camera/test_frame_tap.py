"""Frames of the door's camera for an enrolment: the newest, and only while somebody looks."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from facedoor.camera import live
from facedoor.camera.live import FrameTap
from facedoor.errors import CameraError
from facedoor.frames import Frame

PICTURE = np.zeros((1, 1, 3), np.uint8)
DEADLINE_S = 10.0


def frame(number: int) -> Frame:
    return Frame(PICTURE, PICTURE, number / 15, number)


def test_newest_frame_wins() -> None:
    with FrameTap() as camera:
        for number in range(5):
            camera.offer(frame(number))
        seen = camera.read()
    assert seen is not None
    assert seen.number == 4


def test_nothing_from_before_is_seen() -> None:
    camera = FrameTap()
    camera.offer(frame(1))
    with camera:
        camera.offer(frame(2))
    camera.offer(frame(3))
    with camera:
        camera.offer(frame(4))
        seen = camera.read()
    assert seen is not None
    assert seen.number == 4


def test_close_lets_go_of_whoever_waits() -> None:
    seen: list[Frame | None] = []
    with FrameTap() as camera:
        reading = threading.Thread(target=lambda: seen.append(camera.read()))
        reading.start()
        camera.close()
        reading.join(DEADLINE_S)
    assert seen == [None]
    assert camera.read() is None


def test_camera_that_shows_nothing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PATIENCE_S", 0.01)
    with FrameTap() as camera, pytest.raises(CameraError, match="shows nothing"):
        camera.read()
