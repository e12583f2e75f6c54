"""The switches at the door: contact, exit button, tamper switch, bell, and the bolt's feedback.

Each is a switch between a pin and ground, with the Pi's own pull-up resistor: ``low`` is a closed
circuit. An edge arrives in a thread of gpiozero's; it is kept until the doorkeeper takes it, and
levels are read again each time, so that an edge that nobody noticed is made up for.
"""

from __future__ import annotations

import enum
import logging
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from facedoor.door.relay import pin_remedy
from facedoor.door.states import DoorInput
from facedoor.errors import RelayError

if TYPE_CHECKING:
    from facedoor.config import DoorConfig

DEBOUNCE_S = 0.05
"""A switch that closes bounces for a few milliseconds; nobody opens a door in so short a time."""

Heard = Callable[[bool], None]

log = logging.getLogger(__name__)


class Sense(enum.Enum):
    """What a switch is for: what it means when it is on, when it is off, when it cannot be read.

    In the order in which they are taken: a bolt moves before the door does.
    """

    BOLT = (DoorInput.BOLT_OUT, DoorInput.BOLT_IN, DoorInput.BOLT_LOST)
    CONTACT = (DoorInput.CLOSED, DoorInput.OPENED, DoorInput.CONTACT_LOST)
    TAMPER = (DoorInput.TAMPERED, DoorInput.TAMPER_OVER, None)
    EXIT = (DoorInput.EXIT, None, None)
    BELL = (DoorInput.BELL, None, None)

    def __init__(
        self, when_on: DoorInput, when_off: DoorInput | None, when_lost: DoorInput | None
    ) -> None:
        self._meanings = {True: when_on, False: when_off, None: when_lost}

    def meaning(self, on: bool | None) -> DoorInput | None:
        return self._meanings[on]

    @property
    def is_a_button(self) -> bool:
        """Whether it asks for something once, when it is pressed."""
        return self in {Sense.EXIT, Sense.BELL}


class Switch(Protocol):
    """A switch that is on or off."""

    def hear(self, changed: Heard) -> None:
        """From now on tell of each edge, from any thread."""

    def is_on(self) -> bool:
        """Raises whatever its driver raises when it cannot be read."""

    def close(self) -> None:
        """Let go of the pin. Calling it again does nothing."""


class GpioSwitch:
    """A switch on a pin, through gpiozero."""

    def __init__(self, pin: int, option: str, on_when_low: bool) -> None:
        """Claim ``pin`` (BCM number), which ``[door] option`` names. Raises :class:`RelayError`."""
        try:
            import gpiozero

            with warnings.catch_warnings():
                warnings.simplefilter("ignore", gpiozero.PinFactoryFallback)
                self._device = gpiozero.DigitalInputDevice(
                    pin, pull_up=True, bounce_time=DEBOUNCE_S
                )
        except Exception as error:  # each pin driver has its own, unrelated errors
            raise RelayError(
                f"cannot read GPIO{pin}, which is [door] {option} ({error}): {pin_remedy(error)}"
            ) from error
        self._on_when_low = on_when_low

    def hear(self, changed: Heard) -> None:
        # With a pull-up, gpiozero calls low active.
        self._device.when_activated = lambda: changed(self._on_when_low)
        self._device.when_deactivated = lambda: changed(not self._on_when_low)

    def is_on(self) -> bool:
        return bool(self._device.is_active) == self._on_when_low

    def close(self) -> None:
        self._device.close()


class SimulatedSwitch:
    """A switch that is thrown by :meth:`throw`."""

    def __init__(self, on: bool = False) -> None:
        self._on = on
        self._changed: Heard | None = None
        self.error: Exception | None = None

    def throw(self, on: bool) -> None:
        self._on = on
        if self._changed is not None:
            self._changed(on)

    def hear(self, changed: Heard) -> None:
        self._changed = changed

    def is_on(self) -> bool:
        if self.error is not None:
            raise self.error
        return self._on

    def close(self) -> None:
        self._changed = None


