"""What can be asked of the door itself, signed or in plain words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

from facedoor.strict import more, printable_text
from facedoor.wire.mode import Mode

REASON_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Unlock:
    """Release the door once."""

    cmd: ClassVar[str] = "unlock"
    reason: str = field(metadata=more(allowed=(0, REASON_CHARACTERS), said=(str, printable_text)))


@dataclass(frozen=True, slots=True)
class SetMode:
    """Change whom the door is open to."""

    cmd: ClassVar[str] = "mode"
    mode: Mode


@dataclass(frozen=True, slots=True)
class SwitchFaces(SetMode):
    """Faces on or off, by a switch that does not know of lockdowns, and so ends none."""


DoorChange: TypeAlias = Unlock | SetMode


# Home Assistant's lock, button, switch and select cannot sign. What they send in plain words is
# listened to only with ``[mqtt] home_assistant_control``, where the broker's own rules say who may
# send it, and it can do little: a momentary release under the door's rules, and to open for less
# than before. What somebody has signed, a lockdown or that faces are off, it can neither overrule
# nor end.

UNLOCK = "UNLOCK"
PRESS = "PRESS"
FACE_ON = "ON"
FACE_OFF = "OFF"
"""What Home Assistant is told to send, and all that is understood."""

_PLAIN: dict[tuple[str, bytes], Unlock | SetMode] = {
    ("lock", UNLOCK.encode()): Unlock("lock"),
    ("release", PRESS.encode()): Unlock("release"),
    ("face", FACE_ON.encode()): SwitchFaces(Mode.NORMAL),
    ("face", FACE_OFF.encode()): SwitchFaces(Mode.FACE_OFF),
    **{("mode", mode.value.encode()): SetMode(mode) for mode in Mode},
}


def plain_request(entity: str, payload: bytes) -> Unlock | SetMode | None:
    """What ``payload`` asks of the door's ``entity``: a release, a mode, or nothing we know.

    A lock's ``LOCK`` is none of them: the door locks by itself when its pulse is over.
    """
    return _PLAIN.get((entity, payload))
