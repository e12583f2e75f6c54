"""The relay's levels, on gpiozero's own simulated pins and on our simulated relay."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPin

from facedoor.config.options import DoorConfig
from facedoor.door.states import Action
from facedoor.errors import RelayError
from facedoor.hardware.gpio import driver_failure
from facedoor.hardware.lock import MotorLock, open_lock
from facedoor.hardware.relay import GpioRelay, Relay, SimulatedRelay, open_relay

BROKEN_LGPIO = """
def gpiochip_open(chip):
    raise OSError("'can not open gpiochip'")

def __getattr__(name):
    return 0
"""


@pytest.fixture
def pin(pins: MockFactory) -> MockPin:
    """Pin 17 of a simulated Pi."""
    return pins.pin(17)


def levels(pin: MockPin) -> list[bool]:
    """Every level the pin had since it was made, the floating one of the start left out."""
    return [bool(change.state) for change in pin.states[1:]]


def test_relay_drives_its_pin_to_its_level_for_on_when_on(pin: MockPin) -> None:
    for active_high in (True, False):
        relay = GpioRelay(17, active_high=active_high)
        assert (relay.is_on, pin.function, pin.state) == (False, "output", not active_high)
        relay.on()
        assert (relay.is_on, pin.state) == (True, active_high)
        relay.off()
        assert (relay.is_on, pin.state) == (False, not active_high)
        relay.close()


def test_relay_that_was_left_on_is_off_after_close(pin: MockPin) -> None:
    relay = GpioRelay(17)
    relay.on()
    relay.close()
    relay.close()
    assert not relay.is_on
    assert levels(pin) == [True, False]
    assert pin.function == "input"


def test_active_low_relay_is_driven_high_before_its_pin_is_released(pin: MockPin) -> None:
    relay = GpioRelay(17, active_high=False)
    relay.on()
    relay.close()
    assert levels(pin) == [True, False, True]


def test_closed_relay_cannot_be_switched_on(pin: MockPin) -> None:
    relay = GpioRelay(17)
    relay.close()
    with pytest.raises(RelayError, match=r"GPIO17 on .*restart the service"):
        relay.on()
    assert levels(pin) == []


@pytest.mark.usefixtures("pin")
def test_pin_that_is_in_use_is_named_with_the_next_step() -> None:
    relay = GpioRelay(17)
    with pytest.raises(RelayError, match=r"GPIO17.*set another pin"):
        GpioRelay(17)
    relay.close()
    GpioRelay(17).close()


def test_machine_without_gpio_gives_one_sentence(
    monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    monkeypatch.setattr(Device, "pin_factory", None)
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "none-of-them")
    with pytest.raises(RelayError, match=r'python3-lgpio .* relay = "simulated"'):
        GpioRelay(17)
    assert not recwarn.list


def test_reason_for_which_gpiozero_falls_back_is_told_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    # A Pi 5 on which the driver is installed and does not find its chip.
    (tmp_path / "lgpio.py").write_text(BROKEN_LGPIO)
    monkeypatch.syspath_prepend(tmp_path)
    for module in ("lgpio", "gpiozero.pins.lgpio"):
        monkeypatch.setitem(sys.modules, module, None)  # which is undone in the end
        del sys.modules[module]
    monkeypatch.setattr("gpiozero.pins.local.get_pi_revision", lambda: 0xD04170)
    monkeypatch.setattr(Device, "pin_factory", None)
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    said = "lgpio: 'can not open gpiochip'"
    with pytest.raises(RelayError) as failed:
        GpioRelay(17)
    for part in ("GPIO17", f"not by {said}", "SYMLINK", "group gpio"):
        assert part in str(failed.value)
    failure = driver_failure()
    assert failure is not None
    what, remedy = failure
    assert what.endswith(said)
    assert "60-gpiochip4.rules" in remedy
    assert not recwarn.list


def test_driver_that_works_or_is_not_installed_is_no_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Device, "pin_factory", None)
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    monkeypatch.delitem(sys.modules, "gpiozero.pins.lgpio", raising=False)
    assert driver_failure() is None


def test_simulated_relay_records_each_change_with_its_time() -> None:
    now = iter([0.0, 1.0, 4.0])
    relay = SimulatedRelay(clock=lambda: next(now))
    relay.on()
    relay.on()
    relay.off()
    assert relay.levels == [(0.0, False), (1.0, True), (4.0, False)]


def test_simulated_relay_is_off_and_dead_after_close() -> None:
    relay = SimulatedRelay()
    relay.on()
    relay.close()
    relay.close()
    assert not relay.is_on
    with pytest.raises(RelayError, match="closed"):
        relay.on()


def test_configuration_chooses_the_relay(pin: MockPin) -> None:
    simulated: Relay = open_relay(DoorConfig(relay="simulated"))
    assert isinstance(simulated, SimulatedRelay)
    relay = open_relay(DoorConfig(pin=17, active_high=False))
    assert isinstance(relay, GpioRelay)
    assert pin.state


def test_relay_is_energised_for_what_the_lock_needs_and_never_at_rest(pins: MockFactory) -> None:
    for lock, released, secured in [
        ("strike", True, False),
        ("magnet_nc", True, False),
        ("magnet_no", False, True),
    ]:
        opened = open_lock(DoorConfig(lock=lock))
        levels = [pins.pin(17).state]
        for action in (Action.SECURE, Action.RELEASE, Action.REST):
            opened.drive(action)
            levels.append(pins.pin(17).state)
        assert levels == [False, secured, released, False], lock
        opened.drive(Action.SECURE)
        opened.close()
        assert not pins.pin(17).state, lock


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
