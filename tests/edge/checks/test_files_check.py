from __future__ import annotations

import os
from dataclasses import replace

import pytest

from door_kit import Door
from facedoor.checks import examine
from facedoor.checks.files import examine_secrets, examine_state
from facedoor.checks.installation import Account, Finding, Installation
from facedoor.config import file as config_file
from machine_kit import Machine


def installed(door: Door, machine: Machine) -> Installation:
    door.config.chmod(0o644)
    return Installation.of(config_file.load(door.config), door.config, machine.root)


def secrets(door: Door, machine: Machine) -> list[Finding]:
    return [found for found in examine_secrets(installed(door, machine)) if not found.ok]


def test_private_files_are_fine(door: Door, machine: Machine) -> None:
    assert not secrets(door, machine)


@pytest.mark.parametrize("name", ["facedoor.key", "facedoor.db"])
def test_file_that_others_can_read_is_told(door: Door, machine: Machine, name: str) -> None:
    (door.state / name).chmod(0o644)
    (found,) = secrets(door, machine)
    assert found.message == f"{door.state / name} can be read by other users"
    assert found.remedy == f"sudo chmod 600 {door.state / name}"


def test_password_that_others_can_read_is_told(door: Door, machine: Machine) -> None:
    (door.folder / "password").write_text("open sesame")
    (door.folder / "password").chmod(0o640)
    door.configure("mqtt", username="door", password_file=str(door.folder / "password"))
    (found,) = secrets(door, machine)
    assert found.remedy == f"sudo chmod 600 {door.folder / 'password'}"


def test_credential_that_others_can_read_is_told(door: Door, machine: Machine) -> None:
    folder = door.folder / "credentials"
    folder.mkdir(mode=0o700)
    (folder / "mqtt-password").write_text("open sesame")
    (folder / "mqtt-password").chmod(0o604)
    (found,) = secrets(door, machine)
    assert found.remedy == f"sudo chmod 600 {folder / 'mqtt-password'}"


def test_folder_that_others_can_enter_is_told(door: Door, machine: Machine) -> None:
    door.state.chmod(0o755)
    (found,) = secrets(door, machine)
    assert "(mode 0755)" in found.message
    assert found.remedy == f"sudo chmod 700 {door.state}"


def test_configuration_that_others_can_change_is_told(door: Door, machine: Machine) -> None:
    door_is = installed(door, machine)
    door.config.chmod(0o664)
    (found,) = examine_secrets(door_is)
    assert found.remedy == f"sudo chmod go-w {door.config}"


def test_configuration_with_a_password_is_not_for_everybody(door: Door, machine: Machine) -> None:
    door.configure("camera", source="rtsp://ada:secret@camera/stream")
    (found,) = secrets(door, machine)
    assert "chmod 640" in found.remedy
    assert "secret" not in found.message


def test_state_of_another_user_is_told(door: Door, machine: Machine) -> None:
    facedoor = Account(uid=4711, gid=4711, name="facedoor", groups=frozenset())
    (found,) = examine_state(replace(installed(door, machine), account=facedoor))
    assert not found.ok
    assert "facedoor.db and facedoor.key" in found.message
    assert found.remedy == f"sudo chown -R facedoor: {door.state}"


def test_looking_makes_no_file(empty_door: Door, machine: Machine) -> None:
    empty_door.state.mkdir(mode=0o700)
    examine(config_file.load(empty_door.config), empty_door.config, machine.root)
    assert not list(empty_door.state.iterdir())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")
def test_what_looking_leaves_belongs_to_the_files_owner(door: Door, machine: Machine) -> None:
    for path in (door.state, *door.state.iterdir()):
        os.chown(path, 4711, 4711)
    before = {path.name for path in door.state.iterdir()}
    examine(config_file.load(door.config), door.config, machine.root)
    after = {path.name: path.stat().st_uid for path in door.state.iterdir()}
    assert set(after) - before <= {"facedoor.db-wal", "facedoor.db-shm"}
    assert set(after.values()) == {4711}


def test_missing_key_is_told_and_not_made(door: Door, machine: Machine) -> None:
    (door.state / "facedoor.key").unlink()
    found = machine.problems("state", config_file.load(door.config))
    assert "facedoor.key" in found[0].message
    assert not (door.state / "facedoor.key").exists()
