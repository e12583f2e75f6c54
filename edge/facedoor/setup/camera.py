"""The step about the camera: choose one that this machine has, and see that it shows a face."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from facedoor.camera import Camera
from facedoor.camera.source import open_camera
from facedoor.errors import CameraError
from facedoor.frames import Image, Reading
from facedoor.languages import N_, _
from facedoor.reasons import Reason
from facedoor.setup.preview import hint, watch
from facedoor.setup.talk import Bench, SetupStep, Talk, chosen
from facedoor.vision import pack
from facedoor.vision.reader import FaceReader
from facedoor.vision.upright import turn_to_upright

_USB_DRIVER = "uvcvideo"

_TURNS = {180: "u", 90: "r", 270: "l"}
"""What is answered to have the picture turned clockwise by so many degrees more."""
_VIEWS = (
    ("y", N_("yes")),
    ("u", N_("it is upside down: turn it by half")),
    ("r", N_("turn it to the right by a quarter")),
    ("l", N_("turn it to the left by a quarter")),
    ("n", N_("no, another camera")),
)


def _reached(bench: Bench) -> str:
    return bench.settings.camera.source if bench.configuration.says("camera", "source") else ""


def _do(bench: Bench) -> None:
    talk, settings = bench.talk, bench.settings
    reader = FaceReader.of(pack.load(settings.pack_directory), settings.models.threads)
    config = replace(settings.camera, source=_chosen_source(bench))
    while True:
        source = config.source
        talk.say(_("opening the camera ..."))
        with open_camera(source, config) as camera:
            upright = _Upright(reader)
            width, height = _shown(talk, camera, upright.read)
        talk.say(f"{source}, {width}x{height}")
        default = "y"
        if upright.turn:
            needed = config.rotate_further(upright.turn)
            talk.say(
                _("Faces are not upright in it: it needs [camera] rotate = {needed}.").format(
                    needed=needed
                )
            )
            default = _TURNS[upright.turn]
        views = [(letter, _(meaning)) for letter, meaning in _VIEWS]
        answer = chosen(talk, _("is this the right view"), views, default)
        if answer == "y":
            bench.configuration.set("camera", source=source, rotate=config.rotate)
            return
        if answer == "n":
            config = replace(config, source=_chosen_source(bench))
        else:
            (turn,) = (turn for turn, letter in _TURNS.items() if letter == answer)
            config = replace(config, rotate=config.rotate_further(turn))


def _chosen_source(bench: Bench) -> str:
    talk = bench.talk
    found = find_cameras(bench.root)
    for number, camera in enumerate(found, 1):
        talk.say(f"  {number}  {camera.spec}: {camera.name}")
    if not found:
        talk.say(
            _("No camera is attached to this machine. Others: rtsp://..., file:, folder:, sim:")
        )
    known = _reached(bench)
    default = known or (found[0].spec if found else bench.settings.camera.source)
    answer = talk.ask(_("which camera (number or SPEC)"), default)
    if answer.isdecimal() and 1 <= int(answer) <= len(found):
        return found[int(answer) - 1].spec
    return answer


class _Upright:
    """Reads pictures, and notices when faces in them are not upright."""

    def __init__(self, reader: FaceReader) -> None:
        self._reader = reader
        self._turns: Counter[int] = Counter()

    @property
    def turn(self) -> int:
        """By how many degrees most pictures with a face have to be turned clockwise."""
        return max(self._turns, key=self._turns.__getitem__, default=0)

    def read(self, image: Image) -> Reading:
        reading = self._reader.read(image)
        if reading.refusal in (Reason.UPSIDE_DOWN, Reason.ON_ITS_SIDE):
            self._turns[turn_to_upright(self._reader.detector, image) or 0] += 1
        elif reading.face is not None:
            self._turns[0] += 1
        return reading


def _shown(talk: Talk, camera: Camera, read: Callable[[Image], Reading]) -> tuple[int, int]:
    """Show the picture, or describe it where none can be drawn; returns its size in pixels."""
    if talk.is_terminal:
        size = watch(talk, camera, read)
    else:
        frame = camera.read()
        size = None if frame is None else (frame.main.shape[1], frame.main.shape[0])
        if frame is not None:
            talk.say(hint(read(frame.main)))
    if size is None:
        raise CameraError(_("it has no picture: choose another source"))
    return size


CAMERA = SetupStep(N_("the camera"), _reached, _do)


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
        said = _("the Pi's camera, {model}")
        return [FoundCamera("picamera2", said.format(model=model)) for model in models[:1]]
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
