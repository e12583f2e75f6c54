"""The camera: whether it is there, may be used, is free, and delivers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from facedoor.camera import Camera
from facedoor.camera.source import open_camera
from facedoor.checks.installation import UNIT, Finding, Installation, fine, obstacles, problem
from facedoor.checks.processes import holders
from facedoor.config.options import Config
from facedoor.errors import CameraError, FacedoorError, PackError
from facedoor.frames import Frame
from facedoor.languages import _
from facedoor.vision import pack
from facedoor.vision.detector import Detector
from facedoor.vision.reader import FaceReader
from facedoor.vision.upright import turn_to_upright

WATCHED_S = 1.0
"""How long to look for a face that tells which way up the camera is."""


def devices_of(source: str, root: Path) -> list[str]:
    """The devices behind a SPEC, such as ``/dev/video0``; none for a file or a network camera.

    That of a USB camera is named whether or not it exists.
    """
    kind, _, number = source.partition(":")
    if kind == "usb" and number.isdecimal():
        return [f"/dev/video{number}"]
    if kind == "usb" and number.startswith("/dev/"):
        link = root / number.lstrip("/")
        return [f"/dev/{link.resolve().name}"] if link.exists() else [number]
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
        said = _("there is no {missing}; there are {there}")
        if not there:
            said = _("there is no {missing}; nor any other")
        yield problem(
            "camera",
            said.format(missing=missing[0], there=there),
            _("plug the camera in, or choose another: sudo facedoor setup"),
        )
        return
    barred = [
        found for name in needed for found in obstacles("camera", door.root, name, door.account)
    ]
    if barred:
        yield barred[0]
    elif (needed or source == "picamera2") and door.service.is_running:
        opens_at = _opens_at(door, door.settings.camera.width_px)
        yield fine(
            "camera",
            _("{source}, in use by {unit} (running); {opens_at}").format(
                source=source, unit=UNIT, opens_at=opens_at
            ),
        )
    else:
        yield _tried(door, needed)


def _tried(door: Installation, needed: list[str]) -> Finding:
    config = door.settings.camera
    source = config.source
    try:
        with open_camera(source, config) as camera:
            frame, turn = _watched(camera, door.settings)
    except FacedoorError as error:
        # Asked only after a failure: sound servers keep cameras open without using them.
        others = holders(door.root, *needed)
        if others:
            busy = _(" and ").join(map(str, others))
            return problem(
                "camera",
                _("{source} is in use by {busy} ({error})").format(
                    source=source, busy=busy, error=error
                ),
                others[0].end_command,
            )
        return problem("camera", str(error), _remedy(source))
    height, width = frame.main.shape[:2]
    seen = f"{source}, {width}x{height}"
    if turn == 180:
        said = _("{seen}; upside down: [camera] rotate = {degrees}").format(
            seen=seen, degrees=config.rotate_further(turn)
        )
        return problem("camera", said, "sudo facedoor setup")
    if turn:
        said = _("{seen}; lies on its side: [camera] rotate = {degrees}").format(
            seen=seen, degrees=config.rotate_further(turn)
        )
        return problem("camera", said, "sudo facedoor setup")
    return fine("camera", f"{seen}; {_opens_at(door, width)}")


def _opens_at(door: Installation, width_px: int) -> str:
    open_at_px = door.settings.recognition.opens_at_px(width_px)
    return _("opens for faces from {open_at_px:.0f} px").format(open_at_px=open_at_px)


def _watched(camera: Camera, settings: Config) -> tuple[Frame, int]:
    """A frame, and by how many degrees the first face that came had to be turned to be upright.

    Raises :class:`CameraError` where there is no frame.
    """
    detector: Detector | None = None
    with suppress(PackError):  # of the pack there is a finding of its own
        detector = FaceReader.of(pack.load(settings.pack_directory)).detector
    first = frame = camera.read()
    if first is None:
        raise CameraError(
            _("{source} has no frame: choose another source").format(source=settings.camera.source)
        )
    while detector and frame is not None and frame.time_s - first.time_s <= WATCHED_S:
        turn = turn_to_upright(detector, frame.main)
        if turn is not None:
            return first, turn
        frame = camera.read()
    return first, 0


def _remedy(source: str) -> str:
    if source == "picamera2":
        return _("rpicam-hello --list-cameras; sudo apt install python3-picamera2")
    return "sudo facedoor setup"
