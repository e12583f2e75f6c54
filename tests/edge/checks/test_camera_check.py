from __future__ import annotations

import grp
import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from door_kit import PACK
from facedoor.checks.camera import devices_of, examine_camera
from facedoor.checks.installation import Account, Finding, obstacles
from facedoor.config.options import CameraConfig, Config, ModelsConfig, Rotation
from machine_kit import Machine

USB = Config(camera=CameraConfig(source="usb:0"))
PI = Config(camera=CameraConfig(source="picamera2"))
STRANGER = Account(uid=4711, gid=4711, name="ada", groups=frozenset({4711}))


def camera(machine: Machine, settings: Config) -> Finding:
    (finding,) = examine_camera(machine.installation(settings))
    return finding


def test_camera_that_delivers_is_fine(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "view").mkdir()
    cv2.imwrite(str(tmp_path / "view" / "a.png"), np.zeros((48, 64, 3), np.uint8))
    found = camera(machine, Config(camera=CameraConfig(source=f"folder:{tmp_path / 'view'}")))
    assert found.ok
    assert found.message.endswith("64x48; opens for faces from 6 px")


def test_camera_that_is_mounted_wrongly_is_told_with_what_turns_it(
    machine: Machine, tmp_path: Path, photos: Path
) -> None:
    photo = cv2.imread(str(next((photos / "val" / "jerry_seinfeld").glob("*.jpg"))))
    cases: list[tuple[int | None, Rotation, str]] = [
        *((None, 0, ""), (cv2.ROTATE_180, 0, "upside down: [camera] rotate = 180")),
        *((None, 180, "upside down: [camera] rotate = 0"), (cv2.ROTATE_180, 180, "")),
        (cv2.ROTATE_90_CLOCKWISE, 0, "lies on its side: [camera] rotate = 270"),
    ]
    for turned, rotate, said in cases:
        picture = photo if turned is None else cv2.rotate(photo, turned)
        cv2.imwrite(str(tmp_path / "view.png"), picture)
        config = CameraConfig(source=f"folder:{tmp_path}", rotate=rotate)
        found = camera(machine, Config(camera=config, models=ModelsConfig(pack=str(PACK))))
        assert found.ok == (not said), found
        assert found.message.endswith(said), found


def test_missing_camera_is_told_with_those_that_are_there(machine: Machine) -> None:
    machine.device("video2")
    found = camera(machine, USB)
    assert not found.ok
    assert found.message == "there is no /dev/video0; there are /dev/video2"
    assert "facedoor setup" in found.remedy


def test_user_outside_the_group_is_told_which_group(machine: Machine) -> None:
    machine.device("video0")
    door = replace(machine.installation(USB), account=STRANGER)
    (found,) = examine_camera(door)
    group = grp.getgrgid(os.getegid()).gr_name
    assert found.message == f"/dev/video0 is for the group {group}, and the user ada is not in it"
    assert f"sudo usermod -aG {group} ada" in found.remedy


def test_the_groups_of_the_pis_camera_are_looked_at_too(machine: Machine) -> None:
    for device in ("media0", "dma_heap/system"):
        made = machine.device(device)
        (found,) = examine_camera(replace(machine.installation(PI), account=STRANGER))
        assert f"/dev/{device}" in found.message
        assert "usermod" in found.remedy, device
        made.unlink()


def test_device_of_root_alone_is_no_matter_of_groups(machine: Machine) -> None:
    machine.device("video0", 0o600)
    (found,) = obstacles("camera", machine.root, "/dev/video0", STRANGER)
    assert "udevadm trigger" in found.remedy


def test_member_of_the_group_may_use_it(machine: Machine) -> None:
    machine.device("video0")
    member = replace(STRANGER, groups=frozenset({os.getegid()}))
    assert not list(obstacles("camera", machine.root, "/dev/video0", member))


def test_camera_of_the_running_service_is_left_alone(machine: Machine) -> None:
    machine.systemd()
    for settings, device in ((USB, "video0"), (PI, "media0")):
        machine.device(device)
        found = camera(machine, settings)
        assert found.ok, device
        assert "in use by facedoor.service (running); opens for faces" in found.message, device


def test_busy_camera_is_told_with_whoever_has_it(machine: Machine) -> None:
    machine.device("video0")
    machine.process(42, "cheese", "/dev/null", "/dev/video0", unit="session-2.scope")
    machine.process(43, "bash", "/dev/null", unit="session-2.scope")
    found = camera(machine, USB)
    assert not found.ok
    assert "in use by cheese (process 42)" in found.message
    assert found.remedy == "sudo kill 42"


def test_camera_that_a_service_has_is_freed_by_stopping_it(machine: Machine) -> None:
    machine.device("video0")
    machine.process(42, "motion", "/dev/video0", unit="motion.service")
    assert camera(machine, USB).remedy == "sudo systemctl stop motion.service"


def test_camera_that_cannot_be_opened_and_nobody_has_is_told(machine: Machine) -> None:
    machine.device("video0")
    found = camera(machine, USB)
    assert "cannot be opened" in found.message
    assert found.remedy


def test_pis_camera_without_picamera2_is_told_what_to_install(machine: Machine) -> None:
    found = camera(machine, PI)
    assert not found.ok
    assert "sudo apt install python3-picamera2" in found.remedy


def test_usb_camera_named_by_what_it_is_is_found_by_its_link(machine: Machine) -> None:
    by_id = Config(camera=CameraConfig(source="usb:/dev/v4l/by-id/usb-Cam_1"))
    assert "no /dev/v4l/by-id/usb-Cam_1" in camera(machine, by_id).message
    links = machine.root / "dev" / "v4l" / "by-id"
    links.mkdir(parents=True)
    (links.parents[1] / "video3").touch()
    (links / "usb-Cam_1").symlink_to("../../video3")
    assert devices_of("usb:/dev/v4l/by-id/usb-Cam_1", machine.root) == ["/dev/video3"]
