"""The Pi's own camera, as the door sees it: before it come the visitors of the script ``VISITORS``.

It falls silent as soon as there is a file ``UNPLUGGED``.
"""

from __future__ import annotations

import os
from pathlib import Path

import fake_picamera2

from facedoor.camera.simulated import SimulatedCamera
from facedoor.config.options import CameraConfig


class Picamera2(fake_picamera2.Picamera2):
    def __init__(self) -> None:
        super().__init__(fake_picamera2.Hardware(view=None))
        self._visitors = self._from_the_beginning()

    def capture_request(self, wait: float | None = None) -> fake_picamera2.CompletedRequest:
        if Path(os.environ["UNPLUGGED"]).exists():
            self.hardware.frames = self.number
        while (frame := self._visitors.read()) is None:
            self._visitors = self._from_the_beginning()
        self.hardware.view = frame.main
        return super().capture_request(wait)

    def _from_the_beginning(self) -> SimulatedCamera:
        return SimulatedCamera(os.environ["VISITORS"], CameraConfig(width_px=640, height_px=480))
