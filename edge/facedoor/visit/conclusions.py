"""What a visit came to: the one place where a verdict becomes a decision, or none.

Pure, as the visit is, but for the wall clock, by which a decision has its time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

from facedoor.identity.evidence import TrackVerdict
from facedoor.reasons import Reason
from facedoor.times import utc_now
from facedoor.visit.liveness import refused
from facedoor.visit.visit import Visit
from facedoor.wire.decisions import Decision


def conclude(
    visit: Visit,
    verdict: TrackVerdict,
    time_s: float,
    new_id: Callable[[], str | None],
    latency_ms: Mapping[str, float],
) -> Decision | None:
    """What the attempt under way, which came to this ``verdict``, is answered at ``time_s``.

    ``None``: nothing, since the visit was granted before. ``new_id`` names it at its first
    decision.
    """
    if _is_withheld(visit, verdict):
        visit.rest(time_s)
        return None
    decision = decided(visit, verdict, new_id, latency_ms)
    visit.decided(decision, time_s)
    return decision


def has_joined(visit: Visit, verdict: TrackVerdict | None, others: Iterable[Visit]) -> bool:
    """Whether a ``verdict`` recognises whoever is let in already by one of the ``others``: the same
    person on another track, who is neither asked nor let in again."""
    if verdict is None or verdict.reason is not Reason.RECOGNISED:
        return False
    for other in others:
        if other.is_let_in and other is not visit and other.person == verdict.person:
            visit.joins(other)
            return True
    return False


def decided(
    visit: Visit,
    verdict: TrackVerdict,
    new_id: Callable[[], str | None],
    latency_ms: Mapping[str, float],
) -> Decision:
    """The decision that a ``verdict`` about the ``visit`` leads to."""
    visit.id = visit.id or new_id()
    nearest = _nearest(visit, verdict)
    return Decision(
        time=utc_now(),
        track=visit.track,
        granted=verdict.reason is Reason.RECOGNISED,
        person=verdict.person,
        reason=verdict.reason,
        distance=verdict.distance,
        threshold=visit.attempt.evidence.threshold_of(verdict.person or nearest),
        frames=visit.attempt.looks,
        latency_ms=latency_ms,
        plain_distance=verdict.plain_distance,
        liveness=visit.liveness.score,
        visit=visit.id,
        again=_was_answered_so(visit, verdict),
        began=visit.began,
        looks=dict(visit.attempt.views),
        view=visit.best.view,
        nearest=nearest,
    )


def _nearest(visit: Visit, verdict: TrackVerdict) -> str | None:
    """Whom a face that is nobody's came nearest to, if it was compared with anybody."""
    if verdict.person is not None:
        return None
    last = visit.match.person if visit.match else None
    return visit.attempt.evidence.nearest or last


def _was_answered_so(visit: Visit, verdict: TrackVerdict) -> bool:
    """Whether the visit, the one of which it may be a part, or one that it follows in its place,
    was answered like this before."""
    reason = verdict.reason
    if reason is Reason.RECOGNISED:
        return visit.person is not None
    if reason in visit.told or (visit.kin is not None and reason in visit.kin.told):
        return True
    return verdict.person is None and visit.place.tell(reason, visit.last_seen_s)


def _is_withheld(visit: Visit, verdict: TrackVerdict) -> bool:
    """Whether a ``verdict`` is no decision: somebody who was recognised, and looked away, and what
    may be a part of them, are not unknown."""
    is_identity = verdict.reason in {Reason.UNKNOWN, Reason.AMBIGUOUS}
    return is_identity and _was_recognised(visit)


def is_worth_an_answer(visit: Visit) -> bool:
    """Whether a visit that ended undecided is told of: not that of somebody who passed by, nor what
    may be a part of somebody who was recognised."""
    if visit.decision is not None or _was_recognised(visit):
        return False
    return bool(visit.attempt.looks) or visit.was_noticed


def _was_recognised(visit: Visit) -> bool:
    return visit.person is not None or (visit.kin is not None and visit.kin.person is not None)


def ended(visit: Visit) -> TrackVerdict:
    """The answer to a visit that ended too early: unknown, or else what its views lacked most.

    Whoever was recognised, and took the face away before it was certain to be alive, is refused
    for that: else a photo could be shown for a moment as often as somebody likes.
    """
    if visit.attempt.held is not None:
        gone = Reason.CHALLENGE_TIMEOUT if visit.is_asked else Reason.LIVENESS_UNSURE
        return refused(visit.attempt.held, gone)
    looks = visit.attempt.looks
    if looks == 0 and visit.refusals:
        reason = visit.refusals.most_common(1)[0][0]
    else:
        reason = Reason.UNKNOWN
    if visit.match is None:
        return TrackVerdict(None, reason, math.inf, looks)
    last = visit.match
    return TrackVerdict(None, reason, last.distance, looks, last.plain_distance)
