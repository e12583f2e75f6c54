"""Time that passes only when somebody sleeps, and all the frames of a camera."""

from __future__ import annotations

from facedoor.camera import Camera
from facedoor.camera.recorded import Pacing
from facedoor.frames import Frame


class FakeClock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def pacing(self) -> Pacing:
        return Pacing(clock=lambda: self.now_s, sleep=self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.now_s += seconds


def frames_of(camera: Camera) -> list[Frame]:
    return list(iter(camera.read, None))
