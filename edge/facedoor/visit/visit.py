"""What is known of one visit: its attempts, what was decided, and what the door answered.

A visit is refused once and may yet be let in: after a pause, or as soon as it looks different, a
new attempt begins, with evidence of its own. What bounds the chance that this gives to a stranger
stands in docs/access.md.

Pure, but for the wall clock, by which a visit has its beginning: other times come in, nothing here
knows of a tracker, a network or a queue.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping

import numpy as np

from facedoor.access.second_factor import FACTOR_WITHIN_S
from facedoor.frames import Box, Match
from facedoor.identity.evidence import Evidence, TrackVerdict
from facedoor.identity.liveness import LivenessEvidence
from facedoor.reasons import Reason
from facedoor.times import utc_now
from facedoor.views import View
from facedoor.visit.attempt import Attempt, Look
from facedoor.visit.best_view import BestView
from facedoor.visit.movement import Movement
from facedoor.visit.place import Place
from facedoor.visit.turns import Standing
from facedoor.wire.decisions import Decision

EMBED_EVERY_S = 0.05
"""Frames nearer together than this show the same moment twice, and are no new evidence."""

HURRIED_LOOKS = 5
PATIENT_EVERY_S = 0.3
"""Whoever is not recognised by the first looks gets the others at this pace, so that there is time
to look up before the attempt is refused."""

RECHECK_EVERY_S = 0.5
"""How often somebody who waits or is let in is embedded, to notice another face, or another look
of the same."""

NOTICED_AFTER_S = 1.0
"""A face that was in view for less than this, and never judged, was passing by: no event."""

AGAIN_AFTER_S = 4.0
"""How long after the first refusal the next attempt begins by itself; after each further one it
takes twice as long as the last time."""

PATIENT_ATTEMPTS = 4
"""So many of a visit's attempts begin by themselves: one fewer than lock the door by default, so
that nobody does so by just standing there."""

MOST_ATTEMPTS = 8
"""So many attempts that are refused has a visit, however often it looks different."""

LEAST_PAUSE_S = 1.0
"""However different somebody looks, they have moved until then."""

NEARER = 4 / 3
"""A face that is wider by this than at its refusal is seen better."""

LOOKS_DIFFERENT = 0.65
"""A look this far from the mean of the refused ones, as a share of the distance within which two
looks are one face, shows something new. Of people who move their heads 8 % of looks are so far from
those of the two seconds before (256 looks of five clips); of sunglasses and masks drawn on 107
photos of LFW, 95 % are when they come off."""

APART_LOOKS = 3
"""So many looks at a face, while the one beside it is seen well, make them two people's."""

SEEN_WELL_S = 1.0
"""How long a good look at a face says that it is there."""

TURN_HOLDS_S = 15.0
"""How long a head turn that was passed says who is alive: until a door that somebody else opened
has locked again, and no longer, since whoever turned may have left a photo in their place."""

_LONGEST_PAUSE_S = 32.0
_LIGHT = frozenset({Reason.TOO_DARK, Reason.TOO_BRIGHT})
_FINAL = frozenset({Reason.NOT_LIVE})
"""What no later attempt changes: only whoever leaves the view begins anew."""

_DEFAULT_PAUSE_S = 5.0
_PAUSES_S: Mapping[Reason, float] = {
    Reason.DOOR_BUSY: 1.0,
    Reason.SECOND_FACTOR: FACTOR_WITHIN_S,
    Reason.WRONG_CODE: FACTOR_WITHIN_S,
    Reason.SECOND_PERSON: FACTOR_WITHIN_S,
}
"""When what the door answered to somebody recognised may have passed."""


