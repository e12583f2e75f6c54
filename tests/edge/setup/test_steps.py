from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import cv2
import pytest
from gpiozero.pins.mock import MockFactory

from facedoor.commands.keys import CommandKeys
from facedoor.errors import CameraError, ConfigError, UsageError
from facedoor.setup.broker import BROKER, NAME
from facedoor.setup.camera import CAMERA
from facedoor.setup.configuration import Configuration
from facedoor.setup.distance import DISTANCE, SLACK
from facedoor.setup.lamp import LAMP
from facedoor.setup.people import KEY, PERSON
from facedoor.setup.prompts import PROMPTS
from facedoor.setup.relay import PULSE_S, RELAY
from facedoor.setup.talk import Bench
from facedoor.storage.key_file import load_vault
from facedoor.storage.store import open_store
from facedoor.wire.roles import Role
from facedoor.wire.signing import read_private_key
from machine_kit import ScriptedTalk
from setup_kit import Steps, standing


def test_name_is_written_and_then_known(steps: Steps) -> None:
    steps.do(NAME, ("name", "back"))
    assert steps.settings.door.name == "back"
    assert NAME.reached(steps.bench()) == "back"


def test_name_that_cannot_be_in_a_topic_is_refused(steps: Steps) -> None:
    with pytest.raises(ConfigError, match="one word"):
        steps.do(NAME, ("name", "back door"))
    assert steps.settings.door.name == "test"


def test_camera_is_tried_before_it_is_written(steps: Steps) -> None:
    source = steps.door.walk_up("Jerry")
    said = steps.do(CAMERA, ("which camera", source), ("right view", "y"))
    assert f"{source}, 640x360" in said
    assert steps.settings.camera.source == source
    with pytest.raises(UsageError, match="no known kind"):
        steps.do(CAMERA, ("which camera", "webcam"))
    assert steps.settings.camera.source == source


def test_camera_that_hangs_upside_down_is_turned(steps: Steps) -> None:
    answers = [("which", steps.door.walk_up("Jerry")), ("right view", "u"), ("right view", "y")]
    steps.do(CAMERA, *answers)
    assert steps.settings.camera.rotate == 180


def test_turn_that_a_face_needs_is_proposed(steps: Steps, tmp_path: Path) -> None:
    picture = cv2.imread(str(steps.door.photo("Jerry")))
    for turned, needed in ((cv2.ROTATE_180, 180), (cv2.ROTATE_90_CLOCKWISE, 270)):
        cv2.imwrite(str(tmp_path / "view.png"), cv2.rotate(picture, turned))
        # Nothing is typed: what is proposed is taken, and then it is the right view.
        answers = [("which", f"folder:{tmp_path}"), ("right view", ""), ("right view", "")]
        assert f"[camera] rotate = {needed}" in steps.do(CAMERA, *answers)
        assert steps.settings.camera.rotate == needed
        steps.bench().configuration.set("camera", rotate=0)


def test_where_the_door_opens_is_measured_by_standing_there(steps: Steps) -> None:
    steps.door.configure("camera", source=standing(steps.door, "Jerry", 1))
    assert DISTANCE.reached(steps.bench()) == ""
    said = steps.do(DISTANCE, ("Enter", ""), ("open from there on", "y"))
    (width_px,) = map(int, re.findall(r"a face is (\d+) px wide", said))
    open_at_px = steps.settings.recognition.open_at_px
    assert open_at_px == pytest.approx(SLACK * width_px, abs=1)
    assert DISTANCE.reached(steps.bench()) == f"a face of {open_at_px} px and more"


def test_where_nobody_stands_the_door_opens_as_before(steps: Steps) -> None:
    steps.door.configure("camera", source=steps.door.walk_up("", stay_s=0.5))
    with pytest.raises(CameraError, match="nobody was seen well"):
        steps.do(DISTANCE, ("Enter", ""))
    assert steps.settings.recognition.open_at_px is None


