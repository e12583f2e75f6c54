"""What is known of one visit: its looks, what they add up to, and what was decided.

Pure: times come in, nothing here knows of a tracker, a network or a queue.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

from facedoor.frames import Face, Match, Vector
from facedoor.identity.evidence import Evidence, TrackVerdict
from facedoor.identity.liveness import LivenessEvidence
from facedoor.reasons import Reason
from facedoor.vision.liveness import LivenessLook
from facedoor.wire.events import Decision

EMBED_EVERY_S = 0.05
"""Frames nearer together than this show the same moment twice, and are no new evidence."""

HURRIED_SIGHTINGS = 5
PATIENT_EVERY_S = 0.3
"""Whoever is not recognised by the first sightings gets the others at this pace, so that there is
time to come nearer and look up before the visit is refused."""

RECHECK_EVERY_S = 0.5
"""How often a decided track is embedded again, to notice that another face took its place."""

NOTICED_AFTER_S = 1.0
"""A face that was in view for less than this, and never judged, was passing by: no event."""

NOT_LOOKED = LivenessLook(None)
"""What is said of life where nobody is asked."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One view of a face that passed the quality gate, with what was read from it.

    ``embedding`` is float32 of shape (D,), of length 1; ``begun_s`` is when work on it began, on
    the process's clock, ``time_s`` the frame's own time.
    """

    face: Face
    embedding: Vector
    match: Match
    time_s: float
    begun_s: float
    liveness: LivenessLook = NOT_LOOKED


@dataclass(slots=True, eq=False)
class Visit:
    """What is known about the person behind one track."""

    evidence: Evidence
    started_s: float
    last_seen_s: float
    next_embedding_s: float = -math.inf
    first_good_s: float = math.inf
    """When work on the first good look began, on the process's clock."""
    match: Match | None = None
    sightings: int = 0
    is_upright: bool = False
    """A view of the face was seen to be the right way up; that does not change."""
    refusal: Reason | None = None
    refusals: Counter[Reason] = field(default_factory=Counter)
    decision: Decision | None = None
    liveness: LivenessEvidence = field(default_factory=lambda: LivenessEvidence(None))
    held: TrackVerdict | None = None
    """As whom the visitor is recognised while it is not certain that they are alive."""

    @property
    def pause_s(self) -> float:
        """How long the next embedding has to wait for."""
        if self.decision is not None:
            return RECHECK_EVERY_S
        return EMBED_EVERY_S if self.sightings < HURRIED_SIGHTINGS else PATIENT_EVERY_S

    @property
    def was_noticed(self) -> bool:
        return self.last_seen_s - self.started_s >= NOTICED_AFTER_S

    def gate(self, refusal: Reason | None) -> None:
        """What this frame's view of the face lacks to be judged, if anything."""
        self.refusal = refusal
        if refusal is not None:
            self.refusals[refusal] += 1

    def add(self, look: Look) -> TrackVerdict | None:
        """Judge one more look: what all of them come to, if that is certain by it."""
        self.first_good_s = min(self.first_good_s, look.begun_s)
        self.next_embedding_s = look.time_s + self.pause_s
        self.match = look.match
        if self.decision is not None:
            return None
        self.sightings += 1
        self.liveness.add(look.liveness)
        return self.evidence.add(look.match)

    def hold(self, verdict: TrackVerdict) -> None:
        """Keep a ``verdict`` that recognises somebody until more looks have settled the rest."""
        self.held = verdict
        self.evidence.hold()
