"""The way of a frame: motion gate, detector, tracker, quality, crop, embedding, search, evidence.

One frame goes in, a :class:`FrameReport` comes out. Nothing here waits for a network, a disk or
another thread, and nothing here opens a door: a decision is a value that somebody else acts on.

A frame costs little unless it has to cost more. Nothing moves and nobody is tracked: only the
motion gate runs. Somebody is tracked: each face is followed, and at most one of them is embedded,
the largest that still waits for a decision.

The check for liveness will stand between crop and embedding, and its verdict will belong to the
visit; until a pack brings a model for it, a photo of an enrolled person opens the door.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from facedoor.frames import Face, Frame, Image, Match
from facedoor.identity.evidence import Evidence, EvidencePolicy, TrackVerdict
from facedoor.identity.search import Standard
from facedoor.reasons import Reason
from facedoor.times import utc_now
from facedoor.vision import quality
from facedoor.vision.detector import suppress
from facedoor.vision.motion import MotionGate
from facedoor.vision.reader import FaceReader
from facedoor.vision.tracker import Track, Tracker
from facedoor.wire.events import Decision

EMBED_EVERY_S = 0.05
"""Frames nearer together than this show the same moment twice, and are no new evidence."""

HURRIED_SIGHTINGS = 5
PATIENT_EVERY_S = 0.3
"""Whoever is not recognised by the first sightings gets the others at this pace, so that there is
time to come nearer and look up before the visit is refused."""

RECHECK_EVERY_S = 0.5
"""How often a decided track is embedded again, to notice that another face took its place."""

SEARCH_EVERY_S = 0.5
"""How often the whole frame is searched for further faces while one is being followed."""

NOTICED_AFTER_S = 1.0
"""A face that was in view for less than this, and never judged, was passing by: no event."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceView:
    """One face of the frame, as a live view shows it."""

    track: int
    face: Face
    match: Match | None
    """The last comparison with the gallery."""
    refusal: Reason | None
    """Why this frame's view of the face was not judged."""
    decision: Decision | None


@dataclass(frozen=True, slots=True, eq=False)
class FrameReport:
    """What one frame led to. ``latency_ms`` has an entry for each stage that ran."""

    moved: bool
    faces: tuple[FaceView, ...] = ()
    decisions: tuple[Decision, ...] = ()
    latency_ms: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class _Visit:
    """What is known about the person behind one track."""

    evidence: Evidence
    started_s: float
    last_seen_s: float
    next_embedding_s: float = -math.inf
    first_good_clock_s: float | None = None
    match: Match | None = None
    sightings: int = 0
    refusal: Reason | None = None
    refusals: Counter[Reason] = field(default_factory=Counter)
    decision: Decision | None = None

    @property
    def pause_s(self) -> float:
        """How long the next embedding has to wait for."""
        if self.decision is not None:
            return RECHECK_EVERY_S
        return EMBED_EVERY_S if self.sightings < HURRIED_SIGHTINGS else PATIENT_EVERY_S

    @property
    def was_noticed(self) -> bool:
        return self.last_seen_s - self.started_s >= NOTICED_AFTER_S


