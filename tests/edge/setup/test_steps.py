"""Setup's steps, each with a door of its own."""

from __future__ import annotations

import dataclasses
import os
import signal
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory

from broker import Broker, free_port
from door_kit import Door
from facedoor.commands.keys import CommandKeys
from facedoor.config import file as config_file
from facedoor.config.credentials import as_in_the_unit
from facedoor.errors import ConfigError, UsageError
from facedoor.setup.broker import BROKER, NAME
from facedoor.setup.camera import CAMERA
from facedoor.setup.configuration import Configuration
from facedoor.setup.guide import Bench, SetupStep
from facedoor.setup.people import KEY, PERSON
from facedoor.setup.relay import PULSE_S, RELAY
from facedoor.storage.key_file import load_vault
from facedoor.storage.store import open_store
from facedoor.wire.roles import Role
from facedoor.wire.signing import read_private_key
from machine_kit import Machine
from scripted_talk import ScriptedTalk

slept: list[float] = []


def bench(door: Door, machine: Machine, *answers: tuple[str, str]) -> Bench:
    slept.clear()
    talk = ScriptedTalk(list(answers))
    return Bench(talk, Configuration(door.config), machine.root, slept.append)


def do(step: SetupStep, door: Door, machine: Machine, *answers: tuple[str, str]) -> str:
    """Do a step with these answers; what was said."""
    used = bench(door, machine, *answers)
    with as_in_the_unit(door.config):
        step.do(used)
    assert isinstance(used.talk, ScriptedTalk)
    assert not used.talk.answers
    return used.talk.text


def settings(door: Door) -> config_file.Config:
    return config_file.load(door.config)


def test_name_is_written_and_then_known(empty_door: Door, machine: Machine) -> None:
    do(NAME, empty_door, machine, ("name", "back"))
    assert settings(empty_door).door.name == "back"
    assert NAME.reached(bench(empty_door, machine)) == "back"


def test_name_that_cannot_be_in_a_topic_is_refused(empty_door: Door, machine: Machine) -> None:
    with pytest.raises(ConfigError, match="one word"):
        do(NAME, empty_door, machine, ("name", "back door"))
    assert settings(empty_door).door.name == "test"


def test_camera_is_tried_before_it_is_written(empty_door: Door, machine: Machine) -> None:
    source = empty_door.walk_up("Jerry")
    said = do(CAMERA, empty_door, machine, ("which camera", source), ("right view", "y"))
    assert f"{source}, 1280x720" in said
    assert settings(empty_door).camera.source == source
    with pytest.raises(UsageError, match="no known kind"):
        do(CAMERA, empty_door, machine, ("which camera", "webcam"))
    assert settings(empty_door).camera.source == source


def test_camera_that_hangs_upside_down_is_turned(empty_door: Door, machine: Machine) -> None:
    answers = [("which", empty_door.walk_up("Jerry")), ("right view", "u"), ("right view", "y")]
    do(CAMERA, empty_door, machine, *answers)
    assert settings(empty_door).camera.flip


def test_relay_is_pulsed_once_after_a_yes_and_after_the_journal(
    empty_door: Door, machine: Machine, pins: MockFactory
) -> None:
    pin = pins.pin(4)
    do(RELAY, empty_door, machine, ("BCM", "4"), ("may it open", "y"), ("lock do", "o"))
    assert [bool(change.state) for change in pin.states] == [False, True, False]
    assert slept == [PULSE_S]
    with empty_door.journal() as journal:
        assert [entry.payload["event"] for entry in journal.tail(9)] == ["relay_test"]
    door = settings(empty_door).door
    assert (door.relay, door.pin, door.active_high) == ("gpio", 4, True)
    assert "active_high = true" in RELAY.reached(bench(empty_door, machine))