def test_relay_is_pulsed_after_a_yes_and_the_journal(steps: Steps, pins: MockFactory) -> None:
    pin = pins.pin(4)
    steps.do(RELAY, ("BCM", "4"), ("may it open", "y"), ("lock do", "o"))
    assert [bool(change.state) for change in pin.states] == [False, True, False]
    assert steps.slept == [PULSE_S]
    with steps.door.journal() as journal:
        assert [entry.payload["event"] for entry in journal.tail(9)] == ["relay_test"]
    door = steps.settings.door
    assert (door.relay, door.pin, door.active_high) == ("gpio", 4, True)
    assert "active_high = true" in RELAY.reached(steps.bench())


def test_simulated_relay_is_said_to_move_no_lock(steps: Steps) -> None:
    said = steps.do(RELAY, ("BCM", "none"))
    assert "wherever the door would open, no lock moves" in said
    assert "OPENS" not in said
    assert RELAY.reached(steps.bench()) == "simulated: no lock moves"


def test_without_a_yes_nothing_moves(steps: Steps, pins: MockFactory) -> None:
    pin = pins.pin(4)
    assert "THE DOOR OPENS" in steps.do(RELAY, ("BCM", "4"), ("may it open", ""))
    assert not any(change.state for change in pin.states)


def test_lost_connection_waits_until_the_relay_is_off(steps: Steps, pins: MockFactory) -> None:
    pin = pins.pin(4)
    levels: list[bool] = []
    before = signal.signal(signal.SIGHUP, lambda *_: levels.append(bool(pin.state)))
    talk = ScriptedTalk([("BCM", "4"), ("may it open", "y"), ("lock do", "o")])

    def hang_up(_seconds: float) -> None:
        os.kill(os.getpid(), signal.SIGHUP)
        assert pin.state
        assert not levels

    try:
        RELAY.do(Bench(talk, Configuration(steps.door.config), steps.machine.root, hang_up))
    finally:
        signal.signal(signal.SIGHUP, before)
    assert levels == [False]


def test_reversed_relay_is_turned_round_and_tested_again(steps: Steps, pins: MockFactory) -> None:
    pin = pins.pin(4)
    yes = ("may it open", "y")
    steps.do(RELAY, ("BCM", "4"), yes, ("lock do", "r"), yes, ("lock do", "o"))
    assert not steps.settings.door.active_high
    assert steps.slept == [PULSE_S] * 2
    assert [bool(change.state) for change in pin.states[-3:]] == [True, False, True]


def test_magnet_that_does_the_reverse_is_wired_rightly(steps: Steps, pins: MockFactory) -> None:
    steps.door.config.write_text(
        steps.door.config.read_text().replace("[door]", '[door]\nlock = "magnet_no"', 1)
    )
    steps.do(RELAY, ("BCM", "4"), ("may it open", "y"), ("lock do", "r"))
    assert steps.settings.door.active_high


def test_motor_bolt_is_not_left_drawn_back_by_a_test(steps: Steps, pins: MockFactory) -> None:
    motor = '[door]\nlock = "motor"\nlock_pin = 5\nbolt_pin = 6'
    steps.door.config.write_text(steps.door.config.read_text().replace("[door]", motor, 1))
    steps.do(RELAY, ("BCM", "4"))
    assert steps.slept == []


def test_relay_that_does_nothing_is_on_another_pin(steps: Steps, pins: MockFactory) -> None:
    yes = ("may it open", "y")
    answers = [("BCM", "4"), yes, ("lock do", "n"), ("BCM", "5"), yes, ("lock do", "o")]
    steps.do(RELAY, *answers)
    assert steps.settings.door.pin == 5


def test_relay_stays_off_when_nothing_can_be_written(steps: Steps, pins: MockFactory) -> None:
    pin = pins.pin(4)
    steps.door.state.write_text("in the way")
    with pytest.raises(Exception, match="state"):
        steps.do(RELAY, ("BCM", "4"), ("may it open", "y"))
    assert not any(change.state for change in pin.states)


def let_it_ask(steps: Steps) -> None:
    """A door with pins, and nothing on them yet, that is to ask visitors."""
    steps.door.configure("door", relay="gpio")
    steps.door.configure("liveness", mode="challenge_if_unsure")


def test_pins_by_which_visitors_are_asked_are_written(steps: Steps) -> None:
    let_it_ask(steps)
    assert PROMPTS.reached(steps.bench()) == ""
    said = steps.do(PROMPTS, ("visitor's left", "5"), ("at their right", "6"))
    assert "turn the head" in said
    assert "nothing at this door can ask" not in said
    assert (steps.settings.door.left_led_pin, steps.settings.door.right_led_pin) == (5, 6)
    assert "two LEDs" in PROMPTS.reached(steps.bench())


