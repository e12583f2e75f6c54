"""A head turn in the frames: what each look at whoever is asked says to the challenge.

While somebody is asked, they are looked at in every frame. That costs landmarks, which are there
anyway; embedded are only looks that are turned far enough, and now and then a frontal one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from facedoor.frames import Face, Frame, Image, Vector
from facedoor.identity.evidence import judge
from facedoor.identity.search import Standard
from facedoor.reasons import Reason
from facedoor.vision import flatness, pose
from facedoor.vision.reader import FaceReader
from facedoor.vision.tracker import Track, Tracker
from facedoor.visit.asking import Asker
from facedoor.visit.challenge import FRONTAL_DEG, ChallengeState
from facedoor.visit.report import Stopwatch
from facedoor.visit.visit import Visit
from facedoor.wire.prompts import Prompt

FRONTAL_EVERY_S = 0.5
"""How often a frontal look is compared and kept, for the turned one to be held against: it has to
be the person's as well, or somebody else's face would make a turned photo seem to have depth."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A challenge is over: how, of whom, and how long it took."""

    track: int
    state: ChallengeState
    lasted_ms: float


class HeadTurn:
    """Asks, and watches whoever is asked. Belongs to the frame path."""

    def __init__(
        self, reader: FaceReader, tracker: Tracker, asker: Asker, runner_up_margin: float
    ) -> None:
        self._reader = reader
        self._tracker = tracker
        self._asker = asker
        self._margin = runner_up_margin
        self._frontal: Image | None = None
        """Of a frontal look of the person who is asked; see :mod:`facedoor.vision.flatness`."""
        self._frontal_s = -math.inf

    @property
    def track(self) -> int | None:
        """The track of whoever is asked now."""
        return self._asker.track

    def ask(self, visit: Visit, person: str | None, prompts: int, time_s: float) -> bool:
        """Whether the visitor, who was recognised as ``person``, is asked now, or as soon as
        somebody else has answered."""
        if not self._asker.may_ask(prompts, visit.challenges, time_s):
            return False
        if self._asker.begin(visit.track, person, prompts, time_s, visit.id):
            self._frontal, self._frontal_s = None, -math.inf
            visit.challenges += 1
            visit.is_asked = True
        return True

    def follow(self, frame: Frame, standard: Standard, watch: Stopwatch) -> Answered | None:
        """Look at whoever is asked; what they have answered, once they have.

        Whoever has left is asked nothing any more. A face that turns out to be another's fails.
        """
        track_id = self._asker.track
        if track_id is None:
            return None
        if not self._tracker.is_known(track_id):
            self._asker.stop()
            return None
        in_view = [track for track in self._tracker.tracks if track.seen_s == frame.time_s]
        track = next((track for track in in_view if track.id == track_id), None)
        if track is None:
            state = self._asker.tick(frame.time_s)
        else:
            state = self._look(frame, track, standard, watch)
        if state is None or not state.is_over:
            return None
        answered = Answered(track_id, state, self._asker.lasted_ms(frame.time_s))
        self._asker.stop()
        return answered

    def stop(self) -> None:
        """Ask nobody any more."""
        self._asker.stop()

    def take_prompts(self) -> tuple[Prompt, ...]:
        """What is to be told since the last time."""
        return self._asker.take_prompts()

    def _look(
        self, frame: Frame, track: Track, standard: Standard, watch: Stopwatch
    ) -> ChallengeState | None:
        yaw_deg = pose.yaw_deg(track.face)
        is_frontal = abs(yaw_deg) < FRONTAL_DEG
        is_due = is_frontal and frame.time_s - self._frontal_s >= FRONTAL_EVERY_S
        recognised = False
        if is_due or self._asker.wants_recognition(yaw_deg):
            # Whoever is asked was recognised, so upright.
            embedding = self._reader.view(
                frame.main, track.face, is_upright=True, stage=watch.time
            ).embedding
            if embedding is not None:
                owner = self._tracker.confirm(track, embedding)
                if owner is not None and owner is not track:
                    return ChallengeState.FAILED
                recognised = owner is track and self._is_person(
                    frame, track, embedding, standard, watch
                )
        if recognised:
            with watch.time("flatness"):
                if is_frontal:
                    self._frontal = flatness.patch(frame.main, track.face)
                    self._frontal_s = frame.time_s
                else:
                    recognised = self._has_depth(frame, track.face)
        return self._asker.look(frame.time_s, yaw_deg, recognised)

    def _is_person(
        self, frame: Frame, track: Track, embedding: Vector, standard: Standard, watch: Stopwatch
    ) -> bool:
        """Whether it is the person who is asked."""
        with watch.time("search"):
            match = standard.index.match(embedding, self._reader.ask(frame.main, track.face))
        threshold = standard.threshold_of(match.person)
        judged = judge(match, threshold, self._margin)
        return judged is Reason.RECOGNISED and match.person == self._asker.person

    def _has_depth(self, frame: Frame, face: Face) -> bool:
        """Whether the turned face is more than the frontal one seen aslant."""
        if self._frontal is None:
            return False
        return not flatness.is_flat(self._frontal, flatness.patch(frame.main, face))
