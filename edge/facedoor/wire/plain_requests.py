"""What may be asked of the door in plain words, without a signature, by Home Assistant.

Its lock, button and switch cannot sign. What they send is therefore listened to only with ``[mqtt]
home_assistant_control``, where the broker's own rules say who may send it, and it can do little: a
momentary release under the door's rules, and faces on or off. It can neither overrule nor end a
lockdown, which somebody has signed.
"""

from __future__ import annotations

from facedoor.wire.mode import Mode
from facedoor.wire.requests import SetMode, Unlock

UNLOCK = "UNLOCK"
PRESS = "PRESS"
FACE_ON = "ON"
FACE_OFF = "OFF"
"""What Home Assistant is told to send, and all that is understood."""

_REQUESTS: dict[tuple[str, bytes], Unlock | SetMode] = {
    ("lock", UNLOCK.encode()): Unlock("lock"),
    ("release", PRESS.encode()): Unlock("release"),
    ("face", FACE_ON.encode()): SetMode(Mode.NORMAL),
    ("face", FACE_OFF.encode()): SetMode(Mode.FACE_OFF),
}


def plain_request(entity: str, payload: bytes) -> Unlock | SetMode | None:
    """What ``payload`` asks of the door's ``entity``: a release, a mode, or nothing we know.

    A lock's ``LOCK`` is none of them: the door locks by itself when its pulse is over.
    """
    return _REQUESTS.get((entity, payload))
