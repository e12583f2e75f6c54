"""Whether the camera hangs the right way up, by what the visits that it saw come to."""

from __future__ import annotations

from facedoor.config.options import CameraConfig
from facedoor.problems import Board, Severity
from facedoor.reasons import Reason
from facedoor.wire.decisions import Decision
from facedoor.wire.events import Event

VISITS = 3
"""So many in a row that are upside down: one may be somebody who holds up a picture."""


class Mounting:
    """Belongs to the doorkeeper's thread."""

    def __init__(self, board: Board, config: CameraConfig) -> None:
        self._board = board
        self._rotate = config.rotate_further(180)
        self._in_a_row = 0

    def happened(self, event: Event) -> None:
        """Hear of an event. A visit in which nothing could be judged otherwise tells nothing."""
        if not isinstance(event, Decision):
            return
        if event.reason is Reason.UPSIDE_DOWN:
            self._in_a_row += 1
        elif event.frames:
            self._in_a_row = 0
        else:
            return
        said = (
            "the camera is upside down, so the door opens for no face: set [camera] rotate = "
            f"{self._rotate} and restart facedoor"
        )
        is_wrong = self._in_a_row >= VISITS
        self._board.report("camera_upside_down", said if is_wrong else None, Severity.ERROR)
