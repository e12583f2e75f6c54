"""The door's own camera, looked at over the shoulder of the thread that judges its frames."""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from typing import Self

from facedoor.camera import Camera
from facedoor.errors import CameraError
from facedoor.frames import Frame

PATIENCE_S = 5.0
"""A camera that shows nothing for so long has stopped, or is being opened again."""


class Onlooker(Camera):
    """Frames for somebody else than the worker, while somebody wants them: the newest wins.

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
                "the door's camera shows nothing at present: look at it with facedoor check"
            ) from error

    def close(self) -> None:
        """Look no more; whoever waits in :meth:`read` is let go. From any thread."""
        self._looking.clear()
        self._put(None)

    def _put(self, item: Frame | None) -> None:
        with suppress(queue.Empty):
            self._frames.get_nowait()
        with suppress(queue.Full):  # somebody else has put a newer one this moment
            self._frames.put_nowait(item)
