"""A camera beside which the door's lamp is lit while somebody is photographed in the dark."""

from __future__ import annotations

from facedoor.camera import Camera
from facedoor.config.options import DoorConfig
from facedoor.door.night_light import DARK_BELOW
from facedoor.frames import Frame
from facedoor.hardware.lamps import open_lamp
from facedoor.hardware.night_lamp import light_of
from facedoor.problems import Board

EXPOSED_S = 1.0
"""How long a camera takes to get used to the light, so that its first frames say nothing of it."""


class LitCamera(Camera):
    """The frames of another camera. The lamp of ``[door] lamp_pin``, where there is one, is on from
    the first one that is dark until this is closed, which closes the other one too. Nobody is lit
    for what was recorded."""

    def __init__(self, camera: Camera, door: DoorConfig) -> None:
        self.recorded = camera.recorded
        self._camera = camera
        pin, active_high = None if camera.recorded else door.lamp_pin, door.lamp_active_high
        # Without the lamp people are told that it is too dark.
        self._lamp = open_lamp(door, Board(), "lamp_pin", pin, active_high)
        self._first_s: float | None = None
        self._is_lit = False

    def read(self) -> Frame | None:
        frame = self._camera.read()
        if frame is not None and not self._is_lit:
            first_s = self._first_s = frame.time_s if self._first_s is None else self._first_s
            if frame.time_s - first_s >= EXPOSED_S and light_of(frame.lores) < DARK_BELOW:
                self._lamp.set(True)
                self._is_lit = True
        return frame

    def close(self) -> None:
        try:
            self._lamp.close()
        finally:
            self._camera.close()
