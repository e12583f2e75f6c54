"""The words of the door's machine: its states, what can happen, and what follows from it.

Times are seconds on the caller's steady clock.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from typing import TypeAlias

from facedoor.config.options import DoorConfig
from facedoor.times import utc_now
from facedoor.wire.mode import DoorName, DoorStatus, Mode


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


class DoorInput(enum.Enum):
    """What can happen to the door."""

    GRANT = "a face is recognised"
    RELEASE = "a command releases the door"
    EXIT = "the exit button is pressed"
    TICK = "time passes"
    OPENED = "the contact opens"
    CLOSED = "the contact closes"
    CONTACT_LOST = "the contact cannot be read"
    BOLT_OUT = "the bolt is out"
    BOLT_IN = "the bolt is not out"
    BOLT_LOST = "the bolt's switch cannot be read"
    TAMPERED = "the tamper switch trips"
    TAMPER_OVER = "the tamper switch is quiet"
    BELL = "the bell is rung"
    PAUSE = "something has to be written before a request is answered"
    STOP = "the service stops"


@dataclass(frozen=True, slots=True)
class Sensed:
    """What a switch said, at ``time_s`` on the steady clock."""

    time_s: float
    given: DoorInput


REQUESTS = frozenset({DoorInput.GRANT, DoorInput.RELEASE, DoorInput.EXIT})
"""The inputs that ask for a release, and get an :class:`Answer`."""


class Action(enum.Enum):
    """What has to be done to the lock."""

    RELEASE = "release"
    """Free the door, or drive the bolt in."""
    SECURE = "secure"
    """Lock the door, or drive the bolt out."""
    REST = "rest"
    """No relay is energised."""


class Answer(enum.Enum):
    """What became of a request."""

    RELEASED = enum.auto()
    BUSY = enum.auto()
    FORBIDDEN = enum.auto()
    LOCKED_DOWN = enum.auto()
    STOPPED = enum.auto()


@dataclass(frozen=True, slots=True)
class AtRest:
    """Nothing was driven yet, and without a current this lock may be open."""


@dataclass(frozen=True, slots=True)
class Locked:
    """An opening until ``free_until_s`` still belongs to the last release."""

    free_until_s: float = -math.inf


@dataclass(frozen=True, slots=True)
class Span:
    """From ``since_s`` until ``until_s``, by whose ``request``; ``None``: it was done by hand.

    ``opened`` says whether the door has been opened in that time.
    """

    since_s: float
    until_s: float
    request: DoorInput | None = None
    opened: bool = False

    def lasts_at(self, now_s: float) -> bool:
        """True while it runs. A time before its start, or nan, is outside of it."""
        return self.since_s <= now_s < self.until_s


@dataclass(frozen=True, slots=True)
class Unlocking(Span):
    """The motor drives the bolt in."""


@dataclass(frozen=True, slots=True)
class Releasing(Span):
    """The door can be opened."""


@dataclass(frozen=True, slots=True)
class Unlocked:
    """The bolt is in, and waits for the door to be closed."""


@dataclass(frozen=True, slots=True)
class Locking(Span):
    """The motor drives the bolt out."""


@dataclass(frozen=True, slots=True)
class Jammed:
    """The bolt did not come out."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """No relay is energised, and none ever will be."""


LockState: TypeAlias = (
    AtRest | Locked | Unlocking | Releasing | Unlocked | Locking | Jammed | Stopped
)


@dataclass(frozen=True, slots=True)
class Unseen:
    """Nobody knows whether the door stands open."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The door is closed."""


@dataclass(frozen=True, slots=True)
class Open:
    """The door stands open since ``since_s``. ``alarms`` counts those about that: 0, 1 or 2."""

    since_s: float
    forced: bool = False
    alarms: int = 0


Contact: TypeAlias = Unseen | Closed | Open


@dataclass(frozen=True, slots=True)
class DoorState:
    """The lock, and what the switches said last.

    ``contact`` is ``None`` for a door that has none. ``bolt_is_out`` is ``None`` while it is not
    known, and for a lock without such a switch.
    """

    lock: LockState = Locked()
    contact: Contact | None = None
    bolt_is_out: bool | None = None
    tampered: bool = False

    @classmethod
    def at_start(cls, profile: Profile) -> DoorState:
        """How a door begins, before anything was driven or read."""
        return cls(
            Locked() if profile.lock.is_secure_at_rest else AtRest(),
            Unseen() if profile.has_contact else None,
        )

    @property
    def is_settled(self) -> bool:
        """True if no time runs that a slow disk would make longer."""
        return not isinstance(self.lock, Span)

    def next_s(self, profile: Profile) -> float:
        """When the passing of time alone changes something; infinite: never."""
        times_s = [self.lock.until_s] if isinstance(self.lock, Span) else []
        if isinstance(self.contact, Open) and not self.contact.forced and self.contact.alarms < 2:
            times_s.append(self.contact.since_s + (self.contact.alarms + 1) * profile.held_open_s)
        return min(times_s, default=math.inf)


def name_of(state: DoorState, mode: Mode) -> DoorName:
    """The one word for ``state``, the most urgent where several would be true."""
    match state.lock:
        case Stopped():
            return DoorName.STOPPED
        case Releasing() | Unlocking():
            return DoorName.RELEASING
        case Locking():
            return DoorName.LOCKING
        case Jammed():
            return DoorName.JAMMED
    if isinstance(state.contact, Open):
        if state.contact.forced:
            return DoorName.FORCED
        return DoorName.HELD_OPEN if state.contact.alarms else DoorName.OPEN
    if not isinstance(state.lock, Locked) or isinstance(state.contact, Unseen):
        return DoorName.UNKNOWN
    return DoorName.LOCKDOWN if mode is Mode.LOCKDOWN else DoorName.LOCKED


_IS_OPEN: dict[type, bool | None] = {Open: True, Closed: False, Unseen: None}


def status_of(state: DoorState, profile: Profile, mode: Mode) -> DoorStatus:
    """``state`` as others hear of it, from now on."""
    stays_locked = profile.lock.is_secure_at_rest or state.bolt_is_out is True
    return DoorStatus(
        since=utc_now(),
        is_locked=isinstance(state.lock, Locked)
        or (isinstance(state.lock, Stopped) and stays_locked),
        is_open=None if state.contact is None else _IS_OPEN[type(state.contact)],
        name=name_of(state, mode),
        tampered=state.tampered,
    )
