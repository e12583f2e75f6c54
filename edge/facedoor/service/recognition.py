"""The frame path, and with whom it compares faces: read again as soon as that has changed."""

from __future__ import annotations

import logging
import sqlite3

from facedoor.access.access import AccessRules
from facedoor.config.options import Config
from facedoor.identity.gallery import Gallery
from facedoor.identity.risk import Risk
from facedoor.identity.search import GalleryIndex, Standard
from facedoor.problems import Board
from facedoor.storage.epoch import VisitIds
from facedoor.storage.vault import Vault
from facedoor.vision import pack
from facedoor.vision.reader import FaceReader
from facedoor.visit.frame_path import FramePath

log = logging.getLogger(__name__)


class Recognition:
    """Belongs to the thread that made it; only the frame path is for another one."""

    def __init__(
        self,
        settings: Config,
        db: sqlite3.Connection,
        vault: Vault,
        access: AccessRules,
        board: Board,
    ) -> None:
        """Raises :class:`PackError`, :class:`StoreError`, and :class:`ConfigError` for a risk that
        the pack cannot tell."""
        models = pack.load(settings.pack_directory)
        self._gallery = Gallery(db, vault)
        self._access = access
        self._board = board
        self._model = models.manifest.embedder.sha256
        self._risk = Risk(models.manifest, settings.recognition)
        self._correction = self._risk.correction
        self.revision = -1
        """The gallery's, with which faces are compared."""
        self.names: tuple[str, ...] = ()
        """Who is enrolled."""
        self._visit_ids = VisitIds(db)
        self.path = FramePath(
            FaceReader.of(models, settings.models.threads),
            self._standard(),
            self._risk.evidence_policy,
            self._risk.same_face_distance,
            visit_id=self._visit_ids.take,
        )

    def look(self) -> None:
        """Read people and rules again if they have changed. Raises as the making does."""
        self._visit_ids.top_up()
        if self._gallery.revision() != self.revision:
            self.path.compare_with(self._standard())

    def _standard(self) -> Standard:
        # Read before the index is made: what changes in between is noticed at the next look.
        self.revision = self._gallery.revision()
        self._access.reload()
        index = GalleryIndex.of(self._gallery, self._model, self._correction)
        self.names = index.names
        self._tell_risk(len(index.names))
        return self._risk.standard(index, self._access.false_match_rates)

    def _tell_risk(self, people: int) -> None:
        nobody = "nobody is enrolled, so the door opens for nobody: facedoor enroll"
        self._board.report("nobody_enrolled", None if people else nobody)
        limit = self._risk.limit(people)
        unknown = f"{limit}: build one with a recipe that names a calibration"
        is_unknown = limit.false_match_rate is None
        self._board.report("risk_unknown", unknown if is_unknown else None)
        if not is_unknown:
            log.log(logging.INFO if limit.is_known else logging.WARNING, "%s", limit)
