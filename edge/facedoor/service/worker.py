"""The worker: the thread that owns the frame path, from the camera to the doorkeeper; and with whom
the path compares faces, which is read again as soon as it has changed."""

from __future__ import annotations

import logging
import math
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from facedoor.access.access import AccessRules
from facedoor.camera import Camera
from facedoor.camera.live import NewestFrame
from facedoor.camera.recorded import RecordedCamera
from facedoor.camera.source import open_camera
from facedoor.config.asking import why_mute
from facedoor.config.options import CameraConfig, Config
from facedoor.door.doorkeeper import Doorkeeper
from facedoor.door.scribe import refused
from facedoor.errors import CameraError
from facedoor.frames import Box, Frame
from facedoor.identity.gallery import Gallery
from facedoor.identity.joint import Second
from facedoor.identity.live_index import LiveIndex
from facedoor.identity.refusals import outlook
from facedoor.identity.risk import Risk
from facedoor.identity.search import GalleryIndex, Standard
from facedoor.identity.templates import NOBODY
from facedoor.problems import Board, Severity
from facedoor.reasons import Reason
from facedoor.service.liveness import LivenessWatch
from facedoor.service.observer import Audience
from facedoor.service.supervision import Supervisor
from facedoor.storage.epoch import VisitIds
from facedoor.storage.journal import Journal
from facedoor.storage.ledger import TamperedError
from facedoor.storage.skipped import SkippedRecords
from facedoor.storage.vault import Vault
from facedoor.vision import pack, second
from facedoor.vision.reader import FaceReader
from facedoor.vision.weight_cache import WeightCache
from facedoor.visit.asking import Asker
from facedoor.visit.fixtures import described
from facedoor.visit.frame_path import FramePath
from facedoor.visit.liveness import LivenessRule
from facedoor.visit.portrait import Portrait
from facedoor.visit.report import face_brightness
from facedoor.wire.decisions import Decision

STOP_S = 1.0
"""How long the worker may take to finish its frame when the service stops."""

LOST_FOR_S = 8.0
"""A live camera may be away for so long: less than WatchdogSec of the unit, 10 s."""

REOPEN_EVERY_S = 0.5

log = logging.getLogger(__name__)


