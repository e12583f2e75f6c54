"""Which cameras this machine has."""

from __future__ import annotations

import importlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_USB_DRIVER = "uvcvideo"


@dataclass(frozen=True, slots=True)
class FoundCamera:
    """A camera that is there: its SPEC, and what it calls itself."""

    spec: str
    name: str


def find_cameras(root: Path) -> list[FoundCamera]:
    """The Pi's own camera first; ``root`` is the folder that ``sys`` is in."""
    return [*_pi_cameras(), *_usb_cameras(root)]


def _pi_cameras() -> list[FoundCamera]:
    # Whatever picamera2 raises, on a machine where it is half installed: it has no camera then.
    with suppress(Exception):
        picamera2 = importlib.import_module("picamera2")
        # USB cameras are in this list too, under the path of the bus.
        models = [
            str(camera["Model"])
            for camera in picamera2.Picamera2.global_camera_info()
            if "/usb" not in str(camera.get("Id", ""))
        ]
        return [FoundCamera("picamera2", f"the Pi's camera, {name}") for name in models[:1]]
    return []


def _usb_cameras(root: Path) -> list[FoundCamera]:
    """A Pi has a dozen video devices that are no cameras, and a USB camera has several."""
    found = []
    for folder in sorted((root / "sys" / "class" / "video4linux").glob("video*")):
        with suppress(OSError):
            driver = (folder / "device" / "driver").resolve().name
            if driver == _USB_DRIVER and (folder / "index").read_text().strip() == "0":
                name = (folder / "name").read_text().strip()
                found.append(FoundCamera(f"usb:{folder.name.removeprefix('video')}", name))
    return found
