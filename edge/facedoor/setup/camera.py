"""The step about the camera: choose one that this machine has, and see that it shows a face."""

from __future__ import annotations

import importlib
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from facedoor.camera import Camera
from facedoor.camera.source import open_camera
from facedoor.errors import CameraError
from facedoor.setup.preview import hint, watch
from facedoor.setup.talk import Bench, SetupStep, Talk, chosen
from facedoor.vision import pack
from facedoor.vision.reader import FaceReader

_USB_DRIVER = "uvcvideo"


def _reached(bench: Bench) -> str:
    return bench.settings.camera.source if bench.configuration.says("camera", "source") else ""


def _do(bench: Bench) -> None:
    talk, settings = bench.talk, bench.settings
    reader = FaceReader.of(pack.load(settings.pack_directory), settings.models.threads)
    source, flip = _chosen_source(bench), settings.camera.flip
    while True:
        camera_settings = replace(settings.camera, source=source, flip=flip)
        talk.say("opening the camera ...")
        with open_camera(source, camera_settings) as camera:
            width, height = _shown(talk, camera, reader)
        talk.say(f"{source}, {width}x{height}")
        answer = chosen(
            talk,
            "is this the right view",
            (("y", "yes"), ("u", "it is upside down"), ("n", "no, another camera")),
            "y",
        )
        if answer == "y":
            bench.configuration.set("camera", source=source, flip=flip)
            return
        if answer == "u":
            flip = not flip
        else:
            source = _chosen_source(bench)


def _chosen_source(bench: Bench) -> str:
    talk = bench.talk
    found = find_cameras(bench.root)
    for number, camera in enumerate(found, 1):
        talk.say(f"  {number}  {camera.spec}: {camera.name}")
    if not found:
        talk.say("No camera is attached to this machine. Others: rtsp://..., file:, folder:, sim:")
    known = _reached(bench)
    default = known or (found[0].spec if found else bench.settings.camera.source)
    answer = talk.ask("which camera (number or SPEC)", default)
    if answer.isdecimal() and 1 <= int(answer) <= len(found):
        return found[int(answer) - 1].spec
    return answer


def _shown(talk: Talk, camera: Camera, reader: FaceReader) -> tuple[int, int]:
    """Show the picture, or describe it where none can be drawn; returns its size in pixels."""
    if talk.is_terminal:
        size = watch(talk, camera, reader.read)
    else:
        frame = camera.read()
        size = None if frame is None else (frame.main.shape[1], frame.main.shape[0])
        if frame is not None:
            talk.say(hint(reader.read(frame.main)))
    if size is None:
        raise CameraError("it has no picture: choose another source")
    return size


CAMERA = SetupStep("the camera", _reached, _do)


@dataclass(frozen=True, slots=True)
class FoundCamera:
    """A camera that is there: its SPEC, and what it calls itself."""

    spec: str
    name: str


def find_cameras(root: Path) -> list[FoundCamera]:
    """The Pi's own camera first; ``root`` is the folder that ``sys`` is in."""
    return [*_pi_cameras(), *_usb_cameras(root)]


def _pi_cameras() -> list[FoundCamera]:
    # A half installed picamera2 can raise anything; then there is no camera of the Pi.
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
