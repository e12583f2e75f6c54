"""What each kind of lock does with its relays, at the level of gpiozero's pins."""

from __future__ import annotations

import pytest
from gpiozero.pins.mock import MockFactory

from facedoor.config.options import DoorConfig
from facedoor.door.states import Action
from facedoor.errors import RelayError
from facedoor.hardware.lock import MotorLock, open_lock
from facedoor.hardware.relay import SimulatedRelay


@pytest.mark.parametrize(
    ("lock", "released", "secured"),
    [("strike", True, False), ("magnet_nc", True, False), ("magnet_no", False, True)],
)
def test_relay_is_energised_for_what_the_lock_needs_and_never_at_rest(
    pins: MockFactory, lock: str, released: bool, secured: bool
) -> None:
    opened = open_lock(DoorConfig(lock=lock))
    levels = [pins.pin(17).state]
    for action in (Action.SECURE, Action.RELEASE, Action.REST):
        opened.drive(action)
        levels.append(pins.pin(17).state)
    assert levels == [False, secured, released, False]
    opened.drive(Action.SECURE)
    opened.close()
    assert not pins.pin(17).state


def test_motor_drives_one_relay_at_a_time(pins: MockFactory) -> None:
    lock = open_lock(DoorConfig(lock="motor", lock_pin=27, bolt_pin=22, active_high=False))
    seen = []
    for action in (Action.REST, Action.RELEASE, Action.SECURE, Action.RELEASE, Action.REST):
        lock.drive(action)
        seen.append((not pins.pin(17).state, not pins.pin(27).state, lock.is_on))
    inwards, outwards, rest = (True, False, True), (False, True, True), (False, False, False)
    assert seen == [rest, inwards, outwards, inwards, rest]


def test_other_relay_is_switched_off_even_if_the_first_cannot_be() -> None:
    class Stuck(SimulatedRelay):
        def off(self) -> None:
            raise RelayError("the pin is gone")

    inwards, outwards = Stuck(), SimulatedRelay()
    lock = MotorLock(inwards, outwards)
    outwards.on()
    with pytest.raises(RelayError):
        lock.drive(Action.REST)
    assert not outwards.is_on


def test_first_pin_of_a_motor_is_let_go_if_the_second_cannot_be_driven(pins: MockFactory) -> None:
    strike = open_lock(DoorConfig(pin=27))
    with pytest.raises(RelayError, match="GPIO27"):
        open_lock(DoorConfig(lock="motor", lock_pin=27, bolt_pin=22))
    open_lock(DoorConfig()).close()
    strike.close()
