"""Visits in words, as somebody who stood beside the door would tell them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo

from facedoor.history.visits import Visit
from facedoor.languages import N_, _, ngettext
from facedoor.reasons import Reason
from facedoor.times import weekday
from facedoor.wire.decisions import Decision

WEEKDAY_SAYS_IT = timedelta(days=6)
"""Of what is longer ago the date is told."""

SHORTLY: Mapping[str, str] = {
    Reason.RECOGNISED: N_("recognised"),
    Reason.NO_FACE: N_("no face to be seen"),
    Reason.TOO_FAR: N_("too far away"),
    Reason.TOO_CLOSE: N_("too close"),
    Reason.TOO_DARK: N_("too dark"),
    Reason.TOO_BRIGHT: N_("too bright"),
    Reason.BLURRED: N_("blurred"),
    Reason.TURNED_AWAY: N_("looked away"),
    Reason.UPSIDE_DOWN: N_("upside down"),
    Reason.ON_ITS_SIDE: N_("on its side"),
    Reason.COVERED: N_("face covered"),
    Reason.SEVERAL_FACES: N_("several faces"),
    Reason.UNKNOWN: N_("not recognised"),
    Reason.AMBIGUOUS: N_("like two enrolled people at once"),
    Reason.NOT_LIVE: N_("not a live face"),
    Reason.LIVENESS_UNSURE: N_("not surely a live face"),
    Reason.CHALLENGE_FAILED: N_("turned the head to the wrong side"),
    Reason.CHALLENGE_TIMEOUT: N_("did not turn the head in time"),
    Reason.NOT_ALLOWED_NOW: N_("not allowed at this time"),
    Reason.LOCKDOWN: N_("the door was locked down"),
    Reason.LOCKED_OUT: N_("locked out after several refusals"),
    Reason.DOOR_BUSY: N_("the door was open already"),
    Reason.DEGRADED: N_("the door was not working properly"),
    Reason.COMMANDED: N_("released by a command"),
    Reason.EXIT_REQUESTED: N_("released by the exit button"),
    Reason.SECOND_PERSON: N_("waited for a second person"),
    Reason.SECOND_FACTOR: N_("no code or button followed"),
    Reason.WRONG_CODE: N_("wrong code"),
    Reason.NOT_VALID: N_("this door is not open to them"),
    Reason.CLOCK_NOT_SET: N_("the door did not know the time"),
    Reason.REVOKED_KEY: N_("the key was revoked"),
}
"""Each reason as it is told afterwards."""

_CAME_IN = {
    None: N_("{who} came in"),
    "pin": N_("{who} came in with a code"),
    "button": N_("{who} came in with the button"),
}
"""By what second factor."""

_ORDINALS = {2: N_("second"), 3: N_("third"), 4: N_("fourth"), 5: N_("fifth")}


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
    day = weekday(local) if is_near else f"{local:%Y-%m-%d}"
    return f"{day} {local:%H:%M}"


def sentence(visit: Visit, *, with_distances: bool = False) -> str:
    """What came of a visit: ``Elton came in``, ``somebody, too dark: 3 looks``.

    ``with_distances``: for root and admins alone, whom the face came nearest to, too.
    """
    who, reason = _who(visit), in_words(visit.deciding.reason)
    if visit.outcome == "came_in":
        attempts = len(visit.attempts)
        said = _(_CAME_IN.get(visit.deciding.decision.factor, _CAME_IN[None])).format(who=who)
        if attempts == 1:
            return said
        return _("{said}, at the {ordinal} attempt").format(said=said, ordinal=_ordinal(attempts))
    if visit.outcome == "not_opened":
        return _("{who}, and the door did not open: {reason}").format(who=who, reason=reason)
    said = f"{who}, {reason}"
    if visit.recognised is None and (looks := sum(visit.looks.values())):
        counted = ngettext("{count} look", "{count} looks", looks)
        said += f": {counted.format(count=looks)}"
    if with_distances and (missing := nearness(visit)):
        said += f"; {missing}"
    return said


def _who(visit: Visit) -> str:
    if visit.person is None:
        return _("somebody")
    if visit.person_by == "next_grant":  # which is a guess
        return _("somebody, perhaps {person} who came in next").format(person=visit.person)
    if visit.person_by == "label":
        return _("{person}, as somebody has said").format(person=visit.person)
    return visit.person


def in_words(reason: str) -> str:
    """A reason's code as it is told; of a newer facedoor's the code itself."""
    return _(SHORTLY[reason]) if reason in SHORTLY else reason.replace("_", " ")


def nearness(visit: Visit) -> str | None:
    """Whom the face came nearest to and how much was missing, where the journal says it."""
    decision = visit.deciding.decision
    if not isinstance(decision, Decision) or decision.nearest is None:
        return None
    beyond = decision.distance - decision.threshold
    if beyond <= 0:
        return _("nearest to {person}, and near enough, but not surely them").format(
            person=decision.nearest
        )
    return _(
        "nearest to {person}, by {beyond:.3f} too far away: {distance:.3f}, where one person is up "
        "to {threshold:.3f}"
    ).format(
        person=decision.nearest,
        beyond=beyond,
        distance=decision.distance,
        threshold=decision.threshold,
    )


def _ordinal(number: int) -> str:
    if number in _ORDINALS:
        return _(_ORDINALS[number])
    return _("{number}th").format(number=number)
