"""What may be asked of the door in plain words, without a signature, by Home Assistant.

Its lock, button and switch cannot sign. What they send is therefore listened to only with ``[mqtt]
home_assistant_control``, where the broker's own rules say who may send it, and it can do little: a
momentary release under the door's rules, and faces on or off. It can neither overrule nor end a
lockdown, which somebody has signed.
"""

from __future__ import annotations

from dataclasses import dataclass
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
ENTITIES = frozenset(entity for entity, _ in _REQUESTS)


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a message: ``request`` is to be carried out, or ``refusal`` says why not."""

    entity: str
    request: PlainRequest | None
    refusal: str | None

    def as_json(self) -> dict[str, object]:
        """For the journal, which is not for strangers to write in: only what we know is quoted."""
        return {
            "by": "home_assistant",
            "entity": self.entity if self.entity in ENTITIES else None,
            "command": self.request,
            "outcome": "refused" if self.refusal else "accepted",
            "reason": self.refusal,
        }


def judge(entity: str, payload: bytes, retained: bool, mode: Mode) -> Judged:
    """Whether to do what a message on ``.../ha/<entity>/set`` asks, in the door's ``mode``.

    A retained message is refused whatever it says: nobody knows when it was sent, and it would
    release the door at each connection.
    """
    request = plain_request(entity, payload)
    if retained:
        return Judged(entity, None, "retained")
    if request is None:
        return Judged(entity, None, "malformed")
    if mode is Mode.LOCKDOWN:
        return Judged(entity, None, "not_allowed_now")
    return Judged(entity, request, None)


def plain_request(entity: str, payload: bytes) -> PlainRequest | None:
    """What ``payload`` asks of the door's ``entity``: a release, a mode, or nothing we know.

    A lock's ``LOCK`` is none of them: the door locks by itself when its pulse is over.
    """
    return _REQUESTS.get((entity, payload))
