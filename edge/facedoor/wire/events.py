"""What happens at a door, as it stands in the journal and on MQTT."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from facedoor.reasons import Reason


@dataclass(frozen=True, slots=True)
class Decision:
    """The one answer that a visit gets.

    ``time`` is RFC 3339 UTC. ``person`` is set when somebody was recognised, granted or not.
    ``frames`` counts the embeddings that the decision rests on. ``latency_ms`` names the stages of
    the last of them, and ``total``: from the first good frame of the face to the decision.
    ``liveness`` stays ``None`` until a pack brings a liveness model. ``distance`` and
    ``plain_distance`` are as in :class:`facedoor.frames.Match`.
    """

    time: str
    track: int
    granted: bool
    person: str | None
    reason: Reason
    distance: float
    threshold: float
    frames: int
    latency_ms: Mapping[str, float] = field(default_factory=dict)
    liveness: float | None = None
    plain_distance: float | None = None
    rule: str | None = None
    """Which access rule decided, in words, where there are any."""

    def as_json(self) -> dict[str, object]:
        """The keys of the ``run --json`` contract; an infinite distance becomes ``None``."""
        rule = {} if self.rule is None else {"rule": self.rule}
        return {
            "time": self.time,
            "decision": "granted" if self.granted else "refused",
            "person": self.person,
            "reason": self.reason.value,
            "distance": _finite(self.distance),
            "plain_distance": _finite(self.plain_distance),
            "threshold": self.threshold,
            "liveness": self.liveness,
            "frames": self.frames,
            "latency_ms": {stage: round(ms, 2) for stage, ms in self.latency_ms.items()},
            "track": self.track,
            **rule,
        }


def _finite(distance: float | None) -> float | None:
    """``distance`` as JSON can say it."""
    return None if distance is None or not math.isfinite(distance) else round(distance, 4)
