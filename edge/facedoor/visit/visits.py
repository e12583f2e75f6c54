"""The visits that are under way: one for each track, from the first sighting until it is over.

Pure, as the visit is: what one visit means for another is said here, never by a clock or a network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from facedoor.frames import Frame
from facedoor.identity.evidence import Evidence
from facedoor.identity.liveness import LivenessEvidence, LivenessPolicy
from facedoor.reasons import Reason
from facedoor.vision.tracker import Track, Tracker
from facedoor.visit.place import Place, is_same
from facedoor.visit.visit import Visit
from facedoor.wire.decisions import Decision


class Visits:
    """Those of a tracker's tracks. Belongs to one thread; times are the frames' ``time_s``."""

    def __init__(
        self,
        tracker: Tracker,
        new_evidence: Callable[[], Evidence],
        same_face_distance: float,
        liveness: LivenessPolicy | None,
    ) -> None:
        """What visits begin with: see :class:`facedoor.visit.visit.Visit`."""
        self._tracker = tracker
        self._new_evidence = new_evidence
        self._same_face_distance = same_face_distance
        self._liveness = liveness
        self._under_way: dict[int, Visit] = {}

    def __iter__(self) -> Iterator[Visit]:
        return iter(self._under_way.values())

    def __getitem__(self, track: int) -> Visit:
        return self._under_way[track]

    def of(self, track: Track) -> Visit:
        """The visit of ``track``, which begins if there is none."""
        visit = self._under_way.get(track.id)
        if visit is None:
            kin = None if track.beside is None else self._under_way.get(track.beside)
            kin = kin.kin or kin if kin is not None else None
            visit = Visit(track.id, self._new_evidence, self._same_face_distance, track.seen_s, kin)
            visit.liveness = LivenessEvidence(self._liveness)
            visit.place = self._place(track) or visit.place
            self._under_way[track.id] = visit
        return visit

    def see(self, frame: Frame) -> None:
        """Let each visit know where its face is in ``frame``, to which the tracks were taken."""
        for track in self._tracker.tracks:
            visit = self.of(track)
            visit.last_seen_s, visit.box = track.seen_s, track.face.box
            if track.seen_s == frame.time_s:
                visit.movement.see(frame.main, track.face.box, track.seen_s)
        self._tell_apart(frame.time_s)

    def answered(self, answer: Decision, time_s: float) -> None:
        """What became of a decision at the door."""
        visit = self._under_way.get(answer.track)
        if visit is not None:
            visit.answered(answer, time_s)
        if answer.granted:
            self._somebody_came_in(time_s)

    def drop(self, track: int) -> None:
        """The face of this track is nobody's visit, or an earlier one going on."""
        self._under_way.pop(track, None)

    def take_ended(self) -> list[Visit]:
        """Those whose faces have left for good; they are under way no longer."""
        over = [track for track in self._under_way if not self._tracker.is_known(track)]
        return [self._under_way.pop(track) for track in over]

    def take_all(self) -> list[Visit]:
        """All; none is under way any longer."""
        visits, self._under_way = list(self), {}
        return visits

    def _somebody_came_in(self, time_s: float) -> None:
        """Whoever waited for a second person may have come in with this one."""
        for visit in self:
            if visit.answer is Reason.SECOND_PERSON:
                visit.wait(time_s)

    def _tell_apart(self, time_s: float) -> None:
        """Whoever began beside another visit, and is still in view when that is over, is
        somebody else."""
        for visit in self:
            kin, is_in_view = visit.kin, visit.last_seen_s == time_s
            if kin is not None and is_in_view and not self._tracker.is_known(kin.track):
                visit.is_alone(time_s)

    def _place(self, track: Track) -> Place | None:
        """That of the visit which one that begins on ``track`` follows without a gap, if any."""
        before = (
            visit.place
            for visit in reversed(self._under_way.values())
            if visit.box is not None
            and is_same(visit.box, visit.last_seen_s, track.face.box, track.seen_s)
        )
        return next(before, None)
