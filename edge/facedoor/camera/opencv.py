"""Cameras and video files that OpenCV reads: USB (V4L2), network (RTSP) and files (FFmpeg)."""

from __future__ import annotations

import re
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from facedoor.camera import Camera
from facedoor.camera.pictures import two_streams
from facedoor.camera.recorded import Pacing, RecordedCamera
from facedoor.config.options import CameraConfig
from facedoor.errors import CameraError
from facedoor.frames import Frame
from facedoor.languages import _

NETWORK_TIMEOUT_MS = 5000
"""How long a network camera may take to answer, or be silent, before it counts as stopped."""

BRIDGED_S = 1.0
"""So long reads that fail are tried again: a camera on a long cable loses one now and then."""

RETRY_S = 0.03

MOST_STEP_S = 1.0
"""From one frame of a video file to the next it takes no longer: time stamps that leap, forwards or
back, are those of a stream that was cut."""


class OpenCVCamera(Camera):
    """A live camera behind ``cv2.VideoCapture``. Frames are timed when they arrive."""

    recorded = False

    def __init__(self, capture: cv2.VideoCapture, name: str, config: CameraConfig) -> None:
        """Take over an open ``capture``; ``name`` stands for it in errors."""
        self._capture = capture
        self._name = name
        self._config = config
        self._number = 0

    @classmethod
    def usb(cls, device: str, config: CameraConfig) -> OpenCVCamera:
        """The USB camera ``/dev/video<device>``, or that behind a path such as
        ``/dev/v4l/by-id/...``, which stays the same whatever else is plugged in. Raises
        :class:`CameraError`."""
        path = Path(f"/dev/video{device}" if device.isdecimal() else device)
        name = _("the USB camera {path}").format(path=path)
        number = re.fullmatch(r"/dev/video(\d+)", str(path.resolve()))
        if number is None:
            raise CameraError(
                _(
                    "{name} is not there, or is no camera: check that it is plugged in, and see ls "
                    "-l /dev/v4l/by-id"
                ).format(name=name)
            )
        index = int(number[1])
        capture = cv2.VideoCapture(index, cv2.CAP_V4L2)
        if not capture.isOpened():
            raise CameraError(
                _(
                    "{name} cannot be opened: check that it is plugged in, that no other program "
                    "uses it, and that this user is in the group video"
                ).format(name=name)
            )
        # Uncompressed, USB 2 carries pictures of this size only a few times a second.
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, config.width_px)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, config.height_px)
        capture.set(cv2.CAP_PROP_FPS, config.fps)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        return cls(capture, name, config)

    @classmethod
    def network(cls, url: str, config: CameraConfig) -> OpenCVCamera:
        """The camera at an ``rtsp://`` or ``rtsps://`` address. Raises :class:`CameraError`.

        The address may hold a user name and a password; no message repeats them.
        """
        name = _("the network camera {address}").format(address=public_part(url))
        timeouts = [
            *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, NETWORK_TIMEOUT_MS),
            *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, NETWORK_TIMEOUT_MS),
        ]
        capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG, timeouts)
        if not capture.isOpened():
            raise CameraError(
                _(
                    "{name} cannot be opened: check its address, user name and password, and that "
                    "it is on the network"
                ).format(name=name)
            )
        return cls(capture, name, config)

    def read(self) -> Frame:
        found, picture = self._capture.read()
        given_up_s = time.monotonic() + BRIDGED_S
        while not found and time.monotonic() < given_up_s:
            time.sleep(RETRY_S)
            found, picture = self._capture.read()
        time_s = time.monotonic()
        if not found:
            raise CameraError(
                _("{name} stopped delivering frames: check its cable or network").format(
                    name=self._name
                )
            )
        frame = _frame(picture, self._config, time_s, self._number)
        self._number += 1
        return frame

    def close(self) -> None:
        self._capture.release()


class VideoFile(RecordedCamera):
    """A video file, played at its own speed with no frame left out."""

    def __init__(
        self, path: str | Path, config: CameraConfig, pacing: Pacing | None = None
    ) -> None:
        """Raises :class:`CameraError` for a file that is missing, no video, or without frames."""
        path = Path(path)
        if not path.is_file():
            raise CameraError(_("there is no video file {path}: check the name").format(path=path))
        # An absolute path cannot be taken for one of FFmpeg's protocols, as "a:b.mp4" could.
        one_thread = [cv2.CAP_PROP_N_THREADS, 1]  # each more keeps pictures of its own
        capture = cv2.VideoCapture(str(path.resolve()), cv2.CAP_FFMPEG, one_thread)
        nothing = _(
            "{path} is not a video that can be played: use MP4, MKV or AVI with a picture"
        ).format(path=path)
        super().__init__(_video_frames(capture, config), nothing, pacing)


def _video_frames(capture: cv2.VideoCapture, config: CameraConfig) -> Generator[Frame, None, None]:
    try:
        period_s = 1 / (capture.get(cv2.CAP_PROP_FPS) or config.fps)
        time_s = last_s = -period_s
        number = 0
        while True:
            found, picture = capture.read()
            if not found:
                return
            stamp_s = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            # Some files carry no time stamps, or some that stand still or leap.
            step_s = stamp_s - last_s
            last_s = stamp_s
            time_s += step_s if 0 < step_s <= max(MOST_STEP_S, 2 * period_s) else period_s
            frame = _frame(picture, config, time_s, number)
            number += 1
            del picture  # else it would be kept beside the frame, and both beside the next ones
            yield frame
            del frame
    finally:
        capture.release()


def _frame(picture: Any, config: CameraConfig, time_s: float, number: int) -> Frame:
    rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)
    main, lores = two_streams(rgb, config)
    return Frame(main, lores, time_s, number)


def public_part(url: str) -> str:
    """Scheme and host of ``url``: what may be shown of an address with a password in it.

    Where an unescaped character makes it doubtful which part is the host, nothing is shown.
    """
    match = re.fullmatch(
        r"(rtsps?://)(?:[^/?#@]*@)?([\w.-]+|\[[\w:.]+\])(:\d+)?(?:[/?#][^@]*)?", url
    )
    return f"{match[1]}{match[2]}{match[3] or ''}" if match else _("with an unusual rtsp address")
