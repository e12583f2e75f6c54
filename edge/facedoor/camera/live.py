"""The newest frame wins: a thread that empties a live camera while the worker is busy.

A camera that is read late hands out frames that are seconds old, and a door that judges the past is
slow. Frames that the worker had no time for are dropped and counted.
"""

from __future__ import annotations

import threading

from facedoor.camera import Camera
from facedoor.errors import CameraError
from facedoor.frames import Frame

STALLED_AFTER_S = 5.0
"""A live camera that delivers nothing for so long has stopped, whatever it says."""

CLOSE_S = 0.5
"""How long closing waits for a read that is under way."""


class NewestFrame(Camera):
    """Wraps a live camera; is one itself."""

    recorded = False

    def __init__(self, camera: Camera) -> None:
        self.dropped = 0
        self._camera = camera
        self._frame: Frame | None = None
        self._error: CameraError | None = None
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._capture, name="facedoor-camera", daemon=True)
        self._thread.start()

    def read(self) -> Frame | None:
        """The newest frame that was not handed out yet, waiting for it.

        ``None`` once the camera is closed. Raises :class:`CameraError` when it fails or stalls.
        """
        with self._changed:
            arrived = self._changed.wait_for(
                lambda: self._frame or self._error or self._closing, STALLED_AFTER_S
            )
            if self._closing:
                return None
            if self._error is not None:
                raise self._error
            if not arrived:
                raise CameraError(
                    f"the camera delivered no frame for {STALLED_AFTER_S:g} s: check its cable, "
                    "and whether another program uses it"
                )
            frame, self._frame = self._frame, None
            return frame

    def close(self) -> None:
        """Stop capturing and release the camera. Calling it again does nothing.

        A read that hangs in a driver cannot be interrupted, and a camera must not be released under
        it: then this returns all the same, and the camera is released if the read ever ends.
        """
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(CLOSE_S)

    def _capture(self) -> None:
        """The capture thread, which alone touches the camera. A daemon: see :meth:`close`."""
        try:
            with self._camera:
                while not self._closing:
                    self._hand_over(self._camera.read())
        except CameraError as error:
            self._fail(error)
        except Exception as error:  # a driver may raise anything; the door must hear of it
            self._fail(CameraError(f"the camera failed ({error}): restart the service"))

    def _hand_over(self, frame: Frame | None) -> None:
        if frame is None:
            raise CameraError("the camera ended its stream: check its cable")
        with self._changed:
            if self._frame is not None:
                self.dropped += 1
            self._frame = frame
            self._changed.notify_all()

    def _fail(self, error: CameraError) -> None:
        with self._changed:
            self._error = error
            self._changed.notify_all()