class Visit:
    """What a track, with those that turned out to be the same face, has come to so far."""

    def __init__(
        self,
        track: int,
        new_evidence: Callable[[], Evidence],
        same_face_distance: float,
        time_s: float,
        kin: Visit | None = None,
    ) -> None:
        """``track`` names it while the process lives. ``new_evidence`` is called for each attempt.
        ``kin`` is a visit beside or in place of which this one began: the same, as long as identity
        does not say otherwise."""
        self.track = track
        self.id: str | None = None
        """Once it is decided: its name for good."""
        self.kin = kin
        self.started_s = self.last_seen_s = time_s
        self.began = utc_now()
        """By the wall clock, RFC 3339 UTC."""
        self.turn_s = time_s
        """When it was its turn to be looked at, or when it began."""
        self.next_embedding_s = -math.inf
        self.match: Match | None = None
        """The last comparison with the gallery."""
        self.refusal: Reason | None = None
        """Why the last view of the face said nothing, if it did not."""
        self.refusals: Counter[Reason] = Counter()
        self.best = BestView()
        """Of all attempts."""
        self.is_upright = False
        """A view of the face was seen to be the right way up; that does not change."""
        self.movement = Movement()
        self.place = Place()
        """Shared with the visits that it follows without a gap."""
        self.box: Box | None = None
        """Where the face was last."""
        self.liveness = LivenessEvidence(None)
        """Of all attempts: no new one is less of a photo than the last."""
        self.challenges = 0
        """How often the visitor was asked to turn the head."""
        self.is_asked = False
        """Whether they have not answered yet."""
        self.attempt = Attempt(new_evidence())
        """The one that is under way, or the last."""
        self.is_trying = True
        """Whether an attempt is under way."""
        self.is_let_in = False
        self.decision: Decision | None = None
        """The last one."""
        self.told: set[Reason] = set()
        """The refusals that were decided on."""
        self.answer: Reason | None = None
        """Why the door did not follow a grant."""
        self._new_evidence = new_evidence
        self._same_face_distance = same_face_distance
        self._failed = 0
        self._rested_s = -math.inf
        self._next_attempt_s = math.inf
        self._light_came = False
        self._turned: tuple[str | None, float] = None, -math.inf
        self._apart = 0
        self._seen_well_s = -math.inf
        self._box: Box | None = None

    @property
    def person(self) -> str | None:
        """Who was recognised, whatever the door said to it."""
        return self.decision.person if self.decision and self.decision.granted else None

    @property
    def is_denied(self) -> bool:
        """Whether the visit was refused for good."""
        return self.decision is not None and self.decision.reason in _FINAL

    @property
    def standing(self) -> Standing:
        """How much its waiting for a look counts."""
        if not self.is_trying:
            return Standing.DECIDED
        match = self.match
        if match is None or match.distance > self.attempt.evidence.threshold_of(match.person):
            return Standing.UNDECIDED
        return Standing.PROMISING

    @property
    def was_noticed(self) -> bool:
        return self.last_seen_s - self.started_s >= NOTICED_AFTER_S

    def gate(self, refusal: Reason | None, view: View | None = None) -> None:
        """What this frame's view of the face lacks to be judged, if anything."""
        self.refusal = refusal
        if refusal is not None:
            self.best.see(view, is_judged=False)
            self.refusals[refusal] += 1
            self.attempt.views[refusal] += 1
            self._light_came |= refusal in _LIGHT

    def add(self, look: Look) -> TrackVerdict | None:
        """Judge one more look: what those of the attempt come to, if that is certain by it."""
        self._see(look)
        if not self.is_trying and self._tries_again(look):
            self.attempt, self.is_trying = Attempt(self._new_evidence()), True
        verdict = None
        self.best.see(look.view, is_judged=True)
        if self.is_trying:
            self.liveness.add(look.liveness)
            verdict = self.attempt.add(look)
        self.next_embedding_s = look.time_s + self._pause_s
        return verdict

    def glance(self, look: Look) -> None:
        """A look at somebody who is too far away to be judged, though not to be compared."""
        self._see(look)
        self.gate(Reason.TOO_FAR, look.view)
        self.next_embedding_s = look.time_s + PATIENT_EVERY_S

    def decided(self, decision: Decision, time_s: float) -> None:
        """The attempt under way has come to this ``decision``."""
        self.decision = decision
        if decision.granted:
            self.is_trying, self._next_attempt_s = False, math.inf  # until the door answers
        else:
            self.told.add(decision.reason)
            self.rest(time_s)

    def rest(self, time_s: float) -> None:
        """The attempt under way has come to nothing; after a while there may be another."""
        self.is_trying, self._light_came = False, False
        self._failed += 1
        self._rested_s = time_s
        pause_s = min(AGAIN_AFTER_S * 2.0 ** (self._failed - 1), _LONGEST_PAUSE_S)
        is_over = self.is_denied or (self._failed >= PATIENT_ATTEMPTS and self.person is None)
        self._next_attempt_s = math.inf if is_over else time_s + pause_s

    def answered(self, answer: Decision, time_s: float) -> None:
        """What became of a grant at the door."""
        if answer.granted:
            self.is_let_in, self.is_trying = True, False
        elif answer.person == self.person is not None:
            self.answer = answer.reason
            self.wait(time_s)

    def wait(self, time_s: float) -> None:
        """Let what the door answered pass, from now on."""
        if self.answer is not None and not self.is_trying:
            self._next_attempt_s = time_s + _PAUSES_S.get(self.answer, _DEFAULT_PAUSE_S)

    def passed_turn(self, person: str | None, time_s: float) -> None:
        """Whoever is recognised as ``person`` has turned the head as they were asked."""
        self._turned = person, time_s

    def has_turned(self, person: str | None) -> bool:
        """Whether ``person`` has done so on this visit, a moment ago."""
        turned, time_s = self._turned
        return turned == person and self.last_seen_s - time_s <= TURN_HOLDS_S

    def joins(self, other: Visit) -> None:
        """Identity says that this visit is the ``other``, whose person is let in."""
        self.kin, self.id, self.decision = None, other.id, other.decision
        self.is_let_in, self.is_trying = True, False

    def is_alone(self, time_s: float) -> None:
        """The visit of which this one might be a part is over, or somebody else's."""
        self.kin = None
        if not self.is_trying and self.decision is None:
            self._next_attempt_s = time_s

    def _see(self, look: Look) -> None:
        self.match = look.match
        self._seen_well_s, self._box = look.time_s, look.face.box
        if self.kin is not None and self._is_apart_from(self.kin, look):
            self._apart += 1
            if self._apart == APART_LOOKS:
                self.is_alone(look.time_s)

    def _is_apart_from(self, kin: Visit, look: Look) -> bool:
        """True if there are two faces: one is seen well since the other came, and not inside it."""
        is_there = kin._seen_well_s > max(self.started_s, look.time_s - SEEN_WELL_S)
        return is_there and kin._box is not None and not kin._box.contains(look.face.box.centre)

    @property
    def _pause_s(self) -> float:
        """How long the next embedding has to wait for."""
        if not self.is_trying:
            return RECHECK_EVERY_S
        return EMBED_EVERY_S if self.attempt.looks < HURRIED_LOOKS else PATIENT_EVERY_S

    def _tries_again(self, look: Look) -> bool:
        if self.is_let_in or self.is_denied:
            return False
        if look.time_s >= self._next_attempt_s:
            return True
        return (
            self.person is None
            and self._failed < MOST_ATTEMPTS
            and look.time_s - self._rested_s >= LEAST_PAUSE_S
            and self._looks_different(look)
        )

    def _looks_different(self, look: Look) -> bool:
        """True if ``look`` shows what the refused ones did not."""
        if self._light_came or look.face.box.width_px >= NEARER * self.attempt.width_px:
            return True
        if self.attempt.mean is None:
            return False
        moved = float(np.linalg.norm(look.embedding - self.attempt.mean))
        return moved > LOOKS_DIFFERENT * self._same_face_distance