def test_without_a_yes_nothing_moves(empty_door: Door, machine: Machine, pins: MockFactory) -> None:
    pin = pins.pin(4)
    said = do(RELAY, empty_door, machine, ("BCM", "4"), ("may it open", ""))
    assert "THE DOOR OPENS" in said
    assert not any(change.state for change in pin.states)


def test_lost_connection_waits_until_the_relay_is_off(
    empty_door: Door, machine: Machine, pins: MockFactory
) -> None:
    pin = pins.pin(4)
    levels: list[bool] = []
    before = signal.signal(signal.SIGHUP, lambda *_: levels.append(bool(pin.state)))
    talk = ScriptedTalk([("BCM", "4"), ("may it open", "y"), ("lock do", "o")])

    def hang_up(_seconds: float) -> None:
        os.kill(os.getpid(), signal.SIGHUP)
        assert pin.state
        assert not levels

    try:
        RELAY.do(Bench(talk, Configuration(empty_door.config), machine.root, hang_up))
    finally:
        signal.signal(signal.SIGHUP, before)
    assert levels == [False]


def test_reversed_relay_is_turned_round_and_tested_again(
    empty_door: Door, machine: Machine, pins: MockFactory
) -> None:
    pin = pins.pin(4)
    yes = ("may it open", "y")
    do(RELAY, empty_door, machine, ("BCM", "4"), yes, ("lock do", "r"), yes, ("lock do", "o"))
    assert not settings(empty_door).door.active_high
    assert slept == [PULSE_S] * 2
    assert [bool(change.state) for change in pin.states[-3:]] == [True, False, True]


def test_magnet_that_the_relay_holds_is_wired_rightly_when_it_does_the_reverse(
    empty_door: Door, machine: Machine, pins: MockFactory
) -> None:
    empty_door.config.write_text(
        empty_door.config.read_text().replace("[door]", '[door]\nlock = "magnet_no"', 1)
    )
    do(RELAY, empty_door, machine, ("BCM", "4"), ("may it open", "y"), ("lock do", "r"))
    assert settings(empty_door).door.active_high


def test_motor_bolt_is_not_left_drawn_back_by_a_test(
    empty_door: Door, machine: Machine, pins: MockFactory
) -> None:
    motor = '[door]\nlock = "motor"\nlock_pin = 5\nbolt_pin = 6'
    empty_door.config.write_text(empty_door.config.read_text().replace("[door]", motor, 1))
    do(RELAY, empty_door, machine, ("BCM", "4"))
    assert slept == []


def test_relay_that_does_nothing_is_looked_for_on_another_pin(
    empty_door: Door, machine: Machine, pins: MockFactory
) -> None:
    yes = ("may it open", "y")
    answers = [("BCM", "4"), yes, ("lock do", "n"), ("BCM", "5"), yes, ("lock do", "o")]
    do(RELAY, empty_door, machine, *answers)
    assert settings(empty_door).door.pin == 5


def test_relay_stays_off_when_the_journal_cannot_be_written(
    empty_door: Door, machine: Machine, pins: MockFactory
) -> None:
    pin = pins.pin(4)
    empty_door.state.write_text("in the way")
    with pytest.raises(Exception, match="state"):
        do(RELAY, empty_door, machine, ("BCM", "4"), ("may it open", "y"))
    assert not any(change.state for change in pin.states)


def answers(broker: Broker, password: str) -> list[tuple[str, str]]:
    return [
        ("broker's name", "127.0.0.1"),
        ("port", str(broker.port)),
        ("user name", "door"),
        ("password", password),
    ]


def test_broker_is_tried_and_its_password_kept_apart(
    empty_door: Door, guarded: Broker, machine: Machine
) -> None:
    said = do(BROKER, empty_door, machine, *answers(guarded, "open sesame"))
    assert "lets the door in" in said
    mqtt = settings(empty_door).mqtt
    file = empty_door.state / "mqtt-password"
    assert (mqtt.port, mqtt.username, mqtt.password_file) == (guarded.port, "door", str(file))
    assert file.read_text() == "open sesame"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "open sesame" not in empty_door.config.read_text()


