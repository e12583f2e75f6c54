"""Pictures for an enrolment, taken at the door: guidance on the screen, good frames only."""

from __future__ import annotations

from collections.abc import Callable

from facedoor.camera import Camera
from facedoor.frames import Image
from facedoor.reasons import Reason
from facedoor.vision.reader import FaceReader

WITHIN_S = 30.0
"""How long to wait for enough good frames."""

APART_S = 0.6
"""Pause between two pictures, so that they differ in pose and not only in noise."""


def capture(
    camera: Camera,
    reader: FaceReader,
    count: int,
    guide: Callable[[str], None],
    within_s: float = WITHIN_S,
) -> list[Image]:
    """Up to ``count`` frames that show one good face, RGB, taken a little apart.

    ``guide`` is told, in plain words, what the person should do, whenever that changes. Ends early
    when the source does, or after ``within_s``. Raises :class:`CameraError`.
    """
    shots: list[Image] = []
    begun_s: float | None = None
    next_s = 0.0
    told: Reason | None = None
    while len(shots) < count and (frame := camera.read()) is not None:
        if begun_s is None:
            begun_s = next_s = frame.time_s
        if frame.time_s - begun_s > within_s:
            break
        if frame.time_s < next_s:
            continue
        reading = reader.read(frame.main)
        if reading.embedding is not None:
            shots.append(frame.main)
            next_s = frame.time_s + APART_S
            guide(f"picture {len(shots)} of {count} taken")
        elif reading.refusal is not None and reading.refusal != told:
            guide(reading.refusal.guidance)
        told = reading.refusal
    if len(shots) < count:
        guide(f"only {len(shots)} of {count} pictures were good enough")
    return shots
