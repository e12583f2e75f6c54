"""The switches at the door: contact, exit button, tamper switch, bell, and the bolt's feedback.

An edge arrives in a thread of gpiozero's; it is kept until the doorkeeper takes it, and levels are
read again each time, so that an edge that nobody noticed is made up for.
"""

from __future__ import annotations

import enum
import logging
import math
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial

from facedoor.config.options import DoorConfig
from facedoor.door.settling import SETTLE_S
from facedoor.door.states import DoorInput, Sensed
from facedoor.errors import RelayError
from facedoor.hardware.gpio import GpioSwitch, SimulatedSwitch, Switch
from facedoor.problems import Board, Severity
from facedoor.rate_limit import RateLimit

BELL_PAUSE_S = 2.0
"""Whoever rings again within that rings once: each ring is an entry in the journal, and the bell is
where everybody can reach it."""

CHANGES_AT_ONCE, CHANGE_EACH_S = 20, 10.0
"""How often a switch is listened to: more is a loose wire, which must not fill the disk. What it
says meanwhile is told late, not lost. The exit button is always heard, and of a contact that
chatters only the first change counts: what it comes to is one event (facedoor.door.settling)."""

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
        """True if it asks for something once, when it is pressed."""
        return self in {Sense.EXIT, Sense.BELL}


class _Latch:
    """The edges of one switch, until they are taken. At most two are kept: further ones repeat."""

    def __init__(self, sense: Sense, switch: Switch, clock: Callable[[], float]) -> None:
        self.sense = sense
        self.switch = switch
        self._edges: list[tuple[float, bool | None]] = []
        self._last: bool | None = None
        self._is_known = False
        self._rung_s = self._moved_s = -math.inf
        self._limit = RateLimit(CHANGES_AT_ONCE, CHANGE_EACH_S, clock)
        self._keeping = threading.Lock()

    def hear(self, time_s: float, on: bool) -> None:
        """Keep an edge. From any thread."""
        with self._keeping:
            self._keep(time_s, on)

    def take(self, time_s: float) -> list[Sensed]:
        """The edges that were kept, and how the switch stands now if they do not lead there."""
        with self._keeping:
            if self._is_known or not self.sense.is_a_button:
                self._keep(time_s, self._read())
            else:
                self._last = self._read()  # one that hangs when the service starts asks for nothing
            self._is_known = True
            if not self._edges or self._goes_on(time_s):
                return []
            if not (self._is_always_heard() or self._limit.allows()):
                return []
            edges, self._edges = self._edges, []
            self._moved_s = edges[-1][0]
            self._last = edges[-1][1]
        meant = [(at_s, self.sense.meaning(on)) for at_s, on in edges]
        return [
            Sensed(at_s, given)
            for at_s, given in meant
            if given is not None and not self._repeats(given, at_s)
        ]

    def _keep(self, time_s: float, on: bool | None) -> None:
        before = self._edges[-1][1] if self._edges else self._last
        if on is before and (self._edges or self._is_known):
            return
        self._edges.append((time_s, on))
        if len(self._edges) > 2:
            del self._edges[:2]  # there and back again: the edges that follow tell the same

    def _is_always_heard(self) -> bool:
        if self.sense is Sense.CONTACT:
            return self._edges[0][0] < self._moved_s + SETTLE_S
        return self.sense is Sense.EXIT

    def _goes_on(self, time_s: float) -> bool:
        """True for a tamper switch that has tripped, which is told at once, and does not rest."""
        if self.sense is not Sense.TAMPER or not self._last:
            return False
        moved_s, is_tripped = self._edges[-1]
        if is_tripped:
            self._edges.clear()
        return bool(is_tripped) or time_s < moved_s + SETTLE_S

    def _repeats(self, given: DoorInput, time_s: float) -> bool:
        """True if it is a ring that goes on."""
        if given is not DoorInput.BELL:
            return False
        before_s, self._rung_s = self._rung_s, time_s
        return time_s - before_s < BELL_PAUSE_S

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
        self._latches = [
            _Latch(sense, switches[sense], clock) for sense in Sense if sense in switches
        ]

    def __bool__(self) -> bool:
        """True if there are any."""
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
        latch.hear(self._clock(), on)
        wake()


_WITHOUT = {
    Sense.CONTACT: ("nobody is told of a door that is forced or held open", Severity.WARNING),
    Sense.TAMPER: ("nobody is told of tampering", Severity.WARNING),
    Sense.EXIT: ("the exit button lets nobody out", Severity.ERROR),
    Sense.BELL: ("nobody hears the bell", Severity.WARNING),
}
"""What is lost with a switch without which the door goes on. Without its bolt's it would not know
whether it is locked."""


def open_switches(config: DoorConfig, board: Board) -> Switches:
    """The switches that ``[door]`` describes, but for those that cannot be had, which the ``board``
    shows. Raises :class:`RelayError` if that is the bolt's.

    A contact that cannot be had is one that cannot be read. The switches of a simulated door are
    quiet: it is closed, its bolt is out, and nobody presses anything.
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
                continue
            try:
                switches[sense] = GpioSwitch(pin, f"[door] {option}", on_when_low=on_when == "low")
            except RelayError as error:
                if sense not in _WITHOUT:
                    raise
                lost, severity = _WITHOUT[sense]
                sentence = f"{lost}: {error}; then restart facedoor"
                board.report("switch_unusable", sentence, severity, about=option)
                continue
            opened.callback(switches[sense].close)
        opened.pop_all()
    return Switches(switches)
