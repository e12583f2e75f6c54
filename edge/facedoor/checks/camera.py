"""The camera: whether it is there, may be used, is free, and delivers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from facedoor.camera.source import open_camera
from facedoor.checks.installation import UNIT, Finding, Installation, fine, obstacles, problem
from facedoor.checks.processes import holders
from facedoor.errors import CameraError, FacedoorError


def devices_of(source: str, root: Path) -> list[str]:
    """The devices behind a SPEC, such as ``/dev/video0``; none for a file or a network camera.

    That of a USB camera is named whether or not it exists.
    """
    kind, _, number = source.partition(":")
    if kind == "usb" and number.isdecimal():
        return [f"/dev/video{number}"]
    if source == "picamera2":
        return devices(root, "media[0-9]*", "dma_heap/*")
    return []


def devices(root: Path, *patterns: str) -> list[str]:
    """The devices that exist, by their names below ``/dev``."""
    folder = root / "dev"
    found = [path for pattern in patterns for path in sorted(folder.glob(pattern))]
    return [f"/dev/{path.relative_to(folder)}" for path in found]


def examine_camera(door: Installation) -> Iterator[Finding]:
    """Check whether the camera can be used. While the service has it, it is left alone."""
    source = door.settings.camera.source
    needed = devices_of(source, door.root)
    missing = [name for name in needed if not (door.root / name.lstrip("/")).exists()]
    if missing:
        there = ", ".join(devices(door.root, "video[0-9]*"))
        yield problem(
            "camera",
            f"there is no {missing[0]}; {f'there are {there}' if there else 'nor any other'}",
            "plug the camera in, or choose another: sudo facedoor setup",
        )
        return
    barred = [
        found for name in needed for found in obstacles("camera", door.root, name, door.account)
    ]
    if barred:
        yield barred[0]
    elif (needed or source == "picamera2") and door.service.is_running:
        yield fine("camera", f"{source}, in use by {UNIT} (running)")
    else:
        yield _tried(door, needed)


def _tried(door: Installation, needed: list[str]) -> Finding:
    source = door.settings.camera.source
    try:
        with open_camera(source, door.settings.camera) as camera:
            frame = camera.read()
        if frame is None:
            raise CameraError(f"{source} has no frame: choose another source")
    except FacedoorError as error:
        # Asked only after a failure: sound servers keep cameras open without using them.
        others = holders(door.root, *needed)
        if others:
            busy = " and ".join(map(str, others))
            return problem(
                "camera", f"{source} is in use by {busy} ({error})", others[0].end_command
            )
        return problem("camera", str(error), _remedy(source))
    height, width = frame.main.shape[:2]
    return fine("camera", f"{source}, {width}x{height}")


def _remedy(source: str) -> str:
    if source == "picamera2":
        return "rpicam-hello --list-cameras; sudo apt install python3-picamera2"
    return "sudo facedoor setup"