class _Stopwatch:
    def __init__(self, clock: Callable[[], float]) -> None:
        self.ms: dict[str, float] = {}
        self._clock = clock

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        start = self._clock()
        try:
            yield
        finally:
            self.ms[stage] = self.ms.get(stage, 0.0) + (self._clock() - start) * 1000


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
    ) -> None:
        """``visit_id`` names a visit that is decided; it must not wait."""
        self._standard = standard
        self._reader = reader
        self._policy = policy
        self._clock = clock
        self._visit_id = visit_id
        self._motion = MotionGate()
        self._tracker = Tracker(same_face_distance)
        self._visits: dict[int, _Visit] = {}
        self._next_search_s = -math.inf

    def compare_with(self, standard: Standard) -> None:
        """From the next comparison on, look in the index of ``standard``; its thresholds are for
        the visits that begin."""
        self._standard = standard  # one assignment, so that no other thread sees half of it

    def process(self, frame: Frame) -> FrameReport:
        """Judge one frame. Frames have to come in the order of their time."""
        watch = _Stopwatch(self._clock)
        with watch.time("motion"):
            moved = self._motion.moved(frame.lores, frame.time_s)
        faces: list[Face] = []
        if moved or self._tracker.tracks:
            with watch.time("detect"):
                faces = self._look(frame, moved)
        self._tracker.update(faces, frame.time_s)
        for track in self._tracker.tracks:
            self._visit(track).last_seen_s = track.seen_s
        decision = self._judge_one(frame, watch)
        decisions = self._concluded() + ((decision,) if decision else ())
        return FrameReport(moved, self._views(frame.time_s), decisions, watch.ms)

    def finish(self) -> tuple[Decision, ...]:
        """Conclude the visits that are still open, at the end of a source; another may follow."""
        ended, self._visits = self._visits, {}
        self._motion = MotionGate()
        self._tracker.forget()
        self._next_search_s = -math.inf
        return self._conclusions(ended.items())

    def _look(self, frame: Frame, moved: bool) -> list[Face]:
        followed = [
            face
            for track in self._tracker.tracks
            if (face := self._reader.detector.follow(frame.main, track.face.box)) is not None
        ]
        if followed and (not moved or frame.time_s < self._next_search_s):
            return suppress(followed)
        self._next_search_s = frame.time_s + SEARCH_EVERY_S
        return suppress(followed + self._reader.detector.find(frame.main, frame.lores))

    def _judge_one(self, frame: Frame, watch: _Stopwatch) -> Decision | None:
        """Embed the most urgent face that is good enough, and decide about it if that suffices."""
        for track, visit in self._waiting(frame.time_s):
            begun_s = self._clock()
            with watch.time("crop"):
                crop = self._reader.crop(frame.main, track.face)
            with watch.time("quality"):
                visit.refusal = quality.assess(track.face, crop, frame.main)
            if visit.refusal is not None:
                visit.refusals[visit.refusal] += 1
                continue
            return self._judge(track, crop, frame.time_s, begun_s, watch)
        return None

    def _judge(
        self, track: Track, crop: Image, time_s: float, begun_s: float, watch: _Stopwatch
    ) -> Decision | None:
        with watch.time("embed"):
            embedding = self._reader.embed(crop)
        confirmed = self._tracker.confirm(track, embedding)
        if confirmed is None:
            return None
        if not self._tracker.is_known(track.id):
            del self._visits[track.id]  # it turned out to be an earlier visit going on
        visit = self._visit(confirmed)
        if visit.first_good_clock_s is None:
            visit.first_good_clock_s = begun_s
        visit.next_embedding_s = time_s + visit.pause_s
        with watch.time("search"):
            visit.match = self._standard.index.match(embedding)
        if visit.decision is not None:
            return None
        visit.sightings += 1
        with watch.time("evidence"):
            verdict = visit.evidence.add(visit.match)
        if verdict is None:
            return None
        waited_ms = (self._clock() - visit.first_good_clock_s) * 1000
        visit.decision = self._decision(
            confirmed.id, visit, verdict, watch.ms | {"total": waited_ms}
        )
        return visit.decision

    def _decision(
        self, track_id: int, visit: _Visit, verdict: TrackVerdict, latency_ms: dict[str, float]
    ) -> Decision:
        return Decision(
            time=utc_now(),
            track=track_id,
            granted=verdict.reason is Reason.RECOGNISED,
            person=verdict.person,
            reason=verdict.reason,
            distance=verdict.distance,
            threshold=visit.evidence.threshold_of(verdict.person),
            frames=visit.sightings,
            latency_ms=latency_ms,
            plain_distance=verdict.plain_distance,
            visit=self._visit_id(),
        )

    def _visit(self, track: Track) -> _Visit:
        visit = self._visits.get(track.id)
        if visit is None:
            standard = self._standard
            evidence = Evidence(standard.threshold, self._policy, standard.stricter)
            visit = self._visits[track.id] = _Visit(evidence, track.seen_s, track.seen_s)
        return visit

    def _waiting(self, time_s: float) -> list[tuple[Track, _Visit]]:
        """The tracks in view whose next embedding is due, the most urgent first."""
        due = [
            (track, visit)
            for track in self._tracker.tracks
            if track.seen_s == time_s and (visit := self._visit(track)).next_embedding_s <= time_s
        ]
        return sorted(
            due, key=lambda pair: (pair[1].decision is not None, -pair[0].face.box.width_px)
        )

    def _views(self, time_s: float) -> tuple[FaceView, ...]:
        return tuple(
            FaceView(track.id, track.face, visit.match, visit.refusal, visit.decision)
            for track in self._tracker.tracks
            if track.seen_s == time_s and (visit := self._visit(track))
        )

    def _concluded(self) -> tuple[Decision, ...]:
        """Decisions about those who left before there was enough to decide on."""
        gone = [track_id for track_id in self._visits if not self._tracker.is_known(track_id)]
        return self._conclusions((track_id, self._visits.pop(track_id)) for track_id in gone)

    def _conclusions(self, visits: Iterable[tuple[int, _Visit]]) -> tuple[Decision, ...]:
        return tuple(
            self._decision(track_id, visit, _refused(visit), {})
            for track_id, visit in visits
            if visit.decision is None and (visit.sightings or visit.was_noticed)
        )


def _refused(visit: _Visit) -> TrackVerdict:
    """The answer to a visit that ended too early: unknown, or else what its views lacked most."""
    if visit.sightings == 0 and visit.refusals:
        reason = visit.refusals.most_common(1)[0][0]
    else:
        reason = Reason.UNKNOWN
    if visit.match is None:
        return TrackVerdict(None, reason, math.inf, visit.sightings)
    last = visit.match
    return TrackVerdict(None, reason, last.distance, visit.sightings, last.plain_distance)
