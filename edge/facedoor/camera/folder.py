"""The pictures of a folder as a camera: each is shown for a second, in the order of the names."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from facedoor.camera.pacing import Pacing, RecordedCamera
from facedoor.camera.pictures import read_picture
from facedoor.camera.streams import two_streams
from facedoor.errors import CameraError, ImageError
from facedoor.frames import Frame

if TYPE_CHECKING:
    from collections.abc import Generator

    from facedoor.config.options import CameraConfig

SHOWN_S = 1.0
"""How long each picture is shown: long enough for the several frames that a decision takes."""

_log = logging.getLogger(__name__)


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
                f"the folder {folder} cannot be read ({error.strerror}): check its name"
            ) from error
        nothing = (
            f"the folder {folder} has no picture that can be read: put JPEG or PNG files in it"
        )
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
        for _ in range(round(SHOWN_S * config.fps)):
            yield Frame(main, lores, number / config.fps, number)
            number += 1
