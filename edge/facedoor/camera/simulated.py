"""The simulated walk-up: a camera in which scripted visitors come to the door and leave again.

The script is TOML::

    seed = 7
    width_px = 1280
    height_px = 720
    fps = 15
    gap_s = 1.0               # empty hallway before, between and after the visitors

    [[visitor]]
    name = "Ada"              # for logs and for the truth; recognition never sees it
    photos = ["ada.jpg"]      # relative to the script, shown one after another; none: nobody comes
    stay_s = 3.0              # from coming into view to being gone
    from_px = 60              # width of the whole photo in the picture, far away ...
    to_px = 260               # ... and at the door; a face is about half of its photo
    light = 1.0               # brightness of the whole scene
    blur_px = 0.0             # sigma of a blur over the photo
    tilt_deg = 6.0            # how far the head swings to each side

Everything but ``name`` has a default. An unknown key, a wrong type and a value outside its range
are each a :class:`ConfigError` that names the file and the key.
"""

from __future__ import annotations

import bisect
import math
import tomllib
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from facedoor import strict
from facedoor.camera.hallway import HORIZON
from facedoor.camera.pictures import read_picture, shrunk_to_fit, two_streams
from facedoor.camera.recorded import Pacing, RecordedCamera
from facedoor.camera.scene import Figure, Pose, Scene
from facedoor.config.options import CameraConfig
from facedoor.errors import ConfigError, ImageError
from facedoor.files import read_text
from facedoor.frames import Frame, Image
from facedoor.strict import Prose

_Kind = TypeVar("_Kind")

WALKING_SHARE = 0.4
"""Share of a stay that is spent walking up; then the visitor stands for a moment."""

LEAVING_SHARE = 0.2
"""Share of a stay that is spent walking out of view, to one side."""

_STEPS_PER_S = 1.8
_SWINGS_PER_S = 0.3
_WALKING_BLUR_PX = 0.7


def _number(default: float, at_least: float, at_most: float) -> Any:
    return field(default=default, metadata=strict.more(allowed=(at_least, at_most)))


@dataclass(frozen=True, slots=True)
class Visitor:
    """One visit: whose photos are shown, for how long, how large and in what light."""

    name: Prose
    photos: tuple[Prose, ...] = ()
    stay_s: float = _number(3.0, 0.1, 3600)
    from_px: float = _number(60, 8, 2000)
    to_px: float = _number(260, 8, 2000)
    light: float = _number(1.0, 0, 4)
    blur_px: float = _number(0.0, 0, 50)
    tilt_deg: float = _number(6.0, 0, 45)


@dataclass(frozen=True, slots=True)
class Script:
    """A whole script; its visitors in the order in which they come."""

    visitors: tuple[Visitor, ...]
    seed: int = _number(7, 0, 2**31)
    width_px: int = _number(1280, 160, 3840)
    height_px: int = _number(720, 120, 2160)
    fps: float = _number(15, 1, 60)
    gap_s: float = _number(1.0, 0.1, 3600)


def read_script(path: Path) -> Script:
    """Read the script in ``path``. Raises :class:`ConfigError`."""
    try:
        text = read_text(path)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the script {path} cannot be read ({error}): check its name") from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"the script {path} is not valid TOML: {error}") from error
    tables = table.pop("visitor", None)
    if not isinstance(tables, list) or not tables:
        raise ConfigError(f"the script {path} has no visitor: add a [[visitor]] table")
    visitors = tuple(
        _read(Visitor, entry, f"{path}: visitor {number}") for number, entry in enumerate(tables, 1)
    )
    return _read(Script, table, str(path), visitors=visitors)


def _read(kind: type[_Kind], table: object, where: str, **known: Any) -> _Kind:
    try:
        return strict.read(kind, table, **known)
    except strict.StrictError as error:
        raise ConfigError(f"{where}: {error}") from error


@dataclass(frozen=True, slots=True)
class Visit:
    """The truth about one visit: who is in view from ``start_s`` until just before ``end_s``."""

    name: str
    start_s: float
    end_s: float


