"""The way of a frame: motion gate, detector, tracker, quality, crop, embedding, search, evidence.

One frame goes in, a :class:`FrameReport` comes out. Nothing here waits for a network, a disk or
another thread, and nothing here opens a door: a decision is a value that somebody else acts on.

A frame costs little unless it has to cost more. Nothing moves and nobody is tracked: only the
motion gate runs. Somebody is tracked: each face is followed, and at most one of them is embedded,
the largest that still waits for a decision.

What a look adds to its visit is said in :mod:`facedoor.visit.visit`, what a visit came to in
:mod:`facedoor.visit.conclusions`.

The same looks are judged for life, and nobody is granted who is not both recognised and alive:
:mod:`facedoor.visit.liveness`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping

from facedoor.frames import Face, Frame, Image
from facedoor.identity.evidence import Evidence, EvidencePolicy, TrackVerdict
from facedoor.identity.liveness import LivenessEvidence
from facedoor.identity.search import Standard
from facedoor.reasons import Reason
from facedoor.vision import quality, upright
from facedoor.vision.detector import suppress
from facedoor.vision.liveness import LivenessLook
from facedoor.vision.motion import MotionGate
from facedoor.vision.reader import FaceReader
from facedoor.vision.tracker import Track, Tracker
from facedoor.visit import conclusions
from facedoor.visit.liveness import NO_RULE, LivenessRule, admitted
from facedoor.visit.report import FaceView, FrameReport, Stopwatch
from facedoor.visit.visit import NOT_LOOKED, Look, Visit
from facedoor.wire.events import Decision

SEARCH_EVERY_S = 0.5
"""How often the whole frame is searched for further faces while one is being followed."""


class FramePath:
    """Judges frames. Belongs to one thread; only :meth:`compare_with` may be called from others."""

    def __init__(
        self,
        reader: FaceReader,
        standard: Standard,
        policy: EvidencePolicy,
        same_face_distance: float,
        clock: Callable[[], float] = time.perf_counter,
        visit_id: Callable[[], str | None] = lambda: None,
        liveness: LivenessRule = NO_RULE,
    ) -> None:
        """``visit_id`` names a visit that is decided; it must not wait. ``liveness`` says what a
        face has to show beside who it is."""
        self._standard = standard
        self._reader = reader
        self._policy = policy
        self._clock = clock
        self._visit_id = visit_id
        self._liveness = liveness
        self._motion = MotionGate()
        self._tracker = Tracker(same_face_distance)
        self._visits: dict[int, Visit] = {}
        self._next_search_s = -math.inf

    def compare_with(self, standard: Standard) -> None:
        """From the next comparison on, look in the index of ``standard``; its thresholds are for
        the visits that begin."""
        self._standard = standard  # one assignment, so that no other thread sees half of it

    def process(self, frame: Frame) -> FrameReport:
        """Judge one frame. Frames have to come in the order of their time."""
        watch = Stopwatch(self._clock)
        with watch.time("motion"):
            moved = self._motion.moved(frame.lores, frame.time_s)
        faces: list[Face] = []
        if moved or self._tracker.tracks:
            with watch.time("detect"):
                faces = self._find(frame, moved)
        self._tracker.update(faces, frame.time_s)
        for track in self._tracker.tracks:
            self._visit(track).last_seen_s = track.seen_s
        decision = self._judge_one(frame, watch)
        decisions = self._concluded() + ((decision,) if decision else ())
        return FrameReport(moved, self._views(frame.time_s), decisions, watch.ms)

    def finish(self) -> tuple[Decision, ...]:
        """Conclude the visits that are still open, at the end of a source; another may follow."""
        over, self._visits = self._visits, {}
        self._motion = MotionGate()
        self._tracker.forget()
        self._next_search_s = -math.inf
        return self._conclusions(over.items())

    def _find(self, frame: Frame, moved: bool) -> list[Face]:
        followed = [
            face
            for track in self._tracker.tracks
            if (face := self._reader.detector.follow(frame.main, track.face.box)) is not None
        ]
        if followed and (not moved or frame.time_s < self._next_search_s):
            return suppress(followed)
        self._next_search_s = frame.time_s + SEARCH_EVERY_S
        return suppress(followed + self._reader.detector.find(frame.main, frame.lores))

    def _judge_one(self, frame: Frame, watch: Stopwatch) -> Decision | None:
        """Look at the most urgent face that is good enough, and decide about it if that
        suffices."""
        for track, visit in self._due(frame.time_s):
            begun_s = self._clock()
            with watch.time("crop"):
                crop = self._reader.crop(frame.main, track.face)
            with watch.time("quality"):
                visit.gate(self._gate(frame, track.face, crop, visit))
            if visit.refusal is None:
                return self._look(frame, track, crop, begun_s, watch)
        return None

    def _due(self, time_s: float) -> list[tuple[Track, Visit]]:
        """The faces in view that are to be looked at in this frame, the most urgent first."""
        due = [
            (track, visit)
            for track in self._tracker.tracks
            if track.seen_s == time_s and (visit := self._visit(track)).next_embedding_s <= time_s
        ]
        return sorted(
            due, key=lambda pair: (pair[1].decision is not None, -pair[0].face.box.width_px)
        )

    def _gate(self, frame: Frame, face: Face, crop: Image, visit: Visit) -> Reason | None:
        """Why this view of a face says nothing, if it does not."""
        if face.box.width_px < quality.MIN_FACE_PX:
            return Reason.TOO_FAR
        if not visit.is_upright:
            if upright.is_upside_down(self._reader.detector, frame.main, face):
                return Reason.UPSIDE_DOWN
            visit.is_upright = True
        return quality.assess(face, crop, frame.main)

    def _look(
        self, frame: Frame, track: Track, crop: Image, begun_s: float, watch: Stopwatch
    ) -> Decision | None:
        """Read what a view that passed the gate shows, and add it to its visit."""
        with watch.time("embed"):
            embedding = self._reader.embed(crop)
        confirmed = self._tracker.confirm(track, embedding)
        if confirmed is None:
            return None
        if not self._tracker.is_known(track.id):
            del self._visits[track.id]  # it turned out to be an earlier visit going on
        visit = self._visit(confirmed)
        with watch.time("search"):
            match = self._standard.index.match(embedding)
        alive = self._look_for_life(frame, confirmed.face, watch)
        look = Look(confirmed.face, embedding, match, frame.time_s, begun_s, alive)
        with watch.time("evidence"):
            verdict = admitted(visit.add(look), visit, self._liveness)
        return None if verdict is None else self._decide(confirmed.id, visit, verdict, watch)

    def _look_for_life(self, frame: Frame, face: Face, watch: Stopwatch) -> LivenessLook:
        """What the pack's liveness networks say of this view, where they are asked."""
        if self._reader.liveness is None or not self._liveness.is_on:
            return NOT_LOOKED
        with watch.time("liveness"):
            return self._reader.liveness.look(frame.main, face)

    def _decide(
        self, track_id: int, visit: Visit, verdict: TrackVerdict, watch: Stopwatch
    ) -> Decision:
        """The one place where a verdict about somebody in view becomes a decision."""
        waited_ms = (self._clock() - visit.first_good_s) * 1000
        visit.decision = self._decision(track_id, visit, verdict, watch.ms | {"total": waited_ms})
        return visit.decision

    def _decision(
        self, track_id: int, visit: Visit, verdict: TrackVerdict, latency_ms: Mapping[str, float]
    ) -> Decision:
        return conclusions.decided(track_id, visit, verdict, self._visit_id(), latency_ms)

    def _visit(self, track: Track) -> Visit:
        visit = self._visits.get(track.id)
        if visit is None:
            standard = self._standard
            evidence = Evidence(standard.threshold, self._policy, standard.stricter)
            visit = Visit(evidence, track.seen_s, track.seen_s)
            visit.liveness = LivenessEvidence(self._liveness.policy)
            self._visits[track.id] = visit
        return visit

    def _views(self, time_s: float) -> tuple[FaceView, ...]:
        return tuple(
            FaceView(
                *(track.id, track.face, visit.match, visit.refusal, visit.decision),
                liveness=visit.liveness.score,
            )
            for track in self._tracker.tracks
            if track.seen_s == time_s and (visit := self._visit(track))
        )

    def _concluded(self) -> tuple[Decision, ...]:
        """Decisions about those who left before there was enough to decide on."""
        gone = [track_id for track_id in self._visits if not self._tracker.is_known(track_id)]
        return self._conclusions((track_id, self._visits.pop(track_id)) for track_id in gone)

    def _conclusions(self, visits: Iterable[tuple[int, Visit]]) -> tuple[Decision, ...]:
        return tuple(
            self._decision(track_id, visit, conclusions.ended(visit), {})
            for track_id, visit in visits
            if conclusions.is_worth_an_answer(visit)
        )
