"""The way of a frame: motion gate, detector, tracker, quality, crop, embedding, search, evidence.

One frame goes in, a :class:`FrameReport` comes out. Nothing here waits for a network, a disk or
another thread, and nothing here opens a door: a decision is a value that somebody else acts on.

A frame costs little unless it has to cost more. Nothing moves and nobody is tracked: only the
motion gate runs. Somebody is tracked: a few faces are followed, and at most one of them is
embedded, whose turn it is (:mod:`facedoor.visit.turns`).

What a look adds to its visit is said in :mod:`facedoor.visit.visit`, what a visit came to in
:mod:`facedoor.visit.conclusions`.

The same looks are judged for life, and nobody is granted who is not both recognised and alive:
:mod:`facedoor.visit.liveness`.
"""

from __future__ import annotations

import math
import queue
import time
from collections.abc import Callable, Iterable
from functools import partial

from facedoor.frames import Face, Frame, Vector
from facedoor.identity.evidence import Evidence, EvidencePolicy, TrackVerdict
from facedoor.identity.liveness import LivenessEvidence
from facedoor.identity.search import Standard
from facedoor.reasons import Reason
from facedoor.vision.detector import is_among, suppress
from facedoor.vision.liveness import LivenessLook
from facedoor.vision.motion import MotionGate
from facedoor.vision.reader import BEFORE_UPRIGHT, FaceReader
from facedoor.vision.tracker import Track, Tracker
from facedoor.visit import conclusions
from facedoor.visit.asking import Asker
from facedoor.visit.attempt import NOT_LOOKED, Look
from facedoor.visit.fixtures import Fixtures
from facedoor.visit.head_turn import HeadTurn
from facedoor.visit.liveness import LivenessRule, admitted, refused
from facedoor.visit.place import Place, is_same
from facedoor.visit.report import FaceView, FrameReport, Stopwatch
from facedoor.visit.turns import MOST_FOLLOWED, Waiting, by_urgency, followed
from facedoor.visit.visit import Visit
from facedoor.wire.events import Decision

SEARCH_EVERY_S = 0.5
"""How often the whole frame is searched for further faces while one is being followed."""