class SimulatedCamera(RecordedCamera):
    """Plays a script at its own speed; the size and rate of its pictures are the script's."""

    def __init__(
        self, script: str | Path, config: CameraConfig, pacing: Pacing | None = None
    ) -> None:
        """Raises :class:`ConfigError` for a script that is missing or wrong, or names no photo."""
        script = Path(script)
        play = read_script(script)
        photos = [
            _photos(script, number, visitor) for number, visitor in enumerate(play.visitors, 1)
        ]
        self.visitors = _visits(play)
        """Every visit of the script, in order of time; also those in which nobody is seen."""
        frames = _frames(play, self.visitors, photos, config)
        super().__init__(frames, f"the script {script} is over before its first frame", pacing)


def _photos(script: Path, number: int, visitor: Visitor) -> list[Image]:
    try:
        photos = [read_picture(script.parent / photo) for photo in visitor.photos]
    except ImageError as error:
        raise ConfigError(f"{script}: visitor {number}: photos: {error}") from error
    widest = math.ceil(max(visitor.from_px, visitor.to_px))
    return [shrunk_to_fit(photo, widest, photo.shape[0]) for photo in photos]


def _visits(play: Script) -> tuple[Visit, ...]:
    visits = []
    start_s = play.gap_s
    for visitor in play.visitors:
        visits.append(Visit(visitor.name, start_s, start_s + visitor.stay_s))
        start_s += visitor.stay_s + play.gap_s
    return tuple(visits)


def _visit_at(visits: tuple[Visit, ...], time_s: float) -> int | None:
    """The index in ``visits`` of the visit at ``time_s``, if any."""
    index = bisect.bisect_right(visits, time_s, key=lambda visit: visit.start_s) - 1
    return index if index >= 0 and time_s < visits[index].end_s else None


def _frames(
    play: Script, visits: tuple[Visit, ...], photos: list[list[Image]], config: CameraConfig
) -> Generator[Frame, None, None]:
    scene = Scene(play.width_px, play.height_px, play.seed)
    figures = [[Figure(photo, coat) for photo in own] for coat, own in enumerate(photos)]
    for number in range(math.floor((visits[-1].end_s + play.gap_s) * play.fps)):
        time_s = number / play.fps
        picture, light = scene.empty(), 1.0
        index = _visit_at(visits, time_s)
        if index is not None:
            visitor, visit = play.visitors[index], visits[index]
            light = visitor.light
            progress = (time_s - visit.start_s) / visitor.stay_s
            if own := figures[index]:
                figure = own[min(int(progress * len(own)), len(own) - 1)]
                figure.paint(picture, _pose(play, visitor, index, progress))
        main, lores = two_streams(scene.exposed(picture, light, number), config)
        yield Frame(main, lores, time_s, number)


def _pose(play: Script, visitor: Visitor, index: int, progress: float) -> Pose:
    """How the visitor stands when the share ``progress`` of the stay is over."""
    sway, step = np.random.default_rng((play.seed, index)).uniform(-1, 1, 2)
    side = 1 if sway < 0 else -1
    coming = _ease(progress / WALKING_SHARE)
    leaving = max(0.0, (progress - 1 + LEAVING_SHARE) / LEAVING_SHARE)
    walking = 1 - coming if leaving == 0 else 1.0
    time_s = progress * visitor.stay_s
    # A person who comes nearer at an even pace grows as the reciprocal of the distance shrinks.
    far, near = 1 / visitor.from_px, 1 / visitor.to_px
    width = 1 / (far + (near - far) * coming)
    bob = 0.02 * abs(math.sin(math.pi * (_STEPS_PER_S * time_s + step))) * walking
    swing = math.sin(2 * math.pi * (_SWINGS_PER_S * time_s + step))
    x = play.width_px / 2 + width * (0.5 * sway * (1 - 0.6 * coming) + 0.06 * swing)
    x += side * (play.width_px / 2 + width) * leaving**2
    return Pose(
        x_px=x,
        y_px=play.height_px * HORIZON + width * (0.06 - bob),
        width_px=width,
        turn_deg=visitor.tilt_deg * swing,
        blur_px=math.hypot(visitor.blur_px, _WALKING_BLUR_PX * walking),
    )


def _ease(share: float) -> float:
    """0 to 1 with an even pace at first and a soft stop; 1 for everything past the end."""
    return 1 - math.pow(1 - min(1.0, share), 1.6)