class Worker:
    """Frames in, decisions out, until the source or the service ends."""

    def __init__(
        self,
        config: CameraConfig,
        path: FramePath,
        doorkeeper: Doorkeeper,
        supervisor: Supervisor,
        audience: Audience,
        board: Board,
        once: bool,
    ) -> None:
        """``audience`` hears of each frame that was judged, and its summary is counted up.

        ``once`` ends with a recorded source; otherwise it starts over.
        """
        self.error: Exception | None = None
        """What ended the worker before its time."""
        self._config = config
        self._path = path
        self._doorkeeper = doorkeeper
        self._supervisor = supervisor
        self._audience = audience
        self._board = board
        self._once = once
        self._fixtures: tuple[Box, ...] = ()
        self._judged_s = -math.inf
        self._is_lost = False
        self._stopping = threading.Event()
        self._camera: Camera | None = None
        self._opened: Callable[[], None] = lambda: None
        self._thread: threading.Thread | None = None

    @property
    def has_begun(self) -> bool:
        """Whether the camera was opened."""
        return self._camera is not None

    def start(self, opened: Callable[[], None], ended: Callable[[], None]) -> None:
        """Begin. ``opened`` is called when the camera is open for the first time, ``ended`` when
        nothing more comes; both from the worker's thread."""
        self._opened = opened
        # A daemon: if it hangs in a driver, it must not keep the process alive.
        self._thread = threading.Thread(
            target=self._run, args=(ended,), name="facedoor-worker", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Wake the worker, if it waits for a live camera, and let it conclude the open visits."""
        self._stopping.set()
        camera = self._camera
        if camera is not None and not camera.recorded:
            camera.close()
        if self._thread is not None:
            self._thread.join(STOP_S)

    def _run(self, ended: Callable[[], None]) -> None:
        try:
            is_lost = self._watch_or_lose()
            while not self._stopping.is_set() and (is_lost or not self._once):
                is_lost = self._watch_or_lose()
        except Exception as error:
            self.error = error
        finally:
            ended()

    def _watch_or_lose(self) -> bool:
        """Judge the frames of the camera; true if it was lost meanwhile and is to be opened again.

        What stays away for longer than :data:`LOST_FOR_S` ends the service with the camera's
        sentence, before the watchdog does it without one: systemd starts it anew.
        """
        try:
            self._watch()
        except CameraError as error:
            is_recorded = self._camera is None or self._camera.recorded
            if is_recorded or time.monotonic() - self._judged_s > LOST_FOR_S:
                raise
            self._is_lost = True
            sentence = f"nobody is seen, and the camera is being opened again: {error}"
            self._board.report("camera_lost", sentence, Severity.ERROR)
            self._stopping.wait(REOPEN_EVERY_S)
            return True
        return False

    def _watch(self) -> None:
        """Judge the frames of the camera, from its opening to its end."""
        self._supervisor.opening_camera()
        with open_camera(self._config.source, self._config) as camera:
            if isinstance(camera, RecordedCamera):
                camera.while_waiting = lambda: self._supervisor.waiting(
                    self._doorkeeper.stuck_for_s
                )
            is_first = self._camera is None
            self._camera = camera
            if is_first:
                self._opened()
            try:
                while not self._stopping.is_set() and (frame := camera.read()) is not None:
                    self._judge(frame)
                    del frame  # else it would be kept while the next one is read
            finally:
                if isinstance(camera, NewestFrame):
                    self._audience.summary.dropped += camera.dropped
                self._submit(self._path.finish())

    def _judge(self, frame: Frame) -> None:
        report = self._path.process(frame)
        self._judged_s = time.monotonic()
        if self._is_lost:
            self._is_lost = False
            self._board.report("camera_lost", None, Severity.ERROR)
        if report.fixtures != self._fixtures:
            self._fixtures = report.fixtures
            self._tell_fixtures(frame)
        if self._camera is not None:
            is_lit = bool(self._audience.fittings.lamp_is_on)
            self._camera.meter(face_brightness(frame.main, report), is_lit)
        self._audience.summary.frames += 1
        self._submit(report.decisions)
        self._supervisor.judged(self._doorkeeper.stuck_for_s)
        self._audience.watching(frame, report)

    def _submit(self, decisions: Sequence[Decision]) -> None:
        for decision in decisions:
            if not self._doorkeeper.submit(decision):
                self._path.answered(refused(decision, Reason.DEGRADED))

    def _tell_fixtures(self, frame: Frame) -> None:
        height_px, width_px = frame.main.shape[:2]
        places = [described(box, width_px, height_px) for box in self._fixtures]
        sentence = (
            f"a picture of a face is in view of the camera, {'; another '.join(places)}: the door "
            "never opens for it; take it down, or turn the camera away from it"
        )
        self._board.report("picture_in_view", sentence if places else None)


class Recognition:
    """Belongs to the thread that made it; only the frame path is for another one."""

    def __init__(
        self,
        settings: Config,
        db: sqlite3.Connection,
        vault: Vault,
        access: AccessRules,
        board: Board,
        weights: WeightCache,
        keep: Callable[[str, Portrait], None] | None = None,
    ) -> None:
        """``keep`` takes portraits of visits, for the frame path.

        Raises :class:`PackError`, :class:`StoreError`, and :class:`ConfigError` for a risk that
        the pack cannot tell."""
        models = pack.load(settings.pack_directory)
        self._manifest, self._settings = models.manifest, settings.recognition
        self._second = second.configured(settings.second_pack_directory, models.manifest)
        self._gallery = Gallery(db, vault)
        self._access = access
        self._board = board
        self._model = models.manifest.embedder.sha256
        self.pack = f"{models.manifest.name} {self._model[:8]}"
        """Names the models."""
        self._skipped = SkippedRecords("templates", Journal(db, vault), board)
        joint = second.joint_of(self._second)
        self._risk = Risk(models.manifest, settings.recognition, joint)
        self._correction = self._risk.correction
        size = models.manifest.embedding_size
        self._people = LiveIndex(db, vault, self._model, size, self._correction)
        self.revision = -1
        """The gallery's, with which faces are compared."""
        self.names: tuple[str, ...] = ()
        """Who is enrolled."""
        self._visit_ids = VisitIds(db)
        reader = FaceReader.of(models, settings.models.threads, weights, self._second)
        beside = () if self._second is None else (self._second.embedder.sha256,)
        weights.keep_only({self._model, *beside})
        self._liveness = LivenessWatch(settings, models.manifest, reader.liveness, board)
        mute = why_mute(settings)
        board.report("challenge_mute", mute)
        self.path = FramePath(
            reader,
            self._standard(),
            self._risk.evidence_policy,
            self._risk.same_face_distance,
            visit_id=self._visit_ids.take,
            open_at_px=settings.recognition.opens_at_px,
            liveness=LivenessRule.of(settings.liveness, models.manifest),
            asker=Asker(can_ask=mute is None),
            keep=keep,
        )

    def look(self) -> None:
        """Read people and rules again if they have changed. Raises as the making does."""
        self._visit_ids.top_up()
        self._liveness.look()
        if self._newest() != self.revision:
            self.path.compare_with(self._standard())

    def _standard(self) -> Standard:
        # Read before the index is made: what changes in between is noticed at the next look.
        self.revision = self._newest()
        self._access.reload()
        problem = None
        try:
            by_second = Second.of(self._gallery, self._second)
            index = self._people.read(by_second)
            skipped = by_second.templates.skipped if by_second else 0
            self._skipped.are(self._people.skipped + skipped)
        except TamperedError as error:
            index, by_second = GalleryIndex(NOBODY, self._correction), None
            problem = f"the door opens for no face: {error}"
        self._board.report("state_file_changed", problem, Severity.ERROR, about="people")
        self.names = index.names
        standard = self._risk.standard(index, self._access.false_match_rates)
        if problem is None:
            self._tell_risk(len(index.names), self._people.without)
            self._tell_refusals(self._people.photos, standard.stricter)
            self._tell_unknown(by_second.unknown(index.names) if by_second else [])
        return standard

    def _newest(self) -> int:
        """The gallery's revision, -1 where it was changed without the key."""
        with suppress(TamperedError):
            return self._gallery.revision()
        return -1

    def _tell_unknown(self, names: Sequence[str]) -> None:
        sentence = (
            f"of {len(self.names)} people {len(names)} have no template of the second pack, so "
            "the door opens for none of them: facedoor check says for whom, and how to add one"
        )
        self._board.report("second_missing", sentence if names else None)

    def _tell_risk(self, people: int, without: int) -> None:
        nobody = "nobody is enrolled, so the door opens for nobody: facedoor enroll"
        self._board.report("nobody_enrolled", None if people or without else nobody)
        sentence = (
            f"{without} of {people + without} people were enrolled for another network than this "
            "pack's, so the door opens for none of them: facedoor check says for whom, and how to "
            "mend it"
        )
        self._board.report("other_network", sentence if without else None)
        limit = self._risk.limit(people)
        unknown = f"{limit}: build one with a recipe that names a calibration"
        is_unknown = limit.false_match_rate is None
        self._board.report("risk_unknown", unknown if is_unknown else None)
        if not is_unknown:
            log.log(logging.INFO if limit.is_known else logging.WARNING, "%s", limit)

    def _tell_refusals(self, photos: Mapping[str, int], stricter: Mapping[str, float]) -> None:
        joint = second.joint_of(self._second)
        found = outlook(self._manifest, self._settings, photos, stricter, joint)
        if found is not None and found.is_bad:
            self._board.report("residents_refused", str(found), figures=found.figures)
        else:
            self._board.report("residents_refused", None)
