"""Stays before the door: what visits are shown, look by look, and what they lead to."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from facedoor.frames import Match, Vector
from facedoor.identity.evidence import Evidence, EvidencePolicy, TrackVerdict
from facedoor.reasons import Reason
from facedoor.visit.attempt import Look
from facedoor.visit.conclusions import conclude, has_joined
from facedoor.visit.visit import Visit
from facedoor.wire.decisions import Decision
from faces import face_at

THRESHOLD = 0.755
FRAMES_NEEDED = 3
ANN = Match("Ann", 0.5, "Ben", 1.4)
NOBODY = Match("Ann", 1.3, "Ben", 1.4)
FPS = 10


def direction(degrees: float) -> Vector:
    """A look: those of different directions look different."""
    return np.array([math.cos(math.radians(degrees)), math.sin(math.radians(degrees))], np.float32)


BARE, COVERED = direction(0), direction(50)


def evidence() -> Evidence:
    return Evidence(THRESHOLD, EvidencePolicy(0.05, FRAMES_NEEDED))


def visit_at(time_s: float, kin: Visit | None = None) -> Visit:
    return Visit(next(TRACKS), evidence, 1.0, time_s, kin)


TRACKS = itertools.count(1)


@dataclass
class Stay:
    """Somebody before the door, in one track: what they are shown as, and what they were told."""

    visit: Visit = field(default_factory=lambda: visit_at(0.0))
    others: list[Visit] = field(default_factory=list)
    time_s: float = 0.0
    decisions: list[Decision] = field(default_factory=list)
    looks: list[tuple[float, Match]] = field(default_factory=list)

    def show(
        self,
        seconds: float,
        match: Match,
        look: Vector = BARE,
        width_px: float = 200,
        x_px: float = 320,
    ) -> list[Decision]:
        """What so many seconds before the camera led to."""
        before = len(self.decisions)
        for _ in range(round(seconds * FPS)):
            self.time_s = round(self.time_s + 1 / FPS, 6)
            if self.visit.next_embedding_s > self.time_s:
                continue
            self.looks.append((self.time_s, match))
            face = face_at(x_px, width_px=width_px)
            self.visit.gate(None)
            verdict = self.visit.add(Look(face, look, match, self.time_s, self.time_s))
            if verdict is not None and not has_joined(self.visit, verdict, self.others):
                self._conclude(verdict)
        return self.decisions[before:]

    def _conclude(self, verdict: TrackVerdict) -> None:
        decision = conclude(self.visit, verdict, self.time_s, lambda: "1", {})
        if decision is not None:
            self.decisions.append(decision)

    def is_answered(self, reason: Reason | None = None) -> None:
        """The door refuses the last grant for this ``reason``, or follows it: ``None``."""
        answer = self.decisions[-1]
        if reason is not None:
            answer = replace(answer, granted=False, reason=reason)
        self.visit.answered(answer, self.time_s)


def reasons(decisions: Iterable[Decision]) -> list[tuple[Reason, bool]]:
    return [(decision.reason, decision.again) for decision in decisions]


FIRST, LATER = (Reason.UNKNOWN, False), (Reason.UNKNOWN, True)
GRANTED = (Reason.RECOGNISED, False)
