"""The lock of the door: what its relays do to release it, to secure it, and at rest; and with it
all that is screwed to the door: switches, LED, buzzer and lamp."""

from __future__ import annotations

import contextlib
from contextlib import ExitStack

from facedoor.config.options import DoorConfig
from facedoor.door.fitted import Lock
from facedoor.door.states import Action, LockKind
from facedoor.hardware.night_lamp import open_night_lamp
from facedoor.hardware.relay import Relay, open_relay
from facedoor.hardware.sensors import open_switches
from facedoor.hardware.signaller import open_signaller
from facedoor.problems import Board


class RelayLock:
    """A strike, or a magnet: one relay with two positions.

    A magnet on the relay's normally open contact is ``secure_when_on``: it holds the door only
    while the relay is energised, and lets go of it when the service ends or the power fails.
    """

    def __init__(self, relay: Relay, secure_when_on: bool = False) -> None:
        self._relay = relay
        self._secure_when_on = secure_when_on

    @property
    def is_on(self) -> bool:
        return self._relay.is_on

    def drive(self, action: Action) -> None:
        on_for = Action.SECURE if self._secure_when_on else Action.RELEASE
        if action is on_for:
            self._relay.on()
        else:
            self._relay.off()

    def close(self) -> None:
        self._relay.close()


class MotorLock:
    """A motor bolt: one relay drives it in, one out, never both. At rest it stays where it is."""

    def __init__(self, inwards: Relay, outwards: Relay) -> None:
        self._inwards = inwards
        self._outwards = outwards

    @property
    def is_on(self) -> bool:
        return self._inwards.is_on or self._outwards.is_on

    def drive(self, action: Action) -> None:
        with contextlib.ExitStack() as driven:
            # Both are switched off even if the first cannot be.
            if action is not Action.SECURE:
                driven.callback(self._outwards.off)
            if action is not Action.RELEASE:
                driven.callback(self._inwards.off)
        match action:
            case Action.RELEASE:
                self._inwards.on()
            case Action.SECURE:
                self._outwards.on()

    def close(self) -> None:
        with contextlib.ExitStack() as closing:
            closing.callback(self._outwards.close)
            closing.callback(self._inwards.close)


def open_lock(config: DoorConfig) -> Lock:
    """The lock that ``[door]`` describes, with no relay energised. Raises :class:`RelayError`."""
    kind = LockKind(config.lock)
    relay = open_relay(config)
    if kind is not LockKind.MOTOR:
        return RelayLock(relay, secure_when_on=kind is LockKind.MAGNET_NO)
    try:
        return MotorLock(relay, open_relay(config, config.lock_pin))
    except BaseException:
        relay.close()
        raise


class Fittings:
    """All of the door's pins. The lock's come first: they are safe before anything else is done."""

    def __init__(self, config: DoorConfig, board: Board) -> None:
        """Raises :class:`RelayError` when a pin of lock or bolt cannot be used; all are let go of
        then. A door goes on without any other, which the ``board`` shows."""
        with ExitStack() as opened:
            self.lock = open_lock(config)
            opened.callback(self.lock.close)
            self.switches = open_switches(config, board)
            opened.callback(self.switches.close)
            self.signaller = open_signaller(config, board)
            opened.callback(self.signaller.close)
            self.night_lamp = open_night_lamp(config, board)
            opened.pop_all()
        if any(pin is not None for pin in (config.led_pin, config.left_led_pin, config.buzzer_pin)):
            self.signaller.start()
        self._has_lamp = config.lamp_pin is not None
        if self._has_lamp:
            self.night_lamp.start()

    @property
    def lamp_is_on(self) -> bool | None:
        """``None``: there is no lamp. Any thread may ask."""
        return self.night_lamp.is_on if self._has_lamp else None

    def close(self) -> None:
        """Energise nothing and let go of every pin. Calling it again does nothing."""
        with ExitStack() as closing:
            closing.callback(self.night_lamp.close)
            closing.callback(self.signaller.close)
            closing.callback(self.switches.close)
            closing.callback(self.lock.close)  # the last that is named is the first that is closed