class FramePath:
    """Judges frames. Belongs to one thread; only :meth:`compare_with` and :meth:`answered` may be
    called from others."""

    def __init__(
        self,
        reader: FaceReader,
        standard: Standard,
        policy: EvidencePolicy,
        same_face_distance: float,
        liveness: LivenessRule,
        clock: Callable[[], float] = time.perf_counter,
        visit_id: Callable[[], str | None] = lambda: None,
        open_at_px: Callable[[int], float] = lambda _: 0.0,
        asker: Asker | None = None,
    ) -> None:
        """``liveness`` says what a face has to show beside who it is. ``visit_id`` names a visit
        that is decided; it must not wait. ``open_at_px`` says, for frames of this width, how wide a
        face has to be to count as evidence. Without an ``asker`` nobody is asked to turn the
        head."""
        self._standard = standard
        self._reader = reader
        self._policy = policy
        self._clock = clock
        self._visit_id = visit_id
        self._motion = MotionGate()
        self._open_at_px = open_at_px
        self._liveness = liveness
        self._same_face_distance = same_face_distance
        self._tracker = Tracker(same_face_distance)
        self._fixtures = Fixtures()
        asker = asker or Asker(can_ask=False)
        self._turn = HeadTurn(reader, self._tracker, asker, policy.runner_up_margin)
        self._visits: dict[int, Visit] = {}
        self._next_search_s = -math.inf
        self._answers: queue.SimpleQueue[Decision] = queue.SimpleQueue()

    def compare_with(self, standard: Standard) -> None:
        """From the next comparison on, look in the index of ``standard``; its thresholds are for
        the visits that begin."""
        self._standard = standard  # one assignment, so that no other thread sees half of it

    def answered(self, answer: Decision) -> None:
        """What became of a decision at the door; heard at the next frame."""
        self._answers.put(answer)

    def process(self, frame: Frame) -> FrameReport:
        """Judge one frame. Frames have to come in the order of their time."""
        watch = Stopwatch(self._clock)
        self._hear(frame.time_s)
        with watch.time("motion"):
            moved = self._motion.moved(frame.lores, frame.time_s)
        faces: list[Face] = []
        if moved or self._tracker.tracks:
            with watch.time("detect"):
                faces = self._find(frame, moved)
        self._tracker.update(faces, frame.time_s)
        self._leave_out_fixtures(frame, faces)
        for track in self._tracker.tracks:
            visit = self._visit(track)
            visit.last_seen_s, visit.box = track.seen_s, track.face.box
            if track.seen_s == frame.time_s:
                visit.movement.see(frame.main, track.face.box, track.seen_s)
        self._tell_apart(frame.time_s)
        decision = self._follow_turn(frame, watch) or self._judge_one(frame, watch)
        decisions = self._concluded() + ((decision,) if decision else ())
        views, prompts = self._views(frame.time_s), self._turn.take_prompts()
        return FrameReport(moved, views, decisions, watch.ms, self._fixtures.boxes, prompts)

    def finish(self) -> tuple[Decision, ...]:
        """Conclude the visits that are still open, at the end of a source; another may follow."""
        over, self._visits = self._visits, {}
        self._motion = MotionGate()
        self._tracker.forget()
        self._fixtures.forget()
        self._turn.stop()
        self._next_search_s = -math.inf
        return self._conclusions(over.values())

    def _hear(self, time_s: float) -> None:
        """Let the visits know what the door has answered."""
        while not self._answers.empty():  # nobody else takes any
            answer = self._answers.get()
            if (visit := self._visits.get(answer.track)) is not None:
                visit.answered(answer, time_s)
            if answer.granted:
                self._somebody_came_in(time_s)

    def _somebody_came_in(self, time_s: float) -> None:
        """Whoever waited for a second person may have come in with this one."""
        for visit in self._visits.values():
            if visit.answer is Reason.SECOND_PERSON:
                visit.wait(time_s)

    def _tell_apart(self, time_s: float) -> None:
        """Whoever began beside another visit, and is still in view when that is over, is
        somebody else."""
        for visit in self._visits.values():
            kin, is_in_view = visit.kin, visit.last_seen_s == time_s
            if kin is not None and is_in_view and not self._tracker.is_known(kin.track):
                visit.is_alone(time_s)

    def _find(self, frame: Frame, moved: bool) -> list[Face]:
        """The faces in view but fixtures: those that are followed and, now and then, all."""
        fixtures = self._fixtures.visible(frame.main, frame.time_s)
        tracks = self._tracker.tracks
        urgent = by_urgency(self._waiting(tracks, frame.time_s), frame.time_s)
        if self._turn.track is not None:  # who has to be seen in every frame
            urgent.insert(0, self._turn.track)
        chosen = followed(urgent, {track.id: track.seen_s for track in tracks})
        faces = [
            face
            for track in tracks
            if track.id in chosen
            and (face := self._reader.detector.follow(frame.main, track.face.box)) is not None
        ]
        if not faces or (moved and frame.time_s >= self._next_search_s):
            self._next_search_s = frame.time_s + SEARCH_EVERY_S
            known = [*fixtures, *(face.box for face in faces)]
            faces += self._reader.detector.find(frame.main, frame.lores, known, MOST_FOLLOWED)
        return [face for face in suppress(faces) if not is_among(face.box, fixtures)]

    def _leave_out_fixtures(self, frame: Frame, faces: list[Face]) -> None:
        """End, untold, the visits of faces that turn out to be pictures on the wall."""
        fixed = self._fixtures.watch(frame.main, faces, frame.time_s)
        for track in [track for track in self._tracker.tracks if track.face in fixed]:
            self._tracker.end(track)
            self._visits.pop(track.id, None)

    def _follow_turn(self, frame: Frame, watch: Stopwatch) -> Decision | None:
        """Look at the visitor who is asked to turn the head, and decide once they have answered."""
        answered = self._turn.follow(frame, self._standard, watch)
        if answered is None:
            return None
        visit = self._visits[answered.track]
        visit.is_asked = False
        verdict = visit.attempt.held
        if verdict is None:
            return None
        if refusal := answered.state.refusal:
            verdict = refused(verdict, refusal)
        watch.ms["challenge"] = answered.lasted_ms
        return self._conclude(visit, verdict, frame.time_s, watch)

    def _ask(self, visit: Visit, time_s: float, verdict: TrackVerdict) -> bool:
        """Whether the visitor is asked to turn the head before the ``verdict`` holds."""
        visit.id = visit.id or self._visit_id()
        prompts = self._liveness.prompts(visit.liveness)
        return self._turn.ask(visit, verdict.person, prompts, time_s)

    def _judge_one(self, frame: Frame, watch: Stopwatch) -> Decision | None:
        """Look at the most urgent face that is good enough, and decide about it if that
        suffices."""
        open_at_px = self._open_at_px(frame.main.shape[1])
        for track, visit in self._due(frame.time_s):
            begun_s, visit.turn_s = self._clock(), frame.time_s
            with watch.time("crop"):
                crop = self._reader.crop(frame.main, track.face)
            with watch.time("quality"):
                refusal = self._reader.gate(
                    frame.main, track.face, crop, is_upright=visit.is_upright
                )
            visit.is_upright |= refusal not in BEFORE_UPRIGHT
            visit.gate(refusal)
            if refusal is not None:
                continue
            with watch.time("embed"):
                embedding = self._reader.embed(crop)
            owner = self._owner(track, embedding)
            if owner is None:
                return None
            with watch.time("search"):
                match = self._standard.index.match(embedding)
            visit, face = self._visit(owner), owner.face
            visit.turn_s = frame.time_s
            if face.box.width_px < open_at_px:
                visit.glance(Look(face, embedding, match, frame.time_s, begun_s))
                return None
            alive = self._look_for_life(frame, face, watch)
            look = Look(face, embedding, match, frame.time_s, begun_s, alive)
            return self._judge(visit, look, watch)
        return None

    def _due(self, time_s: float) -> list[tuple[Track, Visit]]:
        """The faces in view that are to be looked at in this frame, the most urgent first."""
        seen = {track.id: track for track in self._tracker.tracks if track.seen_s == time_s}
        urgent = by_urgency(self._waiting(seen.values(), time_s), time_s)
        return [(seen[track_id], self._visits[track_id]) for track_id in urgent]

    def _waiting(self, tracks: Iterable[Track], time_s: float) -> list[Waiting]:
        """Those of ``tracks`` that may be looked at now, each as its visit stands."""
        visits = [(track, self._visit(track)) for track in tracks]
        return [
            Waiting(track.id, visit.standing, visit.turn_s, track.face.box.width_px)
            for track, visit in visits
            if track.id != self._turn.track and visit.next_embedding_s <= time_s
        ]

    def _owner(self, track: Track, embedding: Vector) -> Track | None:
        """The track to which this look at the face of ``track`` belongs, if that is certain."""
        owner = self._tracker.confirm(track, embedding)
        if owner is not None and not self._tracker.is_known(track.id):
            del self._visits[track.id]  # it turned out to be an earlier visit going on
        return owner

    def _look_for_life(self, frame: Frame, face: Face, watch: Stopwatch) -> LivenessLook:
        """What the pack's liveness networks say of this view, where they are asked."""
        if self._reader.liveness is None or not self._liveness.is_on:
            return NOT_LOOKED
        with watch.time("liveness"):
            return self._reader.liveness.look(frame.main, face)

    def _judge(self, visit: Visit, look: Look, watch: Stopwatch) -> Decision | None:
        """Add a ``look`` to the visit that it belongs to, and decide if that suffices."""
        with watch.time("evidence"):
            verdict = visit.add(look)
            if conclusions.has_joined(visit, verdict, self._visits.values()):
                return None
            ask = partial(self._ask, visit, look.time_s)
            verdict = admitted(verdict, visit, self._liveness, ask)
        return None if verdict is None else self._conclude(visit, verdict, look.time_s, watch)

    def _conclude(
        self, visit: Visit, verdict: TrackVerdict, time_s: float, watch: Stopwatch
    ) -> Decision | None:
        """What somebody in view is answered, who has come to this ``verdict``."""
        waited_ms = (self._clock() - visit.attempt.first_good_s) * 1000
        latency_ms = watch.ms | {"total": waited_ms}
        return conclusions.conclude(visit, verdict, time_s, self._visit_id, latency_ms)

    def _visit(self, track: Track) -> Visit:
        visit = self._visits.get(track.id)
        if visit is None:
            kin = None if track.beside is None else self._visits.get(track.beside)
            kin = kin.kin or kin if kin is not None else None
            visit = Visit(track.id, self._evidence, self._same_face_distance, track.seen_s, kin)
            visit.liveness = LivenessEvidence(self._liveness.policy)
            visit.place = self._place(track) or visit.place
            self._visits[track.id] = visit
        return visit

    def _place(self, track: Track) -> Place | None:
        """That of the visit which one that begins on ``track`` follows without a gap, if any."""
        before = (
            visit.place
            for visit in reversed(self._visits.values())
            if visit.box is not None
            and is_same(visit.box, visit.last_seen_s, track.face.box, track.seen_s)
        )
        return next(before, None)

    def _evidence(self) -> Evidence:
        standard = self._standard
        return Evidence(standard.threshold, self._policy, standard.stricter)

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
        return self._conclusions(self._visits.pop(track_id) for track_id in gone)

    def _conclusions(self, visits: Iterable[Visit]) -> tuple[Decision, ...]:
        return tuple(
            conclusions.decided(visit, conclusions.ended(visit), self._visit_id, {})
            for visit in visits
            if conclusions.is_worth_an_answer(visit)
        )
