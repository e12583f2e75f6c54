"""How a SPEC names a camera, and how that camera is opened.

::

    picamera2            the Pi's own camera, two streams from one sensor
    usb:0                a USB camera by number
    usb:/dev/v4l/by-id/  a USB camera by what it is, whatever number it gets
    rtsp://...           a network camera
    file:clip.mp4        a video file, played at its own speed, no frame left out
    folder:path          pictures of a folder, in the order of their names
    sim:script.toml      visitors that walk up to an imagined door
"""

from __future__ import annotations

from facedoor.camera import Camera
from facedoor.camera.live import NewestFrame
from facedoor.config.options import CameraConfig
from facedoor.errors import UsageError
from facedoor.languages import _


def open_camera(spec: str, config: CameraConfig) -> Camera:
    """Open the camera that ``spec`` names; only the module that it needs is imported.

    A live one is read by a thread of its own, so that its newest frame is always at hand.
    Raises :class:`UsageError` for a SPEC that names no kind of camera, :class:`CameraError` for one
    that cannot be opened, and :class:`ConfigError` for a script with a mistake in it.
    """
    kind, _colon, rest = spec.partition(":")
    if spec == "picamera2":
        from facedoor.camera.picamera2 import Picamera2Camera

        return NewestFrame(Picamera2Camera(config))
    if kind == "usb" and (rest.isdecimal() or rest.startswith("/dev/")):
        from facedoor.camera.opencv import OpenCVCamera

        return NewestFrame(OpenCVCamera.usb(rest, config))
    if kind in {"rtsp", "rtsps"}:
        from facedoor.camera.opencv import OpenCVCamera

        return NewestFrame(OpenCVCamera.network(spec, config))
    if kind == "file" and rest:
        from facedoor.camera.opencv import VideoFile

        return VideoFile(rest, config)
    if kind == "folder" and rest:
        from facedoor.camera.recorded import FolderCamera

        return FolderCamera(rest, config)
    if kind == "sim" and rest:
        from facedoor.camera.simulated import SimulatedCamera

        return SimulatedCamera(rest, config)
    raise UsageError(
        _(
            "camera {spec!r} is of no known kind: use picamera2, usb:0, "
            "usb:/dev/v4l/by-id/..., rtsp://..., file:CLIP, folder:PATH or sim:SCRIPT"
        ).format(spec=spec)
    )
