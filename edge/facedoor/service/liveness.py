"""What the door's liveness is worth, told where it is heard: in the log at the start, and on the
board whenever nobody is surely alive."""

from __future__ import annotations

import logging

from facedoor.config.options import Config
from facedoor.problems import Board, Severity
from facedoor.vision.liveness import LivenessNetworks
from facedoor.vision.pack import Manifest
from facedoor.visit.liveness import liveness_sentence

log = logging.getLogger(__name__)


class LivenessWatch:
    """Belongs to the main thread; the networks are for another one."""

    def __init__(
        self,
        settings: Config,
        manifest: Manifest,
        networks: LivenessNetworks | None,
        board: Board,
    ) -> None:
        self._networks = None if settings.liveness.mode == "off" else networks
        self._board = board
        sentence = liveness_sentence(settings, manifest)
        if settings.liveness.mode == "off":
            board.report("liveness_off", sentence)
        elif networks is None:
            board.report("liveness_missing", sentence, Severity.ERROR)
        else:
            log.warning("%s", sentence)

    def look(self) -> None:
        """Say of networks that fail that they do, and no longer once they work again."""
        problem = None
        if self._networks is not None and (failure := self._networks.failure):
            remedy = "restart facedoor; if it goes on, build the pack anew"
            problem = f"no face is surely alive, for {failure}: {remedy}"
        self._board.report("liveness_fails", problem, Severity.ERROR)
