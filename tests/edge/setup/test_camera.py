from __future__ import annotations

from facedoor.setup.camera import FoundCamera, find_cameras
from machine_kit import Machine


def video(machine: Machine, number: int, driver: str, name: str, index: int) -> None:
    folder = f"sys/class/video4linux/video{number}"
    machine.write(f"{folder}/name", f"{name}\n")
    machine.write(f"{folder}/index", f"{index}\n")
    machine.write(f"sys/bus/drivers/{driver}/.keep", "")
    (machine.root / folder / "device").mkdir()
    (machine.root / folder / "device" / "driver").symlink_to(
        machine.root / "sys/bus/drivers" / driver
    )


def test_machine_without_cameras_has_none(machine: Machine) -> None:
    assert find_cameras(machine.root) == []


def test_usb_camera_is_found_once_and_codecs_are_not(machine: Machine) -> None:
    video(machine, 0, "uvcvideo", "HD Webcam", 0)
    video(machine, 1, "uvcvideo", "HD Webcam", 1)
    video(machine, 10, "bcm2835-codec", "bcm2835-codec-decode", 0)
    assert find_cameras(machine.root) == [FoundCamera("usb:0", "HD Webcam")]
