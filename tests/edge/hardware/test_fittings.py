"""All of the door's pins at once: the lock's are safe first, and let go of first."""

from __future__ import annotations

from pathlib import Path

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory

from broker import wait_until
from doorway import Doorway, grant
from facedoor.config.options import DoorConfig
from facedoor.config.pins import outputs_of
from facedoor.door.states import Action, Profile
from facedoor.errors import RelayError
from facedoor.hardware.lock import Fittings
from facedoor.problems import Board, Severity
from facedoor.wire.prompts import Prompt, Side

DRIVEN = {
    "lock_pin": 27,
    "led_pin": 26,
    "buzzer_pin": 16,
    "left_led_pin": 20,
    "right_led_pin": 21,
    "lamp_pin": 12,
}
READ = {"bolt_pin": 22, "contact_pin": 5, "exit_pin": 6, "tamper_pin": 13, "bell_pin": 19}
WHOLE = DoorConfig(lock="motor", active_high=False, **DRIVEN, **READ)
RELAYS, SWITCHES, LAMPS = (17, 27), READ.values(), (26, 16, 20, 21, 12)


def test_relays_and_lamps_are_off_and_switches_are_pulled_up(pins: MockFactory) -> None:
    fittings = Fittings(WHOLE, Board())
    assert all(pins.pin(pin).state for pin in RELAYS)  # off, for a board that is active low
    assert all(pins.pin(pin).function == "output" for pin in (*RELAYS, *LAMPS))
    assert not any(pins.pin(pin).state for pin in LAMPS)
    assert all(pins.pin(pin).pull == "up" for pin in SWITCHES)
    fittings.close()


def test_outputs_are_the_driven_pins_and_stand_at_their_level_for_off(pins: MockFactory) -> None:
    fittings = Fittings(WHOLE, Board())
    driven = {number for number in range(28) if pins.pin(number).function == "output"}
    assert outputs_of(WHOLE).keys() == driven
    assert all(pins.pin(pin).state != high for pin, high in outputs_of(WHOLE).items())
    fittings.close()


def test_everything_is_off_and_let_go_of_after_close(pins: MockFactory) -> None:
    fittings = Fittings(WHOLE, Board())
    fittings.lock.drive(Action.RELEASE)
    fittings.close()
    fittings.close()
    assert all(pins.pin(pin).function == "input" for pin in (*RELAYS, *SWITCHES, *LAMPS))
    Fittings(WHOLE, Board()).close()


@pytest.mark.parametrize("taken", [17, 27, 22])
def test_pin_that_cannot_be_had_lets_go_of_all_others(pins: MockFactory, taken: int) -> None:
    other = Fittings(DoorConfig(pin=taken), Board())
    with pytest.raises(RelayError, match=f"GPIO{taken}"):
        Fittings(WHOLE, Board())
    other.close()
    Fittings(WHOLE, Board()).close()


@pytest.mark.parametrize(
    ("pin", "option"),
    [
        *((26, "led_pin"), (16, "buzzer_pin"), (20, "left_led_pin"), (21, "right_led_pin")),
        (12, "lamp_pin"),
    ],
)
def test_door_goes_on_without_a_lamp_that_cannot_be_had(
    pins: MockFactory, pin: int, option: str
) -> None:
    other = Fittings(DoorConfig(pin=pin), Board())
    board = Board()
    fittings = Fittings(WHOLE, board)
    (problem,) = board.problems
    assert (problem.code, problem.about) == ("lamp_unusable", option)
    assert f"GPIO{pin}, which is [door] {option}" in problem.sentence
    fittings.lock.drive(Action.RELEASE)
    assert fittings.lock.is_on
    fittings.close()
    other.close()


@pytest.mark.parametrize(
    ("option", "severity", "consequence"),
    [
        ("exit_pin", Severity.ERROR, "the exit button lets nobody out"),
        ("contact_pin", Severity.WARNING, "nobody is told of a door that is forced or held open"),
        ("tamper_pin", Severity.WARNING, "nobody is told of tampering"),
        ("bell_pin", Severity.WARNING, "nobody hears the bell"),
    ],
)
def test_door_opens_without_a_switch_that_cannot_be_had_and_says_what_is_lost(
    pins: MockFactory, tmp_path: Path, option: str, severity: Severity, consequence: str
) -> None:
    other = Fittings(DoorConfig(pin=READ[option]), Board())
    strike = DoorConfig(**{name: pin for name, pin in READ.items() if name != "bolt_pin"})
    doorway = Doorway(tmp_path / "facedoor.db", profile=Profile.of(strike))
    fittings = Fittings(strike, doorway.board)
    (problem,) = doorway.board.problems
    assert (problem.code, problem.about) == ("switch_unusable", option)
    assert problem.severity is severity
    assert problem.sentence.startswith(f"{consequence}: cannot read GPIO{READ[option]}, which is")
    assert problem.sentence.endswith("restart facedoor")
    keeper = doorway.doorkeeper(lock=fittings.lock, switches=fittings.switches)
    if option != "contact_pin":
        pins.pin(READ["contact_pin"]).drive_low()
    keeper.tick()
    assert (doorway.statuses[-1].is_open is None) == (option == "contact_pin")
    assert keeper.handle(grant(1)).granted
    assert fittings.lock.is_on
    doorway.clock.now_s += strike.pulse_s
    keeper.tick()
    assert not fittings.lock.is_on
    fittings.close()
    other.close()


@pytest.mark.parametrize("lost", ["contact_pin", "tamper_pin", "bell_pin"])
def test_other_switches_are_heard_beside_one_that_cannot_be_had(
    pins: MockFactory, tmp_path: Path, lost: str
) -> None:
    other = Fittings(DoorConfig(pin=READ[lost]), Board())
    doorway = Doorway(tmp_path / "facedoor.db", profile=Profile.of(WHOLE))
    fittings = Fittings(WHOLE, doorway.board)
    pins.pin(READ["bolt_pin"]).drive_low()
    keeper = doorway.doorkeeper(lock=fittings.lock, switches=fittings.switches)
    keeper.tick()
    pins.pin(READ["exit_pin"]).drive_low()
    keeper.tick()
    assert fittings.lock.is_on
    fittings.close()
    other.close()


def test_simulated_door_needs_no_pin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Device, "pin_factory", None)
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "none-of-them")
    Fittings(DoorConfig(relay="simulated", exit_pin=6, led_pin=26), Board()).close()


@pytest.mark.parametrize(("side", "pin", "other"), [(Side.LEFT, 20, 21), (Side.RIGHT, 21, 20)])
def test_prompt_lights_the_led_of_its_side_and_no_other(
    pins: MockFactory, side: Side, pin: int, other: int
) -> None:
    fittings = Fittings(DoorConfig(left_led_pin=20, right_led_pin=21), Board())
    prompt = Prompt.asking(side, 60.0, track=1, visit=None)
    fittings.signaller.prompted(prompt)
    wait_until(lambda: pins.pin(pin).state, "the LED is lit")
    assert not pins.pin(other).state
    fittings.signaller.prompted(prompt.over)
    wait_until(lambda: not pins.pin(pin).state, "the LED is dark")
    fittings.close()
    assert pins.pin(other).states[-1].state is False
