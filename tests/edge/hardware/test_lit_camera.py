from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pytest
from gpiozero.pins.mock import MockFactory

from facedoor.camera import Camera
from facedoor.config.options import DoorConfig
from facedoor.frames import Frame
from facedoor.hardware.lit_camera import LitCamera

FPS = 5
DARK, BRIGHT = 20, 120


class Frames(Camera):
    """A camera that delivers these."""

    def __init__(self, frames: Iterable[Frame], recorded: bool) -> None:
        self.recorded = recorded
        self._frames = iter(frames)

    def read(self) -> Frame | None:
        return next(self._frames, None)

    def close(self) -> None:
        pass


def lit(levels: Sequence[int], pins: MockFactory, recorded: bool = False) -> list[bool]:
    """Whether the lamp is on after each frame of these grey levels, and after the end."""

    def frames() -> Iterator[Frame]:
        for number, level in enumerate(levels):
            image = np.full((48, 64, 3), level, np.uint8)
            yield Frame(image, image, number / FPS, number)

    pin = pins.pin(5)
    door = DoorConfig(relay="gpio", lamp_pin=5)
    found = []
    with LitCamera(Frames(frames(), recorded), door) as camera:
        while camera.read() is not None:
            found.append(bool(pin.state))
    return [*found, bool(pin.state)]


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ([BRIGHT] * 8, [False] * 9),
        ([DARK] * 4 + [BRIGHT] * 4, [False] * 9),  # it was getting used to the light
        ([DARK] * 6 + [BRIGHT] * 2, [False] * 5 + [True] * 3 + [False]),
    ],
)
def test_lamp_is_lit_from_the_first_dark_frame_to_the_end(
    levels: list[int], expected: list[bool], pins: MockFactory
) -> None:
    assert lit(levels, pins) == expected


def test_nobody_is_lit_for_a_recording(pins: MockFactory) -> None:
    assert not any(lit([DARK] * 8, pins, recorded=True))
