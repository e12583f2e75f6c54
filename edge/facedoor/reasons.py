"""Why a visit was granted or refused, and what its visitor is told."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from facedoor.languages import N_, _


class Reason(enum.StrEnum):
    """Why a face was accepted, refused, or is not judged yet. One enum for the whole house."""

    RECOGNISED = "recognised"
    NO_FACE = "no_face"
    TOO_FAR = "too_far"
    TOO_CLOSE = "too_close"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    BLURRED = "blurred"
    TURNED_AWAY = "turned_away"
    UPSIDE_DOWN = "upside_down"
    ON_ITS_SIDE = "on_its_side"
    COVERED = "covered"
    SEVERAL_FACES = "several_faces"
    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"
    NOT_LIVE = "not_live"
    LIVENESS_UNSURE = "liveness_unsure"
    CHALLENGE_FAILED = "challenge_failed"
    CHALLENGE_TIMEOUT = "challenge_timeout"
    NOT_ALLOWED_NOW = "not_allowed_now"
    LOCKDOWN = "lockdown"
    LOCKED_OUT = "locked_out"
    DOOR_BUSY = "door_busy"
    DEGRADED = "degraded"
    COMMANDED = "commanded"
    EXIT_REQUESTED = "exit_requested"
    SECOND_PERSON = "second_person"
    SECOND_FACTOR = "second_factor"
    WRONG_CODE = "wrong_code"
    NOT_VALID = "not_valid"
    CLOCK_NOT_SET = "clock_not_set"
    REVOKED_KEY = "revoked_key"

    @property
    def guidance(self) -> str:
        """What to tell the person in front of the camera, in plain words."""
        return _(_GUIDANCE[self])

    @property
    def advice(self) -> str:
        """What to change about a picture that is refused at an enrolment, in plain words."""
        advice = _ADVICE.get(self)
        return self.guidance if advice is None else _(advice)


ABOUT_LIVENESS = frozenset(
    {
        Reason.NOT_LIVE,
        Reason.LIVENESS_UNSURE,
        Reason.CHALLENGE_FAILED,
        Reason.CHALLENGE_TIMEOUT,
    }
)
"""Whoever is refused for one of these may be a photo of the person who was recognised."""

_GUIDANCE: Mapping[Reason, str] = {
    Reason.RECOGNISED: N_("welcome"),
    Reason.NO_FACE: N_("no face to be seen: look at the camera"),
    Reason.TOO_FAR: N_("come closer"),
    Reason.TOO_CLOSE: N_("step back a little"),
    Reason.TOO_DARK: N_("too dark: turn on a light"),
    Reason.TOO_BRIGHT: N_("too bright: step out of the glare"),
    Reason.BLURRED: N_("hold still for a moment"),
    Reason.TURNED_AWAY: N_("look straight at the camera"),
    Reason.UPSIDE_DOWN: N_("upside down: turn the picture, at the door: [camera] rotate = 180"),
    Reason.ON_ITS_SIDE: N_("lies on its side: turn the picture, at the door: [camera] rotate"),
    Reason.COVERED: N_("show your whole face"),
    Reason.SEVERAL_FACES: N_("one person at a time"),
    Reason.UNKNOWN: N_("not recognised"),
    Reason.AMBIGUOUS: N_("two enrolled people look too much alike here: use another way in"),
    Reason.NOT_LIVE: N_("this does not look like a live face"),
    Reason.LIVENESS_UNSURE: N_("not surely a live face: step back a little, into good light"),
    Reason.CHALLENGE_FAILED: N_(
        "that was the other side: turn your head to the side that is shown"
    ),
    Reason.CHALLENGE_TIMEOUT: N_(
        "look at the camera, then turn your head to the side that is shown"
    ),
    Reason.NOT_ALLOWED_NOW: N_("not allowed at this time"),
    Reason.LOCKDOWN: N_("the door is locked down: nobody is let in"),
    Reason.LOCKED_OUT: N_("too many refusals: wait a while"),
    Reason.DOOR_BUSY: N_("the door is already open"),
    Reason.DEGRADED: N_("the door is not working properly: use the key"),
    Reason.COMMANDED: N_("released by a command"),
    Reason.EXIT_REQUESTED: N_("released by the exit button"),
    Reason.SECOND_PERSON: N_("one more person has to come to the camera"),
    Reason.SECOND_FACTOR: N_("now type your code or press the button"),
    Reason.WRONG_CODE: N_("wrong code: try again"),
    Reason.NOT_VALID: N_("this door is not open to you"),
    Reason.CLOCK_NOT_SET: N_("the door does not know what time it is: use another way in"),
    Reason.REVOKED_KEY: N_("the key was revoked: use another one"),
}

_ADVICE: Mapping[Reason, str] = {
    Reason.NO_FACE: N_("take the picture from in front, with the whole head in it"),
    Reason.TOO_FAR: N_("the face is too small: crop the picture, or take it from nearer"),
    Reason.TOO_CLOSE: N_("eyes or mouth are beyond the edge: take the picture from farther away"),
    Reason.TOO_DARK: N_("take the picture in more light"),
    Reason.TOO_BRIGHT: N_("take the picture in softer light"),
    Reason.BLURRED: N_("too little detail: take the picture in focus, and do not enlarge it"),
    Reason.TURNED_AWAY: N_("look straight at the camera for the picture"),
    Reason.UPSIDE_DOWN: N_("turn the picture; where it comes from the door, [camera] rotate = 180"),
    Reason.ON_ITS_SIDE: N_("turn the picture; where it comes from the door, [camera] rotate"),
    Reason.COVERED: N_("take the picture without mask, scarf and sunglasses"),
    Reason.SEVERAL_FACES: N_("crop the picture to one of the people in it"),
}
"""Where it is not what a visitor is told."""