def test_buzzer_alone_is_enough_to_ask_visitors(steps: Steps) -> None:
    let_it_ask(steps)
    steps.do(PROMPTS, ("visitor's left", "none"), ("single LED", "none"), ("buzzer", "7"))
    assert steps.settings.door.buzzer_pin == 7
    assert "the buzzer" in PROMPTS.reached(steps.bench())


def test_door_that_cannot_ask_is_told_what_to_wire(steps: Steps) -> None:
    let_it_ask(steps)
    said = steps.do(PROMPTS, ("visitor's left", ""), ("single LED", ""), ("buzzer", ""))
    assert "nothing at this door can ask a visitor to turn the head, so it refuses" in said
    assert "left_led_pin and right_led_pin" in said


@pytest.mark.parametrize("mode", ["off", "passive"])
def test_door_that_asks_nobody_says_so_in_setup(steps: Steps, mode: str) -> None:
    steps.door.configure("door", relay="gpio")
    steps.door.configure("liveness", mode=mode)
    assert f'mode is "{mode}"' in PROMPTS.reached(steps.bench())


def test_lamp_is_lit_once_and_turned_round_where_it_was_the_reverse(
    steps: Steps, pins: MockFactory
) -> None:
    steps.door.configure("door", relay="gpio")
    pin = pins.pin(5)
    lit = ("the lamp is on", "")
    said = steps.do(LAMP, ("of the lamp", "5"), lit, ("lamp do", "r"), lit, ("lamp do", "y"))
    assert [bool(change.state) for change in pin.states[-3:]] == [True, False, True]
    assert "by day and, at night, by the lamp's light" in said
    assert LAMP.reached(steps.bench()) == "GPIO5, lamp_active_high = false"
    with pytest.raises(UsageError, match="nothing was lit"):
        steps.do(LAMP, lit, ("lamp do", "n"))


def test_lamp_of_a_simulated_door_is_written_and_not_driven(steps: Steps) -> None:
    assert LAMP.reached(steps.bench()) == ""
    assert "not tested" in steps.do(LAMP, ("of the lamp", "5"))
    assert steps.settings.door.lamp_pin == 5


def test_first_key_is_an_admins_and_its_private_half_in_a_file(steps: Steps) -> None:
    file = steps.door.folder / "admin.key"
    steps.do(KEY, ("whose key", "Ada"), ("private half", str(file)))
    vault = load_vault(steps.settings)
    (key,) = CommandKeys(open_store(steps.door.database, vault)).all()
    assert (key.name, key.role) == ("Ada", Role.ADMIN)
    assert read_private_key(file).public_key().public_bytes_raw() == key.public_key
    assert KEY.reached(steps.bench()) == "keys of Ada"


def test_key_on_the_screen_is_text(steps: Steps) -> None:
    said = steps.do(KEY, ("whose key", "Ada"), ("private half", ""))
    assert "BEGIN PRIVATE KEY" in said
    assert "█" not in said


def test_person_is_enrolled_by_camera_with_hints(steps: Steps) -> None:
    steps.door.configure("camera", source=standing(steps.door, "Jerry"), fps=5)
    said = steps.do(PERSON, ("person's name", "Jerry"), ("go on", ""))
    assert "picture 1 of 5 taken" in said
    assert "Jerry has" in said
    assert PERSON.reached(steps.bench()) == "enrolled: Jerry"


def test_nobody_in_view_is_told(steps: Steps) -> None:
    steps.door.configure("camera", source=steps.door.walk_up("", stay_s=0.5))
    with pytest.raises(UsageError, match="no picture was good enough"):
        steps.do(PERSON, ("person's name", "Jerry"), ("go on", ""))


def test_steps_reach_nothing_in_an_empty_configuration(steps: Steps, tmp_path: Path) -> None:
    none = Bench(ScriptedTalk([]), Configuration(tmp_path / "none.toml"), steps.machine.root)
    assert [step.reached(none) for step in (CAMERA, RELAY, NAME, BROKER)] == [""] * 4
