"""What a visit came to: the verdict about it becomes a decision, also where it ended too early."""

from __future__ import annotations

import math
from collections.abc import Mapping

from facedoor.identity.evidence import TrackVerdict
from facedoor.reasons import Reason
from facedoor.times import utc_now
from facedoor.visit.liveness import refused
from facedoor.visit.visit import Visit
from facedoor.wire.events import Decision


def decided(
    track_id: int,
    visit: Visit,
    verdict: TrackVerdict,
    visit_id: str | None,
    latency_ms: Mapping[str, float],
) -> Decision:
    """The decision that a ``verdict`` about the ``visit`` leads to."""
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
        liveness=visit.liveness.score,
        visit=visit_id,
    )


def is_worth_an_answer(visit: Visit) -> bool:
    """Whether a visit that ended undecided is told of: not that of somebody who passed by."""
    return visit.decision is None and bool(visit.sightings or visit.was_noticed)


def ended(visit: Visit) -> TrackVerdict:
    """The answer to a visit that ended too early: unknown, or else what its views lacked most.

    Whoever was recognised, and took the face away before it was certain to be alive, is refused
    for that: else a photo could be shown for a moment as often as somebody likes.
    """
    if visit.held is not None:
        return refused(visit.held, Reason.LIVENESS_UNSURE)
    if visit.sightings == 0 and visit.refusals:
        reason = visit.refusals.most_common(1)[0][0]
    else:
        reason = Reason.UNKNOWN
    if visit.match is None:
        return TrackVerdict(None, reason, math.inf, visit.sightings)
    last = visit.match
    return TrackVerdict(None, reason, last.distance, visit.sightings, last.plain_distance)
