"""One look at a face, and one attempt of a visit to be let in: what its looks come to."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from facedoor.frames import Face, Match, Vector
from facedoor.identity.evidence import Evidence, TrackVerdict
from facedoor.views import View
from facedoor.vision.liveness import LivenessLook

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
    view: View | None = None
    """How well the face was to be seen."""


@dataclass(slots=True, eq=False)
class Attempt:
    """One try of a visit to be let in: its looks are nobody else's, and of no other attempt."""

    evidence: Evidence
    first_good_s: float = math.inf
    """When work on the first look began, on the process's clock."""
    looks: int = 0
    views: Counter[str] = field(default_factory=Counter)
    """What each came to: a look what it says by itself, any other view what it lacked."""
    mean: Vector | None = None
    """Of the embeddings: float32 of shape (D,), not of unit length."""
    width_px: float = 0.0
    """Of the face at the last look."""
    held: TrackVerdict | None = None
    """As whom the visitor is recognised while it is not certain that they are alive."""

    def add(self, look: Look) -> TrackVerdict | None:
        """One more look: what all of them say, if that is certain by it."""
        self.first_good_s = min(self.first_good_s, look.begun_s)
        self.looks += 1
        self.views[self.evidence.judged(look.match)] += 1
        before = look.embedding if self.mean is None else self.mean
        self.mean = before + (look.embedding - before) / np.float32(self.looks)
        self.width_px = look.face.box.width_px
        return self.evidence.add(look.match)

    def hold(self, verdict: TrackVerdict) -> None:
        """Keep a ``verdict`` that recognises somebody until more looks have settled the rest."""
        self.held = verdict
        self.evidence.hold()
