"""Recorded cameras: frames that exist already, shown no faster than their own clock runs.

The pictures of a folder are one: each is shown for a second, in the order of the names.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator
from pathlib import Path

from facedoor.camera import Camera
from facedoor.camera.pictures import read_picture, two_streams
from facedoor.config.options import CameraConfig
from facedoor.errors import CameraError, ImageError
from facedoor.frames import Frame
from facedoor.languages import _

PIECE_S = 1.0
"""A longer wait is made of pieces like this."""

SHOWN_S = 1.0
"""How long each picture is shown: long enough for the several frames that a decision takes."""

_log = logging.getLogger(__name__)


class Pacing:
    """Keeps a recording from being played faster than it was taken.

    Whoever comes late is not made to catch up in leaps, and nothing is left out: a moment that is
    already past is let through at once.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._offset_s: float | None = None

    def wait_until(self, time_s: float, meanwhile: Callable[[], None]) -> None:
        """Return no earlier than ``time_s`` of the recording; the first call sets the start.

        ``meanwhile`` is called about once a second while a pause lasts.
        """
        if self._offset_s is None:
            self._offset_s = self._clock() - time_s
        remaining_s = time_s + self._offset_s - self._clock()
        while remaining_s > 0:
            piece_s = min(remaining_s, PIECE_S)
            self._sleep(piece_s)
            remaining_s -= piece_s
            meanwhile()


class RecordedCamera(Camera):
    """A camera whose frames exist already. Every one is handed out, none before its time."""

    recorded = True

    def __init__(
        self, frames: Generator[Frame, None, None], nothing: str, pacing: Pacing | None
    ) -> None:
        """Play ``frames``; where there is not even one, raise ``nothing`` as a CameraError."""
        self._frames = frames
        self._pacing = pacing or Pacing()
        self.while_waiting: Callable[[], None] = lambda: None
        """Called every now and then while :meth:`read` waits for a frame's time to come."""
        self._first = next(frames, None)
        if self._first is None:
            raise CameraError(nothing)

    def read(self) -> Frame | None:
        frame, self._first = self._first or next(self._frames, None), None
        if frame is not None:
            self._pacing.wait_until(frame.time_s, self.while_waiting)
        return frame

    def close(self) -> None:
        self._first = None
        self._frames.close()


class FolderCamera(RecordedCamera):
    """Shows the pictures of a folder at the configured frame rate, then ends."""

    def __init__(
        self, folder: str | Path, config: CameraConfig, pacing: Pacing | None = None
    ) -> None:
        """Raises :class:`CameraError` for a folder that is missing or has no readable picture."""
        folder = Path(folder)
        try:
            files = sorted(path for path in folder.iterdir() if path.is_file())
        except OSError as error:
            raise CameraError(
                _("the folder {folder} cannot be read ({strerror}): check its name").format(
                    folder=folder, strerror=error.strerror
                )
            ) from error
        nothing = _(
            "the folder {folder} has no picture that can be read: put JPEG or PNG files in it"
        ).format(folder=folder)
        super().__init__(_frames(files, config), nothing, pacing)


def _frames(files: list[Path], config: CameraConfig) -> Generator[Frame, None, None]:
    number = 0
    for file in files:
        try:
            picture = read_picture(file)
        except ImageError as error:
            _log.warning("skipped: %s", error)
            continue
        main, lores = two_streams(picture, config)
        for _frame in range(round(SHOWN_S * config.fps)):
            yield Frame(main, lores, number / config.fps, number)
            number += 1
