"""The step about how near somebody has to be for the door to open: by standing there."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from facedoor.camera import Camera
from facedoor.camera.source import open_camera
from facedoor.errors import CameraError
from facedoor.languages import N_, _
from facedoor.setup.preview import READ_EVERY_S
from facedoor.setup.talk import Bench, SetupStep, confirmed
from facedoor.vision import pack
from facedoor.vision.reader import FaceReader

WALK_S = 10.0
"""Time to go from the keyboard to where the door is to open."""

STAND_S = 3.0
"""How long somebody stands there."""

SLACK = 0.9
"""A face is found a little wider or narrower from frame to frame."""


def _reached(bench: Bench) -> str:
    width_px = bench.settings.recognition.open_at_px
    if width_px is None:
        return ""
    return _("a face of {width_px} px and more").format(width_px=width_px)


def _do(bench: Bench) -> None:
    talk, settings = bench.talk, bench.settings
    reader = FaceReader.of(pack.load(settings.pack_directory), settings.models.threads)
    talk.say(
        _(
            "The door opens for a face that is wide enough: about 1.2 m away with Camera Module 3, "
            "if this step is skipped. To measure it: after Enter there are {walk_s:.0f} s to go "
            "where the door is to open; then look into the camera for {stand_s:.0f} s."
        ).format(walk_s=WALK_S, stand_s=STAND_S)
    )
    while True:
        talk.ask(_("Enter, then go there"))
        with open_camera(settings.camera.source, settings.camera) as camera:
            width_px = measured(camera, reader)
        asked = _("a face is {width_px:.0f} px wide there; the door is to open from there on")
        if confirmed(talk, asked.format(width_px=width_px), default=True):
            bench.configuration.set("recognition", open_at_px=max(40, round(SLACK * width_px)))
            return


def measured(camera: Camera, reader: FaceReader) -> float:
    """How wide the face of whoever stands before the camera is, in pixels of the main stream.

    The median of the last :data:`STAND_S` of what is seen within :data:`WALK_S` and that. Raises
    :class:`CameraError` where nobody is seen well.
    """
    widths = list(_widths(camera, reader))
    last_s = max((time_s for time_s, _ in widths), default=0.0)
    seen = [width_px for time_s, width_px in widths if time_s > last_s - STAND_S]
    if not seen:
        raise CameraError(_("nobody was seen well there: more light, or come nearer"))
    return statistics.median(seen)


def _widths(camera: Camera, reader: FaceReader) -> Iterator[tuple[float, float]]:
    """When, and how wide, a face was that can be judged."""
    first_s = next_s = None
    while (frame := camera.read()) is not None:
        first_s = frame.time_s if first_s is None else first_s
        if frame.time_s - first_s > WALK_S + STAND_S:
            return
        if next_s is not None and frame.time_s < next_s:
            continue
        next_s = frame.time_s + READ_EVERY_S
        reading = reader.read(frame.main)
        if reading.refusal is None and reading.face is not None:
            yield frame.time_s, reading.face.box.width_px


DISTANCE = SetupStep(N_("where the door opens"), _reached, _do)
