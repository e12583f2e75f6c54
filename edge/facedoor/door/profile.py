"""What kind of lock the door has, and its times."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from facedoor.config.options import DoorConfig


class LockKind(enum.StrEnum):
    """How a current frees and secures the door."""

    STRIKE = "strike"
    """An electric strike: locked without a current."""
    MAGNET_NC = "magnet_nc"
    """A magnet on the relay's normally closed contact: the relay is energised to free the door."""
    MAGNET_NO = "magnet_no"
    """A magnet on the relay's normally open contact: the relay is energised while it is locked."""
    MOTOR = "motor"
    """A motor bolt: one relay drives it in, one out, and a switch tells that it is out."""

    @property
    def is_secure_at_rest(self) -> bool:
        """True if the door is locked while no relay is energised, whatever happened before."""
        return self in {LockKind.STRIKE, LockKind.MAGNET_NC}


@dataclass(frozen=True, slots=True)
class Profile:
    """The door as its machine needs to know it. All times are seconds.

    ``pulse_s`` is how long it stays released, ``held_open_s`` how long it may stand open, and
    ``motor_s`` how long a motor bolt may take for its way.
    """

    lock: LockKind = LockKind.STRIKE
    pulse_s: float = 3.0
    has_contact: bool = False
    held_open_s: float = 30.0
    motor_s: float = 5.0

    @classmethod
    def of(cls, config: DoorConfig) -> Profile:
        """The door that ``[door]`` describes."""
        return cls(
            lock=LockKind(config.lock),
            pulse_s=config.pulse_s,
            has_contact=config.contact_pin is not None,
            held_open_s=config.held_open_s,
            motor_s=config.motor_s,
        )
