"""The way of a frame: motion gate, detector, tracker, quality, crop, embedding, search, evidence.

One frame goes in, a :class:`FrameReport` comes out. Nothing here waits for a network, a disk or
another thread, and nothing here opens a door: a decision is a value that somebody else acts on.

A frame costs little unless it has to cost more. Which faces are in view says
:mod:`facedoor.visit.in_view`; at most one of them is embedded, whose turn it is
(:mod:`facedoor.visit.turns`).

What a look adds to its visit is said in :mod:`facedoor.visit.visit`, what visits are to one another
in :mod:`facedoor.visit.visits`, what a visit came to in :mod:`facedoor.visit.conclusions`.

The same looks are judged for life, and nobody is granted who is not both recognised and alive:
:mod:`facedoor.visit.liveness`.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterable
from functools import partial

from facedoor.frames import Face, Frame, Vector
from facedoor.identity.evidence import Evidence, EvidencePolicy, TrackVerdict
from facedoor.identity.search import Standard
from facedoor.views import View
from facedoor.vision.liveness import LivenessLook
from facedoor.vision.reader import BEFORE_UPRIGHT, FaceReader
from facedoor.vision.tracker import Track, Tracker
from facedoor.visit import conclusions
from facedoor.visit.asking import Asker
from facedoor.visit.attempt import NOT_LOOKED, Look
from facedoor.visit.head_turn import HeadTurn
from facedoor.visit.in_view import FacesInView
from facedoor.visit.liveness import LivenessRule, admitted, refused
from facedoor.visit.portrait import Portrait
from facedoor.visit.report import FaceView, FrameReport, Stopwatch
from facedoor.visit.turns import Waiting, by_urgency
from facedoor.visit.visit import Visit
from facedoor.visit.visits import Visits
from facedoor.wire.decisions import Decision


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
        keep: Callable[[str, Portrait], None] | None = None,
    ) -> None:
        """``liveness`` says what a face has to show beside who it is. ``visit_id`` names a visit
        that is decided; it must not wait. ``open_at_px`` says, for frames of this width, how wide a
        face has to be to count as evidence. Without an ``asker`` nobody is asked to turn the
        head. ``keep`` takes the best portrait of a visit, by its id, before its decision is told,
        and a better one when the visit is over; it must not wait. Without it none is cut out."""
        self._standard = standard
        self._reader = reader
        self._policy = policy
        self._clock = clock
        self._visit_id = visit_id
        self._open_at_px = open_at_px
        self._liveness = liveness
        self._keep = keep
        self._tracker = Tracker(same_face_distance)
        self._faces = FacesInView(reader.detector, self._tracker)
        self._visits = Visits(self._tracker, self._evidence, same_face_distance, liveness.policy)
        asker = asker or Asker(can_ask=False)
        self._turn = HeadTurn(reader, self._tracker, asker, policy.runner_up_margin)
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
        while not self._answers.empty():  # nobody else takes any
            self._visits.answered(self._answers.get(), frame.time_s)
        sighting = self._faces.see(frame, self._urgent(frame.time_s), watch)
        for track in sighting.ended:
            self._visits.drop(track.id)  # untold: it was no visit
        self._visits.see(frame)
        decision = self._follow_turn(frame, watch) or self._judge_one(frame, watch)
        if decision is not None:
            self._hand_over(self._visits[decision.track])
        left = self._conclusions(self._visits.take_ended())
        return FrameReport(
            moved=sighting.moved,
            faces=self._views(frame.time_s),
            decisions=left + ((decision,) if decision else ()),
            latency_ms=watch.ms,
            fixtures=self._faces.fixtures,
            prompts=self._turn.take_prompts(),
        )

    def finish(self) -> tuple[Decision, ...]:
        """Conclude the visits that are still open, at the end of a source; another may follow."""
        self._faces.forget()
        self._turn.stop()
        return self._conclusions(self._visits.take_all())

    def _urgent(self, time_s: float) -> list[int]:
        """The tracks, the most urgent first: before all, whoever has to be seen in every frame."""
        urgent = by_urgency(self._waiting(self._tracker.tracks, time_s), time_s)
        return urgent if self._turn.track is None else [self._turn.track, *urgent]

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
        else:
            visit.passed_turn(verdict.person, frame.time_s)
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
            reading = self._reader.view(
                frame.main, track.face, is_upright=visit.is_upright, stage=watch.time
            )
            visit.is_upright |= reading.refusal not in BEFORE_UPRIGHT
            visit.gate(reading.refusal, reading.view)
            embedding = reading.embedding
            if embedding is None:
                self._portray(visit, frame, track.face, reading.view)
                continue
            owner = self._owner(track, embedding)
            if owner is None:
                return None
            with watch.time("search"):
                match = self._standard.index.match(
                    embedding, self._reader.ask(frame.main, owner.face)
                )
            visit, face = self._visits.of(owner), owner.face
            visit.turn_s = frame.time_s
            if face.box.width_px < open_at_px:
                visit.glance(Look(face, embedding, match, frame.time_s, begun_s, view=reading.view))
                self._portray(visit, frame, face, reading.view)
                return None
            alive = self._look_for_life(frame, face, watch)
            look = Look(face, embedding, match, frame.time_s, begun_s, alive, reading.view)
            decision = self._judge(visit, look, watch)
            self._portray(visit, frame, face, reading.view)
            return decision
        return None

    def _portray(self, visit: Visit, frame: Frame, face: Face, view: View | None) -> None:
        """Keep what ``frame`` shows of ``face`` if its ``view`` is the visit's best by now."""
        if self._keep is not None and view is not None and visit.best.view is view:
            visit.best.portray(frame.main, face.box)

    def _hand_over(self, visit: Visit) -> None:
        """Let whoever keeps pictures have the best portrait of a visit that was decided."""
        if self._keep is not None and visit.id is not None:
            portrait = visit.best.take_portrait()
            if portrait is not None:
                self._keep(visit.id, portrait)

    def _due(self, time_s: float) -> list[tuple[Track, Visit]]:
        """The faces in view that are to be looked at in this frame, the most urgent first."""
        seen = {track.id: track for track in self._tracker.tracks if track.seen_s == time_s}
        urgent = by_urgency(self._waiting(seen.values(), time_s), time_s)
        return [(seen[track_id], self._visits[track_id]) for track_id in urgent]

    def _waiting(self, tracks: Iterable[Track], time_s: float) -> list[Waiting]:
        """Those of ``tracks`` that may be looked at now, each as its visit stands."""
        visits = [(track, self._visits.of(track)) for track in tracks]
        return [
            Waiting(track.id, visit.standing, visit.turn_s, track.face.box.width_px)
            for track, visit in visits
            if track.id != self._turn.track and visit.next_embedding_s <= time_s
        ]

    def _owner(self, track: Track, embedding: Vector) -> Track | None:
        """The track to which this look at the face of ``track`` belongs, if that is certain."""
        owner = self._tracker.confirm(track, embedding)
        if owner is not None and not self._tracker.is_known(track.id):
            self._visits.drop(track.id)  # it turned out to be an earlier visit going on
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
            if conclusions.has_joined(visit, verdict, self._visits):
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
            if track.seen_s == time_s and (visit := self._visits.of(track))
        )

    def _conclusions(self, visits: Iterable[Visit]) -> tuple[Decision, ...]:
        decisions = []
        for visit in visits:
            if conclusions.is_worth_an_answer(visit):
                verdict = conclusions.ended(visit)
                decisions.append(conclusions.decided(visit, verdict, self._visit_id, {}))
            self._hand_over(visit)
        return tuple(decisions)
