"""Visits in words, as somebody who stood beside the door would tell them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo

from facedoor.history.visits import Visit
from facedoor.printable import counted
from facedoor.reasons import Reason
from facedoor.wire.decisions import Decision

WEEKDAY_SAYS_IT = timedelta(days=6)
"""Of what is longer ago the date is told."""

SHORTLY: Mapping[str, str] = {
    Reason.RECOGNISED: "recognised",
    Reason.NO_FACE: "no face to be seen",
    Reason.TOO_FAR: "too far away",
    Reason.TOO_CLOSE: "too close",
    Reason.TOO_DARK: "too dark",
    Reason.TOO_BRIGHT: "too bright",
    Reason.BLURRED: "blurred",
    Reason.TURNED_AWAY: "looked away",
    Reason.UPSIDE_DOWN: "upside down",
    Reason.ON_ITS_SIDE: "on its side",
    Reason.COVERED: "face covered",
    Reason.SEVERAL_FACES: "several faces",
    Reason.UNKNOWN: "not recognised",
    Reason.AMBIGUOUS: "like two enrolled people at once",
    Reason.NOT_LIVE: "not a live face",
    Reason.LIVENESS_UNSURE: "not surely a live face",
    Reason.CHALLENGE_FAILED: "turned the head to the wrong side",
    Reason.CHALLENGE_TIMEOUT: "did not turn the head in time",
    Reason.NOT_ALLOWED_NOW: "not allowed at this time",
    Reason.LOCKED_OUT: "locked out after several refusals",
    Reason.DOOR_BUSY: "the door was open already",
    Reason.DEGRADED: "the door was not working properly",
    Reason.COMMANDED: "released by a command",
    Reason.EXIT_REQUESTED: "released by the exit button",
    Reason.SECOND_PERSON: "waited for a second person",
    Reason.SECOND_FACTOR: "no code or button followed",
    Reason.WRONG_CODE: "wrong code",
    Reason.NOT_VALID: "this door is not open to them",
    Reason.CLOCK_NOT_SET: "the door did not know the time",
    Reason.REVOKED_KEY: "the key was revoked",
}
"""Each reason as it is told afterwards."""

_FACTORS = {"pin": " with a code", "button": " with the button"}


def line(visit: Visit, zone: tzinfo | None, now: datetime, *, with_distances: bool = False) -> str:
    """When the visit began, on the wall clock of ``zone``, and what came of it."""
    return f"{told_time(visit.began, zone, now)}  {sentence(visit, with_distances=with_distances)}"


def told_time(time: str, zone: tzinfo | None, now: datetime) -> str:
    """``Sat 11:57``, or ``2026-11-21 11:57`` for what is not of the last days; local time."""
    try:
        moment = datetime.fromisoformat(time)
        local = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone)
        is_near = timedelta(0) <= now - local < WEEKDAY_SAYS_IT
    except (ValueError, OverflowError):  # no door of ours writes such a time
        return time
    return f"{local:%a %H:%M}" if is_near else f"{local:%Y-%m-%d %H:%M}"


def sentence(visit: Visit, *, with_distances: bool = False) -> str:
    """What came of a visit: ``Elton came in``, ``somebody, too dark: 3 looks``.

    ``with_distances``: for root and admins alone, whom the face came nearest to, too.
    """
    who, reason = _who(visit), in_words(visit.deciding.reason)
    if visit.outcome == "came_in":
        attempts = len(visit.attempts)
        at_last = f", at the {_ordinal(attempts)} attempt" if attempts > 1 else ""
        return f"{who} came in{_FACTORS.get(visit.deciding.decision.factor or '', '')}{at_last}"
    if visit.outcome == "not_opened":
        return f"{who}, and the door did not open: {reason}"
    said = f"{who}, {reason}"
    if visit.recognised is None and (looks := sum(visit.looks.values())):
        said += f": {counted(looks, 'look')}"
    if with_distances and (missing := nearness(visit)):
        said += f"; {missing}"
    return said


def _who(visit: Visit) -> str:
    if visit.person is None:
        return "somebody"
    if visit.person_by == "next_grant":  # which is a guess
        return f"somebody, perhaps {visit.person} who came in next"
    if visit.person_by == "label":
        return f"{visit.person}, as somebody has said"
    return visit.person


def in_words(reason: str) -> str:
    """A reason's code as it is told; of a newer facedoor's the code itself."""
    return SHORTLY.get(reason, reason.replace("_", " "))


def nearness(visit: Visit) -> str | None:
    """Whom the face came nearest to and how much was missing, where the journal says it."""
    decision = visit.deciding.decision
    if not isinstance(decision, Decision) or decision.nearest is None:
        return None
    beyond = decision.distance - decision.threshold
    if beyond <= 0:
        return f"nearest to {decision.nearest}, and near enough, but not surely them"
    return (
        f"nearest to {decision.nearest}, by {beyond:.3f} too far away: {decision.distance:.3f}, "
        f"where one person is up to {decision.threshold:.3f}"
    )


def _ordinal(number: int) -> str:
    words = {2: "second", 3: "third", 4: "fourth", 5: "fifth"}
    return words.get(number, f"{number}th")
