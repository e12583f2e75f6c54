"""The newest frame wins: a thread that empties a live camera while the worker is busy.

A camera that is read late hands out frames that are seconds old, and a door that judges the past is
slow. Frames that the worker had no time for are dropped and counted. A tap shows
somebody else what the worker sees.
"""

from __future__ import annotations

import queue
import threading
import time
from contextlib import suppress
from typing import Self

from facedoor.camera import Camera
from facedoor.errors import CameraError
from facedoor.frames import Frame
from facedoor.languages import _

STALLED_AFTER_S = 1.0
"""A live camera that delivers nothing for this long counts as stopped ..."""

FIRST_WITHIN_S = 5.0
"""... but for its first frame, which takes cameras longer."""

STALE_AFTER_S = 1.0
"""A frame that waited for longer shows the past, and is not handed out."""

PATIENCE_S = 5.0
"""If a tap gets no frame for this long, the camera has stopped or is being opened again."""

CLOSE_S = 0.5
"""How long closing waits for a read that is under way."""


class NewestFrame(Camera):
    """Wraps a live camera; is one itself."""

    recorded = False

    def __init__(self, camera: Camera) -> None:
        self.dropped = 0
        self._camera = camera
        self._frame: Frame | None = None
        self._arrived_s = 0.0
        self._patience_s = FIRST_WITHIN_S
        self._error: CameraError | None = None
        self._metered: tuple[float | None, bool] = None, False
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._capture, name="facedoor-camera", daemon=True)
        self._thread.start()

    def read(self) -> Frame | None:
        """The newest frame that was not handed out yet, waiting for it.

        ``None`` once the camera is closed. Raises :class:`CameraError` when it fails or stalls.
        """
        with self._changed:
            if self._frame and time.monotonic() - self._arrived_s > STALE_AFTER_S:
                self._frame, self.dropped = None, self.dropped + 1
            arrived = self._changed.wait_for(
                lambda: self._frame or self._error or self._closing, self._patience_s
            )
            if self._closing:
                return None
            if self._error is not None:
                raise self._error
            if not arrived:
                raise CameraError(
                    _(
                        "the camera delivered no frame for {patience_s:g} s: check its cable, and "
                        "whether another program uses it"
                    ).format(patience_s=self._patience_s)
                )
            frame, self._frame = self._frame, None
            self._patience_s = STALLED_AFTER_S
            return frame

    def meter(self, brightness: float | None, is_lit: bool, /) -> None:
        self._metered = brightness, is_lit  # for the capture thread, after its next frame

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
                    self._camera.meter(*self._metered)
        except CameraError as error:
            self._fail(error)
        except Exception as error:  # a driver may raise anything; the door must hear of it
            self._fail(
                CameraError(
                    _("the camera failed ({error}): restart the service").format(error=error)
                )
            )

    def _hand_over(self, frame: Frame | None) -> None:
        if frame is None:
            raise CameraError(_("the camera ended its stream: check its cable"))
        with self._changed:
            if self._frame is not None:
                self.dropped += 1
            self._frame, self._arrived_s = frame, time.monotonic()
            self._changed.notify_all()

    def _fail(self, error: CameraError) -> None:
        with self._changed:
            self._error = error
            self._changed.notify_all()


class FrameTap(Camera):
    """The worker's frames for a second reader, while there is one: the newest wins.

    The worker offers each frame, which costs nothing while nobody looks. Whoever looks does so in a
    ``with`` block; one at a time.
    """

    recorded = False

    def __init__(self) -> None:
        self._frames: queue.Queue[Frame | None] = queue.Queue(maxsize=1)
        self._looking = threading.Event()

    def offer(self, frame: Frame) -> None:
        """Show a frame, without waiting. Called from the worker's thread."""
        if self._looking.is_set():
            self._put(frame)

    def __enter__(self) -> Self:
        with suppress(queue.Empty):
            self._frames.get_nowait()
        self._looking.set()
        return self

    def read(self) -> Frame | None:
        """The newest frame, waiting for it; ``None`` once this is closed.

        Raises :class:`CameraError` when none comes for :data:`PATIENCE_S`.
        """
        try:
            return self._frames.get(timeout=PATIENCE_S) if self._looking.is_set() else None
        except queue.Empty as error:
            raise CameraError(
                _("the door's camera shows nothing at present: look at it with facedoor check")
            ) from error

    def close(self) -> None:
        """Stop; a thread that waits in :meth:`read` returns. Can be called from any thread."""
        self._looking.clear()
        self._put(None)

    def _put(self, item: Frame | None) -> None:
        with suppress(queue.Empty):
            self._frames.get_nowait()
        with suppress(queue.Full):  # somebody else has put a newer one this moment
            self._frames.put_nowait(item)