@dataclass(frozen=True, slots=True)
class Sensed:
    """What a switch said, at ``time_s`` on the steady clock."""

    time_s: float
    given: DoorInput


class _Latch:
    """The edges of one switch, until they are taken. At most two are kept: further ones repeat."""

    def __init__(self, sense: Sense, switch: Switch) -> None:
        self.sense = sense
        self.switch = switch
        self._edges: list[tuple[float, bool | None]] = []
        self._last: bool | None = None
        self._is_known = False
        self._keeping = threading.Lock()

    def keep(self, time_s: float, on: bool | None) -> None:
        with self._keeping:
            before = self._edges[-1][1] if self._edges else self._last
            if on is before and (self._edges or self._is_known):
                return
            self._edges.append((time_s, on))
            if len(self._edges) > 2:
                del self._edges[:2]  # there and back again, as what follows is

    def take(self, time_s: float) -> list[Sensed]:
        self.keep(time_s, self._read())
        with self._keeping:
            edges, self._edges = self._edges, []
            if edges:
                self._last = edges[-1][1]
            if not self._is_known and self.sense.is_a_button:
                edges = []  # one that hangs when the service starts asks for nothing
            self._is_known = True
        meant = [(at_s, self.sense.meaning(on)) for at_s, on in edges]
        return [Sensed(at_s, given) for at_s, given in meant if given is not None]

    def _read(self) -> bool | None:
        try:
            return self.switch.is_on()
        except Exception:  # each pin driver has its own, unrelated errors
            if self._last is not None or not self._is_known:
                log.exception("the switch for %s cannot be read", self.sense.name.lower())
            return None


class Switches:
    """The switches of one door. :meth:`take` belongs to one thread."""

    def __init__(
        self, switches: Mapping[Sense, Switch], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._latches = [_Latch(sense, switches[sense]) for sense in Sense if sense in switches]

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._latches)

    def hear(self, wake: Callable[[], None]) -> None:
        """From now on keep every edge, and call ``wake`` after it, from any thread."""
        for latch in self._latches:
            latch.switch.hear(partial(self._heard, latch, wake))

    def take(self) -> list[Sensed]:
        """What was heard since the last time; the first time how each of them stands."""
        return [sensed for latch in self._latches for sensed in latch.take(self._clock())]

    def close(self) -> None:
        with ExitStack() as closing:
            for latch in self._latches:
                closing.callback(latch.switch.close)

    def _heard(self, latch: _Latch, wake: Callable[[], None], on: bool) -> None:
        latch.keep(self._clock(), on)
        wake()


def open_switches(config: DoorConfig) -> Switches:
    """The switches that ``[door]`` describes. Raises :class:`RelayError`.

    Those of a simulated door are quiet: it is closed, its bolt is out, and nobody presses anything.
    """
    described = {
        Sense.BOLT: ("bolt_pin", config.bolt_pin, config.bolt_out),
        Sense.CONTACT: ("contact_pin", config.contact_pin, config.contact_closed),
        Sense.TAMPER: ("tamper_pin", config.tamper_pin, config.tamper_alarm),
        Sense.EXIT: ("exit_pin", config.exit_pin, config.exit_pressed),
        Sense.BELL: ("bell_pin", config.bell_pin, config.bell_pressed),
    }
    switches: dict[Sense, Switch] = {}
    with ExitStack() as opened:
        for sense, (option, pin, on_when) in described.items():
            if pin is None:
                continue
            if config.relay == "simulated":
                switches[sense] = SimulatedSwitch(on=sense in {Sense.BOLT, Sense.CONTACT})
            else:
                switches[sense] = GpioSwitch(pin, option, on_when_low=on_when == "low")
            opened.callback(switches[sense].close)
        opened.pop_all()
    return Switches(switches)