def test_password_becomes_a_credential_where_the_unit_has_some(
    empty_door: Door, guarded: Broker, machine: Machine
) -> None:
    folder = empty_door.folder / "credentials"
    folder.mkdir(mode=0o700)
    do(BROKER, empty_door, machine, *answers(guarded, "open sesame"))
    assert settings(empty_door).mqtt.password_file == ""
    assert (folder / "mqtt-password").read_text() == "open sesame"
    # Asked again, the password that is there is good enough.
    again = [a for a in answers(guarded, "") if a[1]]
    assert "lets the door in" in do(BROKER, empty_door, machine, *again, ("password", ""))


def test_refused_password_is_not_kept(empty_door: Door, guarded: Broker, machine: Machine) -> None:
    with pytest.raises(UsageError, match="nothing is written"):
        do(BROKER, empty_door, machine, *answers(guarded, "wrong"), ("all the same", "n"))
    assert not settings(empty_door).mqtt.host
    assert not (empty_door.state / "mqtt-password").exists()


def test_broker_that_is_not_there_yet_can_be_written_all_the_same(
    empty_door: Door, machine: Machine
) -> None:
    port = free_port()
    asked = [("broker's name", "127.0.0.1"), ("port", str(port)), ("all the same", "y")]
    said = do(BROKER, empty_door, machine, *asked)
    assert "no broker answers" in said
    assert settings(empty_door).mqtt.port == port


def test_door_without_a_broker_is_asked_no_more(empty_door: Door, machine: Machine) -> None:
    do(BROKER, empty_door, machine, ("broker's name", "none"))
    assert BROKER.reached(bench(empty_door, machine)) == "no broker"


def test_first_key_is_an_admins_and_its_private_half_in_a_file(
    empty_door: Door, machine: Machine
) -> None:
    file = empty_door.folder / "admin.key"
    do(KEY, empty_door, machine, ("whose key", "Ada"), ("private half", str(file)))
    vault = load_vault(settings(empty_door))
    (key,) = CommandKeys(open_store(empty_door.database, vault)).all()
    assert (key.name, key.role) == ("Ada", Role.ADMIN)
    public = read_private_key(file).public_key().public_bytes_raw()
    assert public == key.public_key
    assert KEY.reached(bench(empty_door, machine)) == "keys of Ada"


def test_key_on_the_screen_is_a_qr_code_too(empty_door: Door, machine: Machine) -> None:
    said = do(KEY, empty_door, machine, ("whose key", "Ada"), ("private half", ""))
    assert "BEGIN PRIVATE KEY" in said
    assert "█" in said


def test_person_is_enrolled_by_camera_with_hints(empty_door: Door, machine: Machine) -> None:
    empty_door.configure("camera", source=empty_door.walk_up("Jerry", stay_s=4.0))
    said = do(PERSON, empty_door, machine, ("person's name", "Jerry"), ("stand before", ""))
    assert "picture 1 of 5 taken" in said
    assert "Jerry has" in said
    assert PERSON.reached(bench(empty_door, machine)) == "enrolled: Jerry"


def test_nobody_in_view_is_told(empty_door: Door, machine: Machine) -> None:
    empty_door.configure("camera", source=empty_door.walk_up("", stay_s=0.5))
    with pytest.raises(UsageError, match="no picture was good enough"):
        do(PERSON, empty_door, machine, ("person's name", "Jerry"), ("stand before", ""))


def test_steps_reach_nothing_in_an_empty_configuration(tmp_path: Path, machine: Machine) -> None:
    made = dataclasses.replace(
        Bench(ScriptedTalk([]), Configuration(tmp_path / "none.toml")), root=machine.root
    )
    assert [step.reached(made) for step in (CAMERA, RELAY, NAME, BROKER)] == [""] * 4
