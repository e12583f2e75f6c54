"""The faces in view: whether anything moves, where faces are, and on which track each of them is.

Nothing moves and nobody is tracked: only the motion gate runs. Else a few faces are followed, and
now and then the frame is searched for further ones, when and where :mod:`facedoor.visit.searching`
says. Pictures on the wall are left out of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from facedoor.frames import Box, Face, Frame
from facedoor.vision.detector import Detector, is_among, suppress
from facedoor.vision.motion import MotionGate
from facedoor.vision.tracker import Track, Tracker
from facedoor.visit.fixtures import Fixtures
from facedoor.visit.report import Stopwatch
from facedoor.visit.searching import SearchPlan
from facedoor.visit.turns import MOST_FOLLOWED, followed


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a frame did to the tracks, beside moving them on."""

    moved: bool
    """Whether anything did."""
    ended: tuple[Track, ...] = ()
    """Those of faces that turned out to be pictures on the wall."""


class FacesInView:
    """Keeps the tracks of a tracker to the faces that frames show. Belongs to one thread."""

    def __init__(self, detector: Detector, tracker: Tracker) -> None:
        self._detector = detector
        self._tracker = tracker
        self._motion = MotionGate()
        self._fixtures = Fixtures()
        self._plan = SearchPlan()

    @property
    def fixtures(self) -> tuple[Box, ...]:
        """Where in the frame pictures on the wall are, in pixels, also those that are hidden."""
        return self._fixtures.boxes

    def see(self, frame: Frame, urgent: Sequence[int], watch: Stopwatch) -> Sighting:
        """Take the tracks on to ``frame``. ``urgent`` names them, the most urgent first."""
        with watch.time("motion"):
            moved = self._motion.moved(frame.lores, frame.time_s)
        faces: list[Face] = []
        seen_s = {track.id: track.seen_s for track in self._tracker.tracks}
        chosen = followed(urgent, seen_s)
        if moved or self._tracker.tracks:
            with watch.time("detect"):
                faces = self._find(frame, chosen, moved)
        self._tracker.update(faces, frame.time_s, chosen)
        fixed = self._fixtures.watch(frame.main, faces, frame.time_s)
        ended = tuple(track for track in self._tracker.tracks if track.face in fixed)
        for track in ended:
            self._tracker.end(track)
        return Sighting(moved, ended)

    def forget(self) -> None:
        """Another source follows: all tracks end, and nothing is where it was."""
        self._motion = MotionGate()
        self._tracker.forget()
        self._fixtures.forget()
        self._plan = SearchPlan()

    def _find(self, frame: Frame, chosen: Collection[int], moved: bool) -> list[Face]:
        """The faces in view but fixtures: those of the ``chosen`` tracks and, now and then, all."""
        fixtures = self._fixtures.visible(frame.main, frame.time_s)
        faces = [
            face
            for track in self._tracker.tracks
            if track.id in chosen
            and (face := self._detector.follow(frame.main, track.face.box)) is not None
        ]
        if moved or not faces:
            known = [*fixtures, *(face.box for face in faces)]
            faces += self._search(frame, known, is_following=bool(faces))
        return [face for face in suppress(faces) if not is_among(face.box, fixtures)]

    def _search(self, frame: Frame, known: Sequence[Box], *, is_following: bool) -> list[Face]:
        """The faces that a search of ``frame`` finds beside those that are ``known``, if it is time
        for one."""
        height_px, width_px = frame.lores.shape[:2]
        moving, size_px = self._motion.region, (width_px, height_px)
        search = self._plan.next(frame.time_s, moving, size_px, is_following=is_following)
        if search is None:
            return []
        if search.is_whole:
            return self._detector.find(frame.main, frame.lores, known, MOST_FOLLOWED)
        return self._detector.find_within(
            *(frame.main, frame.lores, search.centre, search.side_px, known, MOST_FOLLOWED)
        )
