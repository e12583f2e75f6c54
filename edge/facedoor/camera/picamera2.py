"""The Pi's own camera through picamera2: two streams of one sensor, scaled by its image processor.

picamera2 and libcamera come with Raspberry Pi OS, never from PyPI, so they are imported when the
camera is opened. What the camera was asked for and what it then delivers may differ; the picture's
format is therefore read back and each stream is converted by what it is:

* picamera2 names a format by the bytes of a little-endian word: arrays of ``RGB888`` hold blue
  first, those of ``BGR888`` hold red first;
* the small stream is ``YUV420`` because a Pi 4 and its elders offer nothing else there; its array
  is one and a half times as high as the picture, and as wide as a row with its padding.

Exposure is the camera's own, metered about the middle of the picture, but for ``ExposureValue``,
which :mod:`facedoor.camera.metering` steers by the face in view. Not every tuning file of a sensor
knows other constraints: Camera Module 3's has none for shadows.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from facedoor.camera import Camera
from facedoor.camera.metering import FaceMetering
from facedoor.camera.pictures import rotated
from facedoor.config.options import CameraConfig
from facedoor.errors import CameraError
from facedoor.frames import Frame, Image
from facedoor.languages import _

FRAME_TIMEOUT_S = 5.0
"""How long the camera may be silent before it counts as stopped; a frame is due every 1/15 s."""

_TO_RGB: dict[str, int | None] = {
    "BGR888": None,
    "RGB888": cv2.COLOR_BGR2RGB,
    "XBGR8888": cv2.COLOR_RGBA2RGB,
    "XRGB8888": cv2.COLOR_BGRA2RGB,
    "YUV420": cv2.COLOR_YUV2RGB_I420,
    "YVU420": cv2.COLOR_YUV2RGB_YV12,
}
"""For each format of picamera2: how its array becomes RGB; None where it is RGB already."""


class Picamera2Camera(Camera):
    """The first camera on the Pi's ribbon connectors. Frames carry the sensor's own time."""

    recorded = False

    def __init__(self, config: CameraConfig) -> None:
        """Open and start the camera.

        Raises :class:`CameraError` when picamera2 is not installed, no camera is attached, another
        program holds it, or it delivers a format that is not known.
        """
        picamera2, libcamera = _modules()
        try:
            self._camera = picamera2.Picamera2()
        except IndexError:
            raise CameraError(
                _("no camera is attached to the Pi: check the ribbon cable with rpicam-hello")
            ) from None
        except RuntimeError as error:
            raise CameraError(
                _(
                    "the Pi's camera cannot be opened ({error}): end the other program that uses it"
                ).format(error=error)
            ) from error
        try:
            self._camera.configure(_wanted(self._camera, libcamera, config))
            self._main, self._lores, self._rotate = _delivered(self._camera, config)
            self._camera.start()
        except RuntimeError as error:
            self.close()
            raise CameraError(
                _(
                    "the Pi's camera cannot deliver the configured streams ({error}): check "
                    "[camera] width_px, height_px and lores_width_px"
                ).format(error=error)
            ) from error
        except CameraError:
            self.close()
            raise
        self._number = 0
        self._time_s = 0.0
        self._metering = FaceMetering()

    def read(self) -> Frame:
        try:
            request = self._camera.capture_request(wait=FRAME_TIMEOUT_S)
        except (TimeoutError, RuntimeError) as error:
            # Without this the request that never came would keep close() waiting.
            self._camera.cancel_all_and_flush()
            raise CameraError(
                _("the Pi's camera stopped delivering frames: check its ribbon cable")
            ) from error
        try:
            main, lores = request.make_array("main"), request.make_array("lores")
            time_s = request.get_metadata()["SensorTimestamp"] / 1e9
        finally:
            request.release()
        main, lores = self._main.to_rgb(main), self._lores.to_rgb(lores)
        main, lores = rotated(main, self._rotate), rotated(lores, self._rotate)
        frame = Frame(main, lores, time_s, self._number)
        self._number, self._time_s = self._number + 1, time_s
        return frame

    def meter(self, brightness: float | None, _is_lit: bool, /) -> None:
        if self._metering.see(self._time_s, brightness):
            with suppress(RuntimeError):  # a sensor without the control exposes as it does
                self._camera.set_controls({"ExposureValue": self._metering.ev})

    def close(self) -> None:
        self._camera.close()


@dataclass(frozen=True, slots=True)
class _Stream:
    """What one stream of the configured camera really delivers."""

    width_px: int
    height_px: int
    conversion: int | None

    def to_rgb(self, array: NDArray[Any]) -> Image:
        if self.conversion is not None:
            array = cv2.cvtColor(array, self.conversion)
        # Padding at the end of each row is cut off only now: YUV planes share their rows.
        picture = array[: self.height_px, : self.width_px]
        return np.ascontiguousarray(picture, np.uint8)


def _modules() -> tuple[Any, Any]:
    try:
        import libcamera
        import picamera2
    except ModuleNotFoundError as error:
        raise CameraError(
            _(
                "{name} is not installed: sudo apt install python3-picamera2, and make the "
                "virtual environment with --system-site-packages so that it is seen"
            ).format(name=error.name)
        ) from error
    except (ImportError, ValueError) as error:  # ValueError: built for another release of numpy
        raise CameraError(
            _(
                "picamera2 cannot be loaded ({error}): where it was built for numpy 1, pip "
                "install 'numpy<2' 'opencv-python-headless<4.12'"
            ).format(error=error)
        ) from error
    return picamera2, libcamera


def _wanted(camera: Any, libcamera: Any, config: CameraConfig) -> Any:
    is_half_turn = config.rotate == 180  # the only turn that a sensor can make itself
    lores_width = min(config.lores_width_px, config.width_px)
    lores_height = round(lores_width * config.height_px / config.width_px)
    return camera.create_video_configuration(
        main={"size": (config.width_px, config.height_px), "format": "BGR888"},
        lores={"size": (lores_width, lores_height), "format": "YUV420"},
        raw=None,
        transform=libcamera.Transform(hflip=is_half_turn, vflip=is_half_turn),
        # The one that OpenCV's YUV conversion assumes: BT.601 in limited range.
        colour_space=libcamera.ColorSpace.Smpte170m(),
        controls={"FrameRate": config.fps},
    )


def _delivered(camera: Any, config: CameraConfig) -> tuple[_Stream, _Stream, int]:
    """The two streams as they are, and by how many degrees they are still to be turned."""
    actual = camera.camera_configuration()
    is_turned = actual["transform"].hflip and actual["transform"].vflip
    rotate = 0 if is_turned else config.rotate
    return _stream(actual["main"]), _stream(actual["lores"]), rotate


def _stream(actual: dict[str, Any]) -> _Stream:
    name, (width, height) = actual["format"], actual["size"]
    if name not in _TO_RGB:
        raise CameraError(
            _(
                "the Pi's camera delivers {name} pictures, which facedoor does not know: a USB "
                "camera is used as usb:0"
            ).format(name=name)
        )
    return _Stream(width, height, _TO_RGB[name])
