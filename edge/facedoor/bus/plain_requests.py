"""What may be asked of the door in plain words, without a signature, by Home Assistant.

Its lock, button and switch cannot sign. What they send is therefore listened to only with ``[mqtt]
home_assistant_control``, where the broker's own rules say who may send it, and it can do little: a
momentary release under the door's rules, and faces on or off. It can neither overrule nor end a
lockdown, which somebody has signed.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from facedoor.door.mode import Mode

UNLOCK = "UNLOCK"
PRESS = "PRESS"
FACE_ON = "ON"
FACE_OFF = "OFF"
"""What Home Assistant is told to send, and all that is understood."""

PlainRequest: TypeAlias = Literal["unlock"] | Mode

_REQUESTS: dict[tuple[str, bytes], PlainRequest] = {
    ("lock", UNLOCK.encode()): "unlock",
    ("release", PRESS.encode()): "unlock",
    ("face", FACE_ON.encode()): Mode.NORMAL,
    ("face", FACE_OFF.encode()): Mode.FACE_OFF,
}


def plain_request(entity: str, payload: bytes) -> PlainRequest | None:
    """What ``payload`` asks of the door's ``entity``: a release, a mode, or nothing we know.

    A lock's ``LOCK`` is none of them: the door locks by itself when its pulse is over.
    """
    return _REQUESTS.get((entity, payload))


def objection(request: PlainRequest | None, retained: bool, mode: Mode) -> str | None:
    """Why a message that asks for ``request`` is refused in this ``mode``; ``None``: it is not.

    A retained message is refused whatever it says: nobody knows when it was sent, and it would
    release the door at each connection. To be asked in the thread that changes the mode, just
    before the request is carried out: a lockdown may be on its way.
    """
    if retained:
        return "retained"
    if request is None:
        return "malformed"
    if mode is Mode.LOCKDOWN:
        return "not_allowed_now"
    return None
